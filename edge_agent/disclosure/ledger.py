# SPDX-License-Identifier: Apache-2.0
"""What has gone: every signed payload in the order of signing, written before it can be published.

One stream, drawn when the file is made, and one sequence without gaps that survives reboots. A window's id is unique here, so a
gate that dies between two files signs no window twice. Each entry is a leaf of the tree in `evidence`: payloads are purged after a
stated time, their hashes never.
"""

from dataclasses import dataclass
from pathlib import Path

from edge_agent.evidence.tree_file import TreeFile

ENTRIES_KEPT = 20_000
"""Payloads kept once acknowledged, about two weeks at one window a minute; older ones are purged, their hashes stay."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  sequence INTEGER PRIMARY KEY, channel TEXT NOT NULL, window_id INTEGER UNIQUE, signed_utc_ms INTEGER NOT NULL,
  envelope BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One signed payload. window_id is None for a meta. signed_utc_ms is the box's clock, for measuring, never for order."""

    sequence: int
    channel: str
    window_id: int | None
    signed_utc_ms: int
    envelope: bytes


class Ledger(TreeFile):
    """The file of signed payloads."""

    def __init__(self, path: Path, *, bytes_max: int, entries_kept: int = ENTRIES_KEPT) -> None:
        super().__init__(path, _SCHEMA, bytes_max=bytes_max)
        self._entries_kept = entries_kept

    def append(self, entry: Entry) -> None:
        """Commit an entry and its leaf, both or neither. Raises StoreError where its sequence or window is already there."""
        with self.transaction():
            self.change(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?)",
                (entry.sequence, entry.channel, entry.window_id, entry.signed_utc_ms, entry.envelope),
            )
            self.grow(entry.sequence, entry.envelope)

    def after(self, sequence: int) -> tuple[Entry, ...]:
        """Return the entries above `sequence`, in order; the gate bounds how many there can be by what may be in flight."""
        query = "SELECT sequence, channel, window_id, signed_utc_ms, envelope FROM entry WHERE sequence > ? ORDER BY sequence"
        return tuple(Entry(*row) for row in self.rows(query, (sequence,)))

    def holds(self, window_id: int) -> bool:
        """Say whether a window has been signed."""
        return self.row("SELECT 1 FROM entry WHERE window_id = ?", (window_id,)) is not None

    def forget(self, *, acknowledged: int, signed_before_ms: int) -> None:
        """Purge acknowledged payloads, oldest first: those beyond the number kept, and those before the first one signed since."""
        young = "SELECT MIN(sequence) FROM entry WHERE signed_utc_ms >= ?"
        self.change(
            f"DELETE FROM entry WHERE sequence <= ? AND (sequence <= ? OR sequence < COALESCE(({young}), sequence + 1))",  # noqa: S608
            (acknowledged, self.size() - self._entries_kept, signed_before_ms),
        )
        self.change("PRAGMA wal_checkpoint(TRUNCATE)")  # What was deleted is overwritten; the log before it goes too.
