# SPDX-License-Identifier: Apache-2.0
"""How the box fares, in four classes each.

What the gate can see for itself, and what the uplink left in the outbox file.
"""

import os
from enum import IntEnum
from pathlib import Path

from edge_agent.errors import StoreError

_WARM_C, _HOT_C = 60.0, 80.0
_DISK_FINE, _DISK_LOW = 0.20, 0.05
_OUTBOX_FINE, _OUTBOX_DEEP = 8, 64


class LinkClass(IntEnum):
    """How the uplink's connection fares, as it travels in the report's health."""

    UNKNOWN = 0
    CONNECTED = 1
    RECONNECTED = 2
    DISCONNECTED = 3


def temperature_class(sensor: Path) -> int:
    """Return 1 under 60 degrees Celsius, 2 under 80, 3 hotter.

    0 where the machine has no such sensor.
    """
    try:
        celsius = int(sensor.read_text("ascii")) / 1000.0
    except (OSError, ValueError):
        return 0
    return 1 if celsius < _WARM_C else 2 if celsius < _HOT_C else 3


def disk_class(directory: Path) -> int:
    """Return 1 with more than 20 % of the disk free, 2 with more than 5 %, 3 with less."""
    try:
        disk = os.statvfs(directory)
    except OSError as error:
        raise StoreError(f"{directory}: {error}; the box's store is gone") from error
    free = disk.f_bavail / max(disk.f_blocks, 1)
    return 1 if free > _DISK_FINE else 2 if free > _DISK_LOW else 3


def outbox_class(waiting: int) -> int:
    """Return 1 with fewer than 8 reports waiting, 2 with fewer than 64, 3 with more."""
    return 1 if waiting < _OUTBOX_FINE else 2 if waiting < _OUTBOX_DEEP else 3


def link_class(found: object) -> LinkClass:
    """Return what the uplink left of its link; anything unheard of is unknown."""
    return next((one for one in LinkClass if one == found), LinkClass.UNKNOWN)
