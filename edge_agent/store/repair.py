# SPDX-License-Identifier: Apache-2.0
"""Look whether a small SQLite file is whole, and save what can be read of one that is not.

A card that dies or a cut of the power can leave any bytes. Tables are read row by row from both
ends, what lies between is halved until the unreadable keys are known. The damaged file is kept
aside, at most KEPT_ASIDE of them; the new one says that it was repaired (user_version), because
whoever numbers what it publishes must not go on in it. Killed at any moment, it is done again.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import StoreError

KEPT_ASIDE = 2
"""Damaged files of one name that are kept; the oldest goes when another comes."""
REPAIRED = 1
"""PRAGMA user_version of a file that was saved out of a damaged one."""
PROBES_MAX = 2_000
"""How often an unreadable stretch of one table is looked into; what then is left counts as
unreadable."""
BEYOND = 1_000
"""How far past the last key that was read from below others are looked for, where the end cannot be
read."""
_MAGIC = b"SQLite format 3\0"
_PAGES_AT, _FREE_AT = 28, 32
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Keys of one table, both included, that could not be read.

    There may have been a row for each, or for none.
    """

    table: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Damage:
    """What was wrong with a file, what was saved of each table, and where the file is now."""

    fault: str
    rows: dict[str, int]
    unread: tuple[Stretch, ...]
    aside: Path

    def __str__(self) -> str:
        """Say it in one line."""
        rows = (
            ", ".join(f"{number} of {table}" for table, number in self.rows.items() if number)
            or "none"
        )
        unread = (
            "; ".join(f"{one.table} {one.first} to {one.last}" for one in self.unread)
            or "none known"
        )
        return (
            f"{self.fault}; rows saved: {rows}; keys that could not be read: {unread}; the file is "
            f"kept as {self.aside.name}"
        )


def is_damage(error: BaseException) -> bool:
    """Say whether SQLite found the file itself wrong, rather than busy, full or out of reach."""
    return str(getattr(error, "sqlite_errorname", "")).startswith(_DAMAGED)


def mend(path: Path, schema: str, *, page_bytes: int) -> Damage | None:
    """Check a file and, where it is damaged, put a new one with what could be read in its place.

    None where it is whole.

    Nobody else may have it open. Raises StoreError where it cannot be read or written for another
    reason.
    """
    ready, aside = path.with_name(f"{path.name}.salvaged"), path.with_name(f"{path.name}.damaged")
    try:
        if ready.exists():
            return Damage(
                "its mending was cut short and has been finished", {}, (), _swap(path, ready, aside)
            )
        found = _fault(path)
        if found is None:
            return None
        fresh = path.with_name(f"{path.name}.salvage")
        for old in (fresh, _log(fresh)):
            old.unlink(missing_ok=True)
        rows, unread = _save(path, fresh, schema, page_bytes)
        _sync(fresh)
        fresh.replace(ready)
        return Damage(found, rows, unread, _swap(path, ready, aside))
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{path}: is damaged and could not be mended: {error}; free space, or move the file "
            "away"
        ) from error


def _fault(path: Path) -> str | None:
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        with closing(sqlite3.connect(path, timeout=5.0, isolation_level=None)) as connection:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        said = str(error)
    return None if said == "ok" else " ".join(str(said).split())[:200]


