# SPDX-License-Identifier: Apache-2.0
"""What the centre in charge holds of a stream, where that is less than it acknowledged before.

It is a row in the outbox. The mark of what was ever acknowledged never goes back. This may: a
centre whose store was put back from a copy, or lost, holds less, and says so. The two rows are all
that gate and uplink keep of it, so either may end at any moment. Written only where something
changes: a level stream costs the card nothing.
"""

from dataclasses import astuple, dataclass

from edge_agent.store.sqlite_file import StoreFile

SCHEMA = """
CREATE TABLE IF NOT EXISTS heard (
  stream TEXT PRIMARY KEY, store TEXT NOT NULL, upto INTEGER, held INTEGER NOT NULL, root TEXT
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """store: the name of the centre's store, empty where it names none.

    upto: up to which entry it holds all, None where that is as much as it ever acknowledged (the
    stream is level). held: the highest entry that it holds. root: of its tree up to `upto`, hex.
    """

    store: str = ""
    upto: int | None = None
    held: int = 0
    root: str | None = None


def heard_of(store: StoreFile, stream: str) -> Heard:
    """Return what was heard of a stream; level where nothing was."""
    row = store.row("SELECT store, upto, held, root FROM heard WHERE stream = ?", (stream,))
    return Heard() if row is None else Heard(*row)


def keep_heard(store: StoreFile, stream: str, heard: Heard) -> None:
    """Write down what is heard of a stream now."""
    insert = "INSERT OR REPLACE INTO heard VALUES (?, ?, ?, ?, ?)"
    store.change(insert, (stream, *astuple(heard)))
