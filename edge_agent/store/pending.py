# SPDX-License-Identifier: Apache-2.0
"""Disclosed windows that wait to be dated, numbered and signed.

The gate's own file; it never holds an exact count.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

from edge_agent.store.pending_window import PendingWindow
from edge_agent.store.release_mark import SCHEMA
from edge_agent.store.sqlite_file import StoreFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pending (
  id INTEGER UNIQUE NOT NULL, run INTEGER NOT NULL, boot TEXT NOT NULL, quality TEXT NOT NULL,
  start_monotonic_s REAL NOT NULL, start_s INTEGER NOT NULL, length_s INTEGER NOT NULL,
  body BLOB NOT NULL, digest BLOB NOT NULL, closed INTEGER PRIMARY KEY, drawn_ms INTEGER,
  drawn_run TEXT
);
"""
_ADDED = {"drawn_ms": "INTEGER", "drawn_run": "TEXT"}
_FIELDS = "id, run, boot, quality, start_monotonic_s, start_s, length_s, body, drawn_ms, drawn_run"


class Pending(StoreFile):
    """The file of waiting windows.

    At its size limit `append` raises StoreError and the gate holds the windows in memory.
    """

    def __init__(self, path: Path, *, bytes_max: int, mended: bool = False) -> None:
        super().__init__(path, _SCHEMA + SCHEMA, bytes_max=bytes_max, private=True, mended=mended)
        with self.closed_on_failure():
            self.add_columns("pending", _ADDED)

    def append(self, windows: Iterable[PendingWindow]) -> None:
        """Keep windows durably, the one closed first first."""
        place = (
            f"({_FIELDS}, digest, closed) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "  # noqa: S608
            "COALESCE(MAX(closed), 0) + 1 FROM pending"
        )
        with self.transaction():
            for window in windows:
                self.change(
                    f"INSERT OR IGNORE INTO pending {place}", (*astuple(window), _digest(window))
                )

    def newest(self, limit: int, *, boot: str, undated_until_s: float) -> tuple[PendingWindow, ...]:
        """Return the windows closed last, last first: what is live goes first, the backlog follows.

        Those of this boot under a clock not synchronised are passed over while they begin after
        `undated_until_s` (monotonic).
        """
        dated = "quality <> 'unsynchronised' OR boot <> ? OR start_monotonic_s <= ?"
        query = f"SELECT {_FIELDS} FROM pending WHERE {dated} ORDER BY closed DESC LIMIT ?"  # noqa: S608 - written here
        return tuple(
            PendingWindow(*row) for row in self.rows(query, (boot, undated_until_s, limit))
        )

    def walk(self) -> Iterator[PendingWindow]:
        """Yield every window, the one closed first first.

        Those that came may be replaced meanwhile.
        """
        last, query = (
            0,
            f"SELECT {_FIELDS}, closed FROM pending WHERE closed > ? ORDER BY closed LIMIT 256",  # noqa: S608 - the same
        )
        while found := self.rows(query, (last,)):
            last = found[-1][-1]
            yield from (PendingWindow(*row[:-1]) for row in found)

    def remove(self, windows: Iterable[PendingWindow]) -> None:
        """Forget windows; right only once the ledger holds them."""
        with self.transaction():
            for window in windows:
                self.change("DELETE FROM pending WHERE id = ?", (window.id,))

    def replace(self, windows: Sequence[PendingWindow], stand_in: PendingWindow) -> None:
        """Let one window, named as the first of them, stand for several, in the first's place."""
        with self.transaction():
            self.remove(windows[1:])
            self.change(
                "UPDATE pending SET run = ?, length_s = ?, body = ?, drawn_ms = ?, digest = ? "
                "WHERE id = ?",
                (
                    stand_in.run,
                    stand_in.length_s,
                    stand_in.body,
                    stand_in.drawn_ms,
                    _digest(stand_in),
                    stand_in.id,
                ),
            )

    def remove_altered(self) -> tuple[PendingWindow, ...]:
        """Remove windows in which the card turned some bit; return what is left of them."""
        rows = (
            (PendingWindow(*row[:-1]), row[-1])
            for row in self.rows(f"SELECT {_FIELDS}, digest FROM pending")  # noqa: S608
        )
        altered = tuple(window for window, digest in rows if digest != _digest(window))
        self.remove(altered)
        return altered


def _digest(window: PendingWindow) -> bytes:
    # One of an earlier release was put in without the name of its noise.
    fields = astuple(window)[:-2] if window.drawn_run is None else astuple(window)
    return hashlib.sha256(" ".join(map(str, fields)).encode()).digest()[:8]
