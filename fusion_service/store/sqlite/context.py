# SPDX-License-Identifier: Apache-2.0
"""Keep what feeds of others say, beside the reports, in tables of their own.

With synchronous=NORMAL: a power cut costs what the last feeds said, and they say it again.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from fusion_service.store.context import (
    ContextRow,
    ContextValue,
    MissingKey,
    MissingSpell,
    Quality,
    Quantity,
    Revision,
)
from fusion_service.store.sqlite.part import StorePart

_SAID = "length_s, amount, quality, note"
_NEWEST = (
    "v.known_s = (SELECT max(n.known_s) FROM context_value n WHERE n.series_id = v.series_id AND "
    "n.valid_s = v.valid_s AND n.known_s <= ?)"
)
"""A value that no later one, known by a moment, takes the place of."""


class ContextFile(StorePart):
    """What feeds said, in a store. Threads take turns."""

    def __init__(self, path: Path, *, size_mib_max: int) -> None:
        super().__init__(path, size_mib_max=size_mib_max, synchronous="NORMAL")

    def keep(
        self, feed: str, values: Sequence[ContextValue], known_s: int, *, is_all: bool = False
    ) -> int:
        """Keep what a feed said, and return how many rows that took; see `ContextKeeper`."""
        if not values and not is_all:
            return 0
        with self._commit() as connection:
            keys = {(value.place, value.quantity) for value in values}
            series = _series_of(connection, feed, keys)
            rows = [
                _row(series[value.place, value.quantity], value, known_s)
                for value in values
                if not _is_known(connection, series[value.place, value.quantity], value)
            ]
            if is_all:
                said = {(series[one.place, one.quantity], one.valid_s) for one in values}
                rows += _withdrawn(connection, feed, said, known_s)
            for row in rows:
                connection.execute(
                    "INSERT OR REPLACE INTO context_value VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
                )
        return len(rows)

    def known_at(
        self, feed: str, *, known_s: int, from_s: int, until_s: int, limit: int
    ) -> list[ContextRow]:
        """Return what a feed was known then to have said of a time; see `ContextKnown`."""
        query = (
            f"SELECT s.place, s.quantity, v.valid_s, v.issued_s, v.known_s, v.{_SAID} FROM "  # noqa: S608 - constants
            "context_value v JOIN context_series s ON s.id = v.series_id WHERE s.feed = ? AND "
            f"v.valid_s >= ? AND v.valid_s < ? AND v.known_s <= ? AND {_NEWEST} ORDER BY "
            "v.valid_s, s.place, s.quantity LIMIT ?"
        )
        with self._look() as connection:
            rows = connection.execute(query, (feed, from_s, until_s, known_s, known_s, limit))
            return [_context_row(feed, row) for row in rows]

    def missing_at(self, feed: str, *, known_s: int) -> list[MissingKey]:
        """Return what of a feed was missing at a moment; see `ContextKnown`."""
        query = (
            "SELECT s.place, s.quantity FROM context_missing m JOIN context_series s ON s.id = "
            "m.series_id WHERE s.feed = ? AND m.from_s <= ? AND (m.until_s IS NULL OR m.until_s > "
            "?) ORDER BY s.place, s.quantity"
        )
        with self._look() as connection:
            rows = connection.execute(query, (feed, known_s, known_s))
            return [(str(place), Quantity(str(quantity))) for place, quantity in rows]

    def revisions(
        self, feed: str, quantity: Quantity, *, from_s: int, until_s: int, known_s: int, limit: int
    ) -> list[Revision]:
        """Return all that a feed ever said of a time up to a moment; see `ContextKnown`."""
        query = (
            "SELECT s.place, v.valid_s, v.length_s, v.known_s, v.amount, v.note FROM "
            "context_value v JOIN context_series s ON s.id = v.series_id WHERE s.feed = ? AND "
            "s.quantity = ? AND v.valid_s >= ? AND v.valid_s < ? AND v.known_s <= ? ORDER BY "
            "s.place, v.valid_s, v.known_s LIMIT ?"
        )
        asked = (feed, quantity.value, from_s, until_s, known_s, limit)
        with self._snapshot() as connection:
            return [Revision(*row) for row in connection.execute(query, asked)]

    def missing_spells(self, feed: str, *, known_s: int) -> list[MissingSpell]:
        """Return when what of a feed was missing; see `ContextKnown`."""
        query = (
            "SELECT s.place, s.quantity, m.from_s, m.until_s FROM context_missing m JOIN "
            "context_series s ON s.id = m.series_id WHERE s.feed = ? AND m.from_s <= ? ORDER BY "
            "m.from_s, s.place, s.quantity"
        )
        with self._snapshot() as connection:
            return [
                MissingSpell(
                    str(place),
                    Quantity(str(quantity)),
                    int(from_s),
                    None if until_s is None or until_s > known_s else int(until_s),
                )
                for place, quantity, from_s, until_s in connection.execute(query, (feed, known_s))
            ]

    def note_missing(self, feed: str, missing: frozenset[MissingKey], known_s: int) -> None:
        """Keep what of a feed is missing from now on; see `ContextKeeper`."""
        query = (
            "SELECT m.series_id FROM context_missing m JOIN context_series s ON s.id = m.series_id "
            "WHERE s.feed = ? AND m.until_s IS NULL"
        )
        back = "UPDATE context_missing SET until_s = ? WHERE series_id = ? AND until_s IS NULL"
        with self._commit() as connection:
            now = set(_series_of(connection, feed, missing).values())
            before = {int(series) for (series,) in connection.execute(query, (feed,))}
            for series in before - now:
                connection.execute(back, (known_s, series))
            for series in now - before:
                connection.execute(
                    "INSERT OR REPLACE INTO context_missing VALUES (?, ?, NULL)", (series, known_s)
                )

    def newest_known(self, feed: str) -> int | None:
        """Return when something was last kept of a feed; see `ContextKeeper`."""
        query = (
            "SELECT max((SELECT max(known_s) FROM context_value v WHERE v.series_id = s.id)) FROM "
            "context_series s WHERE s.feed = ?"
        )
        with self._look() as connection:
            (newest,) = connection.execute(query, (feed,)).fetchone()
        return None if newest is None else int(newest)

    def forget(self, *, before_s: int, limit: int) -> int:
        """Forget what became known before a moment and is of before it; return how many rows."""
        query = (
            "DELETE FROM context_value WHERE (series_id, valid_s, known_s) IN (SELECT series_id, "
            "valid_s, known_s FROM context_value INDEXED BY context_value_by_known WHERE known_s "
            "< ? AND valid_s + length_s < ? LIMIT ?)"
        )
        # A place of a calendar's entry is used once.
        unused = (
            "DELETE FROM context_series WHERE NOT EXISTS (SELECT 1 FROM context_value v WHERE "
            "v.series_id = context_series.id) AND NOT EXISTS (SELECT 1 FROM context_missing m "
            "WHERE m.series_id = context_series.id)"
        )
        with self._commit() as connection:
            gone = connection.execute(query, (before_s, before_s, limit)).rowcount
            connection.execute("DELETE FROM context_missing WHERE until_s < ?", (before_s,))
            if gone:
                connection.execute(unused)
        return gone


def _series_of(
    connection: sqlite3.Connection, feed: str, keys: Iterable[MissingKey]
) -> dict[MissingKey, int]:
    """Return the row of each place and quantity, made where it is new."""
    found = dict[MissingKey, int]()
    for place, quantity in keys:
        named = (feed, place, quantity.value)
        connection.execute(
            "INSERT OR IGNORE INTO context_series (feed, place, quantity, unit) VALUES (?, ?, ?, "
            "?)",
            (*named, quantity.unit.value),
        )
        query = "SELECT id FROM context_series WHERE feed = ? AND place = ? AND quantity = ?"
        (found[place, quantity],) = connection.execute(query, named).fetchone()
    return found


def _is_known(connection: sqlite3.Connection, series: int, value: ContextValue) -> bool:
    """Say whether what is known of a moment says the same already."""
    query = (
        f"SELECT {_SAID} FROM context_value WHERE series_id = ? AND valid_s = ? ORDER BY known_s "  # noqa: S608 - a constant
        "DESC LIMIT 1"
    )
    known = connection.execute(query, (series, value.valid_s)).fetchone()
    return known is not None and tuple(known) == _said(value)


def _said(value: ContextValue) -> tuple[int, float, str, str]:
    return value.length_s, round(value.amount, 3), value.quality.value, value.note


def _row(series: int, value: ContextValue, known_s: int) -> tuple[object, ...]:
    return (series, value.valid_s, known_s, value.issued_s, *_said(value))


def _withdrawn(
    connection: sqlite3.Connection, feed: str, said: set[tuple[int, int]], known_s: int
) -> list[tuple[object, ...]]:
    """Return rows that withdraw what a feed said of a time that is not over, and says no more."""
    query = (
        "SELECT v.series_id, v.valid_s, v.length_s FROM context_value v JOIN context_series s ON "  # noqa: S608 - a constant
        "s.id = v.series_id WHERE s.feed = ? AND v.valid_s + v.length_s > ? AND v.amount <> 0 AND "
        f"v.known_s <= ? AND {_NEWEST}"
    )
    return [
        (series, valid_s, known_s, known_s, length_s, 0.0, Quality.GOOD.value, "")
        for series, valid_s, length_s in connection.execute(
            query, (feed, known_s, known_s, known_s)
        )
        if (series, valid_s) not in said
    ]


def _context_row(feed: str, row: tuple[object, ...]) -> ContextRow:
    place, quantity, valid_s, issued_s, known_s, length_s, amount, quality, note = row
    value = ContextValue(
        place=str(place),
        quantity=Quantity(str(quantity)),
        valid_s=int(str(valid_s)),
        issued_s=int(str(issued_s)),
        amount=float(str(amount)),
        length_s=int(str(length_s)),
        quality=Quality(str(quality)),
        note=str(note),
    )
    return ContextRow(feed, value, int(str(known_s)))
