# SPDX-License-Identifier: Apache-2.0
"""Count the crossings of a line: each person once each way, and nobody who only stands on it.

A track has a side of the line from the first place that is clear of it. Beyond the line it gathers
evidence for the other side: how far beyond, times how long, in heights and seconds, less a wall
that somebody who stands there does not reach by swaying. Where the evidence is enough the track has
changed sides, and if the path of its foot point met the line between its ends that is a crossing,
timed where it met. This is the cumulative-sum test for a change of mean (Page 1954, Continuous
Inspection Schemes): who walks on has crossed within a second, who sways or jitters on the line
never. How much is enough grows with how much the track's own boxes jitter. Who walks has a lower
wall than who stands. Where a track ends, or is undetected for long, or goes round the line's end,
what it has reached on its way decides. A track that is never confirmed takes its crossing with it.
While a track is undetected nothing moves; detected again, the straight path between the two places
bridges the gap.

What one track changes in one window is at most 1 in each number of a line, however often it goes to
and fro: this is the sensitivity that the noise's epsilon stands on, and its privacy unit is one
track in one window. A turn back counts once each way; a track that crosses three times has crossed
once, and what the second time added is subtracted, so that in less out stays right. A person whose
track breaks is two tracks, and may add 2: where a scene breaks tracks often, so often is one
person's epsilon spent twice.

Direction: stand at A and look at B. `in` is walking from your left-hand side to your right-hand
side. A line drawn downwards in the frame has its left-hand side at the right of the frame, so there
`in` is right to left. Path against segment after OpenDataCam.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from edge_agent.counting.geometry import Points, along, signed_distances
from edge_agent.counting.kalman import Numbers
from edge_agent.counting.tracker import Flags, Rows, Tracks

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE_FROM = 0.12
"""So far from a line, heights, a track that had no side has one."""
SWAY = 0.18
"""The wall of who stands, heights: people who wait shift and lean by less. Who goes farther and
back has crossed twice."""
STRIDE = 0.08
"""The wall of who walks: what is left of their steps and of a detector's jitter, heights."""
FAR = 0.6
"""Evidence grows no faster beyond this, heights: one box far off proves little."""
ENOUGH_STANDING, ENOUGH_WALKING = 0.04, 0.03
"""Evidence that is enough where boxes hardly jitter, heights x s ..."""
ENOUGH_PER_VARIANCE = 75.0
"""... and what is added for each square height of the jitter's variance and second between frames:
white noise then passes for evidence less than once in an hour."""
CORRELATED_S = 0.15
"""For so long, seconds, the jitter of a filtered foot point lasts however often it is detected."""
STEP_S_MAX = 0.4
"""One frame is evidence for at most so long, seconds."""
LOST_S = 0.5
"""After so long undetected, seconds, what a track had reached decides."""
REACHED = 0.1
"""That is the other side from here on, heights, plus the jitter's standard deviation."""

TRAIL_S = 1.0
"""The trail of a track is its foot point averaged over the last second or so, exponentially."""
WALKS_AHEAD, GOES_AHEAD = 0.25, 0.1
"""So far ahead of its trail, heights, plus twice the jitter's standard deviation, a track walks; or
at least it does not sway, where only that is asked."""
WALKS_SPEED = 0.25
"""And so fast a track goes that walks, heights / s: who has just stopped is ahead of the trail."""
VARIANCE_BEFORE, VARIANCE_MAX, VARIANCE_GAIN = 0.002, 0.04, 0.1
"""The jitter's variance, square heights: before anything is known of a track, the most that one
frame may say, and the weight of one frame."""

BOTH = 2
"""A track has added one each way in a window."""


