# SPDX-License-Identifier: Apache-2.0
"""Read how every device fares, for whoever watches a fleet.

One query and one snapshot, whatever its size.

Rule 1: what is said of a device is what it said last, and when the centre received it: no clock of
a box orders anything. Rule 2: a device that counts as lost is not watched, only counted; one that
was retired neither.
"""

import json
import os
import sqlite3
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.store.fleet import DiskUse, Fleet, WatchedDevice, WatchedWindow
from wire_contract.messages.report import Health

_WATCHED = "d.lost_ms IS NULL AND d.retired_ms IS NULL"
"""Of which devices something is expected."""
_DEVICES = (
    "SELECT d.site, d.name, s.test, d.added_ms, d.link AS connection, m.payload, r.*, "  # noqa: S608 - our own words
    "(SELECT ifnull(sum(missing), 0) FROM stream WHERE device_id = d.id) AS missing FROM device d "
    "JOIN site s ON s.name = d.site LEFT JOIN meta m ON m.device_id = d.id LEFT JOIN report r ON "
    f"r.id = d.last_report WHERE {_WATCHED} ORDER BY d.site, d.name LIMIT ?"
)


def fleet_of(connection: sqlite3.Connection, *, devices_max: int) -> Fleet:
    """Read the fleet, at most so many of its devices by site and name."""
    devices = tuple(map(_device, connection.execute(_DEVICES, (devices_max,))))
    (watched,) = connection.execute(f"SELECT count(*) FROM device d WHERE {_WATCHED}").fetchone()  # noqa: S608 - as above
    (lost,) = connection.execute(
        "SELECT count(lost_ms) FROM device WHERE retired_ms IS NULL"
    ).fetchone()
    return Fleet(devices, watched - len(devices), lost)


def disk_use_of(connection: sqlite3.Connection, path: Path) -> DiskUse:
    """Measure the store at `path` and its disk. Raises StoreError where the disk does not say."""
    names = ("page_count", "freelist_count", "page_size")
    pages, empty, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    try:
        disk = os.statvfs(path.parent)
    except OSError as error:
        raise StoreError(f"{path.parent}: {error.strerror}; is its disk there?") from error
    return DiskUse(
        (pages - empty) * size, disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    )


def _device(row: sqlite3.Row) -> WatchedDevice:
    window = None if row["received_ms"] is None else _window(row)
    # A stopped box's last window is shorter than usual and a merged one longer: the meta says what
    # is usual. It was checked when it came, and a meta of version 1 names its length alike.
    usual_s = None if row["payload"] is None else int(json.loads(row["payload"])["length"])
    if usual_s is None and window is not None:
        usual_s = window.length_s
    return WatchedDevice(
        site=row["site"],
        device=row["name"],
        test_site=bool(row["test"]),
        added_ms=row["added_ms"],
        online=row["connection"] == "online",
        missing=row["missing"],
        window_s=usual_s,
        last_window=window,
    )


def _window(row: sqlite3.Row) -> WatchedWindow:
    return WatchedWindow(
        received_ms=row["received_ms"],
        length_s=row["length_s"],
        quality_code=row["quality_code"],
        clock_quality=row["clock_quality"],
        level=row["level"],
        health=Health(row["temperature"], row["disk"], row["outbox"], row["link"]),
    )
