# SPDX-License-Identifier: Apache-2.0
"""The log of the shift: alarms, levels, measures and handovers, in a chain of hashes. Pure.

The rules are those of the access log (access_log.py): an entry holds ids, words of this list, times
and numbers; a name, a reason or a comment is a text beside it, of which the chain has a salted
commitment. All that is open in a shift follows from the entries alone (shift/state.py).
"""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from fusion_service.ledger.access_log import Retention, Text

CENTRE_ACTOR = "centre"
"""The actor of what the centre itself saw."""
Detail = tuple[tuple[str, str | int], ...]
"""Words and numbers by name, sorted; never a name of somebody."""


class Deed(StrEnum):
    """What was seen, decided or done."""

    RAISED = "alarm raised"
    WORSENED = "alarm worse"
    ENDED = "alarm ended"
    ACKNOWLEDGED = "alarm acknowledged"
    ASSIGNED = "alarm assigned"
    SHELVED = "alarm shelved"
    UNSHELVED = "alarm back from its shelf"
    PROPOSED = "level proposed"
    DECLARED = "level declared"
    DONE = "measure done"
    UNDONE = "measure taken back"
    NOTED = "note"
    HANDED_OVER = "handed over"
    TAKEN_OVER = "taken over"
    SKIPPED = "messages skipped"


DECISIONS = frozenset(
    {Deed.DECLARED, Deed.DONE, Deed.UNDONE, Deed.NOTED, Deed.HANDED_OVER, Deed.TAKEN_OVER}
)


@dataclass(frozen=True, slots=True)
class ShiftDraft:
    """An entry that is not yet kept. alarm: the id of the entry that raised it."""

    at_ms: int
    site: str
    actor: str
    deed: Deed
    organisation: str
    zone: str = ""
    alarm: int | None = None
    detail: Detail = ()
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def retention(self) -> Retention:
        """How long its texts are kept: what was decided for as long as a change."""
        return Retention.CHANGE if self.deed in DECISIONS else Retention.ALARM


@dataclass(frozen=True, slots=True)
class ShiftEntry:
    """An entry as it is kept."""

    id: int
    at_ms: int
    site: str
    actor: str
    deed: str
    organisation: str
    zone: str
    alarm: int | None
    detail: Detail
    retention: str
    hash: bytes
    texts: tuple[Text, ...]

    def words(self, name: str) -> str:
        """Return a word of the detail; empty where it has none of this name."""
        return next((str(value) for key, value in self.detail if key == name), "")

    def number(self, name: str) -> int:
        """Return a number of the detail; 0 where it has none of this name."""
        found = next((value for key, value in self.detail if key == name), 0)
        return found if isinstance(found, int) else 0

    def text(self, field: str) -> str | None:
        """Return a text; None where it was erased, empty where there was none."""
        return next((one.content for one in self.texts if one.field == field), "")

    def hash_over(self, previous: bytes) -> bytes:
        """Return the hash of this entry over the one before; its own `hash` is not read."""
        said = [
            self.id,
            self.at_ms,
            self.site,
            self.actor,
            self.deed,
            self.organisation,
            self.zone,
            self.alarm,
            [[key, value] for key, value in self.detail],
            self.retention,
            [[text.field, text.commitment.hex()] for text in self.texts],
        ]
        body = json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode("ascii")
        return hashlib.sha256(previous + body).digest()
