# SPDX-License-Identifier: Apache-2.0
"""Copy a store while it runs, and put a copy back.

Rule 1: neither command ever overwrites a file. Rule 2: a copy is checked, whole, before it is called one.
"""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.store.schema import check_ours, open_reader, translated

PAGES_AT_ONCE = 1024
"""4 MiB between two looks of the writer: a backup must not hold up the commits."""
PAUSE_S = 0.01


def backup(path: Path, out: Path) -> int:
    """Copy the store at `path` into the new file `out`; return its size in bytes. The service may run meanwhile.

    Raises StoreError where there is no store, where `out` is there already, or where the copy does not check out.
    """
    _refuse_taken(out)
    if not path.exists():
        raise StoreError(f"{path}: no such file; name the store with store.path of --config")
    with closing(open_reader(path)) as source:
        return _copy(source, path, out)


def restore(copy: Path, path: Path) -> int:
    """Put a copy back as the store at `path`, which must not be there; return how many reports it holds.

    What the centre acknowledged after the copy was made is not in it. The boxes keep such reports for a while, and each device's
    ledger shows as `missing` what they do not send again.
    """
    for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        _refuse_taken(name)
    if not copy.exists():
        raise StoreError(f"{copy}: no such file; name what fusion-service store backup wrote")
    with closing(open_reader(copy)) as source:
        with translated(copy):
            if check_ours(source, copy):
                raise StoreError(f"{copy}: holds nothing; name what fusion-service store backup wrote")
            reports = int(source.execute("SELECT count(*) FROM report").fetchone()[0])
        _copy(source, copy, path)
    return reports


def _copy(source: sqlite3.Connection, path: Path, out: Path) -> int:
    """Copy into an unfinished file beside `out`, check it, sync it, and only then give it its name."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{out.name}-", dir=out.parent)  # mode 0600
        os.close(descriptor)
    except OSError as error:
        raise StoreError(f"{out.parent}: {error.strerror}; name a folder that this user may write") from error
    unfinished = Path(name)
    try:
        with translated(path), closing(sqlite3.connect(unfinished)) as target:
            source.backup(target, pages=PAGES_AT_ONCE, sleep=PAUSE_S)
            target.execute("PRAGMA journal_mode = DELETE")
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise StoreError(f"{path}: the copy does not check out: {str(found)[:120]}; copy an earlier backup, keep this file")
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        os.link(unfinished, out)  # unlike a rename this refuses a name that was taken meanwhile
        return out.stat().st_size
    except OSError as error:
        raise StoreError(f"{out}: {error.strerror}; name a new file on a disk with room") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _refuse_taken(path: Path) -> None:
    if path.exists():
        raise StoreError(f"{path}: is there already, and nothing is overwritten; name another file, or move this one away")
