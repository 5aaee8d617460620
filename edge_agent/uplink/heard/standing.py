# SPDX-License-Identifier: Apache-2.0
"""Keep how far the centre is with each stream, and say where it has lost something."""

import logging

from edge_agent.store.heard import heard_of, keep_heard
from edge_agent.store.outbox import Acknowledged, Outbox
from edge_agent.uplink.heard.hearing import Hearing
from edge_agent.uplink.notes import Notes, NoteSubject
from wire_contract.messages.acknowledgement import Answer
from wire_contract.messages.checkpoint import is_checkpoint_stream

STREAMS_MAX = 64
"""Streams of which it is remembered who spoke last; a box makes one with each new ledger."""
log = logging.getLogger("edge_agent.uplink")


class StreamStanding:
    """What was heard of each stream, and of which the centre holds less than it did."""

    def __init__(self, outbox: Outbox, notes: Notes) -> None:
        self._outbox, self._notes = outbox, notes
        self._hearings: dict[str, Hearing] = {}
        self._behind: dict[str, str] = {}

    def note(self, answer: Answer, now_s: float, *, retained: bool) -> bool:
        """Note how far the centre is, and where that is less than it was, whether to believe it.

        Return whether that is in doubt for the first time: whoever has answered so once is to be
        asked again soon.
        """
        stream, mark = answer.stream, self._outbox.acknowledged(answer.stream).upto
        said = Acknowledged(answer.upto, answer.rejected, answer.root)
        if is_checkpoint_stream(stream):
            self._outbox.acknowledge(stream, said)
            return False
        before = self._hearings.pop(stream, None) or Hearing(heard_of(self._outbox, stream))
        now = self._hearings[stream] = before.after(
            answer, mark=mark, now_s=now_s, retained=retained
        )
        if len(self._hearings) > STREAMS_MAX:
            del self._hearings[next(iter(self._hearings))]
        if answer.upto >= mark or now.heard != before.heard:
            self._outbox.acknowledge(stream, said)
        if now.heard != before.heard:
            keep_heard(self._outbox, stream, now.heard)
            self._tell_behind(stream, now, max(mark, answer.upto))
        return now.doubt_s is not None and before.doubt_s is None

    def _tell_behind(self, stream: str, now: Hearing, mark: int) -> None:
        """Say that the centre has lost what it had, or that it has all of it again."""
        text, store = None, now.heard.store
        if now.heard.upto is not None:
            who = f"store {store}" if store else "a centre of version 1 of the wire"
            again = "what is still here is sent again"
            if not store:
                again += (
                    ", and nothing can be said of what is here no longer: upgrade fusion-service"
                )
            text = (
                f"the centre acknowledged {mark} entries of {stream} once, and holds fewer now "
                f"({who}): its store was put back from a copy, or lost; {again}"
            )
        self._behind.pop(stream, None)
        if text is not None:
            self._behind[stream] = text
        if self._notes.say(NoteSubject.BEHIND, next(iter(self._behind.values()), None)):
            log.warning("%s", text or "the centre holds again all that it ever acknowledged")

    def tell_centres(self, now_s: float) -> None:
        """Say where two centres answer."""
        two = next((one for one in self._hearings.values() if one.alternates(now_s)), None)
        text = None
        if two is not None:
            text = (
                f"two centres answer, with the stores {two.heard.store} and {two.other}: the one "
                "that holds more is believed; end the other, or give it a broker of its own"
            )
        if self._notes.say(NoteSubject.CENTRES, text) and text is not None:
            log.warning("%s", text)
