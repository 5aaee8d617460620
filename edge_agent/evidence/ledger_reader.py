# SPDX-License-Identifier: Apache-2.0
"""Read a box's ledger, also while the box runs: one snapshot of its file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.evidence.handed_over import Kept
from edge_agent.store.layout import LEDGER_FILE
from edge_agent.store.merkle_file import closed_file
from wire_contract.merkle import HASH_BYTES, Frontier, frontier
from wire_contract.messages.checkpoint import Head

BUSY_TIMEOUT_S = 5.0
PURGED = b'"kind":"purged"'
"""Stands in an entry that says of a run of others that they were purged, and in no report."""


@contextmanager
def opened(store: Path) -> Iterator["LedgerReader"]:
    """Open a ledger for reading. Raises StoreError, naming the file, where it cannot be read."""
    path = store / LEDGER_FILE
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)
        ) as connection:
            connection.execute("BEGIN")
            yield LedgerReader(path, connection)
    except sqlite3.Error as error:
        raise StoreError(
            f"{path}: {error}; name the store of a box that has run, as a user who may read it"
        ) from error


class LedgerReader:
    """One snapshot of a ledger file."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._execute = path, connection.execute

    def stream(self) -> str:
        """Return the stream that the ledger is of."""
        return str(self._execute("SELECT id FROM stream").fetchone()[0])

    def follows(self) -> str | None:
        """Return the end of the ledger before it, in words."""
        row = self._execute("SELECT stream, size, root FROM follows").fetchone()
        return None if row is None else f"{row[0]} at {row[1]} with {Head(*row).root.hex()}"

    def kept(self, store: Path) -> Kept:
        """Return what an outbox is compared with. A closed ledger's file is named by its stream."""
        row = self._execute("SELECT stream FROM follows").fetchone()
        closed = (path.name.split(".")[1] for path in store.glob(closed_file(Path(), "*").name))
        return Kept(
            stream=self.stream(),
            size=self.size(),
            root=lambda size: self.tree(size).root.hex(),
            envelope=self.envelope,
            others=frozenset((*closed, *(row or ()))),
        )

    def size(self) -> int:
        """Return how many entries there are."""
        return int(self._execute("SELECT COALESCE(MAX(sequence), 0) FROM leaf").fetchone()[0])

    def bounded(self, size: int | None) -> int:
        """Return the size asked for, now where None. Raises StoreError for more than there is."""
        now = self.size()
        if size is not None and size > now:
            raise StoreError(f"{self._path}: got size {size}, wanted at most {now}")
        return now if size is None else size

    def node(self, level: int, end: int) -> bytes:
        """Return the hash of the subtree of 2**level leaves that ends with leaf `end`."""
        row = self._execute("SELECT hashes FROM leaf WHERE sequence = ?", (end,)).fetchone()
        found = b"" if row is None else bytes(row[0])[HASH_BYTES * level : HASH_BYTES * (level + 1)]
        if len(found) != HASH_BYTES:
            raise StoreError(
                f"{self._path}: no hash of level {level} at entry {end}; run edge-agent ledger "
                "verify"
            )
        return found

    def tree(self, size: int) -> Frontier:
        """Return the tree of the first `size` leaves."""
        return frontier(size, self.node)

    def payloads(self) -> int:
        """Return how many payloads are still there."""
        return int(self._execute("SELECT COUNT(*) FROM entry").fetchone()[0])

    def envelope(self, sequence: int) -> bytes | None:
        """Return the envelope of an entry, None where it was purged."""
        row = self._execute("SELECT envelope FROM entry WHERE sequence = ?", (sequence,)).fetchone()
        return None if row is None else bytes(row[0])

    def reports(self) -> Iterator[bytes]:
        """Yield the envelopes of the reports that are still there, in the order of signing."""
        # What says that a run was purged goes on the topic of reports and is none.
        query = (
            "SELECT envelope FROM entry WHERE channel = 'report' AND instr(envelope, ?) = 0 ORDER "
            "BY sequence"
        )
        for (envelope,) in self._execute(query, (PURGED,)):
            yield bytes(envelope)

    def compared(self) -> tuple[int, int | None]:
        """Return the largest size at which the centre's root was ours, the smallest where not."""
        query = (
            "SELECT MAX(CASE WHEN agrees THEN size END), MIN(CASE WHEN NOT agrees THEN size END) "
            "FROM compared"
        )
        agreed, differs = self._execute(query).fetchone()
        return agreed or 0, differs

    def last(self, number: int) -> list[tuple[int, str, str | None, int | None, bytes | None]]:
        """Return the last entries, oldest first: sequence, leaf (hex), channel, time, envelope."""
        query = (
            "SELECT l.sequence, lower(hex(substr(l.hashes, 1, 32))), e.channel, e.signed_utc_ms, "
            "e.envelope FROM leaf l LEFT JOIN entry e ON e.sequence = l.sequence ORDER BY "
            "l.sequence DESC LIMIT ?"
        )
        return list(reversed(self._execute(query, (number,)).fetchall()))

    def leaves(self) -> Iterator[tuple[int, bytes, str | None, bytes | None]]:
        """Yield each entry: sequence, hashes, and channel and envelope where they are there."""
        query = (
            "SELECT l.sequence, CAST(l.hashes AS BLOB), e.channel, e.envelope FROM leaf l LEFT "
            "JOIN entry e ON e.sequence = l.sequence ORDER BY l.sequence"
        )
        yield from self._execute(query)

    def entries_without_leaf(self, limit: int) -> list[int]:
        """Return the first entries that have no hash."""
        query = (
            "SELECT sequence FROM entry WHERE sequence NOT IN (SELECT sequence FROM leaf) ORDER BY "
            "sequence LIMIT ?"
        )
        return [row[0] for row in self._execute(query, (limit,))]
