# SPDX-License-Identifier: Apache-2.0
"""Set reports apart, mark overlaps, and note which report is a device's last.

Rule: no order is a box's clock's. What came last is told by the stream that was heard last, and in
it by the sequence.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable

from fusion_service.ledger.overlaps import Shared, overlaps_of, superseded_of
from fusion_service.store.set_apart import FUTURE_MS, Apart, apart_by_meta
from fusion_service.store.sqlite.commit.known import early_report, read_kept
from wire_contract.messages.meta import Meta

AGAIN_MAX = 1_000
"""Reports judged again in one commit."""
SPAN_S = 3_600
"""The longest that a report with counts stands for, merged or not: so far back overlaps are
sought."""
_SHARED = (
    "SELECT r.id, o.id, o.start_s, o.boot IS NOT NULL AND o.boot = r.boot, r.clock = 'replay', "  # noqa: S608 - constants only
    "r.set_apart IS NULL AND o.set_apart IS NULL FROM json_each(?) j JOIN report r ON r.id = "
    "j.value JOIN report o ON o.device_id = r.device_id AND o.start_s < r.start_s + r.length_s "
    f"AND o.start_s > r.start_s - max({SPAN_S}, r.length_s) AND o.start_s + o.length_s > r.start_s "
    "AND o.clock = r.clock AND o.id <> r.id"
)


class Judge:
    """Judges over the connection of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute

    def compare(self, reports: Iterable[int]) -> tuple[int, int]:
        """Compare reports just written with those of the same time.

        Returns how many overlap one that was there before, and how many replays are superseded now.
        """
        rows = self._execute(_SHARED, (json.dumps(list(reports)),)).fetchall()
        found = [
            Shared(new, other, start_s, bool(one_boot), bool(replay), bool(both))
            for new, other, start_s, one_boot, replay, both in rows
        ]
        overlaps, superseded = overlaps_of(found), superseded_of(found)
        self._connection.executemany(
            "UPDATE report SET overlaps = ? WHERE id = ?",
            [(words, row_id) for row_id, words in overlaps.items()],
        )
        self.set_apart((row_id, Apart.SUPERSEDED) for row_id in superseded)
        return len(overlaps), len(superseded)

    def set_apart(self, reports: Iterable[tuple[int, Apart]]) -> None:
        """Take reports out of every sum."""
        self._connection.executemany(
            "UPDATE report SET set_apart = ? WHERE id = ?",
            [(apart, row_id) for row_id, apart in reports],
        )

    def again(self, *, since_ms: int, until_ms: int, ahead_ms: int) -> Counter[Apart | None]:
        """Judge again what was in the future, of what came between two times of a clock behind.

        Takes AGAIN_MAX at once; returns what they are now, None in all sums. When they came is put
        right too.
        """
        rows = self._execute(
            "SELECT id, device_id, length_s, config_sha256 FROM report WHERE set_apart = ?1 AND "
            "received_ms BETWEEN ?2 AND ?3 AND (start_s + length_s) * 1000 <= received_ms + ?4 + "
            "?5 LIMIT ?6",
            (Apart.FUTURE, since_ms, until_ms, ahead_ms, FUTURE_MS, AGAIN_MAX),
        ).fetchall()
        found: Counter[Apart | None] = Counter()
        for report_id, device_id, length_s, config in rows:
            meta = self._meta(device_id)
            apart = None
            if meta is not None and meta.config == config:
                early = early_report(self._connection, report_id, length_s)
                apart = apart_by_meta(early.lines, early.zones, length_s=length_s, meta=meta)
            update = "UPDATE report SET set_apart = ?, received_ms = received_ms + ? WHERE id = ?"
            self._execute(update, (apart, ahead_ms, report_id))
            found[apart] += 1
        return found

    def note_last(self, device_id: int, stream_id: int, sequence: int, report_id: int) -> None:
        """Note a report as the device's last, unless a later one of the same stream is."""
        self._execute(
            "UPDATE device SET last_report = ?4 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM entry "
            "WHERE id = last_report AND stream_id = ?2 AND sequence > ?3)",
            (device_id, stream_id, sequence, report_id),
        )

    def _meta(self, device_id: int) -> Meta | None:
        query = "SELECT payload FROM meta WHERE device_id = ?"
        row = self._execute(query, (device_id,)).fetchone()
        return None if row is None else read_kept(row[0])
