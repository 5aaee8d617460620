# SPDX-License-Identifier: Apache-2.0
"""Keep estimates beside the reports that they stand on, in the same file.

They are written with synchronous=NORMAL: after a power cut the last ones are worked out again from
the reports, on which everything stands.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path

from fusion_service.estimate.observation import (
    NUMBERS,
    Basis,
    Contribution,
    SensorCondition,
    ZoneCondition,
    ZoneEstimate,
)
from fusion_service.store.estimates import WINDOWS_MAX, EstimateRow, Memory, SiteClock
from fusion_service.store.rows import WindowRow
from fusion_service.store.sqlite.connection import check_current, open_reader
from fusion_service.store.sqlite.errors import translated
from fusion_service.store.sqlite.part import StorePart
from fusion_service.store.sqlite.read import windows

_COLUMNS = f"site, zone, at_s, known_ms, {', '.join(NUMBERS)}, basis, condition, detail"
_NEWEST = (
    "NOT EXISTS (SELECT 1 FROM estimate n WHERE n.site = e.site AND n.zone = e.zone AND n.at_s = "
    "e.at_s AND n.known_ms > e.known_ms AND n.known_ms <= ?)"
)
"""An estimate that no later one, known by a moment, takes the place of."""
ALWAYS_MS = 2**62
SAME_PEOPLE = 0.5
"""Estimates that differ by less say the same."""
CONTRIBUTION = tuple(one.name for one in fields(Contribution))


class EstimateFile(StorePart):
    """The estimates of a store. One thread writes."""

    def __init__(self, path: Path, *, size_mib_max: int) -> None:
        super().__init__(path, size_mib_max=size_mib_max, synchronous="NORMAL")
        self._connection.row_factory = sqlite3.Row

    def windows_after(self, row_id: int) -> list[WindowRow]:
        """Return windows that are in sums, in the order of their commit; see `EstimateKeeper`."""
        with translated(self._path):
            return windows.in_sums(
                self._connection, "r.id > ? ORDER BY r.id LIMIT ?", (row_id, WINDOWS_MAX)
            )

    def windows_ending(
        self, site: str, *, after_s: int, until_s: int, upto_row: int
    ) -> list[WindowRow]:
        """Return a site's windows that ended in a time; see `EstimateKeeper`."""
        # A window is a day long at most, and the index is by its start.
        where = (
            "r.device_id IN (SELECT id FROM device WHERE site = ?) AND r.start_s > ? - 86400 AND "
            "r.start_s < ? AND r.start_s + r.length_s > ? AND r.start_s + r.length_s <= ? AND "
            "r.id <= ? ORDER BY r.start_s, r.id"
        )
        with translated(self._path):
            return windows.in_sums(
                self._connection, where, (site, after_s, until_s, after_s, until_s, upto_row)
            )

    def newest_row(self) -> int:
        """Return the row of the newest report, 0 where there is none."""
        with translated(self._path):
            (newest,) = self._connection.execute("SELECT ifnull(max(id), 0) FROM report").fetchone()
        return int(newest)

    def site_clock(self, site: str) -> SiteClock:
        """Say how a site's time goes."""
        newest = (
            "SELECT ifnull(max((SELECT r.start_s + r.length_s FROM report r WHERE r.device_id = "
            "d.id AND r.set_apart IS NULL ORDER BY r.start_s DESC LIMIT 1)), 0) FROM device d "
            "WHERE d.site = ?"
        )
        with translated(self._path):
            row = self._connection.execute(
                "SELECT test FROM site WHERE name = ?", (site,)
            ).fetchone()
            (newest_end_s,) = self._connection.execute(newest, (site,)).fetchone()
        return SiteClock(row is not None and bool(row[0]), int(newest_end_s))

    def keep(self, rows: Sequence[EstimateRow], *, in_place: bool) -> None:
        """Write estimates; see `EstimateKeeper`."""
        if not rows:
            return
        places = [(row.site, row.estimate.zone, row.estimate.at_s) for row in rows]
        marks = ", ".join("?" * (len(NUMBERS) + 7))
        with self._commit() as connection:
            if in_place:
                connection.executemany(
                    "DELETE FROM estimate WHERE site = ? AND zone = ? AND at_s = ?", places
                )
            else:
                rows = [row for row in rows if not _is_known(connection, row)]
            connection.executemany(
                f"INSERT OR REPLACE INTO estimate ({_COLUMNS}) VALUES ({marks})",  # noqa: S608 - constants
                [_stored(row) for row in rows],
            )

    def memory(self, site: str) -> Memory | None:
        """Return what was learnt of a site, or None."""
        query = "SELECT at_s, site_version, content FROM fusion_memory WHERE site = ?"
        with translated(self._path):
            row = self._connection.execute(query, (site,)).fetchone()
        return None if row is None else Memory(*row)

    def remember(self, site: str, memory: Memory) -> None:
        """Keep what was learnt of a site, instead of what was."""
        with self._commit() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO fusion_memory VALUES (?, ?, ?, ?)",
                (site, memory.at_s, memory.site_version, memory.content),
            )

    def forget(self, *, before_s: int, limit: int) -> int:
        """Delete the oldest estimates about a time before; return how many."""
        query = (
            "DELETE FROM estimate WHERE (site, zone, at_s, known_ms) IN (SELECT site, zone, at_s, "
            "known_ms FROM estimate WHERE at_s < "
            "? LIMIT ?)"
        )
        with self._commit() as connection:
            return connection.execute(query, (before_s, limit)).rowcount


