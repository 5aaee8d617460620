# SPDX-License-Identifier: Apache-2.0
"""Read the store.

Each call has its own read-only connection and one snapshot, so a reader never waits for the writer.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fusion_service.estimate.series import LineStepRow, ZoneStepRow, line_steps, zone_steps
from fusion_service.ledger.lost import Why
from fusion_service.registry.registry import Registry
from fusion_service.store.fleet import DiskUse, Fleet
from fusion_service.store.port import Began, Counted, LineSumRow, Span
from fusion_service.store.rows import (
    Behind,
    DeadLetterRow,
    DeviceRow,
    GapRow,
    LostRow,
    OutcomeRow,
    SiteRow,
    StoreCounts,
    WindowRow,
)
from fusion_service.store.sqlite.connection import snapshot
from fusion_service.store.sqlite.read import devices, windows
from fusion_service.store.sqlite.read.counts import behind, counts_of
from fusion_service.store.sqlite.read.fleet import disk_use_of, fleet_of
from fusion_service.store.sqlite.read.registry import registry_of
from fusion_service.store.sqlite.read.series import cap_of, line_sums, line_windows, zone_windows


class Reader:
    """What can be asked of a store. Safe for many threads: nothing is kept between calls."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sites(self, *, after: str, limit: int) -> list[SiteRow]:
        """Return sites by name, those after `after`."""
        query = (
            "SELECT s.name, s.test, (SELECT count(*) FROM device d WHERE d.site = s.name AND "
            "d.retired_ms IS NULL) FROM site s WHERE s.name > ? ORDER BY s.name LIMIT ?"
        )
        with self._snapshot() as connection:
            return [
                SiteRow(name, bool(test), devices)
                for name, test, devices in connection.execute(query, (after, limit))
            ]

    def devices(self, *, after: tuple[str, str], limit: int) -> list[DeviceRow]:
        """Return devices by site and name, those after `after`."""
        with self._snapshot() as connection:
            return devices.page(connection, after=after, limit=limit)

    def device(self, site: str, name: str) -> DeviceRow | None:
        """Return one device, or None where it was never enrolled."""
        with self._snapshot() as connection:
            return devices.one(connection, site, name)

    def registry(self) -> Registry:
        """Return every enrolled device, with the keys and names that it had."""
        with self._snapshot() as connection:
            return registry_of(connection)

    def device_id(self, site: str, name: str) -> int | None:
        """Return a device's row, or None where it was never enrolled."""
        with self._snapshot() as connection:
            return devices.row_of(connection, site, name)

    def goes_by(self, site: str, name: str) -> str | None:
        """Return which device still speaks under a name that it had before; None for none."""
        query = (
            "SELECT d.site, d.name FROM former_name f JOIN device d ON d.id = f.device_id WHERE "
            "f.site = ? AND f.name = ? AND f.left_ms IS NULL AND d.retired_ms IS NULL"
        )
        with self._snapshot() as connection:
            row = connection.execute(query, (site, name)).fetchone()
        return None if row is None else f"{row[0]}/{row[1]}"

    def latest_windows(
        self, *, before_id: int, limit: int, late: bool = False, began: Began | None = None
    ) -> list[WindowRow]:
        """Return windows of every device, the last committed first; see `Archive`."""
        with self._snapshot() as connection:
            return windows.latest(
                connection, before_id=before_id, limit=limit, late=late, began=began
            )

    def device_windows(
        self, device_id: int, *, before: tuple[int, int], limit: int, began: Began | None = None
    ) -> list[WindowRow]:
        """Return windows of one device, the latest start first; see `Archive`."""
        with self._snapshot() as connection:
            return windows.of_device(connection, device_id, before, limit, began=began)

    def counts_at(self, site: str, device: str, kind: Counted, name: str) -> bool:
        """Say whether a device's meta, or one of its newest windows, names a line or zone."""
        with self._snapshot() as connection:
            device_id = devices.row_of(connection, site, device)
            return device_id is not None and windows.counts_at(connection, device_id, kind, name)

    def line_steps(self, span: Span, line: str) -> list[LineStepRow] | None:
        """Sum a line's crossings for each step in which a window began.

        Steps without any are left out.
        """
        with self._snapshot() as connection:
            device_id = devices.row_of(connection, span.site, span.device)
            if device_id is None:
                return None
            cap = cap_of(windows.caps_of(connection, device_id), line, is_line=True)
            return line_steps(line_windows(connection, device_id, span, line), cap)

    def line_sums(self, site: str, began: Began) -> list[LineSumRow]:
        """Sum every line of a site over the windows that began in a time; see `Archive`."""
        with self._snapshot() as connection:
            return line_sums(connection, site, began)

    def zone_steps(self, span: Span, zone: str) -> list[ZoneStepRow] | None:
        """Summarise a zone's occupancy for each step in which a window began.

        Steps without any are left out.
        """
        with self._snapshot() as connection:
            device_id = devices.row_of(connection, span.site, span.device)
            if device_id is None:
                return None
            cap = cap_of(windows.caps_of(connection, device_id), zone, is_line=False)
            return zone_steps(zone_windows(connection, device_id, span, zone), cap)

    def dead_letters(self, *, before_id: int, limit: int) -> list[DeadLetterRow]:
        """Return dead letters, the last made first, those before the id."""
        query = (
            "SELECT id, authentic, site, device, channel, reason, detail, lower(hex(sha256)), "
            "length, times, first_ms, last_ms FROM dead_letter WHERE id < ? ORDER BY id DESC LIMIT "
            "?"
        )
        with self._snapshot() as connection:
            rows = connection.execute(query, (before_id, limit)).fetchall()
        return [DeadLetterRow(row[0], bool(row[1]), *row[2:]) for row in rows]

    def gaps(self, *, after: tuple[str, str, str, int], limit: int) -> list[GapRow]:
        """Return what is missing of every stream, by site, device, stream and sequence.

        Those after such a place. Of a device that was retired nothing is waited for.
        """
        query = (
            "SELECT d.site, d.name, s.uuid, g.first, g.last, g.missing, g.since_ms FROM gap g JOIN "
            "stream s ON s.id = g.stream_id JOIN device d ON d.id = s.device_id AND d.retired_ms "
            "IS NULL WHERE (d.site, d.name, s.uuid, g.first) > (?, ?, ?, ?) ORDER BY d.site, "
            "d.name, s.uuid, g.first LIMIT ?"
        )
        with self._snapshot() as connection:
            return [GapRow(*row) for row in connection.execute(query, (*after, limit))]

    def lost(self, *, after: tuple[str, str, str, int], limit: int) -> list[LostRow]:
        """Return what is missing for good, by site, device, stream and sequence, after a place."""
        query = (
            "SELECT d.site, d.name, s.uuid, l.first, l.last, l.missing, l.why, l.since_ms FROM "
            "lost l JOIN stream s ON s.id = l.stream_id JOIN device d ON d.id = s.device_id WHERE "
            "(d.site, d.name, s.uuid, l.first) > (?, ?, ?, ?) ORDER BY d.site, d.name, s.uuid, "
            "l.first LIMIT ?"
        )
        with self._snapshot() as connection:
            rows = connection.execute(query, (*after, limit))
            return [
                LostRow(site, device, stream, first, last, missing, Why(why), since_ms)
                for site, device, stream, first, last, missing, why, since_ms in rows
            ]

    def exercise(self) -> str | None:
        """Return the scenario of which all in this store is, None where it was really counted."""
        with self._snapshot() as connection:
            row = connection.execute("SELECT scenario FROM exercise").fetchone()
        return None if row is None else str(row[0])

    def behind(self, *, since_ms: int) -> Behind:
        """Return of how many streams the broker showed since then that this store holds less."""
        with self._snapshot() as connection:
            return behind(connection, since_ms)

    def fleet(self, *, devices_max: int) -> Fleet:
        """Return how every device fares, at most so many of them by site and name."""
        with self._snapshot() as connection:
            return fleet_of(connection, devices_max=devices_max)

    def disk_use(self) -> DiskUse:
        """Return how large the store is, and what is left of its disk."""
        with self._snapshot() as connection:
            return disk_use_of(connection, self._path)

    def outcomes(self) -> list[OutcomeRow]:
        """Return how many messages ended how."""
        with self._snapshot() as connection:
            rows = connection.execute(
                "SELECT channel, outcome, total FROM outcome_count ORDER BY channel, outcome"
            )
            return [OutcomeRow(*row) for row in rows]

    def counts(self) -> StoreCounts:
        """Return the store's other counts."""
        with self._snapshot() as connection:
            return counts_of(connection)

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        with snapshot(self._path) as connection:
            connection.row_factory = sqlite3.Row
            yield connection
