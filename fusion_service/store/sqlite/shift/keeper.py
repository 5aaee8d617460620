# SPDX-License-Identifier: Apache-2.0
"""Keep the log of the shift in the store's own file.

Rule 1: an entry is on disk before anybody is told of it. Rule 2: entries are only added. Their
texts are erased by the keeper of access (store/sqlite/access), from both logs alike.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from fusion_service.ledger.shift_log import ShiftDraft, ShiftEntry
from fusion_service.store.shift import ENTRIES_MAX, OutletRow
from fusion_service.store.sqlite.part import StorePart
from fusion_service.store.sqlite.shift import rows


class ShiftFile(StorePart):
    """See `ShiftKeeper`. Each question has its own connection, and one lock is for writing."""

    def __init__(self, path: Path, *, size_mib_max: int) -> None:
        super().__init__(path, size_mib_max=size_mib_max, synchronous="FULL")

    def append(self, drafts: Sequence[ShiftDraft]) -> list[ShiftEntry]:
        """Add entries to the log in one commit."""
        with self._commit() as connection:
            return [rows.append(connection, draft) for draft in drafts]

    def entries(self, site: str, *, before_id: int, limit: int) -> list[ShiftEntry]:
        """Return a site's entries, the last first."""
        where = "site = ? AND id < ? ORDER BY id DESC LIMIT ?"
        with self._snapshot() as connection:
            return rows.entries(connection, where, site, before_id, limit)

    def after(self, after_id: int, *, limit: int, site: str | None = None) -> list[ShiftEntry]:
        """Return entries after an id, the oldest first."""
        where, values = "id > ?", list[object]([after_id])
        if site is not None:
            where, values = f"{where} AND site = ?", [*values, site]
        with self._snapshot() as connection:
            return rows.entries(connection, f"{where} ORDER BY id LIMIT ?", *values, limit)

    def of_ids(self, ids: Collection[int]) -> Mapping[int, ShiftEntry]:
        """Return entries by their ids."""
        found: dict[int, ShiftEntry] = {}
        wanted = sorted(set(ids))
        with self._snapshot() as connection:
            for first in range(0, len(wanted), ENTRIES_MAX):
                some = wanted[first : first + ENTRIES_MAX]
                marks = ", ".join("?" * len(some))
                found |= {
                    one.id: one for one in rows.entries(connection, f"id IN ({marks})", *some)
                }
        return found

    def whole_log(self) -> Iterator[ShiftEntry]:
        """Yield every entry, the oldest first, of one state."""
        with self._snapshot() as connection:
            last = 0
            while page := rows.entries(connection, "id > ? ORDER BY id LIMIT ?", last, ENTRIES_MAX):
                yield from page
                last = page[-1].id

    def outlet(self, name: str) -> OutletRow:
        """Return how far an outlet has told."""
        query = "SELECT name, upto, failures, fault FROM shift_outlet WHERE name = ?"
        newest = "SELECT ifnull(max(id), 0) FROM shift_entry"
        with self._commit() as connection:
            if (row := connection.execute(query, (name,)).fetchone()) is not None:
                return OutletRow(*row)
            # What was said before there was anybody to tell is told to nobody.
            found = OutletRow(name, connection.execute(newest).fetchone()[0])
            connection.execute(
                "INSERT INTO shift_outlet VALUES (?, ?, 0, '')", (found.name, found.upto)
            )
            return found

    def keep_outlet(self, row: OutletRow) -> None:
        """Keep how far an outlet has told."""
        query = "INSERT OR REPLACE INTO shift_outlet VALUES (?, ?, ?, ?)"
        with self._commit() as connection:
            connection.execute(query, (row.name, row.upto, row.failures, row.fault))
