# SPDX-License-Identifier: Apache-2.0
"""Notice another centre on the same broker, and take back what it says of the centre.

Pure: what was heard comes in, what to do goes out.

All centres share one retained topic, and boxes hold their reports while it says offline. Rule 1:
an `offline` of somebody else, left behind or new, is answered with `online` at once. Rule 2: an
`online` of somebody else is answered too, so that both know, but not again within ANSWER_AGAIN_MS:
two centres must not answer each other without end.
"""

from wire_contract.codec import decode
from wire_contract.errors import ContractError
from wire_contract.messages.state import Link, State

ANSWER_AGAIN_MS = 5_000
OTHERS_MAX = 8
"""Centres that are told apart; of more, the first are named."""


class OtherCentres:
    """Who else calls itself the centre, by the run (`boot`) it told last."""

    def __init__(self, boot: str) -> None:
        self._boot = boot
        self._alive: dict[str, int] = {}
        self._answered_ms = -ANSWER_AGAIN_MS

    @property
    def alive(self) -> tuple[str, ...]:
        """The runs of other centres that are on this broker now."""
        return tuple(self._alive)

    def forget(self) -> None:
        """Begin anew with a new connection."""
        self._alive.clear()

    def hear(self, payload: bytes, *, retained: bool, now_ms: int) -> bool:
        """Take in what the centre's topic says; return whether `online` is to be said again.

        What was retained may be of a centre that ended long ago: it shows nobody alive. What cannot
        be read is like an `offline`: whoever wrote it, the boxes cannot read it either.
        """
        try:
            state = decode(State, payload)
        except ContractError:
            return self._may_answer(now_ms)
        if state.link is not Link.ONLINE:
            self._alive.pop(state.boot, None)
            return True
        if state.boot == self._boot:
            return False
        if retained:
            return True
        if state.boot in self._alive or len(self._alive) < OTHERS_MAX:
            self._alive[state.boot] = now_ms
        return self._may_answer(now_ms)

    def _may_answer(self, now_ms: int) -> bool:
        if now_ms - self._answered_ms < ANSWER_AGAIN_MS:
            return False
        self._answered_ms = now_ms
        return True
