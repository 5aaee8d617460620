# SPDX-License-Identifier: Apache-2.0
"""Add up the frames of one tumbling window. Identities end here: a window has sums and shares only.

The window is exact and stays in the sensor process; only its rounded form crosses to the gate, and
only the gate's rule decides what of that may leave. One track changes each number of one window by
at most 1, which is what epsilon is stated for: a line's in and out by the law of `line.py`, a
zone's mean and peak because a track counts in no frame for more than one person, and no rounding
makes more of it. Source of the term: sensitivity, Dwork and Roth 2014 (The Algorithmic Foundations
of Differential Privacy), definition 3.1.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

from edge_agent.counting.line import Crossing, Direction
from edge_agent.counting.zone import Occupancy

FRAME_HOLDS_S_MAX = 0.4
"""A frame stands for the time since the one before it, but never for more than this: of a longer
gap the rest was not observed. Somebody who walks (1.4 m/s) goes a third of their height in it, less
than the width of their box; further apart, boxes of one person no longer overlap, and people near
the camera pass unseen. So a window at 2 frames a second was seen for 80 %, one at 1 for 40 %."""

SATURATED_FROM = 0.5
"""A window is saturated where this share of its frames was."""


class Speed(IntEnum):
    """Speed class of a zone, by the median of its people; the bounds are in m/s."""

    UNKNOWN = 0
    STOPPED = 1
    SLOW = 2
    WALKING = 3
    FAST = 4


SPEED_BOUNDS_M_S = (0.3, 0.8, 2.0)


@dataclass(frozen=True, slots=True)
class LineSum:
    """Crossings of one line in one window."""

    in_count: int
    out_count: int


@dataclass(frozen=True, slots=True)
class ZoneSum:
    """Occupancy of one zone in one window.

    mean is over its frames, peak is the greatest of them. speed is the class of the median, and
    standing the quarter in which the share of people who stand lies (0 unknown, 1..4).
    """

    mean: float
    peak: int
    speed: Speed
    standing: int

    @property
    def whole_mean(self) -> int:
        """The mean to the nearest whole number, a half upwards.

        Half to even would turn .5 into 0 and 1.5 into 2: one person could then make a difference of
        two.
        """
        return math.floor(self.mean + 0.5)


@dataclass(frozen=True, slots=True)
class WindowSums:
    """One window, exact. Lines and zones are in the order of the config.

    observed_s is the time that frames stand for. saturated says that at least SATURATED_FROM of the
    frames were: then the counts are lower bounds.
    """

    observed_s: float
    frames: int
    lines: tuple[LineSum, ...]
    zones: tuple[ZoneSum, ...]
    saturated: bool = False


class Window:
    """Add up the frames of one window after another; `close` begins the next.

    More than ten attributes: four are fixed, and the others are the sums of the window.
    """

    def __init__(self, *, lines: int, zones: int, frame_s: float) -> None:
        """Count for that many lines and zones; the very first frame stands for frame_s seconds."""
        self._lines, self._zones, self._frame_s = lines, zones, frame_s
        self._before_s: float | None = None
        self._begin()

    def _begin(self) -> None:
        self._observed_s = 0.0
        self._frames = 0
        self._saturated = 0
        self._crossings = [[0, 0] for _ in range(self._lines)]
        self._people = [0] * self._zones
        self._peaks = [0] * self._zones
        self._speed_counts = [[0, 0, 0, 0] for _ in range(self._zones)]

    def add_frame(
        self,
        now_s: float,
        crossings: tuple[Crossing, ...],
        occupancies: tuple[Occupancy, ...],
        *,
        saturated: bool = False,
    ) -> None:
        """Add a frame captured at `now_s`: its crossings, each zone's occupancy, if saturated."""
        stands_for_s = self._frame_s if self._before_s is None else max(now_s - self._before_s, 0.0)
        self._observed_s += min(stands_for_s, FRAME_HOLDS_S_MAX)
        self._before_s = now_s
        self._frames += 1
        self._saturated += saturated
        self.add_crossings(crossings)
        for zone, occupancy in enumerate(occupancies):
            self._people[zone] += occupancy.people
            self._peaks[zone] = max(self._peaks[zone], occupancy.people)
            for speed in occupancy.speeds_m_s:
                self._speed_counts[zone][sum(speed >= bound for bound in SPEED_BOUNDS_M_S)] += 1

    def add_crossings(self, crossings: tuple[Crossing, ...]) -> None:
        """Add crossings; one with a negative `adds` is taken off the other direction."""
        for crossing in crossings:
            is_out = crossing.direction is Direction.OUT
            self._crossings[crossing.line][is_out if crossing.adds >= 0 else not is_out] += (
                crossing.adds
            )

    def close(self) -> WindowSums:
        """Return the sums since the last close, and begin anew."""
        sums = WindowSums(
            observed_s=self._observed_s,
            frames=self._frames,
            lines=tuple(LineSum(entered, left) for entered, left in self._crossings),
            zones=tuple(
                ZoneSum(
                    mean=self._people[zone] / self._frames if self._frames else 0.0,
                    peak=self._peaks[zone],
                    speed=_median_class(self._speed_counts[zone]),
                    standing=_standing_quarter(self._speed_counts[zone]),
                )
                for zone in range(self._zones)
            ),
            saturated=self._frames > 0 and self._saturated >= SATURATED_FROM * self._frames,
        )
        self._begin()
        return sums


def _median_class(counts: list[int]) -> Speed:
    """Return the class in which the median of the measured speeds lies."""
    total, below = sum(counts), 0
    for speed, count in zip(
        (Speed.STOPPED, Speed.SLOW, Speed.WALKING, Speed.FAST), counts, strict=True
    ):
        below += count
        if total and 2 * below >= total:
            return speed
    return Speed.UNKNOWN


def _standing_quarter(counts: list[int]) -> int:
    """Return the quarter in which the share of stopped people lies, 1..4; 0 without speeds."""
    total = sum(counts)
    return min(4, 4 * counts[0] // total + 1) if total else 0