class EstimateReader:
    """What each zone's number is and was. Nothing is kept between calls but who listens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told: dict[int, Callable[[str], None]] = {}

    def latest(self, site: str) -> list[EstimateRow]:
        """Return the newest of each zone of a site, by the zone's name."""
        query = (
            f"SELECT {_COLUMNS} FROM estimate e WHERE site = ? AND at_s = (SELECT max(at_s) FROM "  # noqa: S608 - constants
            f"estimate n WHERE n.site = e.site AND n.zone = e.zone) AND {_NEWEST} ORDER BY zone"
        )
        return self._rows(query, (site, ALWAYS_MS))

    def series(
        self, site: str, zone: str, *, from_s: int, to_s: int, known_by_ms: int | None, limit: int
    ) -> list[EstimateRow]:
        """Return a zone's estimates, as known now or by then; see `Picture`."""
        known_by_ms = ALWAYS_MS if known_by_ms is None else known_by_ms
        query = (
            f"SELECT {_COLUMNS} FROM estimate e WHERE site = ? AND zone = ? AND at_s >= ? AND at_s "  # noqa: S608 - constants
            f"< ? AND known_ms <= ? AND {_NEWEST} ORDER BY at_s LIMIT ?"
        )
        place = (site, zone, from_s, to_s, known_by_ms, known_by_ms, limit)
        return self._rows(query, place)

    def moment(
        self, site: str, zones: Sequence[str], *, after_s: int, at_s: int, known_by_ms: int | None
    ) -> list[EstimateRow]:
        """Return each zone's newest up to a moment, as known now or by then; see `Picture`."""
        known_by_ms = ALWAYS_MS if known_by_ms is None else known_by_ms
        query = (
            f"SELECT {_COLUMNS} FROM estimate WHERE site = ? AND zone = ? AND at_s > ? AND at_s "  # noqa: S608 - constants
            "<= ? AND known_ms <= ? ORDER BY at_s DESC, known_ms DESC LIMIT 1"
        )
        places = [(site, zone, after_s, at_s, known_by_ms) for zone in zones]
        with translated(self._path), closing(open_reader(self._path)) as connection:
            check_current(connection, self._path)
            found = [connection.execute(query, place).fetchone() for place in places]
            return [_row(row) for row in found if row is not None]

    def peak(self, site: str, zone: str, *, from_s: int, to_s: int) -> float | None:
        """Return the most people estimated in a zone in a time; see `Picture`."""
        query = (
            # Of each moment the newest: SQLite takes the other columns from the row of the maximum.
            "SELECT max(people) FROM (SELECT people, basis, condition, max(known_ms) FROM estimate "
            "WHERE site = ? AND zone = ? AND at_s >= ? AND at_s < ? GROUP BY at_s) WHERE basis <> "
            "'usual' AND condition <> 'stale'"
        )
        with translated(self._path), closing(open_reader(self._path)) as connection:
            check_current(connection, self._path)
            (found,) = connection.execute(query, (site, zone, from_s, to_s)).fetchone()
        return None if found is None else float(found)

    def changes(self, site: str, *, after_ms: int, limit: int) -> list[EstimateRow]:
        """Return what became known after one moment, oldest first; see `Picture`."""
        query = (
            f"SELECT {_COLUMNS} FROM estimate e WHERE site = ? AND known_ms > ? AND {_NEWEST} "  # noqa: S608 - constants
            "ORDER BY known_ms, zone, at_s LIMIT ?"
        )
        return self._rows(query, (site, after_ms, ALWAYS_MS, limit))

    @contextmanager
    def listening(self, told: Callable[[str], None]) -> Iterator[None]:
        """Call `told` with a site's name each time something of it has become known."""
        self._told[id(told)] = told
        try:
            yield
        finally:
            self._told.pop(id(told), None)

    def tell(self, site: str) -> None:
        """Tell who listens that something of a site has become known."""
        for told in list(self._told.values()):
            told(site)

    def _rows(self, query: str, place: Iterable[object]) -> list[EstimateRow]:
        with translated(self._path), closing(open_reader(self._path)) as connection:
            check_current(connection, self._path)
            return [_row(row) for row in connection.execute(query, tuple(place))]


