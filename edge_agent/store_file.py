# SPDX-License-Identifier: Apache-2.0
"""A small SQLite file of a box, opened so that a power cut loses nothing that was committed.

synchronous=FULL is what makes a commit survive the cut. Small pages and an early checkpoint keep the card's wear and the log small.
What is deleted is overwritten. Every file has a size limit: a file that fills the card could not even delete.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_agent.errors import StoreError

PAGE_BYTES = 1024
CHECKPOINT_PAGES = 32
BUSY_TIMEOUT_S = 5.0

Values = tuple[str | bytes | int | float | None, ...]


class StoreFile:
    """One file, its tables made where they are missing; each statement is its own commit unless it stands in `transaction`.

    private keeps the file to its owner (mode 0600); otherwise its group may write too.
    Every method raises StoreError, naming the file, where the disk or the file will not do.
    """

    def __init__(self, path: Path, schema: str, *, bytes_max: int, private: bool) -> None:
        self._path = path
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600 if private else 0o660)
            self._connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            for pragma in (
                f"page_size = {PAGE_BYTES}",
                "journal_mode = WAL",
                "synchronous = FULL",
                "secure_delete = ON",
                f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
                f"max_page_count = {bytes_max // PAGE_BYTES}",
                "cache_size = -256",
            ):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(schema)

    def rows(self, query: str, values: Values = ()) -> list[Any]:
        """Return all rows of a query, each a tuple in the order of its columns."""
        with self._errors():
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, values: Values = ()) -> Any:  # noqa: ANN401 - a row is what its query says
        """Return the first row of a query, or None."""
        with self._errors():
            return self._connection.execute(query, values).fetchone()

    def change(self, statement: str, values: Values = ()) -> None:
        """Run one statement that writes."""
        with self._errors():
            self._connection.execute(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold several changes together: all of them, or none."""
        with self._errors(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path}: {error}; free space, or check the file and its owner") from error
