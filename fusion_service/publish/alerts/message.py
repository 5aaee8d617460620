# SPDX-License-Identifier: Apache-2.0
"""What leaves the centre of an entry of the log. Pure.

Rule 1: no name, reason or comment leaves: what is sent can be erased by nobody. Rule 2: only what
somebody must act on is sent; where more alarms come than anybody can act on, what is critical.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.registry.site import Level
from fusion_service.shift.causes import CRITICAL
from fusion_service.shift.state import cause_of

TOLD = frozenset({Deed.RAISED, Deed.WORSENED, Deed.DECLARED})
LEVELS = tuple(level.name.lower() for level in Level)


@dataclass(frozen=True, slots=True)
class Message:
    """What is told of an entry. severity: 1 notice, 2 warning, 3 critical."""

    entry: int
    at_ms: int
    site: str
    event: str
    kind: str
    about: str
    level: str
    severity: int
    exercise: bool = False

    @property
    def title(self) -> str:
        """Say it in one line."""
        parts = (self.event, self.kind, self.about, self.level)
        said = " ".join(dict.fromkeys(filter(None, parts)))
        return f"{'EXERCISE ' if self.exercise else ''}{self.site}: {said}"

    def body(self) -> bytes:
        """Return it as JSON."""
        said = {
            "id": self.entry,
            "at": datetime.fromtimestamp(self.at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "site": self.site,
            "event": self.event,
            "kind": self.kind,
            "about": self.about,
            "level": self.level,
            "severity": self.severity,
            "exercise": self.exercise,
        }
        return json.dumps(said, separators=(",", ":")).encode()


def message_of(entry: ShiftEntry, *, severity_min: int, is_flood: bool = False) -> Message | None:
    """Return what is told of an entry; None where it is told to nobody."""
    if entry.deed not in TOLD:
        return None
    level = Level(entry.number("level"))
    if entry.deed == Deed.DECLARED:
        # Going down is told to whoever was told of going up.
        severity, kind, about = max(int(level), entry.number("before")), "", entry.zone
    else:
        cause = cause_of(entry)
        severity, kind = cause.severity, cause.kind.value
        about = " ".join(cause.members) or cause.about
    if severity < (CRITICAL if is_flood else severity_min):
        return None
    name = LEVELS[level] if entry.words("level") else ""
    return Message(entry.id, entry.at_ms, entry.site, entry.deed, kind, about, name, severity)