def _save(
    path: Path, fresh: Path, schema: str, page_bytes: int
) -> tuple[dict[str, int], tuple[Stretch, ...]]:
    """Copy all rows that can be read into a new file.

    Return how many of each table, and the keys that could not be.
    """
    rows: dict[str, int] = {}
    unread: list[Stretch] = []
    with closing(sqlite3.connect(fresh, isolation_level=None)) as new:
        new.execute(f"PRAGMA page_size = {page_bytes}")
        new.executescript(schema)
        new.execute(f"PRAGMA user_version = {REPAIRED}")
        path.chmod(path.stat().st_mode | 0o600)
        fresh.chmod(path.stat().st_mode & 0o777)
        _give_a_head(path, fresh, page_bytes)
        tables = [
            row[0]
            for row in new.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        with closing(sqlite3.connect(path, isolation_level=None)) as old:
            old.text_factory = _text
            old.execute(
                "PRAGMA writable_schema = ON"
            )  # else a file that was cut short is not read at all
            new.execute("BEGIN")
            for table in tables:
                reading = _Reading(old, new, table)
                unread += reading.all()
                rows[table] = new.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608 - a name of our own schema
            new.execute("COMMIT")
    return rows, tuple(unread)


class _Reading:
    """The rows of one table, from the damaged file into the new one."""

    def __init__(self, old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> None:
        self._old, self._new, self._table = old, new, table
        self._probes = 0
        columns = new.execute(f"PRAGMA table_info({table})").fetchall()
        # A file of an earlier release lacks the columns that came since.
        there = {row[1] for row in self._columns_of_old()} or {row[1] for row in columns}
        columns = [row for row in columns if row[1] in there]
        self._names = ", ".join(row[1] for row in columns)
        self._put = (
            f"INSERT OR IGNORE INTO {table} ({self._names}) VALUES "  # noqa: S608 - the same
            f"({', '.join('?' * len(columns))})"
        )
        keyed = [name for _, name, kind, _, _, key in columns if key and kind == "INTEGER"]
        self._key = keyed[0] if len(keyed) == 1 else None
        self._key_at = [name for _, name, *_ in columns].index(self._key) if self._key else 0

    def _columns_of_old(self) -> list[tuple[object, ...]]:
        try:
            return self._old.execute(f"PRAGMA table_info({self._table})").fetchall()
        except sqlite3.DatabaseError:
            return []

    def all(self) -> Iterator[Stretch]:
        """Copy what can be read; yield the keys that cannot."""
        if self._key is None:
            for way in ("", "DESC"):
                self._copy(f"SELECT {self._names} FROM {self._table} ORDER BY 1 {way}")  # noqa: S608 - the same
            return
        yield from self._between(-(2**63), 2**63 - 1)

    def _between(self, low: int, high: int) -> Iterator[Stretch]:
        """Copy the rows with keys from low to high.

        Upwards as far as it goes, downwards as far as it goes, then either half.
        """
        query = (
            f"SELECT {self._names} FROM {self._table} WHERE {self._key} BETWEEN {low} AND "  # noqa: S608 - the same
            f"{high} ORDER BY {self._key} "
        )
        below, whole = self._copy(query)
        if whole:
            return
        above, _ = self._copy(query + "DESC")
        first = low if below is None else below + 1
        last = high if above is None else above - 1
        if last - first > 2**40:  # an end that cannot be read: no key is known there
            last = max(first, 0) + BEYOND
            first = max(first, 0)
        self._probes += 1
        if first > last:
            return
        if first == last or self._probes > PROBES_MAX:
            yield Stretch(self._table, first, last)
            return
        middle = (first + last) // 2
        yield from _joined([*self._between(first, middle), *self._between(middle + 1, last)])

    def _copy(self, query: str) -> tuple[int | None, bool]:
        """Copy rows until the end or the first that cannot be read.

        Return the last key copied and whether it was the end.
        """
        last = None
        try:
            for row in self._old.execute(query):
                with suppress(
                    sqlite3.IntegrityError
                ):  # a row that breaks the table's rules is none of ours
                    self._new.execute(self._put, row)
                last = int(row[self._key_at]) if self._key else None
        except sqlite3.DatabaseError:
            return last, False
        return last, True


def _joined(stretches: list[Stretch]) -> Iterator[Stretch]:
    """Yield stretches, those that touch as one."""
    held: Stretch | None = None
    for one in stretches:
        if held is not None and held.last + 1 == one.first:
            held = Stretch(one.table, held.first, one.last)
            continue
        if held is not None:
            yield held
        held = one
    if held is not None:
        yield held


def _give_a_head(path: Path, fresh: Path, page_bytes: int) -> None:
    """Put a new file's first page in the place of one that is not SQLite's.

    The new file has the same tables: their roots never move.
    """
    with path.open("r+b") as file:
        if file.read(len(_MAGIC)) == _MAGIC:
            return
        size = file.seek(0, os.SEEK_END)
        head = bytearray(fresh.read_bytes()[:page_bytes])
        head[_PAGES_AT : _PAGES_AT + 4] = (size // page_bytes).to_bytes(4, "big")
        head[_FREE_AT : _FREE_AT + 8] = bytes(8)
        file.seek(0)
        file.write(head)


def _swap(path: Path, ready: Path, aside: Path) -> Path:
    """Put the new file in the old one's place, and the old one with its log aside."""
    kept = sorted(
        path.parent.glob(f"{aside.name}-*[0-9]"), key=lambda one: int(one.name.rpartition("-")[2])
    )
    number = int(kept[-1].name.rpartition("-")[2]) + 1 if kept else 1
    for old in kept[: max(0, len(kept) - KEPT_ASIDE + 1)]:
        old.unlink()
        _log(old).unlink(missing_ok=True)
    named = aside.with_name(f"{aside.name}-{number}")
    if path.exists():
        named.hardlink_to(path)
    if _log(path).exists():
        _log(path).replace(_log(named))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    ready.replace(path)
    _sync(path.parent)
    return named


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(raw: bytes) -> str:
    """Read a word.

    One that is none stands for itself as nearly as can be, and whoever checks it refuses it.
    """
    return raw.decode("utf-8", "replace")
