# SPDX-License-Identifier: Apache-2.0
"""Whether the centre is there, and when a box may begin to send once it is."""

import logging
from dataclasses import dataclass
from random import Random

from edge_agent.uplink.notes import Notes, NoteSubject
from wire_contract.messages.state import Link

RETURN_WITHIN_S = 1.0
"""Once the centre is back each box begins at a moment of its own within so much time."""
KNOCK_S = 300.0
"""While the centre says that it is offline one report goes out so often, in case what it said is
out of date."""
log = logging.getLogger("edge_agent.uplink")


@dataclass(frozen=True, slots=True)
class Change:
    """What has changed. is_turn: it went or came back. is_new: it came after us."""

    is_turn: bool
    is_new: bool


class Presence:
    """What the centre says of itself in this connection."""

    def __init__(self, notes: Notes, random: Random) -> None:
        self._notes, self._random = notes, random
        self.is_offline = False
        self._is_alone = False
        """In this connection nobody has said yet that there is a centre."""
        self.begin_at_s = 0.0

    def begin_anew(self) -> None:
        """Begin a connection: what the centre said is said again to each, where it still holds."""
        self.is_offline, self.begin_at_s, self._is_alone = False, 0.0, False

    def look(self, centre: Link | None, now_s: float) -> Change:
        """Note what the centre says of itself; None where nobody has said anything."""
        offline = centre is Link.OFFLINE
        self._notes.say(
            NoteSubject.CENTRE, "the centre is offline, so reports wait here" if offline else None
        )
        is_turn = offline != self.is_offline
        if is_turn:
            self.is_offline = offline
            log.info("the centre is %s", "offline; reports wait" if offline else "back")
            self.begin_at_s = now_s + (
                KNOCK_S if offline else self._random.uniform(0.0, RETURN_WITHIN_S)
            )
        is_new = self._is_alone and centre is Link.ONLINE
        if centre is None:
            self._is_alone = True
        elif is_new:
            self._is_alone = False
        return Change(is_turn, is_new)

    def may_send(self, now_s: float) -> bool:
        """Hold while the centre says that it is offline: what is sent only piles up at the broker.

        True now and then all the same, for one report.
        """
        if now_s < self.begin_at_s:
            return False
        if self.is_offline:
            self.begin_at_s = now_s + KNOCK_S
        return True
