# SPDX-License-Identifier: Apache-2.0
"""What became of a device, line by line, and by what people tell its keys apart. Pure."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

KEYS_MAX = 16
"""Former keys of one device, each tried where its own did not sign. Nobody changes a box so
often."""
KEY_CHARACTERS = 16


class DeviceEvent(StrEnum):
    """What became of a device."""

    ENROLLED = "enrolled"
    RENAMED = "renamed"
    REPLACED = "replaced"
    RETIRED = "retired"
    REINSTATED = "reinstated"
    LOST = "lost"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of a device's history; at_ms is the centre's clock."""

    at_ms: int
    event: DeviceEvent
    detail: str


def shown_key(key: bytes) -> str:
    """Return by what people tell one key from another: the beginning of its SHA-256, hex."""
    return hashlib.sha256(key).hexdigest()[:KEY_CHARACTERS]
