# SPDX-License-Identifier: Apache-2.0
"""Through which zones an emergency route runs, and how far in each. Pure.

The path is walked in steps of two metres, on a map that is flat around it. What lies in no zone is
no stretch: nobody is counted there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fusion_service.registry.site import EmergencyRoute, Position, Site

STEP_M = 2.0
DEGREE_M = 111_320.0
"""Of latitude."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """How many metres of a route lie in a zone."""

    zone: str
    length_m: float


def stretches_of(site: Site, route: EmergencyRoute) -> tuple[Stretch, ...]:
    """Return the stretches of a route, by zone in the order of its path."""
    lengths: dict[str, float] = {}
    for position, length_m in _steps(route.path):
        zone = next((one.id for one in site.zones if is_inside(one.polygon, position)), None)
        if zone is not None:
            lengths[zone] = lengths.get(zone, 0.0) + length_m
    return tuple(Stretch(zone, length_m) for zone, length_m in lengths.items())


def is_inside(ring: Sequence[Position], position: Position) -> bool:
    """Say whether a position lies inside a ring: an odd number of edges lies east of it."""
    x, y = position
    corners = zip(ring, [*ring[1:], ring[0]], strict=True)
    east = [
        a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) > x
        for a, b in corners
        if (a[1] <= y) != (b[1] <= y)
    ]
    return sum(east) % 2 == 1


def _steps(path: Sequence[Position]) -> list[tuple[Position, float]]:
    """Return the middle of each step along a path, and its length in metres."""
    found = []
    for (a, b), (c, d) in pairwise(path):
        east_m = (c - a) * DEGREE_M * math.cos(math.radians((b + d) / 2))
        length_m = math.hypot(east_m, (d - b) * DEGREE_M)
        number = max(1, round(length_m / STEP_M))
        for step in range(number):
            part = (step + 0.5) / number
            found.append(((a + (c - a) * part, b + (d - b) * part), length_m / number))
    return found
