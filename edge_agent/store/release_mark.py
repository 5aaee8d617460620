# SPDX-License-Identifier: Apache-2.0
"""Up to when a box has released, so that no slot is released twice.

The noise of a number is drawn anew in each run of the gate. Whoever could make the gate release one
slot again and again would have as many draws of the same count, and their mean. So the commit that
first makes a window durable, in `pending` or in the ledger, carries a mark, and a gate that starts
passes over every slot that begins before it. Nothing leaves before that commit: a draw that was
never committed may be drawn anew.
"""

import fcntl
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ProcessError
from edge_agent.store.sqlite_file import StoreFile

SCHEMA = """
CREATE TABLE IF NOT EXISTS released (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1), boot TEXT NOT NULL,
  until_ms INTEGER NOT NULL, digest BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Released:
    """Under which boot, and up to when (CLOCK_MONOTONIC of that boot, milliseconds).

    The end of the last slot released.
    """

    boot: str
    until_ms: int


def mark(store: StoreFile, released: Released) -> None:
    """Note up to when has been released, in the transaction that makes the window durable."""
    values = (released.boot, released.until_ms, _digest(released))
    store.change("INSERT OR REPLACE INTO released VALUES (1, ?, ?, ?)", values)


def marked(store: StoreFile) -> Released | None:
    """Return the mark of a file; None without one, or where the card turned some bit of it."""
    row = store.row("SELECT boot, until_ms, digest FROM released")
    if row is None:
        return None
    found = Released(*row[:2])
    return found if row[2] == _digest(found) else None


def hold_alone(store: Path) -> int:
    """Hold the store until this process ends; return the descriptor that holds it.

    Raises ProcessError where another gate does: each would release what the other has released.
    """
    store.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(store, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ProcessError(
            f"{store}: another gate has this store open; stop that one, or give this box a store "
            "of its own"
        ) from error
    return descriptor


def _digest(released: Released) -> bytes:
    return hashlib.sha256(f"{released.boot} {released.until_ms}".encode()).digest()[:8]
