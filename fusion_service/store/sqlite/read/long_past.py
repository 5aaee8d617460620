# SPDX-License-Identifier: Apache-2.0
"""Read a whole season: numbers of zones, words of those who looked, and silences of boxes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from fusion_service.estimate.observation import Basis
from fusion_service.store.estimates import HeardRow, LookRow, NumberRow
from fusion_service.store.sqlite.connection import snapshot

FRESH_S = 300
"""An estimate that is older says nothing of what somebody sees now."""
_NUMBERS = (
    "SELECT at_s, people, low_80, high_80, basis FROM estimate WHERE site = ? AND zone = ? AND "
    "at_s >= ? AND at_s < ? ORDER BY at_s, known_ms"
)
_LOOKS = (
    "SELECT s.name, c.counter, c.start_s, c.people, c.received_ms FROM source s JOIN source_count "
    "c ON c.source_id = s.id WHERE s.site = ? AND s.name = ? AND c.people IS NOT NULL AND "
    "c.start_s >= ? AND c.start_s < ? ORDER BY c.start_s, c.id"
)
_BEFORE = (
    "SELECT low_80, high_80 FROM estimate WHERE site = ? AND zone = ? AND at_s <= ? AND at_s >= ? "
    "AND known_ms < ? ORDER BY at_s DESC, known_ms DESC LIMIT 1"
)
_HEARD = (
    "SELECT min(start_s), max(start_s + length_s), count(*) FROM report WHERE device_id = ? AND "
    "start_s >= ? AND start_s < ? AND set_apart IS NULL"
)
_SILENCES = (
    "SELECT ended_s, start_s FROM (SELECT start_s, length_s, max(start_s + length_s) OVER (ORDER "
    "BY start_s ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended_s FROM report WHERE "
    "device_id = ? AND start_s >= ? AND start_s < ? AND set_apart IS NULL) WHERE start_s - ended_s "
    "> 3 * length_s ORDER BY start_s"
)


class LongPastFile:
    """See `LongPast`. Each question has its own connection."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def numbers(self, site: str, zone: str, *, from_s: int, to_s: int) -> Iterator[NumberRow]:
        """Yield a zone's numbers; of a moment what was known last."""
        last: tuple[int, float, float, float, str] | None = None
        with snapshot(self._path) as connection:
            for row in connection.execute(_NUMBERS, (site, zone, from_s, to_s)):
                if last is not None and row[0] != last[0]:
                    yield _number(last)
                last = row
        if last is not None:
            yield _number(last)

    def looks(
        self, site: str, places: Mapping[tuple[str, str], str], *, from_s: int, to_s: int
    ) -> list[LookRow]:
        """Return what those said who look, each with the estimate that it did not go into."""
        found = []
        with snapshot(self._path) as connection:
            for name in sorted({source for source, _ in places}):
                said = connection.execute(_LOOKS, (site, name, from_s, to_s)).fetchall()
                for source, counter, at_s, people, received_ms in said:
                    zone = places.get((source, counter))
                    if zone is None:
                        continue
                    place = (site, zone, at_s, at_s - FRESH_S, received_ms)
                    low, high = connection.execute(_BEFORE, place).fetchone() or (None, None)
                    found.append(LookRow(zone, at_s, people, low, high))
        return sorted(found, key=lambda one: (one.at_s, one.zone))

    def heard(self, site: str, *, from_s: int, to_s: int) -> list[HeardRow]:
        """Return the boxes of which windows are kept, with their silences."""
        boxes = "SELECT id, name, retired_ms FROM device WHERE site = ? ORDER BY name"
        found = []
        with snapshot(self._path) as connection:
            for device_id, name, retired_ms in connection.execute(boxes, (site,)).fetchall():
                place = (device_id, from_s, to_s)
                first_s, end_s, windows = connection.execute(_HEARD, place).fetchone()
                if windows:
                    silences = tuple(connection.execute(_SILENCES, place).fetchall())
                    found.append(HeardRow(name, first_s, end_s, windows, retired_ms, silences))
        return found


def _number(row: tuple[int, float, float, float, str]) -> NumberRow:
    at_s, people, low, high, basis = row
    return NumberRow(at_s, people, low, high, basis != Basis.USUAL.value)
