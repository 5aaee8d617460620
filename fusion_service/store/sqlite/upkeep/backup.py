# SPDX-License-Identifier: Apache-2.0
"""Copy a store while it runs, and put a copy back.

Rule 1: neither command ever overwrites a file. Rule 2: a copy is checked, whole, before it is
called one. Rule 3: what was erased is in no copy
that is put back: the list of it goes along with each copy.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.store.sqlite.access import erasures
from fusion_service.store.sqlite.connection import check_current, check_ours, open_reader
from fusion_service.store.sqlite.errors import translated
from fusion_service.store.sqlite.upkeep.copy import Name, copy_checked
from fusion_service.store.sqlite.upkeep.serving import served_alone


def backup(path: Path, out: Path) -> int:
    """Copy the store at `path` into the new file `out`; return its size in bytes.

    The service may run meanwhile.

    Raises StoreError where there is no store, where `out` is there already, or where the copy does
    not check out.
    """
    _refuse_taken(out)
    if not path.exists():
        raise StoreError(f"{path}: no such file; name the store with store.path of --config")
    erasures.carry(path, out)
    with closing(open_reader(path)) as source:
        return copy_checked(source, path, out)


def restore(copy: Path, path: Path) -> int:
    """Put a copy back as the store at `path`, which must not be there.

    Return how many reports it holds.

    What the centre acknowledged after the copy was made is not in it. The boxes keep such reports
    for a while and send them again; what they keep no longer is shown as lost. It is another store
    than the one that was copied, and says so.
    """
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        _refuse_taken(name)
    if not copy.exists():
        raise StoreError(f"{copy}: no such file; name what fusion-service store backup wrote")
    with closing(open_reader(copy)) as source:
        with translated(copy):
            if check_ours(source, copy):
                raise StoreError(
                    f"{copy}: holds nothing; name what fusion-service store backup wrote"
                )
            reports = int(source.execute("SELECT count(*) FROM report").fetchone()[0])
        erasures.carry(copy, path)
        erased = erasures.read(erasures.list_beside(path))
        copy_checked(source, copy, path, name=Name.ANEW, erased=erased)
    return reports


def move(path: Path, out: Path) -> int:
    """Copy the store at `path` into the new file `out` under the same name, and retire it.

    Return its size in bytes.

    From then on `out` is the store, and the old file serves no more: boxes take both for one. No
    service may run on it. Raises StoreError, and retires nothing, where that cannot be.
    """
    _refuse_taken(out)
    if not path.exists():
        raise StoreError(f"{path}: no such file; name the store with store.path of --config")
    with served_alone(path), closing(open_reader(path)) as source:
        check_current(source, path)
        erasures.carry(path, out)
        with translated(path), closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("PRAGMA synchronous = FULL")
            # Before the copy is there, so that at no moment two files may serve.
            retired = writer.execute("SELECT copy FROM retired").fetchone()
            if retired is not None and Path(retired[0]).exists():
                raise StoreError(f"{path}: was moved to {retired[0]}; name that one as store.path")
            writer.execute("DELETE FROM retired")
            writer.execute(
                "INSERT INTO retired VALUES (?, ?)",
                (str(out.absolute()), time.time_ns() // 1_000_000),
            )
            try:
                return copy_checked(source, path, out, name=Name.CARRIED)
            except StoreError:
                writer.execute("DELETE FROM retired")
                raise


def refuse_retired(path: Path) -> None:
    """Raise StoreError where the store at `path` was moved away."""
    if not path.exists():
        return
    with translated(path), closing(open_reader(path)) as store:
        if not store.execute("SELECT 1 FROM sqlite_schema WHERE name = 'retired'").fetchone():
            return
        row = store.execute("SELECT copy FROM retired").fetchone()
    if row is not None:
        raise StoreError(
            f"{path}: was moved to {row[0]} and serves no more; name that one as store.path"
        )


def _refuse_taken(path: Path) -> None:
    if path.exists():
        raise StoreError(
            f"{path}: is there already, and nothing is overwritten; name another file, or move "
            "this one away"
        )
