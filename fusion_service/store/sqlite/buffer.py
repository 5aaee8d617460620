# SPDX-License-Identifier: Apache-2.0
"""New entries and reports of one commit, gathered and written table by table.

A statement for many rows costs a fraction of one for each, and this is where most of the store's
time goes.
"""

import sqlite3

from fusion_service.store.set_apart import Apart
from wire_contract.messages.report import Report

_INSERTS = {
    "entry": "INSERT INTO entry (id, stream_id, sequence, sha256, hashes) VALUES (?, ?, ?, ?, ?)",
    "report": f"INSERT INTO report VALUES ({', '.join('?' * 24)})",  # noqa: S608 - question marks only
    "line": "INSERT INTO line_count VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "zone": "INSERT INTO zone_count VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
}
"""In the order in which rows refer to each other."""

Row = tuple[int | str | bytes | None, ...]


class Gathered:
    """Rows that are not written yet, and the hash under each sequence of this commit.

    Hashes stay when rows are written in the middle of a commit: a message that comes twice in one
    batch is known by them.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows: dict[str, list[Row]] = {table: [] for table in _INSERTS}
        self._hashes: dict[tuple[int, int], bytes] = {}
        self._last_id: int | None = None
        self._reports: list[int] = []

    def sha256_of(self, stream_id: int, sequence: int) -> bytes | None:
        """Return the hash of an entry of this commit; None for any other."""
        return self._hashes.get((stream_id, sequence))

    def add_entry(self, stream_id: int, sequence: int, sha256: bytes, leaf: bytes) -> int:
        """Gather an entry and return its id.

        The transaction is the only writer, so the ids go on from the table's last.
        """
        if self._last_id is None:
            self._last_id = int(
                self._connection.execute("SELECT ifnull(max(id), 0) FROM entry").fetchone()[0]
            )
        self._last_id += 1
        self._hashes[stream_id, sequence] = sha256
        self._rows["entry"].append((self._last_id, stream_id, sequence, sha256, leaf))
        return self._last_id

    def add_report(
        self,
        entry: int,
        device_id: int,
        batch_id: int,
        report: Report,
        *,
        received_ms: int,
        late: bool,
        apart: Apart | None,
    ) -> None:
        """Gather a report and its counts."""
        self._reports.append(entry)
        eye, health, rule = report.image_quality, report.health, report.rule
        self._rows["report"].append(
            (
                *(entry, device_id, batch_id, report.start_s, report.length_s, received_ms, late),
                *(report.level, report.clock, report.clock_quality, report.config),
                *(rule.name, ",".join(map(str, rule.parameters))),
                *(eye.code, eye.observed, eye.rate, eye.difficulty),
                *(health.temperature, health.disk, health.outbox, health.link),
                *(report.boot, apart, None),
            )
        )
        self._rows["line"] += [
            (
                entry,
                line.id,
                line.in_count,
                line.out_count,
                line.in_low,
                line.in_high,
                line.out_low,
                line.out_high,
            )
            for line in report.lines
        ]
        self._rows["zone"] += [
            (
                *(entry, zone.id, zone.mean, zone.peak, zone.speed, zone.standing),
                *(zone.mean_low, zone.mean_high, zone.peak_low, zone.peak_high),
            )
            for zone in report.zones
        ]

    def write_out(self) -> list[int]:
        """Write what is gathered, and gather anew; return the reports among it."""
        for table, rows in self._rows.items():
            if rows:
                self._connection.executemany(_INSERTS[table], rows)
                rows.clear()
        reports, self._reports = self._reports, []
        return reports
