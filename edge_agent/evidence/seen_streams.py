# SPDX-License-Identifier: Apache-2.0
"""What a witness has seen of each stream of a box: a tree of its own, in the order of coming."""

from pathlib import Path

from edge_agent.store.merkle_file import TreeFile
from wire_contract.errors import DecodeError
from wire_contract.merkle import EMPTY_ROOT
from wire_contract.messages.checkpoint import Head

STREAMS_MAX = 256
BYTES_MAX = 1 << 30
_SCHEMA = "CREATE TABLE IF NOT EXISTS seen (size INTEGER PRIMARY KEY, note BLOB NOT NULL);"


class SeenStreams:
    """The files of a witness, one a stream, and one that says in which order they came."""

    def __init__(self, store: Path) -> None:
        """Open what is there. Raises StoreError."""
        self._store = store
        self._trees: dict[str, TreeFile] = {}
        store.mkdir(parents=True, exist_ok=True)
        self._order = store / "streams"
        for stream in self._known():
            self.tree(stream)

    def tree(self, stream: str) -> TreeFile:
        """Return the tree of a stream; a new one is begun.

        Raises DecodeError where a box may not have one more, or the name cannot be a stream's.
        """
        tree = self._trees.get(stream)
        if tree is None:
            if len(self._trees) >= STREAMS_MAX:
                raise DecodeError(f"stream {stream}: one more than a box may have ({STREAMS_MAX})")
            # Raises for what cannot be a stream: it becomes a file's name.
            Head(stream, 0, EMPTY_ROOT)
            if stream not in self._known():
                with self._order.open("a", encoding="ascii") as order:
                    order.write(f"{stream}\n")
            path = self._store / f"{stream}.db"
            tree = TreeFile(path, _SCHEMA, bytes_max=BYTES_MAX, stream=stream)
            self._trees[stream] = tree
        return tree

    def before(self, stream: str) -> TreeFile | None:
        """Return the tree of the stream that came before; None for the first."""
        streams = list(self._trees)
        place = streams.index(stream)
        return self._trees[streams[place - 1]] if place else None

    def keep_checkpoint(self, stream: str, signed: bytes) -> None:
        """Put a co-signed checkpoint where others find it."""
        path = self._store / f"{stream}.checkpoint"
        fresh = path.with_suffix(".next")
        fresh.write_bytes(signed)
        fresh.replace(path)

    def close(self) -> None:
        """Close the files."""
        for tree in self._trees.values():
            tree.close()

    def _known(self) -> list[str]:
        return self._order.read_text("ascii").split() if self._order.exists() else []
