# SPDX-License-Identifier: Apache-2.0
"""Keep what counters of others say, beside the reports, in tables of its own.

A source that is told that a count is kept may forget it, so it is committed with synchronous=FULL.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from fusion_service.errors import DeviceError
from fusion_service.store.sources import Colour, KeptCounts, SourceCount, SourceCountRow, SourceRow
from fusion_service.store.sqlite.part import StorePart

REFUSAL_MAX = 300
"""Characters that are kept of why a message was refused."""
_COUNT = (
    "SELECT c.id, s.site, s.name, c.counter, c.start_s, c.length_s, c.people, c.entered, c.gone, "
    "c.low, c.high, c.colour, c.revision, c.received_ms FROM source_count c JOIN source s ON s.id "
    "= c.source_id WHERE "
)

_SAID = ("counter", "start_s", "length_s", "people", "entered", "gone", "low", "high")


class SourceFile(StorePart):
    """The sources of a store. Threads take turns."""

    def __init__(self, path: Path, *, size_mib_max: int) -> None:
        super().__init__(path, size_mib_max=size_mib_max, synchronous="FULL")
        self._connection.row_factory = sqlite3.Row

    def add(self, site: str, name: str, key_sha256: bytes, now_ms: int) -> bool:
        """Make a source known under a key; see `SourceKeeper`."""
        with self._commit() as connection:
            known = connection.execute(
                "SELECT 1 FROM source WHERE site = ? AND name = ?", (site, name)
            ).fetchone()
            connection.execute(
                "INSERT INTO source (site, name, key_sha256, added_ms) VALUES (?, ?, ?, ?) ON "
                "CONFLICT (site, name) DO UPDATE SET key_sha256 = excluded.key_sha256, retired_ms "
                "= NULL",
                (site, name, key_sha256, now_ms),
            )
        return known is None

    def retire(self, site: str, name: str, now_ms: int) -> bool:
        """Accept nothing more of a source; see `SourceKeeper`."""
        with self._commit() as connection:
            _row_of(connection, site, name)
            done = connection.execute(
                "UPDATE source SET retired_ms = ?, key_sha256 = NULL WHERE site = ? AND name = ? "
                "AND retired_ms IS NULL",
                (now_ms, site, name),
            )
        return done.rowcount > 0

    def key_of(self, site: str, name: str) -> bytes | None:
        """Return the SHA-256 of a source's key; see `SourceKeeper`."""
        query = "SELECT key_sha256 FROM source WHERE site = ? AND name = ? AND retired_ms IS NULL"
        with self._look() as connection:
            row = connection.execute(query, (site, name)).fetchone()
        return None if row is None else bytes(row[0])

    def keep(
        self, site: str, name: str, counts: Sequence[SourceCount], received_ms: int
    ) -> KeptCounts:
        """Keep what a source said; see `SourceKeeper`."""
        ended = {"new": 0, "revised": 0, "repeated": 0}
        with self._commit() as connection:
            source = _row_of(connection, site, name)
            for count in counts:
                ended[_keep(connection, source, count, received_ms)] += 1
            connection.execute(
                "UPDATE source SET last_ms = max(ifnull(last_ms, 0), ?) WHERE id = ?",
                (received_ms, source),
            )
        return KeptCounts(**ended)

    def refuse(self, site: str, name: str, why: str, now_ms: int) -> None:
        """Count a message that was of no use; see `SourceKeeper`."""
        del now_ms
        with self._commit() as connection:
            connection.execute(
                "UPDATE source SET refused = refused + 1, last_refusal = ? WHERE site = ? AND name "
                "= ?",
                (why[:REFUSAL_MAX], site, name),
            )

    def sources(self, *, after: tuple[str, str], limit: int) -> list[SourceRow]:
        """Return sources by site and name, those after such a place."""
        query = (
            "SELECT site, name, added_ms, last_ms, refused, last_refusal, retired_ms FROM source "
            "WHERE (site, name) > (?, ?) ORDER BY site, name LIMIT ?"
        )
        with self._look() as connection:
            return [SourceRow(*row) for row in connection.execute(query, (*after, limit))]

    def counts_after(self, row_id: int, *, limit: int) -> list[SourceCountRow]:
        """Return counts in the order of their rows, those after a row."""
        with self._look() as connection:
            rows = connection.execute(f"{_COUNT}c.id > ? ORDER BY c.id LIMIT ?", (row_id, limit))
            return [_count_row(row) for row in rows]

    def counts_ending(
        self, site: str, *, after_s: int, until_s: int, upto_row: int
    ) -> list[SourceCountRow]:
        """Return a site's counts of windows that ended in a time, up to a row."""
        where = (
            "s.site = ? AND c.start_s + c.length_s > ? AND c.start_s + c.length_s <= ? AND c.id <= "
            "? ORDER BY c.id"
        )
        with self._look() as connection:
            rows = connection.execute(f"{_COUNT}{where}", (site, after_s, until_s, upto_row))
            return [_count_row(row) for row in rows]

    def newest_count(self) -> int:
        """Return the row of the newest count, 0 where there is none."""
        with self._look() as connection:
            (newest,) = connection.execute("SELECT ifnull(max(id), 0) FROM source_count").fetchone()
        return int(newest)


def _row_of(connection: sqlite3.Connection, site: str, name: str) -> int:
    row = connection.execute(
        "SELECT id FROM source WHERE site = ? AND name = ?", (site, name)
    ).fetchone()
    if row is None:
        raise DeviceError(
            f"{site}/{name}: is no source here; fusion-service source add {site} {name} makes it "
            "one"
        )
    return int(row[0])


def _keep(connection: sqlite3.Connection, source: int, count: SourceCount, received_ms: int) -> str:
    """Write one count; return whether it is new, revised or repeated."""
    values = (
        count.length_s,
        count.people,
        count.entered,
        count.gone,
        count.low,
        count.high,
        None if count.colour is None else str(count.colour),
    )
    place = (source, count.counter, count.start_s)
    before = connection.execute(
        "SELECT length_s, people, entered, gone, low, high, colour, revision FROM source_count "
        "WHERE source_id = ? AND counter = ? AND start_s = ?",
        place,
    ).fetchone()
    if before is not None and tuple(before)[:-1] == values:
        return "repeated"
    # Asked before the old one goes: a revised count has a new row, and who reads by rows sees it.
    (newest,) = connection.execute("SELECT ifnull(max(id), 0) FROM source_count").fetchone()
    if before is not None:
        connection.execute(
            "DELETE FROM source_count WHERE source_id = ? AND counter = ? AND start_s = ?", place
        )
    connection.execute(
        "INSERT INTO source_count (id, source_id, counter, start_s, length_s, people, entered, "
        "gone, low, high, colour, revision, received_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?)",
        (newest + 1, *place, *values, 0 if before is None else before[-1] + 1, received_ms),
    )
    return "new" if before is None else "revised"


def _count_row(row: sqlite3.Row) -> SourceCountRow:
    said = {name: row[name] for name in _SAID}
    colour = None if row["colour"] is None else Colour(row["colour"])
    return SourceCountRow(
        id=row["id"],
        site=row["site"],
        source=row["name"],
        count=SourceCount(**said, colour=colour),
        revision=row["revision"],
        received_ms=row["received_ms"],
    )
