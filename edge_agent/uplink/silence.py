# SPDX-License-Identifier: Apache-2.0
"""Name what looks like success and is none: a broker that takes all, a centre that is silent."""

import logging

from edge_agent.uplink.notes import Notes, NoteSubject

SILENT_AFTER = 2
"""A report sent so often without a word from the centre is told."""
log = logging.getLogger("edge_agent.uplink")


class Silence:
    """How many connections in a row ended without a word of the centre."""

    def __init__(self, notes: Notes, *, site: str, device: str, protocol: str) -> None:
        self._notes, self._box, self._protocol = notes, f"{site}/{device}", protocol
        self._answered = False
        """The centre has acknowledged something in this connection."""
        self._fruitless = 0

    def begin_connection(self) -> None:
        """Begin a connection: nobody has answered in it."""
        self._answered = False

    def end_connection(self, *, waits: bool) -> None:
        """Count a connection that has ended; waits: something was to be acknowledged."""
        if self._answered or not waits:
            return
        self._fruitless += 1
        if self._fruitless > SILENT_AFTER:
            self.tell(
                "the broker lets this box in, ends the connection, as it does with two of one "
                "name, and nothing is acknowledged by the centre"
            )

    def end(self) -> None:
        """Note that the centre has acknowledged something."""
        self._answered, self._fruitless = True, 0
        if self._notes.say(NoteSubject.SILENT, None):
            log.info("the centre acknowledges again")

    def tell(self, what: str) -> None:
        """Say what was seen, and what may be wrong."""
        deaf = (
            ""
            if self._protocol == "5"
            else "; MQTT 3.1.1 does not say when an access list drops what is published"
        )
        text = (
            f"{what}{deaf}; does the centre run, does it know "
            f"{self._box} with this key, and is the certificate "
            "that box's?"
        )
        if self._notes.say(NoteSubject.SILENT, text):
            log.warning("%s", text)
