# SPDX-License-Identifier: Apache-2.0
"""Say of the reports of one commit which are in no sum, which overlap others, and which is the last.

Rule: no order is a box's clock's. What came last is told by the stream that was heard last, and in
it by the sequence.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from fusion_service.store.set_apart import FUTURE_MS, Apart, apart_by_itself, apart_by_meta
from wire_contract.errors import DecodeError
from wire_contract.messages.meta import Meta
from wire_contract.messages.report import Report
from wire_contract.messages.versions import read_meta

LATE_META_MAX = 2_000
"""Reports judged again when their meta comes after them; a box lets 64 wait to be acknowledged."""
AGAIN_MAX = 1_000
"""Reports judged again in one commit."""
METAS_KNOWN_MAX = 16_384
"""Metas whose reading is remembered: more than a centre has boxes. The one used longest ago
goes."""
SPAN_S = 3_600
"""The longest that a report with counts stands for, merged or not: so far back overlaps are
sought."""
_SHARING = (
    "o.device_id = r.device_id AND o.start_s < r.start_s + r.length_s AND o.start_s > r.start_s - "
    f"max({SPAN_S}, r.length_s) AND o.start_s + o.length_s > r.start_s AND o.clock = r.clock"
)
_OVERLAPS = (
    "UPDATE report AS r SET overlaps = (SELECT CASE WHEN o.boot = r.boot THEN 'same boot' "  # noqa: S608 - constants only
    f"ELSE 'other boot' END FROM report o WHERE {_SHARING} AND o.id < r.id ORDER BY o.start_s DESC "
    "LIMIT 1) WHERE id IN (SELECT value FROM json_each(?))"
)
_REPLAYED = (
    "UPDATE report SET set_apart = ?2 WHERE id IN (SELECT min(r.id, o.id) FROM json_each(?1) "  # noqa: S608 - constants only
    f"j JOIN report r ON r.id = j.value JOIN report o ON {_SHARING} AND o.id <> r.id AND "
    "o.set_apart IS NULL WHERE r.clock = 'replay' AND r.set_apart IS NULL)"
)


class Judge:
    """Judges over the connection of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._metas: dict[int, Meta | None] = {}

    def of(self, device_id: int, report: Report, received_ms: int) -> Apart | None:
        """Judge a new report; its names and numbers only where the meta of its config is here."""
        added_ms = self._execute(
            "SELECT added_ms FROM device WHERE id = ?", (device_id,)
        ).fetchone()[0]
        apart = apart_by_itself(report, received_ms=received_ms, added_ms=added_ms)
        meta = self._meta(device_id)
        if apart is not None or meta is None or meta.config != report.config:
            return apart
        lines = [(line.id, line.in_count, line.out_count) for line in report.lines]
        zones = [(zone.id, zone.mean, zone.peak) for zone in report.zones]
        return apart_by_meta(lines, zones, length_s=report.length_s, meta=meta)

    def by_late_meta(self, device_id: int, stream_id: int, meta: Meta) -> Counter[Apart]:
        """Judge what came before its meta although it was signed after; return what is apart now."""
        self._metas.pop(device_id, None)
        early = self._execute(
            "SELECT r.id, r.length_s FROM entry e JOIN report r ON r.id = e.id WHERE e.stream_id "
            "= ? AND e.sequence > ? AND r.config_sha256 = ? AND r.set_apart IS NULL ORDER BY "
            "e.sequence LIMIT ?",
            (stream_id, meta.sequence, meta.config, LATE_META_MAX),
        ).fetchall()
        found: Counter[Apart] = Counter()
        for report_id, length_s in early:
            apart = self._by_meta(report_id, length_s, meta)
            if apart is not None:
                self._execute("UPDATE report SET set_apart = ? WHERE id = ?", (apart, report_id))
                found[apart] += 1
        return found

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
            apart = (
                None
                if meta is None or meta.config != config
                else self._by_meta(report_id, length_s, meta)
            )
            update = "UPDATE report SET set_apart = ?, received_ms = received_ms + ? WHERE id = ?"
            self._execute(update, (apart, ahead_ms, report_id))
            found[apart] += 1
        return found

    def compare(self, reports: Sequence[int]) -> tuple[int, int]:
        """Compare reports just written with those of the same time.

        Returns how many overlap one that was there before, and how many replays are superseded now.
        """
        new = json.dumps(reports)
        self._execute(_OVERLAPS, (new,))
        query = (
            "SELECT count(*) FROM report WHERE overlaps IS NOT NULL AND id IN (SELECT value FROM "
            "json_each(?))"
        )
        overlapping = int(self._execute(query, (new,)).fetchone()[0])
        return overlapping, self._execute(_REPLAYED, (new, Apart.SUPERSEDED)).rowcount

    def note_last(self, device_id: int, stream_id: int, sequence: int, report_id: int) -> None:
        """Note a report as the device's last, unless a later one of the same stream is."""
        self._execute(
            "UPDATE device SET last_report = ?4 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM entry "
            "WHERE id = last_report AND stream_id = ?2 AND sequence > ?3)",
            (device_id, stream_id, sequence, report_id),
        )

    def _by_meta(self, report_id: int, length_s: int, meta: Meta) -> Apart | None:
        lines = self._execute(
            "SELECT line, in_count, out_count FROM line_count WHERE report_id = ?", (report_id,)
        )
        zones = self._execute(
            "SELECT zone, mean, peak FROM zone_count WHERE report_id = ?", (report_id,)
        )
        return apart_by_meta(lines.fetchall(), zones.fetchall(), length_s=length_s, meta=meta)

    def _meta(self, device_id: int) -> Meta | None:
        if device_id not in self._metas:
            row = self._execute(
                "SELECT payload FROM meta WHERE device_id = ?", (device_id,)
            ).fetchone()
            self._metas[device_id] = None if row is None else _read(row[0])
        return self._metas[device_id]


@lru_cache(maxsize=METAS_KNOWN_MAX)
def _read(payload: bytes) -> Meta | None:
    """Read a meta that is kept; None of a form that this release reads no longer."""
    try:
        return read_meta(payload)
    except DecodeError:
        return None
