# SPDX-License-Identifier: Apache-2.0
"""What SQLite says, as an error that names the file and what to do."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fusion_service.errors import StoreError

_ADVICE = {
    "SQLITE_FULL": "free some disk space or raise store.size_mib_max",
    "SQLITE_BUSY": "another program holds the store; end it",
    "SQLITE_LOCKED": "another program holds the store; end it",
    "SQLITE_CANTOPEN": "make the folder of store.path and let this user write there",
    "SQLITE_READONLY": "let this user write the file and its folder",
    "SQLITE_NOTADB": "name another store.path",
    "SQLITE_CORRUPT": "stop the service and restore the file from its backup",
}


_PLACE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_PERM")


def why_no_place(path: Path) -> str:
    """Say why no store can be kept at `path`, and what to do; empty where nothing shows."""
    try:
        folder = next(each for each in path.absolute().parents if os.path.lexists(each))
        mine = os.access(folder, os.W_OK | os.X_OK)
        mine = mine and (not path.exists() or os.access(path, os.R_OK | os.W_OK))
        read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
        shows = {
            f"{folder} is a file, wanted a folder; name another store.path": not folder.is_dir(),
            "is a folder, wanted a file; name a file in it with store.path": path.is_dir(),
            f"no folder {path.absolute().parent}: make the folder": folder
            != path.absolute().parent,
            f"{folder} is mounted read-only; mount it for writing, or name another": bool(
                read_only
            ),
            "this user may not write it; run as the user whose it is": not mine,
            "is a link that leads nowhere; name the file itself": path.is_symlink()
            and not path.exists(),
        }
    except (OSError, RuntimeError, ValueError) as error:
        return f"{error}; name another store.path"
    return next((why for why, so in shows.items() if so), "")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a StoreError that names the file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
        if name.startswith(_PLACE) and (why := why_no_place(path)):
            raise StoreError(f"{path}: {name}: {why}") from error
        advice = next(
            (advice for start, advice in _ADVICE.items() if name.startswith(start)),
            "look at the disk and the file",
        )
        raise StoreError(f"{path}: {name}: {error}; {advice}") from error
