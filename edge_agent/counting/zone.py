# SPDX-License-Identifier: Apache-2.0
"""Estimate the occupancy of zones: how many foot points are inside one, and how fast they walk.

Occupancy is an expectation: each track counts by the probability that it is a person who is there,
and the sum is rounded. A confirmed track that was detected in this frame with high confidence
counts as 1. An undetected one stays where the filter predicts it, and its probability falls with
the time. One that only low detections carry falls too, but more slowly: beside a crowd there is
nearly always a weak box to go on with, a part of somebody else. A tentative track counts by the
share of frames in which it was detected. So a gap costs a little at once instead of a whole person
at a bound, and a person counts before their track is confirmed. A track that was lost over a side
of the frame has left. No track counts for more than one person in a frame: it changes a mean and a
peak by at most 1.

Sources: the log-logistic law of survival (Bennett 1983, Applied Statistics 32), with shape 2 for
tracks that come back and 4 for those carried by low detections; the rule of succession (Laplace
1814) for tracks that will be confirmed. All were held against what became of the tracks on labelled
clips, by three detectors, as they are and thinned: of the people unseen for COAST_S 40 to 65 % came
back wherever there were more than 50; of the tracks seen once, twice, three and four times in a row
about 1/2, 2/3, 3/4 and 4/5 were confirmed; of the tracks carried by low detections for less than
0.3, 0.6, 1.2 and 2.5 s and for longer, 82, 77, 70, 53 and 39 % were on a person whom no other track
was on (means of thirteen settings of three detectors, up to 91 and down to 0 % in single ones).
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.geometry import Area, GroundPlane
from edge_agent.counting.tracker import Tracks

COAST_S = 0.6
"""Of the people unseen for so long, seconds, every second one comes back ..."""
COAST_SHARE = 0.5
"""... but of those seen only for a short time before, already after this share of it."""
WEAK_S = 3.0
"""Of the tracks that only low detections carry for so long, seconds, every second one is a person
of its own."""
TINY_S = 1e-6
LIKELY = 0.5
"""From this probability on a person's speed is one of the zone's."""
PROBABILITY_UNITS = 2.0**20
"""Probabilities are whole multiples of one part in so many: such sums are exact, and one track more
is never two people more."""
SPEED_PROBE_S = 0.1
"""Half the time over which a velocity in the picture is carried to the ground."""


@dataclass(frozen=True, slots=True)
class Zone:
    """An area of the picture, pixels; the corners go round it once, either way."""

    id: str
    polygon: tuple[tuple[float, float], ...]


class Occupancy(NamedTuple):
    """The people expected in one zone in one frame, and their speeds, m/s.

    Without a ground plane there are no speeds.
    """

    people: int
    speeds_m_s: tuple[float, ...]


class ZoneCounter:
    """Count the people in a list of zones. It keeps nothing from frame to frame."""

    def __init__(
        self,
        zones: tuple[Zone, ...],
        ground: GroundPlane | None = None,
        frame_width_px: float | None = None,
    ) -> None:
        """Count in `zones` of a frame that is frame_width_px wide, None where that is not known."""
        self.zones = zones
        self._areas = [Area(np.array(zone.polygon, np.float64)) for zone in zones]
        self._ground = ground
        self._frame_width_px = frame_width_px

    def count_people(self, tracks: Tracks, people: NDArray[np.bool_]) -> tuple[Occupancy, ...]:
        """Return the occupancy of each zone, in order; people says which tracks may be, (N,)."""
        probabilities = (
            people * np.rint(_probabilities(tracks) * PROBABILITY_UNITS) / PROBABILITY_UNITS
        )
        if self._frame_width_px is not None:
            probabilities[_left_by_a_side(tracks, self._frame_width_px)] = 0.0
        speeds = self._speeds(tracks)
        if speeds is not None:
            speeds[~tracks.confirmed | (probabilities < LIKELY)] = np.nan
        return tuple(
            [
                self._occupancy(area.contains(tracks.feet), probabilities, speeds)
                for area in self._areas
            ]
        )

    def _occupancy(
        self,
        within: NDArray[np.bool_],
        probabilities: NDArray[np.float64],
        speeds: NDArray[np.float64] | None,
    ) -> Occupancy:
        return Occupancy(
            # A half is rounded down: one stray detection puts nobody into an empty zone.
            people=math.ceil(float(within @ probabilities) - 0.5),
            speeds_m_s=()
            if speeds is None
            else tuple(map(float, speeds[within & np.isfinite(speeds)])),
        )

    def _speeds(self, tracks: Tracks) -> NDArray[np.float64] | None:
        if self._ground is None:
            return None
        step = tracks.velocities * SPEED_PROBE_S
        steps = self._ground.metres(tracks.feet + step) - self._ground.metres(tracks.feet - step)
        return np.asarray(np.hypot(steps[:, 0], steps[:, 1]) / (2.0 * SPEED_PROBE_S))


def _probabilities(tracks: Tracks) -> NDArray[np.float64]:
    """Return the probability that each track is a person who is there, (N,) in 0..1."""
    # A tentative track may have been known for no time at all.
    half_s = np.maximum(np.minimum(COAST_SHARE * tracks.known_s, COAST_S), TINY_S)
    unseen, weak = tracks.unseen_s / half_s, tracks.weak_s / WEAK_S
    unseen *= unseen
    weak *= weak
    probabilities = 1.0 / (1.0 + unseen + weak * weak)
    tentative = (~tracks.confirmed).nonzero()[0]
    if len(tentative):
        frames = tracks.frame + 1 - tracks.first_frames[tentative]
        probabilities[tentative] = tracks.hits[tentative] / (frames + 1)
    return probabilities


def _left_by_a_side(tracks: Tracks, frame_width_px: float) -> NDArray[np.bool_]:
    """Return which undetected tracks reach over a side of the frame, (N,): they have left by it."""
    across, half = tracks.feet[:, 0], 0.5 * tracks.sizes[:, 0]
    return np.asarray(~tracks.seen & ((across < half) | (across + half > frame_width_px)))
