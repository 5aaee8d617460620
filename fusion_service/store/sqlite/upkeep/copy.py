# SPDX-License-Identifier: Apache-2.0
"""Copy a store into a file that is whole and checked, or not there at all."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.private_file import give_to_folder_owner
from fusion_service.store.sqlite.access.erasures import Erasure, apply
from fusion_service.store.sqlite.errors import translated

PAGES_AT_ONCE = 1024
"""4 MiB between two looks of the writer: a backup must not hold up the commits."""
PAUSE_S = 0.01


class Name(StrEnum):
    """What becomes of a store's name in a copy."""

    KEPT = "kept"
    ANEW = "anew"
    """The copy is another store, put back in the first one's place."""
    CARRIED = "carried"
    """The copy is the store from now on, and the source serves no more."""


def copy_checked(
    source: sqlite3.Connection,
    path: Path,
    out: Path,
    *,
    replace: bool = False,
    name: Name = Name.KEPT,
    erased: Sequence[Erasure] = (),
) -> int:
    """Copy a store into a new file, and return its size in bytes.

    It is written beside `out`, checked and synced, and only then gets its name.

    erased: what must not be in the copy.

    A file that is there is refused, unless `replace`. Raises StoreError, and leaves nothing behind
    then.
    """
    unfinished = _begun_beside(out)
    try:
        found = _fill(unfinished, source, path, name, erased)
        if found != "ok":
            raise StoreError(
                f"{path}: the copy does not check out: {found[:120]}; copy an earlier backup, "
                "keep this file"
            )
        with unfinished.open("rb") as file:
            give_to_folder_owner(file.fileno(), out.parent)
            os.fsync(file.fileno())
        if replace:
            unfinished.rename(out)
        else:
            os.link(unfinished, out)  # unlike a rename this refuses a name that was taken meanwhile
        return out.stat().st_size
    except OSError as error:
        raise StoreError(f"{out}: {error.strerror}; name a new file on a disk with room") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _begun_beside(out: Path) -> Path:
    """Make an empty file beside another, for this user alone."""
    try:
        descriptor, place = tempfile.mkstemp(prefix=f".{out.name}-", dir=out.parent)  # mode 0600
        os.close(descriptor)
    except OSError as error:
        raise StoreError(
            f"{out.parent}: {error.strerror}; name a folder that this user may write"
        ) from error
    return Path(place)


def _fill(
    unfinished: Path,
    source: sqlite3.Connection,
    path: Path,
    name: Name,
    erased: Sequence[Erasure],
) -> str:
    """Copy a store into a file; return what its integrity check says."""
    with translated(path), closing(sqlite3.connect(unfinished)) as target:
        source.backup(target, pages=PAGES_AT_ONCE, sleep=PAUSE_S)
        target.execute("PRAGMA journal_mode = DELETE")
        if name is Name.ANEW:
            _make_another(target)
        elif name is Name.CARRIED:
            target.execute("DELETE FROM retired")
            target.commit()
        target.execute("PRAGMA secure_delete = ON")
        apply(target, erased)
        target.commit()
        return str(target.execute("PRAGMA integrity_check").fetchone()[0])


def _make_another(store: sqlite3.Connection) -> None:
    """Take away a store's name, so that the next writer draws another, and record the restore."""
    if store.execute("SELECT 1 FROM sqlite_schema WHERE name = 'identity'").fetchone():
        store.execute("DELETE FROM identity")
    # In a copy of an earlier version too: the step to this one finds it there.
    store.execute("CREATE TABLE IF NOT EXISTS restored (at_ms INTEGER NOT NULL) STRICT")
    store.execute("INSERT INTO restored VALUES (?)", (time.time_ns() // 1_000_000,))
    # A session that had ended since would be good again.
    for table in ("retired", "session"):
        query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
        if store.execute(query, (table,)).fetchone():
            store.execute(f"DELETE FROM {table}")  # noqa: S608 - these two names
    store.commit()
