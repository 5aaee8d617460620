# SPDX-License-Identifier: Apache-2.0
"""Say how many people have their foot point inside a zone, and how they move.

Where people hide each other nobody can say who is there, but how many are to be expected can be said: each track counts by the
chance that it is a person who is there, and the sum is rounded. A confirmed person who is seen counts as one; unseen she stands
where the prediction says, and the chance that she will be seen there again falls with time. A track that is not yet confirmed counts
by the share of frames in which it was seen. So a gap costs a little at once instead of a whole person at a bound, and someone who
comes counts before she is confirmed.
Sources: the log-logistic law of survival, Bennett 1983 (Applied Statistics 32), for who comes back; the rule of succession (Laplace)
for who gets confirmed. Of what the tracker followed on the labelled clips, by three detectors and in part thinned at random, half of
those unseen for COAST_S came back (40 % to 65 %), and of tracks seen once, twice, three, four times in a row about 1/2, 2/3, 3/4, 4/5
were confirmed.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.geometry import Area, GroundPlane, Points
from edge_agent.counting.tracker import Tracks

COAST_S = 0.6
"""Of people unseen for so long, seconds, every second comes back ..."""
COAST_SHARE = 0.5
"""... but of those known for a short time, already after this share of it."""
LIKELY = 0.5
"""From this chance on a person's speed is one of the zone's."""
SPEED_PROBE_S = 0.1
"""Half the time over which a velocity in the picture is carried to the ground."""


@dataclass(frozen=True, slots=True)
class Zone:
    """An area of the picture, pixels; the corners go round it once, either way."""

    id: str
    polygon: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Who is inside one zone in one frame: how many are expected, and how fast each walks (m/s; empty without a ground plane)."""

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
        chances = np.where(people, _chances(tracks), 0.0)
        speeds = self._speeds(tracks.feet, tracks.velocities)
        if speeds is not None:
            speeds[~tracks.confirmed | (chances < LIKELY)] = np.nan
        return tuple(self._occupancy(area, tracks.feet, chances, speeds) for area in self._areas)

    def _occupancy(
        self, area: Area, feet: Points, chances: NDArray[np.float64], speeds: NDArray[np.float64] | None
    ) -> Occupancy:
        within = area.holds(feet)
        return Occupancy(
            # An even chance is nobody yet: one stray detection must not put a person into an empty zone.
            people=math.ceil(float(chances[within].sum()) - 0.5),
            speeds_m_s=() if speeds is None else tuple(map(float, speeds[within & np.isfinite(speeds)])),
        )

    def _speeds(self, feet: Points, velocities: Points) -> NDArray[np.float64] | None:
        if self._ground is None:
            return None
        reach = velocities * SPEED_PROBE_S
        steps = self._ground.metres(feet + reach) - self._ground.metres(feet - reach)
        return np.asarray(np.hypot(steps[:, 0], steps[:, 1]) / (2.0 * SPEED_PROBE_S))


def _chances(tracks: Tracks) -> NDArray[np.float64]:
    """Return the chance that each track is a person who is still where it says, (N,) in 0..1."""
    half_s = np.minimum(COAST_S, COAST_SHARE * tracks.known_s)
    # A track is confirmed after a time of being seen only, so that half_s is not 0 where it counts.
    gap = tracks.unseen_s / np.where(tracks.confirmed, half_s, 1.0)
    return np.where(tracks.confirmed, 1.0 / (1.0 + gap * gap), tracks.shares)