def _is_known(connection: sqlite3.Connection, row: EstimateRow) -> bool:
    """Say whether what is known of a moment says the same already, to half a person."""
    estimate = row.estimate
    query = (
        "SELECT condition, basis, people, low_80, high_80 FROM estimate WHERE site = ? AND zone = "
        "? AND at_s = ? ORDER BY known_ms DESC LIMIT 1"
    )
    place = (row.site, estimate.zone, estimate.at_s)
    known = connection.execute(query, place).fetchone()
    if known is None or tuple(known[:2]) != (estimate.condition.value, estimate.basis.value):
        return False
    numbers = (estimate.people, estimate.low_80, estimate.high_80)
    return all(abs(a - b) < SAME_PEOPLE for a, b in zip(known[2:], numbers, strict=True))


def _stored(row: EstimateRow) -> tuple[object, ...]:
    estimate = row.estimate
    numbers = (round(getattr(estimate, name), 3) for name in NUMBERS)
    # Of plain values all of it: asdict() copies each deeply, in eight times the time.
    contributions = [
        {name: getattr(one, name) for name in CONTRIBUTION} for one in estimate.contributions
    ]
    detail = json.dumps(contributions, separators=(",", ":"))
    place = (row.site, estimate.zone, estimate.at_s, row.known_ms)
    return (*place, *numbers, estimate.basis.value, estimate.condition.value, detail)


def _row(row: tuple[object, ...]) -> EstimateRow:
    site, zone, at_s, known_ms, *numbers, basis, condition, detail = row
    people, low_50, high_50, low_80, high_80, low_95, high_95, density, trend = map(
        float, map(str, numbers)
    )
    return EstimateRow(
        str(site),
        int(str(known_ms)),
        ZoneEstimate(
            zone=str(zone),
            at_s=int(str(at_s)),
            people=people,
            low_50=low_50,
            high_50=high_50,
            low_80=low_80,
            high_80=high_80,
            low_95=low_95,
            high_95=high_95,
            density=density,
            trend=trend,
            basis=Basis(str(basis)),
            condition=ZoneCondition(str(condition)),
            contributions=tuple(
                Contribution(
                    one["sensor"],
                    one["weight"],
                    one["age_s"],
                    SensorCondition(one["condition"]),
                    one["since_s"],
                )
                for one in json.loads(str(detail))
            ),
        ),
    )
