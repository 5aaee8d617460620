# SPDX-License-Identifier: Apache-2.0
"""Publish what is new in the outbox, and again what the centre has been silent on for long."""

from random import Random

from edge_agent.backoff import RESEND
from edge_agent.store.outbox import Outbox, Waiting
from edge_agent.uplink.heard.acceptance import IN_HAND_MAX, Acceptance
from edge_agent.uplink.heard.hearing import STEP_BACK_S
from edge_agent.uplink.heard.listening import Noted
from edge_agent.uplink.notes import Notes
from edge_agent.uplink.publisher import Publisher
from edge_agent.uplink.sent.presence import Presence
from edge_agent.uplink.sent.rate_limit import RateLimit
from edge_agent.uplink.silence import SILENT_AFTER, Silence
from wire_contract.topics import Channel

RATE_HZ, BURST = 400.0, 64
"""How fast a backlog drains: a fleet that comes back must not bury its centre."""


class Sending:
    """What is under way: how often each row was sent, and when it is due again (monotonic)."""

    def __init__(
        self,
        outbox: Outbox,
        notes: Notes,
        acceptance: Acceptance,
        silence: Silence,
        random: Random,
    ) -> None:
        self._outbox, self._acceptance, self._silence = outbox, acceptance, silence
        self.presence = Presence(notes, random)
        self.sent: dict[tuple[str, int], tuple[int, float]] = {}
        self._changes = -1
        """Of the outbox, when it was last looked at; -1: look again."""
        self._look_at_s = 0.0
        self._rate_limit = RateLimit(rate_hz=RATE_HZ, burst=BURST)

    def begin_anew(self) -> None:
        """Begin a connection: nothing is under way in it."""
        self.sent, self._changes = {}, -1
        self.presence.begin_anew()
        self._acceptance.begin_anew()

    def note(self, noted: Noted, now_s: float) -> None:
        """Forget what the centre has, and look again at once."""
        if noted.is_in_doubt:
            # Whoever has answered so once is asked again, so that a second answer comes soon.
            again_s = now_s + STEP_BACK_S
            self.sent = {
                key: (times, min(due_s, again_s)) for key, (times, due_s) in self.sent.items()
            }
        self.sent = {
            key: sent for key, sent in self.sent.items() if key[1] > noted.upto.get(key[0], 0)
        }
        if noted.is_turn:
            self._changes = -1
        self._look_at_s = now_s

    def send(self, publisher: Publisher, now_s: float) -> None:
        """Send what is due, where the centre is there."""
        change = self.presence.look(publisher.mailbox.centre, now_s)
        if change.is_turn:
            self._look_at_s = self.presence.begin_at_s
            # It may be another one now.
            self._acceptance.begin_anew()
        if change.is_new:
            # Where the broker keeps nothing for it, it has not heard what was sent before.
            self.sent, self._changes = {}, -1
        if self.presence.may_send(now_s):
            self._send(publisher, now_s)

    def _send(self, publisher: Publisher, now_s: float) -> None:
        if self._acceptance.ask_again(publisher.publish, now_s):
            self._changes = -1
        changes = self._outbox.changes()
        if changes == self._changes and now_s < self._look_at_s:
            return
        self._changes = changes
        waiting = self._outbox.waiting(limit=IN_HAND_MAX)
        keys = {row.key for row in waiting}
        # What the gate has taken back is sent no more until it comes again.
        self.sent = {key: sent for key, sent in self.sent.items() if key in keys}
        due = [row for row in waiting if now_s >= self.sent.get(row.key, (0, 0.0))[1]]
        due = self._acceptance.let_through(due)
        allowed = 1 if self.presence.is_offline else self._rate_limit.allow(len(due), now_s)
        self._tell_unheard(due)
        for row in _newest_first(due)[:allowed]:
            times = self._times(row)
            publisher.publish(Channel(row.channel), row.envelope)
            self.sent[row.key] = (times + 1, now_s + RESEND.ceiling_s(times))
        resend_s = min(
            (again_s for _, again_s in self.sent.values()), default=now_s + RESEND.base_s
        )
        self._look_at_s = now_s if allowed < len(due) else resend_s

    def _tell_unheard(self, due: list[Waiting]) -> None:
        unheard = next((row for row in due if self._times(row) >= SILENT_AFTER), None)
        if unheard is not None and not self.presence.is_offline:
            self._silence.tell(
                f"{unheard.channel} {unheard.sequence} was taken by the broker and not "
                "acknowledged by the centre"
            )

    def _times(self, row: Waiting) -> int:
        return self.sent.get(row.key, (0, 0.0))[0]


def _newest_first(due: list[Waiting]) -> list[Waiting]:
    """Put the report that was signed last before the others, which keep their order.

    It is the one that is looked for.
    """
    reports = [row for row in due if row.channel == Channel.REPORT]
    if not reports:
        return due
    newest = reports[-1]
    return [newest, *(row for row in due if row is not newest)]
