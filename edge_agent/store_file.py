# SPDX-License-Identifier: Apache-2.0
"""Open the small SQLite files of a box so that a power cut loses nothing that was committed.

synchronous=FULL is what makes a commit survive the cut. Small pages and an early checkpoint keep the card's wear and the log small.
Every file has a size limit: a file that fills the card could not even delete.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_agent.errors import StoreError

PAGE_BYTES = 1024
CHECKPOINT_PAGES = 32
BUSY_TIMEOUT_S = 5.0


def open_store(path: Path, schema: str, *, bytes_max: int, private: bool) -> sqlite3.Connection:
    """Open the file at `path`, make its tables where they are missing, and return the connection (autocommit).

    private keeps the file to its owner (mode 0600); otherwise its group may write too.
    Raises StoreError where the file cannot be made or is not a database.
    """
    with store_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600 if private else 0o660)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=True)
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA max_page_count = {bytes_max // PAGE_BYTES}")
        connection.execute("PRAGMA cache_size = -256")
        connection.executescript(schema)
    return connection


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn what the file system and SQLite may raise into a StoreError that names the file and the way out."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{path}: {error}; free space, or check the file and its owner") from error
