# SPDX-License-Identifier: Apache-2.0
"""How free an emergency route is: a level of its own, and how long it takes to clear it. Pure.

A route is as crowded as the zones that it runs through: counters know no lane. Its thresholds are
lower than a zone's, because whoever stands on it must be able to step aside.

The time to clear it is that of somebody who walks ahead of a vehicle from its one end to the other,
at the pace of the crowd: v = 1.4 (1 - 0.266 D) m/s, 1.19 at most (Nelson and Mowrer, SFPE Handbook,
"Emergency movement"). Where nobody could walk any more it is at least what the slowest pace takes.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusion_service.estimate.levels import SAFETY_DENSITIES, SERVICE_DENSITIES
from fusion_service.estimate.observation import ZoneEstimate
from fusion_service.registry.site import EmergencyRoute, Level, Zone
from fusion_service.registry.stretches import Stretch

ROUTE_DENSITIES = (SERVICE_DENSITIES[2], SERVICE_DENSITIES[3], SAFETY_DENSITIES[0])
"""Yellow where one cannot pass others freely, orange where nobody walks freely, red where walking
slows: nobody steps aside for a vehicle there."""
FREE_M_S, SLOWEST_M_S = 1.19, 0.1
PACE_M_S, PACE_LOSS = 1.4, 0.266


@dataclass(frozen=True, slots=True)
class RouteLevel:
    """How free a route is at a moment.

    level: at its most crowded stretch; high: the same at the upper end of the 80 % interval.
    people: on the route itself. clearance_s, clearance_high_s: by number and by upper end. zone:
    its most crowded stretch. known_m: how much of it lies in zones with a number.
    """

    route: str
    level: Level
    high: Level
    zone: str
    density: float
    people: float
    clearance_s: float
    clearance_high_s: float
    known_m: float


def route_level(
    route: EmergencyRoute,
    stretches: Sequence[Stretch],
    zones: Mapping[str, Zone],
    estimates: Mapping[str, ZoneEstimate],
) -> RouteLevel | None:
    """Return how free a route is; None where nothing is known of any of its zones."""
    known = [one for one in stretches if one.zone in estimates and one.zone in zones]
    if not known:
        return None
    densities = {one.zone: estimates[one.zone].density for one in known}
    highs = {
        one.zone: estimates[one.zone].high_80 / max(zones[one.zone].usable_m2, 1.0) for one in known
    }
    fullest = max(known, key=lambda one: densities[one.zone])
    return RouteLevel(
        route.id,
        _level(densities[fullest.zone]),
        _level(max(highs.values())),
        fullest.zone,
        densities[fullest.zone],
        sum(densities[one.zone] * one.length_m * route.width_m for one in known),
        sum(one.length_m / pace_m_s(densities[one.zone]) for one in known),
        sum(one.length_m / pace_m_s(highs[one.zone]) for one in known),
        sum(one.length_m for one in known),
    )


def pace_m_s(density: float) -> float:
    """Return how fast somebody walks through a crowd, metres a second."""
    return min(max(PACE_M_S * (1.0 - PACE_LOSS * density), SLOWEST_M_S), FREE_M_S)


def _level(density: float) -> Level:
    return Level(bisect_right(ROUTE_DENSITIES, density))
