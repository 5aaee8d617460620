# SPDX-License-Identifier: Apache-2.0
"""Read every enrolled device, with the keys and names that it had."""

import sqlite3
from collections import defaultdict

from fusion_service.registry.registry import Device, FormerKey, Registry, public_key

_DEVICE = (
    "SELECT d.id, d.site, d.name, d.public_key, s.test, d.lost_ms, d.retired_ms FROM device d JOIN "
    "site s ON s.name = d.site"
)
_FORMER_KEY = "SELECT device_id, id, public_key, until_ms, refused FROM former_key ORDER BY id DESC"


def registry_of(connection: sqlite3.Connection) -> Registry:
    """Return the registry as this connection sees it."""
    keys: dict[int, list[FormerKey]] = defaultdict(list)
    names: dict[int, dict[tuple[str, str], bool]] = defaultdict(dict)
    rows = connection.execute(_DEVICE).fetchall()
    for device_id, key_id, key, until_ms, refused in connection.execute(_FORMER_KEY):
        keys[device_id].append(FormerKey(key_id, public_key(key), until_ms, bool(refused)))
    for device_id, site, name, left_ms in connection.execute(
        "SELECT device_id, site, name, left_ms FROM former_name"
    ):
        names[device_id][site, name] = left_ms is None
    return Registry.of(
        Device(
            i,
            site,
            name,
            public_key(key),
            bool(test),
            lost=lost_ms is not None,
            retired=retired_ms is not None,
            former_keys=tuple(keys[i]),
            former_names=names[i],
        )
        for i, site, name, key, test, lost_ms, retired_ms in rows
    )
