# SPDX-License-Identifier: Apache-2.0
"""Move a stream on of which something is missing, or was: gaps, and what is passed for good."""

import sqlite3
from collections.abc import Iterable, Iterator

from fusion_service.ledger.contiguity import contiguous
from fusion_service.ledger.gaps import Gap, noted
from fusion_service.store.sqlite.commit.losses import Losses, Standpoint
from fusion_service.store.sqlite.commit.streams import StreamRecord
from wire_contract.merkle import Frontier


class Progress:
    """Over the connection of one transaction, in which the new entries are written already."""

    def __init__(self, connection: sqlite3.Connection, losses: Losses) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany
        self._losses = losses

    def advance(
        self, record: StreamRecord, came: list[int], *, now_ms: int, by_hand: bool = False
    ) -> None:
        """Move a stream over all that is now disposed of without a gap.

        What is missing for good is passed, and recorded as lost: see losses.py.
        """
        self._note_gaps(record, came, now_ms)
        self._move(record)
        while record.missing:
            where = Standpoint(record.id, record.upto, record.tree, record.version)
            past = self._losses.past(where, now_ms=now_ms, by_hand=by_hand)
            if past is None:
                break
            record.upto, record.tree = past.upto, past.tree
            self._move(record)
            record.missing = self._missing(record.id)

    def _note_gaps(self, record: StreamRecord, came: list[int], now_ms: int) -> None:
        """Note what the sequences that came leave missing of a stream."""
        query = "SELECT first, last, missing, since_ms FROM gap WHERE stream_id = ? ORDER BY first"
        before = [Gap(*row) for row in self._execute(query, (record.id,))]
        after = noted(before, record.top, came, now_ms)
        if came and min(came) <= record.top:
            late = [sequence for sequence in came if sequence <= record.top]
            self._losses.take_out(record.id, late)
        if after != before:
            self._execute("DELETE FROM gap WHERE stream_id = ?", (record.id,))
            rows = [(record.id, gap.first, gap.last, gap.missing, gap.since_ms) for gap in after]
            self._executemany("INSERT INTO gap VALUES (?, ?, ?, ?, ?)", rows)
        record.top = max(record.top, *came) if came else record.top
        record.missing = sum(gap.missing for gap in after)

    def _move(self, record: StreamRecord) -> None:
        """Move a stream as far as it goes without a gap, and its tree with it."""
        above = self._execute(
            "SELECT sequence, hashes FROM entry WHERE stream_id = ? AND sequence > ? ORDER BY "
            "sequence",
            (record.id, record.upto),
        )
        leaves: list[bytes] = []
        reached = contiguous(record.upto, _noting(above, leaves))
        if record.tree is not None:
            record.tree = self._grow(record.id, record.tree, leaves[: reached - record.upto])
        record.upto = reached

    def _missing(self, stream_id: int) -> int:
        query = "SELECT ifnull(sum(missing), 0) FROM gap WHERE stream_id = ?"
        return int(self._execute(query, (stream_id,)).fetchone()[0])

    def _grow(self, stream_id: int, tree: Frontier, leaves: list[bytes]) -> Frontier:
        """Add leaves to a tree, and to their rows what they complete."""
        grown, completed = tree.grown(leaves)
        rows = [
            (b"".join(hashes), stream_id, sequence)
            for sequence, hashes in enumerate(completed, tree.size + 1)
            if len(hashes) > 1
        ]
        self._executemany("UPDATE entry SET hashes = ? WHERE stream_id = ? AND sequence = ?", rows)
        return grown


def _noting(rows: Iterable[tuple[int, bytes]], leaves: list[bytes]) -> Iterator[int]:
    """Pass the sequences on, keeping the leaf of each that was asked for."""
    for sequence, leaf in rows:
        leaves.append(leaf)
        yield sequence
