# SPDX-License-Identifier: Apache-2.0
"""Mark a store as that of an exercise, and say of a store whether it is one."""

from contextlib import closing
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.store.sqlite.connection import open_reader, open_writer
from fusion_service.store.sqlite.errors import translated

_SIZE_MIB = 4_096


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
