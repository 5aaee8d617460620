# SPDX-License-Identifier: Apache-2.0
"""Disclosed windows that wait to be dated, numbered and signed. The gate's own file; it never holds an exact count."""

from dataclasses import dataclass
from pathlib import Path

from edge_agent.store_file import StoreFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pending (
  id INTEGER PRIMARY KEY, closed INTEGER NOT NULL, boot TEXT NOT NULL, start_monotonic_s REAL NOT NULL,
  start_s INTEGER NOT NULL, quality TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS pending_closed ON pending (closed);
"""


@dataclass(frozen=True, slots=True)
class PendingWindow:
    """One disclosed window and what is known of its time.

    id is drawn at random and follows the window into the ledger, so that no window is signed twice.
    start_s is UTC as believed at closing, quality the word on it; start_monotonic_s with boot can date it better later.
    """

    id: int
    boot: str
    start_monotonic_s: float
    start_s: int
    quality: str
    body: bytes


class Pending(StoreFile):
    """The file of waiting windows. At its size limit `add` raises StoreError and the gate holds the window in memory."""

    def __init__(self, path: Path, *, bytes_max: int) -> None:
        super().__init__(path, _SCHEMA, bytes_max=bytes_max, private=True)

    def add(self, window: PendingWindow) -> None:
        """Keep a window, durably, before anything else happens with it."""
        self.change(
            "INSERT OR IGNORE INTO pending VALUES (?, (SELECT COALESCE(MAX(closed), 0) + 1 FROM pending), ?, ?, ?, ?, ?)",
            (window.id, window.boot, window.start_monotonic_s, window.start_s, window.quality, window.body),
        )

    def newest(self, *, boot: str, undated_until_s: float) -> PendingWindow | None:
        """Return the window closed last: what is live goes first, the backlog follows.

        Windows of this boot whose clock was not synchronised are passed over while they begin after `undated_until_s`
        (monotonic): they wait for a clock that can date them.
        """
        row = self.row(
            "SELECT id, boot, start_monotonic_s, start_s, quality, body FROM pending"
            " WHERE quality <> 'unsynchronised' OR boot <> ? OR start_monotonic_s <= ? ORDER BY closed DESC LIMIT 1",
            (boot, undated_until_s),
        )
        return None if row is None else PendingWindow(*row)

    def ids(self) -> tuple[int, ...]:
        """Return the id of every waiting window."""
        return tuple(row[0] for row in self.rows("SELECT id FROM pending"))

    def remove(self, window_id: int) -> None:
        """Forget a window; right only once the ledger holds it."""
        self.change("DELETE FROM pending WHERE id = ?", (window_id,))
