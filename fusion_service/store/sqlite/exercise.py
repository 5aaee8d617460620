# SPDX-License-Identifier: Apache-2.0
"""Mark a store as that of an exercise, say of a store whether it is one, and keep what was true.

What is true, and what exercise control does, have tables that are made as a store is marked: a
centre's own store has none of them. A store that an earlier release marked has none either.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import astuple
from pathlib import Path
from sqlite3 import Connection

from fusion_service.errors import StoreError
from fusion_service.store.exercise.kept import ControlDeed, ControlDraft, ControlEntry, TruthRow
from fusion_service.store.sqlite.connection import open_reader, open_writer
from fusion_service.store.sqlite.errors import translated
from fusion_service.store.sqlite.part import StorePart

_SIZE_MIB = 4_096
_TABLES = """
CREATE TABLE exercise_truth (
    zone TEXT NOT NULL,
    at_s INTEGER NOT NULL,
    people REAL NOT NULL,
    PRIMARY KEY (zone, at_s)
) STRICT, WITHOUT ROWID;
CREATE TABLE exercise_control (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    real_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    organisation TEXT NOT NULL,
    deed TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT
"""
_CONTROL = "at_ms, real_ms, actor, organisation, deed, detail"


def mark_exercise(path: Path, scenario: str, started_ms: int) -> None:
    """Write into the store at `path` that all in it is an exercise, for good.

    Raises StoreError where there is a device or a report in it already.
    """
    with (
        translated(path),
        closing(open_writer(path, size_mib_max=_SIZE_MIB, synchronous="FULL")) as connection,
    ):
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("SELECT 1 FROM device LIMIT 1").fetchone() is not None:
            raise StoreError(
                f"{path}: holds devices already, wanted an empty store: what was counted cannot "
                "become an exercise; name another file"
            )
        connection.execute("INSERT INTO exercise VALUES (1, ?, ?)", (scenario, started_ms))
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute("COMMIT")


def exercise_of(path: Path) -> str | None:
    """Return the scenario of which a store is, and None of one that holds what was counted."""
    if not path.exists():
        return None
    with translated(path), closing(open_reader(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'exercise'").fetchone():
            return None  # of a release before there were any
        row = connection.execute("SELECT scenario FROM exercise").fetchone()
    return None if row is None else str(row[0])


def exercise_span(path: Path, site: str) -> tuple[int, int]:
    """Return from when to when an exercise was played, whole minutes, unix s."""
    newest = "SELECT ifnull(max(known_ms), 0) FROM estimate WHERE site = ?"
    with translated(path), closing(open_reader(path)) as connection:
        (begun_ms,) = connection.execute("SELECT started_ms FROM exercise").fetchone()
        (until_ms,) = connection.execute(newest, (site,)).fetchone()
    begun_s = begun_ms // 1000
    return begun_s, max(begun_s + 60, until_ms // 60_000 * 60)


class ExerciseFile(StorePart):
    """See `ExerciseKeeper`. What is true is drawn again by the same scenario: NORMAL is enough."""

    def __init__(self, path: Path, *, size_mib_max: int) -> None:
        super().__init__(path, size_mib_max=size_mib_max, synchronous="NORMAL")

    def keep_truth(self, rows: Sequence[TruthRow]) -> None:
        """Keep what was true."""
        if not rows:
            return
        with self._commit() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO exercise_truth VALUES (?, ?, ?)",
                [(row.zone, row.at_s, row.people) for row in rows],
            )

    def note(self, draft: ControlDraft) -> ControlEntry:
        """Keep what was done."""
        query = f"INSERT INTO exercise_control ({_CONTROL}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
        with self._commit() as connection:
            done = connection.execute(query, astuple(draft))
        kept_as = int(done.lastrowid or 0)
        return ControlEntry(
            draft.at_ms,
            draft.real_ms,
            draft.actor,
            draft.organisation,
            draft.deed,
            draft.detail,
            kept_as,
        )

    def truth(self, *, from_s: int, to_s: int) -> list[TruthRow]:
        """Return what was true after one moment and until another."""
        with self._snapshot() as connection:
            return _truth(connection, from_s, to_s)

    def control(self, *, limit: int) -> list[ControlEntry]:
        """Return what exercise control did, the last first."""
        with self._snapshot() as connection:
            return _control(connection, limit)


class ExerciseReader:
    """See `ExerciseRecord`: of a store that nobody plays in any more, or never did."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def truth(self, *, from_s: int, to_s: int) -> list[TruthRow]:
        """Return what was true; nothing where it was not kept."""
        with translated(self._path), closing(open_reader(self._path)) as connection:
            return _truth(connection, from_s, to_s) if _is_kept(connection) else []

    def control(self, *, limit: int) -> list[ControlEntry]:
        """Return what exercise control did, the last first; nothing where it was not kept."""
        with translated(self._path), closing(open_reader(self._path)) as connection:
            return _control(connection, limit) if _is_kept(connection) else []


def _is_kept(connection: Connection) -> bool:
    query = "SELECT 1 FROM sqlite_schema WHERE name = 'exercise_control'"
    return connection.execute(query).fetchone() is not None


def _truth(connection: Connection, from_s: int, to_s: int) -> list[TruthRow]:
    query = "SELECT zone, at_s, people FROM exercise_truth WHERE at_s > ? AND at_s <= ?"
    return [TruthRow(*row) for row in connection.execute(query, (from_s, to_s))]


def _control(connection: Connection, limit: int) -> list[ControlEntry]:
    query = f"SELECT {_CONTROL}, id FROM exercise_control ORDER BY id DESC LIMIT ?"  # noqa: S608 - constants
    return [
        ControlEntry(row[0], row[1], row[2], row[3], ControlDeed(row[4]), row[5], row[6])
        for row in connection.execute(query, (limit,))
    ]
