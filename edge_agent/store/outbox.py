# SPDX-License-Identifier: Apache-2.0
"""Signed envelopes until the centre has committed them.

The only hand-over from the gate to the uplink.

The gate inserts and reads what was acknowledged; the uplink reads, and deletes only what the centre
has acknowledged. The uplink leaves here for the gate to read how its link fares, and what the
centre has lost (`heard`). Nothing else passes between the two.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

from edge_agent.store.heard import SCHEMA
from edge_agent.store.sqlite_file import StoreFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
  stream TEXT NOT NULL, sequence INTEGER NOT NULL, channel TEXT NOT NULL, envelope BLOB NOT NULL,
  PRIMARY KEY (stream, sequence)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS acknowledged (
  stream TEXT PRIMARY KEY, upto INTEGER NOT NULL, rejected INTEGER NOT NULL, root TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS link (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1), class INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One envelope that the centre has not acknowledged."""

    stream: str
    sequence: int
    channel: str
    envelope: bytes

    @property
    def key(self) -> tuple[str, int]:
        """What names it: its stream and its number in it."""
        return self.stream, self.sequence


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """How far the centre has disposed of a stream.

    rejected: how many of those it could not use. root: over all of them, hex.
    """

    upto: int
    rejected: int
    root: str | None = None


class Outbox(StoreFile):
    """The file that both processes open. Bounded: the gate stops inserting while too many wait."""

    def __init__(self, path: Path, *, bytes_max: int, mended: bool = False) -> None:
        super().__init__(path, _SCHEMA + SCHEMA, bytes_max=bytes_max, private=False, mended=mended)

    def insert(self, envelopes: Iterable[Waiting]) -> None:
        """Put envelopes in, all or none, as the ledger holds them.

        What lay in their places goes.
        """
        with self.transaction():
            for waiting in envelopes:
                self.change("INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?)", astuple(waiting))

    def withdraw(self, stream: str, *, above: int, upto: int, but: int) -> None:
        """Take back what the centre has beyond what it waits for, `but` one.

        Its turn comes again.
        """
        where = "stream = ? AND sequence > ? AND sequence <= ? AND sequence <> ?"
        self.change(f"DELETE FROM outbox WHERE {where}", (stream, above, upto, but))  # noqa: S608 - written here

    def waiting(self, *, limit: int) -> tuple[Waiting, ...]:
        """Return the oldest `limit` envelopes that wait, in order of signing."""
        query = (
            "SELECT stream, sequence, channel, envelope FROM outbox ORDER BY stream, sequence "
            "LIMIT ?"
        )
        return tuple(Waiting(*row) for row in self.rows(query, (limit,)))

    def depth(self) -> int:
        """Return how many envelopes wait."""
        return int(self.row("SELECT COUNT(*) FROM outbox")[0])

    def acknowledge(self, stream: str, acknowledged: Acknowledged) -> None:
        """Note how far the centre is, never backwards, and delete what that covers."""
        with self.transaction():
            self.change(
                "INSERT INTO acknowledged VALUES (?, ?, ?, ?) ON CONFLICT (stream) DO UPDATE SET "
                "root = IIF(excluded.upto < upto, root, excluded.root), rejected = "
                "IIF(excluded.upto < upto, rejected, excluded.rejected), upto = MAX(upto, "
                "excluded.upto)",
                (stream, *astuple(acknowledged)),
            )
            self.change(
                "DELETE FROM outbox WHERE stream = ? AND sequence <= ?", (stream, acknowledged.upto)
            )

    def knows(self, stream: str) -> bool:
        """Say whether this box has ever handed something of a stream over.

        What is said of others is none of its business.
        """
        query = (
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE stream = ?1) OR EXISTS (SELECT 1 FROM "
            "acknowledged WHERE stream = ?1)"
        )
        return bool(self.row(query, (stream,))[0])

    def acknowledged(self, stream: str) -> Acknowledged:
        """Return how far the centre is with a stream; the mark outlives the rows it covers."""
        row = self.row("SELECT upto, rejected, root FROM acknowledged WHERE stream = ?", (stream,))
        return Acknowledged(0, 0) if row is None else Acknowledged(*row)

    def set_link(self, link: int) -> None:
        """Leave the class of the link for the gate."""
        self.change(
            "INSERT INTO link VALUES (1, ?) ON CONFLICT (only_row) DO UPDATE SET class = "
            "excluded.class",
            (link,),
        )

    def link(self) -> object:
        """Return the class of the link as the uplink left it, unchecked; None where it has not."""
        row = self.row("SELECT class FROM link")
        return None if row is None else row[0]

    def known(self) -> dict[str, int]:
        """Return the highest sequence known of each stream.

        Of all of which anything waits or was acknowledged.
        """
        every = (
            "SELECT stream, sequence AS upto FROM outbox UNION ALL SELECT stream, upto FROM "
            "acknowledged"
        )
        return dict(self.rows(f"SELECT stream, MAX(upto) FROM ({every}) GROUP BY stream"))  # noqa: S608 - written here
