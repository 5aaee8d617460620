# SPDX-License-Identifier: Apache-2.0
"""What the centre keeps of a shift, and asks of whatever keeps it.

The rules of store/port.py hold here too. There is one writer: the service.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fusion_service.ledger.shift_log import ShiftDraft, ShiftEntry

ENTRIES_MAX = 500
"""Entries read at once."""


@dataclass(frozen=True, slots=True)
class OutletRow:
    """How far an outlet has told. failures: in a row, of the entry after it; fault: the last."""

    name: str
    upto: int
    failures: int = 0
    fault: str = ""


class ShiftKeeper(Protocol):
    """The log of the shift, and how far it was told. Safe for many threads."""

    def append(self, drafts: Sequence[ShiftDraft]) -> list[ShiftEntry]:
        """Add entries to the log in one commit; they are on disk once this returns."""

    def entries(self, site: str, *, before_id: int, limit: int) -> list[ShiftEntry]:
        """Return a site's entries, the last first, those before an id."""

    def after(self, after_id: int, *, limit: int, site: str | None = None) -> list[ShiftEntry]:
        """Return entries after an id, the oldest first; of one site or of all."""

    def of_ids(self, ids: Collection[int]) -> Mapping[int, ShiftEntry]:
        """Return entries by their ids."""

    def whole_log(self) -> Iterator[ShiftEntry]:
        """Yield every entry, the oldest first."""

    def outlet(self, name: str) -> OutletRow:
        """Return how far an outlet has told; one that is new has told all that is there."""

    def keep_outlet(self, row: OutletRow) -> None:
        """Keep how far an outlet has told."""
