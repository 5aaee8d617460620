# SPDX-License-Identifier: Apache-2.0
"""How a signed config reaches the route.

Written down as it came, admitted outside, tried, and kept over restarts.

The uplink has no cryptographic library and believes nothing of a config by itself: it writes the
envelope into the outbox's folder, and goes by what whoever started it has admitted
(edge_agent/uplink/broker_files.py). Rule: a config file that was changed by hand is newer than any
config that was kept before.
"""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from edge_agent.uplink.broker_files import (
    ADMITTED,
    BYTES_MAX,
    SIGNED,
    Admitted,
    read_admitted,
    read_plain,
    stamp,
)
from edge_agent.uplink.notes import Notes, NoteSubject
from edge_agent.uplink.route import Address, ConnectionState, Move, Route, Step

LOOK_S = 1.0
"""How often what was admitted is looked at."""
_TABLE = (
    "CREATE TABLE IF NOT EXISTS broker (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), serial "
    "INTEGER NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, configured TEXT NOT NULL, "
    "since_s INTEGER NOT NULL)"
)
log = logging.getLogger("edge_agent.uplink")


class Moves:
    """The way to the broker of one uplink."""

    def __init__(
        self, folder: Path, notes: Notes, configured: Address, draw: Callable[[], float]
    ) -> None:
        self._signed, self._admitted, self._notes = folder / SIGNED, folder / ADMITTED, notes
        self._configured = configured
        notes.change(_TABLE)
        self._route = Route(configured, self._kept(), draw)
        self._seen_stamp: tuple[int, int, int] | None = None
        self._look_at_s = 0.0
        self._why = ""
        if self.address != configured:
            log.info(
                "the broker is at %s, by a signed config; the config file names %s",
                self.address.text,
                configured.text,
            )

    @property
    def address(self) -> Address:
        """Where to connect now."""
        return self._route.address

    @property
    def on_trial(self) -> bool:
        """Whether nothing is known of that broker yet.

        What it refuses then says nothing of this box.
        """
        return self._route.on_trial

    def heard(self, envelope: bytes) -> None:
        """Write down a signed config as it came, for whoever may believe it.

        What is there already costs no wear.
        """
        if len(envelope) > BYTES_MAX or read_plain(self._signed) == envelope:
            return
        try:
            descriptor = os.open(self._signed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o660)
            with os.fdopen(descriptor, "wb") as file:
                file.write(envelope)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            log.warning(
                "a signed config cannot be written down: %s; it comes again with the next "
                "connection",
                error,
            )
            return
        log.info("a signed config has come; it is looked at")

    def failed(self, why: str) -> None:
        """Note why there is no connection, for what is said of a trial."""
        self._why = why

    def acknowledged(self) -> None:
        """Note that the centre has acknowledged something over this address."""
        if self._route.acknowledged() is Step.KEEPS:
            self._keep()

    def turn(
        self, now_s: float, *, connected: bool, online: bool, waiting: Callable[[], int]
    ) -> bool:
        """Say whether the connection is to be closed now, to go to another address."""
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + LOOK_S
            self._look(now_s)
        waits = self._route.on_trial and waiting() > 0
        before = self._route.address
        step = self._route.step(now_s, time.time(), ConnectionState(connected, online, waits))
        if step is Step.TRIES:
            self._why = ""
            log.info(
                "goes to the broker at %s; %s is left, and gone back to without an acknowledgement",
                self.address.text,
                before.text,
            )
        elif step is Step.RETURNS:
            why = self._why or f"the centre {'acknowledges nothing' if online else 'is not'} there"
            sentence = (
                f"the broker at {before.text} is not good for this box: {why}; it goes on with "
                f"{self.address.text}"
            )
            log.warning("%s", sentence)
            self._notes.say(NoteSubject.BROKER, sentence)
        elif step is Step.KEEPS:
            self._keep()
        return self._route.address != before

    def _look(self, now_s: float) -> None:
        """Take in what was admitted since, and say what was refused."""
        found = stamp(self._admitted)
        if found == self._seen_stamp:
            return
        self._seen_stamp = found
        admitted = read_admitted(self._admitted)
        if admitted.serial and self._route.offer(_move(admitted), now_s):
            log.info(
                "signed config %d: the broker is to be %s:%d",
                admitted.serial,
                admitted.host,
                admitted.port,
            )
            self._notes.say(NoteSubject.BROKER, None)
        if said := "; ".join(one for one in (admitted.refused, admitted.wall) if one):
            self._notes.say(
                NoteSubject.BROKER, f"{said}; it goes on with {self._route.address.text}"
            )

    def _kept(self) -> Move | None:
        row = self._notes.row("SELECT serial, host, port, configured FROM broker")
        if row is None:
            return None
        serial, host, port, configured = row
        address = Address(host, port) if configured == self._configured.text else self._configured
        return Move(serial, address, 0)

    def _keep(self) -> None:
        kept = self._route.kept
        self._notes.say(NoteSubject.BROKER, None)
        if kept is None or kept.address != self._route.address:
            log.info(
                "the broker at %s acknowledges; it is stayed with until it falls silent",
                self._route.address.text,
            )
            return
        log.info("the broker at %s acknowledges; it is kept", kept.address.text)
        row = (
            kept.serial,
            kept.address.host,
            kept.address.port,
            self._configured.text,
            int(time.time()),
        )
        self._notes.change("INSERT OR REPLACE INTO broker VALUES (1, ?, ?, ?, ?, ?)", row)


def _move(admitted: Admitted) -> Move:
    return Move(admitted.serial, Address(admitted.host, admitted.port), admitted.ends_s)
