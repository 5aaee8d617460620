# SPDX-License-Identifier: Apache-2.0
"""A tree of hashes on disk: one row a leaf, kept for ever.

The root at any size, and any proof, is a few rows away.

A row holds the leaf's hash and those of the full subtrees that end with it: two hashes a leaf on
average. The gate's ledger and a witness's memory are such files.
"""

import uuid
from contextlib import closing
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.store.layout import LEDGER_FILE
from edge_agent.store.sqlite_file import StoreFile
from wire_contract.merkle import EMPTY, HASH_BYTES, Frontier, frontier, leaf_hash
from wire_contract.messages.checkpoint import Head

ENTRIES_KEPT = 20_000
"""Payloads it keeps once acknowledged, about two weeks at one window a minute; older ones are
purged, their hashes stay."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS stream (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS follows (
  stream TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS leaf (sequence INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS compared (
  size INTEGER PRIMARY KEY, agrees INTEGER NOT NULL, root TEXT NOT NULL
);
"""


class TreeFile(StoreFile):
    """The hashes of one stream, which is drawn when the file is made and never again.

    With the tables of whoever extends it.
    """

    def __init__(
        self,
        path: Path,
        schema: str = "",
        *,
        bytes_max: int,
        stream: str | None = None,
        mended: bool = False,
    ) -> None:
        super().__init__(path, _SCHEMA + schema, bytes_max=bytes_max, private=True, mended=mended)
        drawn = stream or str(uuid.uuid4())
        with self.closed_on_failure():
            self.change(
                "INSERT INTO stream SELECT ? WHERE NOT EXISTS (SELECT 1 FROM stream)", (drawn,)
            )
            self.stream = str(self.row("SELECT id FROM stream")[0])
            row = self.row("SELECT stream, size, root FROM follows")
        self.follows = None if row is None else Head(*row)

    def size(self) -> int:
        """Return how many leaves there are."""
        return int(self.row("SELECT COALESCE(MAX(sequence), 0) FROM leaf")[0])

    def grow(self, sequence: int, content: bytes) -> None:
        """Append the next leaf, in the transaction that commits the content itself.

        Raises StoreError where `sequence` is not the next: a tree with a hole in it proves nothing.
        """
        size = self.size()
        if sequence != size + 1:
            raise StoreError(
                f"{self._path}: got entry {sequence}, wanted {size + 1}; move the file away, a new "
                "one is begun"
            )
        completed = self.tree(size).completed(leaf_hash(content))
        self.change("INSERT INTO leaf VALUES (?, ?)", (sequence, b"".join(completed)))

    def cut_to_what_fits(self) -> int:
        """Forget the leaves from the first on that does not follow from those before it.

        Return how many are left.
        """
        tree = EMPTY
        for sequence, hashes in self.rows("SELECT sequence, hashes FROM leaf ORDER BY sequence"):
            if sequence != tree.size + 1 or b"".join(tree.completed(hashes[:HASH_BYTES])) != hashes:
                break
            tree = tree.append(hashes[:HASH_BYTES])
        self.change("DELETE FROM leaf WHERE sequence > ?", (tree.size,))
        self.change("DELETE FROM compared WHERE size > ?", (tree.size,))
        return tree.size

    def node(self, level: int, end: int) -> bytes:
        """Return the hash of the full subtree of 2**level leaves that ends with leaf `end`.

        Raises StoreError where the file does not have it: someone else than this software wrote in
        it.
        """
        row = self.row(
            "SELECT substr(hashes, ?, ?) FROM leaf WHERE sequence = ?",
            (HASH_BYTES * level + 1, HASH_BYTES, end),
        )
        if row is None or len(row[0]) != HASH_BYTES:
            raise StoreError(
                f"{self._path}: got no hash of level {level} at leaf {end}; restore the file from "
                "a backup"
            )
        return bytes(row[0])

    def tree(self, size: int) -> Frontier:
        """Return the tree of the first `size` leaves."""
        return frontier(size, self.node)

    def head(self) -> Head:
        """Return the stream's head: all of its leaves and their root."""
        size = self.size()
        return Head(self.stream, size, self.tree(size).root)

    def begin_at(self, known: Frontier) -> None:
        """Begin an empty file with a tree that someone else has grown so far.

        Earlier roots and proofs are not in it.
        """
        end = 0
        for one in known.hashes:
            level = (known.size - end).bit_length() - 1
            end += 1 << level
            self.change("INSERT INTO leaf VALUES (?, ?)", (end, bytes(HASH_BYTES * level) + one))

    def compare(self, size: int, root: str) -> bool:
        """Note whether another's root (hex) at this size is ours, and say so.

        Kept are the largest size that agreed and the smallest that did not: between them lies what
        differs first.
        """
        agrees = self.tree(size).root.hex() == root
        with self.transaction():
            self.change("INSERT OR REPLACE INTO compared VALUES (?, ?, ?)", (size, agrees, root))
            self.change(
                "DELETE FROM compared WHERE agrees AND size < (SELECT MAX(size) FROM compared "
                "WHERE agrees)"
            )
            self.change(
                "DELETE FROM compared WHERE NOT agrees AND size > (SELECT MIN(size) FROM compared "
                "WHERE NOT agrees)"
            )
        return agrees

    def compared(self) -> tuple[int, int | None]:
        """Return the largest size at which another's root was ours, and the smallest where not.

        0 and None where there is no such.
        """
        row = self.row(
            "SELECT MAX(CASE WHEN agrees THEN size END), MIN(CASE WHEN NOT agrees THEN size END) "
            "FROM compared"
        )
        return row[0] or 0, row[1]


def closed_file(store: Path, stream: str) -> Path:
    """Return where a closed ledger lies."""
    return store / f"ledger.{stream}.db"


def close_ledger(store: Path, *, bytes_max: int, lost: bool = False) -> Head:
    """End the ledger of a box that is not running, and begin a new one.

    The checkpoints of the new one carry the old one's head as its end. The old file stays, named by
    its stream: the gate still puts out what the centre has not acknowledged of it. A kill at any
    moment leaves either the old ledger or the new one in place. `lost` says that the old one's true
    end is gone: it is closed where it ends now, even before its first entry, and the centre sees
    that it went on. Raises StoreError where there is no ledger, where it is empty, or while the
    gate has it open.
    """
    path = store / LEDGER_FILE
    if not path.exists():
        raise StoreError(f"{path}: there is no ledger; name the store of a box that has run")
    with closing(TreeFile(path, bytes_max=bytes_max)) as old:
        end = old.head()
        old.change(
            "PRAGMA journal_mode = DELETE"
        )  # folds the log in: the file is whole by itself; fails while the gate runs
    if end.size == 0 and not lost:
        raise StoreError(f"{path}: got no entry, wanted at least one; an empty ledger needs no end")
    fresh = store / "ledger.next.db"
    fresh.unlink(missing_ok=True)
    with closing(TreeFile(fresh, bytes_max=bytes_max)) as new:
        new.change("INSERT INTO follows VALUES (?, ?, ?)", (end.stream, end.size, end.root))
        new.change("PRAGMA journal_mode = DELETE")
    kept = closed_file(store, end.stream)
    if not kept.exists():
        kept.hardlink_to(path)
    fresh.replace(path)
    return end
