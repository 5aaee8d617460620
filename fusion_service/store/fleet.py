# SPDX-License-Identifier: Apache-2.0
"""How every device fares and how large the store is, as frozen values, for whoever watches them."""

from dataclasses import dataclass

from wire_contract.messages.report import Health


@dataclass(frozen=True, slots=True)
class WatchedWindow:
    """What a device signed last, and when the centre received it (UTC, ms)."""

    received_ms: int
    length_s: int
    quality_code: int
    clock_quality: str
    level: str
    health: Health


@dataclass(frozen=True, slots=True)
class WatchedDevice:
    """One device as whoever watches a fleet sees it.

    Since when it is enrolled, what the broker says of its link, what is missing of it, its last
    window.

    window_s is the usual length of its windows, None before it has said anything.
    """

    site: str
    device: str
    test_site: bool
    added_ms: int
    online: bool
    missing: int
    window_s: int | None
    last_window: WatchedWindow | None


@dataclass(frozen=True, slots=True)
class Fleet:
    """The first of the devices by site and name.

    How many are beyond them, and how many count as lost.
    """

    devices: tuple[WatchedDevice, ...]
    beyond: int
    lost: int


@dataclass(frozen=True, slots=True)
class DiskUse:
    """How large the store is (pages in use, bytes), and the disk under it.

    What this user may still write, and all of it.
    """

    used_bytes: int
    disk_free_bytes: int
    disk_bytes: int
