# SPDX-License-Identifier: Apache-2.0
"""Count the people whose foot point lies inside a zone, and say how they move.

A confirmed person unseen for a moment still stands where the prediction says; a person lost for longer is not counted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.geometry import Area, GroundPlane, Points
from edge_agent.counting.tracker import Tracks

COAST_S = 0.6
"""How long an unseen person still counts as inside, seconds ..."""
COAST_SHARE = 1.0
"""... but no longer than she was seen before."""
SPEED_PROBE_S = 0.1
"""Half the time over which a velocity in the picture is carried to the ground."""


@dataclass(frozen=True, slots=True)
class Zone:
    """An area of the picture, pixels; the corners go round it once, either way."""

    id: str
    polygon: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Who is inside one zone in one frame: how many, and how fast each walks (m/s; empty without a ground plane)."""

    people: int
    speeds_m_s: tuple[float, ...]


class ZoneCounter:
    """Watch a list of zones. Keeps nothing from frame to frame."""

    def __init__(self, zones: tuple[Zone, ...], ground: GroundPlane | None = None) -> None:
        self.zones = zones
        self._areas = [Area(np.array(zone.polygon, np.float64)) for zone in zones]
        self._ground = ground

    def update(self, tracks: Tracks, people: NDArray[np.bool_]) -> tuple[Occupancy, ...]:
        """Take the tracks of one frame, and which may be people, (N,); return the occupancy of each zone, in the list's order."""
        present = people & tracks.confirmed & (tracks.unseen_s <= np.minimum(COAST_S, COAST_SHARE * tracks.known_s))
        feet = tracks.feet[present]
        speeds = self._speeds(feet, tracks.velocities[present])
        return tuple(self._occupancy(area, feet, speeds) for area in self._areas)

    def _occupancy(self, area: Area, feet: Points, speeds: NDArray[np.float64] | None) -> Occupancy:
        within = area.holds(feet)
        return Occupancy(
            people=int(within.sum()), speeds_m_s=() if speeds is None else tuple(map(float, speeds[within & np.isfinite(speeds)]))
        )

    def _speeds(self, feet: Points, velocities: Points) -> NDArray[np.float64] | None:
        if self._ground is None:
            return None
        reach = velocities * SPEED_PROBE_S
        steps = self._ground.metres(feet + reach) - self._ground.metres(feet - reach)
        return np.asarray(np.hypot(steps[:, 0], steps[:, 1]) / (2.0 * SPEED_PROBE_S))
