# SPDX-License-Identifier: Apache-2.0
"""Count the crossings of a line: each person once each way, and nobody who only stands on it.

A track has a side of the line once its foot point is clear of the line by an eighth of the person's
height (hysteresis). A change of side is a crossing if the path of the foot point met the line
between its ends. A crossing is held for SETTLE_S before it counts: a flicker over the line and back
cancels itself, and a track that is never confirmed takes its crossing with it. While a track is
undetected nothing moves; detected again, the straight path between the two places bridges the gap.

What one track changes in one window is at most 1 in each number of a line, however often it goes to
and fro: this is the sensitivity that the noise's epsilon stands on, and its privacy unit is one
track in one window. A turn back counts once each way; a track that crosses three times has crossed
once, and what the second time added is subtracted, so that in less out stays right. A person whose
track breaks is two tracks, and may add 2: where a scene breaks tracks often, so often is one
person's epsilon spent twice.

Direction: stand at A and look at B. `in` is walking from your left-hand side to your right-hand
side. A line drawn downwards in the frame has its left-hand side at the right of the frame, so there
`in` is right to left. Method: side with hysteresis after supervision's LineZone, path against
segment after OpenDataCam.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.geometry import Points, along, signed_distances
from edge_agent.counting.tracker import Rows, Tracks

HYSTERESIS_HEIGHTS = 0.12
"""How clear of the line a foot point must be to have a side, heights."""
REGIONS = np.array([-HYSTERESIS_HEIGHTS, 0.0, HYSTERESIS_HEIGHTS])
"""The bounds between the regions beside a line, heights: left and clear of it, left and near it,
right and near it, right and clear."""
ON_THE_RIGHT, NOWHERE = 2, 4
SIDE_OF_REGION = np.array([-1, 0, 0, 1], np.int8)
"""Right-hand is +1, left-hand -1; a track near the line keeps the side that it had."""
BOTH = 2
"""A track has added one each way in a window."""
SETTLE_S = 0.4
"""How long a new side must last before the crossing counts. Nobody walks there and back in less; a
box that jumps does."""


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
        # Where each track was last seen, x and y, and when; there, how it stood to each line.
        self._place = np.zeros((3, capacity))
        self._region = np.full(shape, NOWHERE, np.intp)
        self._confirmed = np.zeros(capacity, np.bool_)
        self._side = np.zeros(shape, np.int8)
        self._met_along = np.full(shape, np.nan)
        self._met_s = np.zeros(shape)
        self._held = np.zeros(shape, np.int8)
        self._held_since_s = np.zeros(shape)
        # What each track has added in this window: nothing, 1 or -1 one way, BOTH times that one
        # each way, the last one this way.
        self._added = np.zeros(shape, np.int8)
        self._columns: tuple[NDArray[np.generic], ...] = (
            self._place,
            self._region,
            self._confirmed,
            self._side,
            self._met_along,
            self._met_s,
            self._held,
            self._held_since_s,
            self._added,
        )

    def begin_window(self) -> None:
        """Forget what each track has added; from now on its crossings count in the next window."""
        self._added[:] = 0

    def find_crossings(self, tracks: Tracks, now_s: float) -> tuple[Crossing, ...]:
        """Return the crossings that are certain by the frame at `now_s`, oldest first."""
        if not self.lines:
            return ()
        crossings = (
            self._release_held(tracks.ended, settled_before_s=np.inf) if len(tracks.ended) else []
        )
        tracks.carry(*self._columns)
        self._count = len(tracks)
        if tracks.started:
            self._begin(slice(tracks.old, self._count))
        self._move(tracks, now_s)
        self._confirmed[: self._count] = tracks.confirmed
        crossings += self._release_held(slice(self._count), settled_before_s=now_s - SETTLE_S)
        return (
            tuple(sorted(crossings, key=lambda crossing: crossing.crossed_s)) if crossings else ()
        )

    def finish(self) -> tuple[Crossing, ...]:
        """Return the crossings still held: there is no next frame that could take them back."""
        crossings = self._release_held(slice(self._count), settled_before_s=np.inf)
        return tuple(sorted(crossings, key=lambda crossing: crossing.crossed_s))

    def _begin(self, new: slice) -> None:
        """Put new tracks in their first state: seen nowhere, no side, nothing met or held."""
        self._region[:, new] = NOWHERE
        self._side[:, new] = 0
        self._met_along[:, new] = np.nan
        self._held[:, new] = 0
        self._added[:, new] = 0

    def _move(self, tracks: Tracks, now_s: float) -> None:
        """Follow the foot point of each detected track.

        Only those matter that stand in another region beside a line than before.
        """
        seen, feet, place, before = (
            tracks.seen,
            tracks.feet.T,
            self._place[:, : self._count],
            self._region[:, : self._count],
        )
        distance = self._normals @ feet + self._offsets
        region = REGIONS.searchsorted(distance / tracks.sizes[:, 1], side="right")
        lines, rows = ((region != before) & seen).nonzero()
        if len(rows):
            was, now = before[lines, rows], region[lines, rows]
            met = ((was >= ON_THE_RIGHT) != (now >= ON_THE_RIGHT)) & (was != NOWHERE)
            if np.count_nonzero(met):
                self._meet(lines[met], rows[met], tracks, now_s)
            sides = SIDE_OF_REGION[now]
            turned = (sides != 0) & (sides != self._side[lines, rows])
            if np.count_nonzero(turned):
                self._change_sides(lines[turned], rows[turned], sides[turned], now_s)
        np.copyto(before, region, where=seen)
        np.copyto(place[:2], feet, where=seen)
        place[2, seen] = now_s

    def _meet(self, lines: Rows, rows: Rows, tracks: Tracks, now_s: float) -> None:
        """Note where and when the paths of foot points met the lines that they passed."""
        origin, begun_s, feet = self._place[:2, rows].T, self._place[2, rows], tracks.feet[rows]
        # The distance is linear in the point, and so is the way along the path.
        gone = (self._normals[lines] * (feet - origin)).sum(axis=1)
        left = (self._normals[lines] * feet).sum(axis=1) + self._offsets[lines, 0]
        share = 1.0 - left / gone
        self._met_along[lines, rows] = along(
            origin + share[:, None] * (feet - origin), self._starts[lines], self._ends[lines]
        )
        self._met_s[lines, rows] = begun_s + share * (now_s - begun_s)

    def _change_sides(self, lines: Rows, rows: Rows, sides: NDArray[np.int8], now_s: float) -> None:
        """Give foot points their new sides of lines.

        A track that had the other side, and met the line between its ends, has crossed it.
        """
        met_along = self._met_along[lines, rows]
        crossed = (self._side[lines, rows] != 0) & (met_along >= 0.0) & (met_along <= 1.0)
        self._side[lines, rows] = sides
        lines, rows = lines[crossed], rows[crossed]
        back = self._held[lines, rows] != 0
        self._held[lines, rows] = np.where(back, 0, sides[crossed])
        self._held_since_s[lines, rows] = now_s

    def _release_held(self, rows: Rows | slice, *, settled_before_s: float) -> list[Crossing]:
        """Return the held crossings that have settled, of confirmed tracks.

        Those of ended tracks that were never confirmed vanish.
        """
        held = self._held[:, rows]
        if not np.count_nonzero(held):
            return []
        ready = (
            (held != 0) & self._confirmed[rows] & (self._held_since_s[:, rows] <= settled_before_s)
        )
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
