# SPDX-License-Identifier: Apache-2.0
"""A small SQLite file of a box, opened so that a power cut loses nothing that was committed.

synchronous=FULL is what makes a commit survive the cut. Small pages keep the card's wear small.
What is deleted is overwritten. Every file has a size limit, and ends before the disk does: one that
fills the card could not even delete. Who owns a file has it mended before it is opened (`repair`).
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from edge_agent.errors import StoreError
from edge_agent.store.repair import REPAIRED, is_damage, mend

PAGE_BYTES = 512
"""The smallest there is. A commit writes whole pages: of 1,024 bytes a window cost a quarter more
(measured)."""
LOG_PAGES_MIN, LOG_PAGES_MAX = 32, 1024
"""Of a file's log: a sixteenth of the file's limit. At half of that it is folded in; the longer,
the less often a page is written twice. The other half takes the largest commit on a disk that has
no block left."""
BUSY_TIMEOUT_S = 5.0
SPARE_BYTES = 1_048_576
"""Of the disk, never taken: the logs of the three files in their largest transactions, so that what
is full can still delete."""

Values = tuple[str | bytes | int | float | None, ...]


class StoreFile:
    """One file, its tables made where they are missing.

    Each statement is its own commit unless it stands in `transaction`.

    private keeps the file to its owner (mode 0600), and what is deleted is overwritten at once;
    otherwise its group may write too, and emptied pages are overwritten by the next
    `overwrite_log`. With `mended` a damaged file is repaired first; `damage` says so. Every method
    raises StoreError, naming the file, where the disk or the file will not do; `damaged` tells a
    file that is wrong.
    """

    def __init__(
        self, path: Path, schema: str, *, bytes_max: int, private: bool, mended: bool = False
    ) -> None:
        self._path, self._bytes_max = path, bytes_max
        self._log_pages = max(LOG_PAGES_MIN, min(LOG_PAGES_MAX, bytes_max // PAGE_BYTES // 16))
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.damage = mend(path, schema, page_bytes=PAGE_BYTES) if mended else None
            path.touch(mode=0o600 if private else 0o660)
            self._opened = path.stat().st_ino
            self._connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        with self.closed_on_failure():
            self._lay_out(schema, private=private)
            # Asked of every file: it is also what sets the file's limit.
            if self.free_pages() >= 2 * self._log_pages and mended:
                self.overwrite_log()

    def _lay_out(self, schema: str, *, private: bool) -> None:
        """Set the file up and make the tables that are missing."""
        with self._errors():
            for pragma in (
                f"page_size = {PAGE_BYTES}",
                "journal_mode = WAL",
                "synchronous = FULL",
                f"secure_delete = {'ON' if private else 'FAST'}",
                f"wal_autocheckpoint = {self._log_pages // 2}",
                "cache_size = -256",
            ):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(schema)

    def add_columns(self, table: str, columns: Mapping[str, str]) -> None:
        """Give a table that an earlier release made the columns, by name, that it has not yet."""
        there = {row[1] for row in self.rows(f"PRAGMA table_info({table})")}
        for name, form in columns.items():
            if name not in there:
                self.change(f"ALTER TABLE {table} ADD COLUMN {name} {form}")

    def overwrite_log(self) -> None:
        """Fold the log in, fill it once with zeros, and leave as many empty pages in the file.

        A log that has its length, and a file that has room, cost the file system no bookkeeping at
        each commit; on a full disk they still take what comes; and of what was deleted no trace is
        left.
        """
        self.change("PRAGMA wal_checkpoint(RESTART)")
        with self.transaction():
            self.change("CREATE TABLE IF NOT EXISTS room (zeros BLOB)")
            self.change("INSERT INTO room VALUES (zeroblob(?))", (self._log_pages * PAGE_BYTES,))
        self.change("DROP TABLE room")

    def free_pages(self) -> int:
        """Return how many pages more may be filled.

        Those that the limit and the disk leave, and those emptied before.
        """
        pages, emptied = self._number("page_count"), self._number("freelist_count")
        with self._errors():
            disk = os.statvfs(self._path.parent)
        left = max(0, disk.f_bavail * disk.f_frsize - SPARE_BYTES) // PAGE_BYTES
        pages_max = max(pages, min(self._bytes_max // PAGE_BYTES, pages + left))
        return self._number(f"max_page_count = {pages_max}") - pages + emptied

    @property
    def repaired(self) -> bool:
        """Whether this file was saved out of a damaged one.

        In this run, or in an earlier one that got no further.
        """
        return self._number("user_version") == REPAIRED

    def changes(self) -> int:
        """Return a number that differs after another process has changed the file.

        Raises StoreError where another file lies in this one's place: its owner has mended it, and
        nobody reads this one any more.
        """
        with self._errors():
            replaced = self._path.stat().st_ino != self._opened
        if replaced:
            raise StoreError(
                f"{self._path}: another file was put in its place; start again with that one",
                damaged=True,
            )
        return self._number("data_version")

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
        """Hold several changes together: all of them, or none.

        Inside another it is part of that one.
        """
        if self._connection.in_transaction:
            yield
            return
        with self._errors(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __del__(self) -> None:
        """Close the file where nobody holds this any more.

        Whoever gives up half-way, with three of them open, has let them go.
        """
        # Not there where the file could not be opened; of another thread, where it was dropped in a
        # circle.
        with suppress(AttributeError, sqlite3.Error):
            self._connection.close()

    @contextmanager
    def closed_on_failure(self) -> Iterator[None]:
        """Close the file where what stands in the block fails.

        While a store is made, nobody else holds it who could.
        """
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _number(self, pragma: str) -> int:
        return int(self.row(f"PRAGMA {pragma}")[0])

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            sentence = f"{self._path}: {error}; free space, or check the file and its owner"
            raise StoreError(sentence, damaged=is_damage(error)) from error
