# SPDX-License-Identifier: Apache-2.0
"""What SQLite says, as an error that names the file and what to do."""

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


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a StoreError that names the file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
        advice = next((advice for start, advice in _ADVICE.items() if name.startswith(start)), "look at the disk and the file")
        raise StoreError(f"{path}: {name}: {error}; {advice}") from error