class Direction(StrEnum):
    """Which way a line was crossed; see the module for what `in` means."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Line:
    """A line to count at, from A to B, pixels."""

    id: str
    a: tuple[float, float]
    b: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Crossing:
    """One person crossed one line.

    `line` is its place in the list, crossed_s the estimated time at the line itself. adds says what
    it does to the window: 1 adds one to the number of its direction, 0 changes nothing, because the
    track has added its one already, and -1 subtracts one from the number of the other direction.
    """

    line: int
    direction: Direction
    crossed_s: float
    adds: int = 1


class _Walks:
    """How each track moves: its last place, its trail, and how much its foot point jitters."""

    def __init__(self, capacity: int) -> None:
        # x, y and when.
        self.place = np.zeros((3, capacity))
        self.goes = np.zeros(capacity, np.bool_)
        self._trail = np.zeros((2, capacity))
        self._variance = np.zeros(capacity)
        self.columns: tuple[NDArray[np.generic], ...] = (
            self.place,
            self.goes,
            self._trail,
            self._variance,
        )

    def begin(self, new: slice, feet: Points, now_s: float) -> None:
        """Begin the walks of new tracks where they stand."""
        self.place[:2, new] = self._trail[:, new] = feet.T
        self.place[2, new] = now_s
        self.goes[new] = False
        self._variance[new] = VARIANCE_BEFORE

    def jitter(self, rows: Rows | slice) -> Numbers:
        """Return the standard deviation of foot points, heights."""
        return np.asarray(np.sqrt(self._variance[rows]))

    def follow(self, tracks: Tracks, step_s: Numbers) -> tuple[Flags, Numbers]:
        """Follow the detected tracks, which were detected before step_s ago, (N,) seconds.

        Return which walk, (N,), and the variance of the foot points of all, square heights.
        """
        count, seen, feet, heights = len(tracks), tracks.seen, tracks.feet.T, tracks.sizes[:, 1]
        variance, trail = self._variance[:count], self._trail[:, :count]
        speeds = tracks.velocities.T / heights
        off = (feet - self.place[:2, :count]) / heights - speeds * step_s
        square = np.minimum(0.5 * (off * off).sum(axis=0), VARIANCE_MAX)
        known = seen & (step_s > 0.0) & (step_s < 2.0 * LOST_S)
        variance += (square - variance) * (VARIANCE_GAIN * known)
        ahead = feet - trail
        trail += ahead * (seen * -np.expm1(-step_s / TRAIL_S))
        lead = np.hypot(ahead[0], ahead[1]) / heights - 2.0 * np.sqrt(variance)
        np.copyto(self.goes[:count], lead > GOES_AHEAD, where=seen)
        walks = (lead > WALKS_AHEAD) & (np.hypot(speeds[0], speeds[1]) > WALKS_SPEED)
        return walks, variance

    def leave(self, tracks: Tracks, now_s: float) -> None:
        """Note where the detected tracks are."""
        place = self.place[:, : len(tracks)]
        np.copyto(place[:2], tracks.feet.T, where=tracks.seen)
        place[2, tracks.seen] = now_s


class LineCounter:
    """Find the crossings of a list of lines.

    State is one column a track, so it is bounded as the tracker is. More than ten attributes: each
    array is one fact about every track, so that a frame costs a few numpy calls and no loop.
    """

    def __init__(self, lines: tuple[Line, ...], capacity: int) -> None:
        self.lines = lines
        self._starts: Points = np.array([line.a for line in lines], np.float64).reshape(-1, 2)
        self._ends: Points = np.array([line.b for line in lines], np.float64).reshape(-1, 2)
        # The distance is linear in the point: what it is at the origin, and what each axis adds.
        zero = signed_distances(np.zeros((1, 2)), self._starts, self._ends)
        self._offsets, self._normals = (
            zero.T,
            (signed_distances(np.identity(2), self._starts, self._ends) - zero).T,
        )
        shape = (len(lines), capacity)
        self._count = 0
        self._walks = _Walks(capacity)
        self._confirmed = np.zeros(capacity, np.bool_)
        # How far to the right of each line a track was last detected, heights.
        self._distance = np.zeros(shape)
        # Right-hand is 1, left-hand -1, none yet 0; and the evidence for the other one.
        self._side = np.zeros(shape, np.int8)
        self._evidence = np.zeros(shape)
        self._met_along = np.full(shape, np.nan)
        self._met_s = np.zeros(shape)
        self._held = np.zeros(shape, np.int8)
        # What each track has added in this window: nothing, 1 or -1 one way, BOTH times that one
        # each way, the last one this way.
        self._added = np.zeros(shape, np.int8)
        self._columns: tuple[NDArray[np.generic], ...] = (
            *self._walks.columns,
            self._confirmed,
            self._distance,
            self._side,
            self._evidence,
            self._met_along,
            self._met_s,
            self._held,
            self._added,
        )

    def begin_window(self) -> None:
        """Forget what each track has added; from now on its crossings count in the next window."""
        self._added[:] = 0

    def find_crossings(self, tracks: Tracks, now_s: float) -> tuple[Crossing, ...]:
        """Return the crossings that are certain by the frame at `now_s`, oldest first."""
        if not self.lines:
            return ()
        crossings = self._end(tracks.ended) if len(tracks.ended) else []
        tracks.carry(*self._columns)
        self._count = len(tracks)
        distance = (self._normals @ tracks.feet.T + self._offsets) / tracks.sizes[:, 1]
        if tracks.started:
            self._begin(slice(tracks.old, self._count), tracks, distance, now_s)
        self._move(tracks, distance, now_s)
        self._confirmed[: self._count] = tracks.confirmed
        crossings += self._release_held(slice(self._count))
        return (
            tuple(sorted(crossings, key=lambda crossing: crossing.crossed_s)) if crossings else ()
        )

    def finish(self) -> tuple[Crossing, ...]:
        """Return the crossings that no next frame can make certain: all tracks end here."""
        crossings = self._end(np.arange(self._count))
        return tuple(sorted(crossings, key=lambda crossing: crossing.crossed_s))

    def _begin(self, new: slice, tracks: Tracks, distance: Numbers, now_s: float) -> None:
        """Put new tracks in their first state: no side, nothing met or held."""
        self._walks.begin(new, tracks.feet[new], now_s)
        self._distance[:, new] = distance[:, new]
        self._side[:, new] = 0
        self._evidence[:, new] = 0.0
        self._met_along[:, new] = np.nan
        self._held[:, new] = 0
        self._added[:, new] = 0

    def _end(self, ended: Rows) -> list[Crossing]:
        """Let what ended tracks had reached decide, and return their crossings."""
        self._decide(*self._at_all_lines(ended))
        return self._release_held(ended)

    def _move(self, tracks: Tracks, distance: Numbers, now_s: float) -> None:
        """Follow the foot point of each detected track to its `distance` from each line."""
        seen, before = tracks.seen, self._distance[:, : self._count]
        step_s = now_s - self._walks.place[2, : self._count]
        lost = (seen & (step_s > LOST_S)).nonzero()[0]
        if len(lost):
            self._decide(*self._at_all_lines(lost))
        walks, variance = self._walks.follow(tracks, step_s)
        lines, rows = (((distance < 0.0) != (before < 0.0)) & seen).nonzero()
        if len(rows):
            self._meet(lines, rows, tracks, now_s)
        self._weigh(distance, walks, variance, seen, np.minimum(step_s, STEP_S_MAX))
        np.copyto(before, distance, where=seen)
        self._walks.leave(tracks, now_s)

    def _weigh(
        self, distance: Numbers, walks: Flags, variance: Numbers, seen: Flags, step_s: Numbers
    ) -> None:
        """Weigh the evidence that tracks are on the other sides, and change the sides of some."""
        side, evidence = self._side[:, : self._count], self._evidence[:, : self._count]
        if np.count_nonzero(side) < side.size:
            new = (side == 0) & seen & (np.abs(distance) > SIDE_FROM)
            np.copyto(side, np.sign(distance), where=new, casting="unsafe")
        beyond = -side * distance
        if beyond.max(initial=0.0) < STRIDE and not np.count_nonzero(evidence):
            # Nobody is beyond a line, as in nearly all frames.
            return
        np.minimum(beyond, FAR, out=beyond)
        beyond -= np.where(walks, STRIDE, SWAY)
        beyond *= step_s * seen
        evidence += beyond
        np.maximum(evidence, 0.0, out=evidence)
        enough = np.where(walks, ENOUGH_WALKING, ENOUGH_STANDING)
        enough += ENOUGH_PER_VARIANCE * variance * (step_s + CORRELATED_S)
        turned = evidence >= enough
        if np.count_nonzero(turned):
            self._change_sides(*turned.nonzero())

    def _meet(self, lines: Rows, rows: Rows, tracks: Tracks, now_s: float) -> None:
        """Note where and when the paths of foot points met the lines that they passed.

        Who goes round the end of a line has no side until they are clear of it again.
        """
        place, feet = self._walks.place, tracks.feet[rows]
        origin, begun_s = place[:2, rows].T, place[2, rows]
        # The distance is linear in the point, and so is the way along the path.
        gone = (self._normals[lines] * (feet - origin)).sum(axis=1)
        left = (self._normals[lines] * feet).sum(axis=1) + self._offsets[lines, 0]
        share = 1.0 - left / gone
        met_along = along(
            origin + share[:, None] * (feet - origin), self._starts[lines], self._ends[lines]
        )
        around = (met_along < 0.0) | (met_along > 1.0)
        if np.count_nonzero(around):
            self._decide(lines[around], rows[around])
            self._side[lines[around], rows[around]] = 0
            self._evidence[lines[around], rows[around]] = 0.0
        self._met_along[lines, rows] = met_along
        self._met_s[lines, rows] = begun_s + share * (now_s - begun_s)

    def _at_all_lines(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return each line with each of the rows."""
        return np.repeat(np.arange(len(self.lines)), len(rows)), np.tile(rows, len(self.lines))

    def _decide(self, lines: Rows, rows: Rows) -> None:
        """Change the sides of the tracks that were on their way and had reached the other side."""
        beyond = -self._side[lines, rows] * self._distance[lines, rows]
        reached = self._walks.goes[rows] & (beyond >= REACHED + self._walks.jitter(rows))
        if np.count_nonzero(reached):
            self._change_sides(lines[reached], rows[reached])

    def _change_sides(self, lines: Rows, rows: Rows) -> None:
        """Give tracks the other sides of lines; those that met them between the ends crossed.

        A crossing back undoes one that is still held.
        """
        met_along = self._met_along[lines, rows]
        crossed = (met_along >= 0.0) & (met_along <= 1.0)
        sides = -self._side[lines, rows]
        self._side[lines, rows] = sides
        self._evidence[lines, rows] = 0.0
        lines, rows = lines[crossed], rows[crossed]
        back = self._held[lines, rows] != 0
        self._held[lines, rows] = np.where(back, 0, sides[crossed])

    def _release_held(self, rows: Rows | slice) -> list[Crossing]:
        """Return the held crossings of confirmed tracks.

        Those of ended tracks that were never confirmed vanish.
        """
        held = self._held[:, rows]
        if not np.count_nonzero(held):
            return []
        ready = (held != 0) & self._confirmed[rows]
        lines, columns = ready.nonzero()
        added = self._added[:, rows]
        crossings = []
        for line, column, way, met_s in zip(
            lines, columns, held[ready], self._met_s[:, rows][ready], strict=True
        ):
            added[line, column], adds = _counted(int(added[line, column]), int(way))
            direction = Direction.IN if way > 0 else Direction.OUT
            crossings.append(
                Crossing(line=int(line), direction=direction, crossed_s=float(met_s), adds=adds)
            )
        self._added[:, rows] = added
        self._held[:, rows] = np.where(ready, 0, held)
        return crossings


def _counted(added: int, way: int) -> tuple[int, int]:
    """Return what a track has added after it crossed this `way` (1 or -1), and what this adds.

    See Crossing.adds.
    """
    if added in (way, BOTH * way):
        return added, 0
    if added == -BOTH * way:
        return way, -1
    return (way if added == 0 else BOTH * way), 1
