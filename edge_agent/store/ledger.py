# SPDX-License-Identifier: Apache-2.0
"""What has gone: every signed payload in the order of signing, written before it can be published.

One stream, drawn when the file is made, and one sequence without gaps that survives reboots. A
window's id is unique here, so a gate that dies between two files signs no window twice. Each entry
is a leaf of a tree: payloads are purged in time, hashes never.
"""

from dataclasses import astuple, dataclass
from pathlib import Path

from edge_agent.store.merkle_file import ENTRIES_KEPT, TreeFile
from edge_agent.store.release_mark import SCHEMA

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  sequence INTEGER PRIMARY KEY, channel TEXT NOT NULL, window_id INTEGER UNIQUE,
  signed_utc_ms INTEGER NOT NULL, envelope BLOB NOT NULL, dated INTEGER NOT NULL DEFAULT 1,
  drawn_ms INTEGER, drawn_run TEXT
);
"""
_ADDED = {"dated": "INTEGER NOT NULL DEFAULT 1", "drawn_ms": "INTEGER", "drawn_run": "TEXT"}


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One signed payload; window_id None for a meta.

    The time is for measuring and purging, never for order; dated: known.
    """

    sequence: int
    channel: str
    window_id: int | None
    signed_utc_ms: int
    envelope: bytes
    dated: bool = True
    drawn_ms: int | None = None
    drawn_run: str | None = None
    """The name of the window's noise, for who holds the key and draws it again: when the window
    began, None where there is no noise or that of several windows; and the run that drew it, None
    where that was before runs were in the name. Never sent."""


class Ledger(TreeFile):
    """The file of signed payloads."""

    def __init__(
        self, path: Path, *, bytes_max: int, entries_kept: int = ENTRIES_KEPT, mended: bool = False
    ) -> None:
        super().__init__(path, _SCHEMA + SCHEMA, bytes_max=bytes_max, mended=mended)
        with self.closed_on_failure():
            self.add_columns("entry", _ADDED)
        self._entries_kept = entries_kept

    def append(self, *entries: LedgerEntry) -> None:
        """Commit entries and their leaves, all or none.

        Raises StoreError where a sequence or window is already there.
        """
        with self.transaction():
            for entry in entries:
                self.change("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", astuple(entry))
                self.grow(entry.sequence, entry.envelope)

    def after(self, sequence: int, *, limit: int = -1) -> tuple[LedgerEntry, ...]:
        """Return the first `limit` entries (all where negative) above `sequence`, in order."""
        query = "SELECT * FROM entry WHERE sequence > ? ORDER BY sequence LIMIT ?"
        return tuple(LedgerEntry(*row) for row in self.rows(query, (sequence, limit)))

    def holds(self, window_id: int) -> bool:
        """Say whether a window has been signed."""
        return self.row("SELECT 1 FROM entry WHERE window_id = ?", (window_id,)) is not None

    def purge(self, *, acknowledged: int, signed_before_ms: int) -> None:
        """Purge acknowledged payloads, oldest first.

        Those beyond the number kept, and those before the first one signed since.

        What was signed under a clock that may have been wrong is as old as the next that was not.
        """
        young = "SELECT MIN(sequence) FROM entry WHERE dated AND signed_utc_ms >= ?1"
        old = (
            "SELECT MAX(sequence) FROM entry WHERE dated AND signed_utc_ms < ?1 AND sequence "  # noqa: S608
            f"< COALESCE(({young}), sequence + 1)"
        )
        self.change(
            f"DELETE FROM entry WHERE sequence <= ?2 AND sequence <= MAX(?3, COALESCE(({old}), 0))",  # noqa: S608
            (signed_before_ms, acknowledged, self.size() - self._entries_kept),
        )
