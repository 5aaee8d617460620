# SPDX-License-Identifier: Apache-2.0
"""A part of the store: its own connection for writing, and one for each question."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

from fusion_service.store.sqlite.connection import open_writer, snapshot
from fusion_service.store.sqlite.errors import translated


class StorePart:
    """What every keeper over the store's file is. Commits are one after the other.

    synchronous: FULL where a commit that was answered must outlive a power cut; NORMAL where what
    it holds can be made or fetched again.
    """

    def __init__(
        self, path: Path, *, size_mib_max: int, synchronous: Literal["NORMAL", "FULL"]
    ) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._connection = open_writer(path, size_mib_max=size_mib_max, synchronous=synchronous)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _commit(self) -> Iterator[sqlite3.Connection]:
        """Write in one commit; nothing of it where the block raises."""
        with self._turn, translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def _look(self) -> Iterator[sqlite3.Connection]:
        """Read by the connection that writes: what this part asks itself again and again."""
        with self._turn, translated(self._path):
            yield self._connection

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """Read one state of the store, while others write."""
        with snapshot(self._path) as connection:
            yield connection
