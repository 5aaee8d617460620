# SPDX-License-Identifier: Apache-2.0
"""Copy a store while it runs, and put a copy back.

Rule 1: neither command ever overwrites a file. Rule 2: a copy is checked, whole, before it is called one.
"""

from contextlib import closing
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.store.copies import copy_checked
from fusion_service.store.faults import translated
from fusion_service.store.opening import check_ours, open_reader


def backup(path: Path, out: Path) -> int:
    """Copy the store at `path` into the new file `out`; return its size in bytes. The service may run meanwhile.

    Raises StoreError where there is no store, where `out` is there already, or where the copy does not check out.
    """
    _refuse_taken(out)
    if not path.exists():
        raise StoreError(f"{path}: no such file; name the store with store.path of --config")
    with closing(open_reader(path)) as source:
        return copy_checked(source, path, out)


def restore(copy: Path, path: Path) -> int:
    """Put a copy back as the store at `path`, which must not be there; return how many reports it holds.

    What the centre acknowledged after the copy was made is not in it. The boxes keep such reports for a while, and each device's
    ledger shows as `missing` what they do not send again. It is another store than the one that was copied, and says so.
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
        copy_checked(source, copy, path, anew=True)
    return reports


def _refuse_taken(path: Path) -> None:
    if path.exists():
        raise StoreError(f"{path}: is there already, and nothing is overwritten; name another file, or move this one away")
