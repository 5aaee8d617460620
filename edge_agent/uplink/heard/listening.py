# SPDX-License-Identifier: Apache-2.0
"""Note what the centre says, in as few commits as it takes: each wears the card.

A checkpoint and the entries it covers are acknowledged one after the other, so while little is
under way the first word waits a moment for the second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge_agent.store.outbox import Outbox
from edge_agent.uplink.heard.acceptance import Acceptance
from edge_agent.uplink.heard.standing import StreamStanding
from edge_agent.uplink.notes import Notes
from edge_agent.uplink.publisher import HeardAnswer
from wire_contract.messages.checkpoint import is_checkpoint_stream

TOGETHER_S, HURRY = 0.1, 32
"""How long a word of the centre waits for the next, so that one commit notes both; not while so
much is under way."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What was noted at once: how far the centre is with each stream.

    is_in_doubt: the centre went back, which is not believed yet. is_turn: how it takes what is sent
    has changed.
    """

    upto: dict[str, int]
    is_in_doubt: bool
    is_turn: bool


class Listening:
    """The words of the centre that are not noted yet, and when the first of them came."""

    def __init__(
        self,
        outbox: Outbox,
        notes: Notes,
        acceptance: Acceptance,
        acknowledged: Callable[[], None],
    ) -> None:
        """`acknowledged` is called for each word that was said in this connection."""
        self._outbox, self._acceptance, self._acknowledged = outbox, acceptance, acknowledged
        self._standing = StreamStanding(outbox, notes)
        self._heard: list[HeardAnswer] = []
        self._heard_s = 0.0

    def listen(self, said: Sequence[HeardAnswer], now_s: float, *, under_way: int) -> Noted | None:
        """Note what was said, or wait for more. Return what was noted now."""
        # The broker also keeps what was said to a box that hung here before.
        new = [one for one in said if self._outbox.knows(one.answer.stream)]
        if new and not self._heard:
            self._heard_s = now_s
        self._heard += new
        waits = under_way < HURRY and now_s - self._heard_s < TOGETHER_S
        if not self._heard or waits:
            return None
        is_in_doubt = is_turn = False
        with self._outbox.transaction():
            for answer, retained in self._heard:
                if not retained:
                    self._acknowledged()
                if not is_checkpoint_stream(answer.stream):
                    is_turn |= self._acceptance.judge(answer, now_s, retained=retained)
                is_in_doubt |= self._standing.note(answer, now_s, retained=retained)
        self._standing.tell_centres(now_s)
        upto = {answer.stream: answer.upto for answer, _ in self._heard}
        self._heard = []
        return Noted(upto, is_in_doubt, is_turn)
