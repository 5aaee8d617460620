# SPDX-License-Identifier: Apache-2.0
"""A site of many zones in a grid, each with a few boxes that count in it."""

from collections.abc import Iterator

WEST, SOUTH = 4.20, 52.00
STEP = 0.002
SIDE = 0.0015
ACROSS = 32


def site_file(site: str, *, zones: int, devices: int) -> str:
    """Return the file of a site in which device `box-NNNNN` looks at zone NNNNN mod zones."""
    head = f'format = 1\nid = "{site}"\nname = "A large site"\ntime_zone = "Europe/Amsterdam"\n'
    parts = [*(_zone(number) for number in range(zones)), *_devices(zones, devices)]
    return head + "".join(parts)


def _zone(number: int) -> str:
    west, south = WEST + STEP * (number % ACROSS), SOUTH + STEP * (number // ACROSS)
    east, north = west + SIDE, south + SIDE
    corners = [[west, south], [east, south], [east, north], [west, north]]
    polygon = [[round(part, 6) for part in corner] for corner in corners]
    return (
        f'\n[[zones]]\nid = "zone-{number:04d}"\nname = "Zone {number}"\npolygon = {polygon}\n'
        "usable_m2 = 9000\ncapacity = 9000\n"
    )


def _devices(zones: int, devices: int) -> Iterator[str]:
    for number in range(devices):
        yield (
            f'\n[[devices]]\nid = "box-{number:05d}"\n\n[[devices.counters]]\nzone = "sand"\n'
            f'at_zone = "zone-{number % zones:04d}"\nshare = 0.5\n'
        )
