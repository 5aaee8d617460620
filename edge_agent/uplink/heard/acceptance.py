# SPDX-License-Identifier: Apache-2.0
"""Hold back, and ask again, while the centre cannot use what this box sends."""

import logging
from collections.abc import Callable
from dataclasses import replace

from edge_agent.backoff import ASK_AGAIN
from edge_agent.store.outbox import Outbox, Waiting
from edge_agent.uplink.heard.reception import REJECTED_MAX, Reception
from edge_agent.uplink.notes import Notes, NoteSubject
from wire_contract.codec import version_of
from wire_contract.messages.acknowledgement import VERSION_1, Answer
from wire_contract.topics import Channel

IN_HAND_MAX = 128
"""Rows looked at together; the gate keeps fewer in flight."""
log = logging.getLogger("edge_agent.uplink")


class Acceptance:
    """How the centre takes what this box sends, and when it is asked again (monotonic)."""

    def __init__(self, outbox: Outbox, notes: Notes) -> None:
        self._outbox, self._notes = outbox, notes
        self.reception: Reception = notes.reception()
        self._is_read = False
        """In this connection, and since the centre came back, it has shown that it reads what this
        box writes."""
        self._asked, self._ask_at_s = 0, 0.0

    def begin_anew(self) -> None:
        """Begin with a centre that may be another one: a new connection, or a return."""
        self._is_read, self._asked, self._ask_at_s = False, 0, 0.0

    def judge(self, answer: Answer, now_s: float, *, retained: bool) -> bool:
        """Keep what an answer says of how the centre takes what this box sends.

        Before what it covers is deleted. Return whether the box begins to hold, or ends it.
        """
        before = self.reception
        covered = self._later_under(answer) if answer.v == VERSION_1 else []
        now = before.heard(answer, covered=len(covered))
        for row in covered:
            log.warning(
                "the centre could not use %s %d: it answers in version 1 of the wire",
                row.channel,
                row.sequence,
            )
            now = replace(now, channel=row.channel, sample=row.envelope)
        self._is_read = self._is_read or (answer.v != VERSION_1 and not retained)
        if now == before:
            return False
        # What only counts on is kept when the next rejection is; a row for each acknowledgement
        # would wear the card.
        if (now.rejected, now.unread, now.stream) != (
            before.rejected,
            before.unread,
            before.stream,
        ):
            self._notes.keep(now)
        self.reception = now
        if not self._notes.say(NoteSubject.REJECTED, now.words):
            return False
        log.warning("%s", now.words or "the centre can use what this box sends again")
        self._asked, self._ask_at_s = 0, now_s + ASK_AGAIN.base_s
        return True

    def let_through(self, due: list[Waiting]) -> list[Waiting]:
        """Leave out what must wait until the centre has shown that it can use it.

        All but the oldest few.
        """
        if self._is_read and not self.reception.rejected:
            return due
        later = [row for row in self._outbox.waiting(limit=IN_HAND_MAX) if _is_later(row)]
        left_out = {row.key for row in later[self.reception.room :]}
        return [row for row in due if row.key not in left_out]

    def ask_again(self, publish: Callable[[Channel, bytes], None], now_s: float) -> bool:
        """Look, now and then while the box holds, whether the centre can use now what it could not.

        Of one that reads version 1 only: by a message that it has rejected, so that nothing more
        is. Of another: by one more, and then True is returned.
        """
        if not self.reception.holds or now_s < self._ask_at_s:
            return False
        self._ask_at_s = now_s + ASK_AGAIN.ceiling_s(self._asked)
        self._asked += 1
        rejected = self.reception
        if rejected.unread and rejected.sample:
            publish(Channel(rejected.channel), rejected.sample)
            return False
        self.reception = replace(rejected, rejected=REJECTED_MAX - 1)
        return True

    def _later_under(self, answer: Answer) -> list[Waiting]:
        waiting = self._outbox.waiting(limit=IN_HAND_MAX)
        return [
            row
            for row in waiting
            if _is_later(row) and row.stream == answer.stream and row.sequence <= answer.upto
        ]


def _is_later(row: Waiting) -> bool:
    """Say whether a row is of a version of the wire that a centre of version 1 cannot read."""
    return (version_of(row.envelope) or VERSION_1) > VERSION_1
