# SPDX-License-Identifier: Apache-2.0
"""A box's real gate and uplink, over real files and a real broker, with the test's own clock.

Windows come at any pace.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from development.fakes.clock import FakeClock
from edge_agent.channel import Kind, Record, pack
from edge_agent.keys import SIGNING_PUBLIC
from edge_agent.processes.gate import GateProcess
from edge_agent.processes.uplink import Uplink
from tests.broker import Broker
from tests.edge_agent.processes.test_gate import LENGTH_S, ORIGIN_S, settings
from tests.edge_agent.processes.test_uplink import settings as uplink_settings
from wire_contract.codec import decode, split
from wire_contract.messages.report import Report

SIZE = 420_000
"""Of the ledger's file: some sixty payloads are kept once they are acknowledged."""
WAIT_S = 60.0


class SigningBox:
    """One box, driven in turns by the thread of the test."""

    def __init__(self, folder: Path, broker: Broker, *, bytes_max: int = SIZE) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.broker = folder, broker
        self.clock = FakeClock(
            monotonic_s=ORIGIN_S, utc_s=float(int(time.time()) // LENGTH_S * LENGTH_S - 43_200)
        )
        self.settings = replace(settings(folder), store_bytes_max=bytes_max)
        self.said: dict[int, int] = {}
        """What the sensor counted, by the start of the window."""
        self.signed: dict[int, int] = {}
        """The start of the window that each entry holds, also once its payload is purged."""
        self._sequence = 0
        self.begin()

    @property
    def public_key(self) -> Path:
        return self.folder / "keys" / SIGNING_PUBLIC

    def begin(self) -> None:
        """Start both processes' work, as after a boot."""
        self._sequence = 0
        self.gate = GateProcess(self.settings, self.clock)
        self.uplink = Uplink(uplink_settings(self.folder, self.broker))
        self.gate.sign_meta()

    def end(self) -> None:
        self.gate.close()
        self.uplink.close()

    def kill(self) -> None:
        """End both as the kernel ends a process.

        Nothing is said, and nothing closed but the lock and the socket.
        """
        os.close(self.gate.stores.held_fd)
        if (
            self.uplink.connection.publisher is not None
            and (connection := self.uplink.connection.publisher._client.socket()) is not None
        ):
            connection.close()

    def count(self, windows: int) -> None:
        """Count in so many windows more, each with its own number; close them in few commits."""
        first, begun_s = self.gate.slots.next, self.clock.utc_s()
        self.clock.advance(windows * LENGTH_S)
        for place in range(windows):
            entered = 1 + (first + place) * 7 % 97
            for kind, values in (
                (Kind.LINE, (entered, 0, 0, 0)),
                (Kind.IMAGE_QUALITY, (0, 3, 2, 0)),
            ):
                self.gate.read_record(pack(Record(kind, 0, first + place, self._sequence, values)))
                self._sequence += 1
            self.said[round(begun_s + place * LENGTH_S)] = entered
        self.gate.close_before(first + windows)

    def turn(self) -> None:
        """Let gate and uplink each do what is due."""
        self.gate.release()
        self.uplink.turn(time.monotonic())

    def turn_until(self, holds: Callable[[], bool], what: str, within_s: float = WAIT_S) -> float:
        """Turn until something holds; return how long it took."""
        begun_s = time.monotonic()
        while not holds():
            assert time.monotonic() - begun_s < within_s, f"waited {within_s} s for {what}"
            self.turn()
        return time.monotonic() - begun_s

    def size(self) -> int:
        return self.gate.stores.ledger.size()

    def mark(self) -> int:
        """Return the most that a centre ever acknowledged."""
        return self.gate.stores.outbox.acknowledged(self.gate.stores.ledger.stream).upto

    def is_level(self) -> bool:
        rows = self.gate.stores.outbox.rows("SELECT 1 FROM heard WHERE upto IS NOT NULL")
        return not rows and self.mark() == self.size()

    def note_signed(self) -> None:
        """Remember which entry holds which window, before payloads are purged."""
        for (envelope,) in self.gate.stores.ledger.rows(
            "SELECT envelope FROM entry WHERE window_id IS NOT NULL"
        ):
            report = decode(Report, split(envelope)[0])
            self.signed[report.sequence] = report.start_s

    def oldest(self) -> int:
        """Return the first entry whose payload is still here."""
        return int(self.gate.stores.ledger.row("SELECT MIN(sequence) FROM entry")[0])


def committed(store: Path) -> dict[int, int]:
    """Return what a centre's store has in its sums, by the start of the window.

    SQL of another hand than its own.
    """
    query = (
        "SELECT r.start_s, c.in_count, count(*) FROM report r, line_count c WHERE c.report_id = "
        "r.id AND r.set_apart IS NULL GROUP BY r.start_s"
    )
    with closing(sqlite3.connect(store)) as file:
        rows = file.execute(query).fetchall()
    assert all(times == 1 for _, _, times in rows), "a window stands twice in a sum"
    return {start_s: count for start_s, count, _ in rows}
