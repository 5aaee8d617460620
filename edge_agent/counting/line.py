# SPDX-License-Identifier: Apache-2.0
"""Count people who cross a line, once each way, and nobody who only stands on it.

A person has a side once the foot point is clear of the line by an eighth of the person's height. A change of side is a crossing
where the foot point's path met the line between its ends. It is held for a moment before it counts: a flicker over the line and
back takes itself out, and a track that never becomes a person takes its crossing with it. While a person is unseen nothing moves;
seen again, the straight path between the two places bridges the gap.

Direction: stand at A and look at B. `in` is walking from your left-hand side to your right-hand side. A line drawn downwards in the
picture has its left-hand side at the right of the picture, so there `in` is right to left.
Method: side with hysteresis after supervision's LineZone, path against segment after OpenDataCam.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.geometry import Points, along, signed_distances
from edge_agent.counting.tracker import Rows, Tracks

HYSTERESIS_HEIGHTS = 0.12
"""How clear of the line a foot point must be to have a side, heights."""
SETTLE_S = 0.4
"""How long a new side must last before the crossing counts. Nobody goes there and back in less; a box that jumps does."""


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
    """One person crossed one line; `line` is its place in the list, crossed_s the estimated time at the line itself."""

    line: int
    direction: Direction
    crossed_s: float


class LineCounter:
    """Watch a list of lines. State is one row a track, so it is bounded as the tracker is."""

    def __init__(self, lines: tuple[Line, ...], capacity: int) -> None:
        self.lines = lines
        self._starts: Points = np.array([line.a for line in lines], np.float64).reshape(-1, 2)
        self._ends: Points = np.array([line.b for line in lines], np.float64).reshape(-1, 2)
        # The distance is linear in the point: what it is at the origin, and what each axis adds.
        zero = signed_distances(np.zeros((1, 2)), self._starts, self._ends)
        self._offsets, self._normals = zero[0], signed_distances(np.eye(2), self._starts, self._ends) - zero
        shape = (capacity, len(lines))
        self._count = 0
        # Where each track was last seen, x and y, and when.
        self._place = np.zeros((capacity, 3))
        self._confirmed = np.zeros(capacity, np.bool_)
        self._right = np.zeros(shape, np.bool_)
        self._side = np.zeros(shape, np.int8)
        self._met_along = np.full(shape, np.nan)
        self._met_s = np.zeros(shape)
        self._held = np.zeros(shape, np.int8)
        self._held_since_s = np.zeros(shape)
        self._columns: tuple[NDArray[np.generic], ...] = (
            self._place,
            self._confirmed,
            self._right,
            self._side,
            self._met_along,
            self._met_s,
            self._held,
            self._held_since_s,
        )

    def update(self, tracks: Tracks, now_s: float) -> tuple[Crossing, ...]:
        """Take the tracks of the frame at `now_s` and return the crossings that are certain by now, oldest first."""
        if not self.lines:
            return ()
        crossings = self._let_go(tracks.ended, settled_before_s=np.inf) if len(tracks.ended) else []
        tracks.carry(*self._columns)
        self._count = len(tracks)
        distance = self._distances(tracks.feet)
        if tracks.started:
            self._begin(tracks.old, distance)
        self._move(tracks, distance, now_s)
        self._confirmed[: self._count] = tracks.confirmed
        crossings += self._let_go(slice(self._count), settled_before_s=now_s - SETTLE_S)
        return tuple(sorted(crossings, key=lambda crossing: crossing.crossed_s))

    def finish(self) -> tuple[Crossing, ...]:
        """Return the crossings still held: there is no next frame that could take them back."""
        crossings = self._let_go(slice(self._count), settled_before_s=np.inf)
        return tuple(sorted(crossings, key=lambda crossing: crossing.crossed_s))

    def _distances(self, feet: Points) -> NDArray[np.float64]:
        return np.asarray(feet @ self._normals + self._offsets)

    def _begin(self, first: int, distance: NDArray[np.float64]) -> None:
        """Put the rows of new tracks, from `first` on, in their first state: nothing met, nothing held, no side yet."""
        new = slice(first, self._count)
        self._right[new] = distance[first:] >= 0
        self._side[new] = 0
        self._met_along[new] = np.nan
        self._held[new] = 0

    def _move(self, tracks: Tracks, distance: NDArray[np.float64], now_s: float) -> None:
        """Follow the foot point of each track that was seen, noting where its path met a line and when it changed side."""
        now, seen = slice(self._count), tracks.seen[:, None]
        right = distance >= 0
        rows, lines = ((right != self._right[now]) & seen).nonzero()
        if len(rows):
            origin, begun_s = self._place[rows, :2], self._place[rows, 2]
            before = self._distances(origin)[np.arange(len(rows)), lines]
            share = before / (before - distance[rows, lines])
            met = origin + share[:, None] * (tracks.feet[rows] - origin)
            self._met_along[rows, lines] = along(met, self._starts[lines], self._ends[lines])
            self._met_s[rows, lines] = begun_s + share * (now_s - begun_s)
        np.copyto(self._right[now], right, where=seen)
        np.copyto(self._place[now, :2], tracks.feet, where=seen)
        np.copyto(self._place[now, 2:], now_s, where=seen)
        # Clear of a line, one has a side: +1 right-hand, -1 left-hand; on it one keeps the side one had.
        sides = 2 * right.view(np.int8) - 1
        clear = np.abs(distance) > (HYSTERESIS_HEIGHTS * tracks.sizes[:, 1])[:, None]
        rows, lines = ((sides != self._side[now]) & clear & seen).nonzero()
        if len(rows):
            self._change_sides(rows, lines, sides[rows, lines], now_s)

    def _change_sides(self, rows: Rows, lines: Rows, sides: NDArray[np.int8], now_s: float) -> None:
        """Give the foot points their new sides of lines. Who had another, and met the line between its ends, has crossed it."""
        met_along = self._met_along[rows, lines]
        crossed = (self._side[rows, lines] != 0) & (met_along >= 0.0) & (met_along <= 1.0)
        self._side[rows, lines] = sides
        rows, lines, sides = rows[crossed], lines[crossed], sides[crossed]
        back = self._held[rows, lines] != 0
        self._held[rows, lines] = np.where(back, 0, sides)
        self._held_since_s[rows, lines] = now_s

    def _let_go(self, rows: Rows | slice, *, settled_before_s: float) -> list[Crossing]:
        """Return the held crossings of persons that have settled; those of ended tracks that were no person vanish."""
        held = self._held[rows]
        if not np.count_nonzero(held):
            return []
        ready = (held != 0) & self._confirmed[rows, None] & (self._held_since_s[rows] <= settled_before_s)
        crossings = [
            Crossing(line=int(line), direction=Direction.IN if way > 0 else Direction.OUT, crossed_s=float(met_s))
            for line, way, met_s in zip(ready.nonzero()[1], held[ready], self._met_s[rows][ready], strict=True)
        ]
        self._held[rows] = np.where(ready, 0, held)
        return crossings
