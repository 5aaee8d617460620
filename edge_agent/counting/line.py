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
from edge_agent.counting.tracker import Slots, Tracks

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
    """Watch a list of lines. State is one row a track slot, so it is bounded as the tracker is."""

    def __init__(self, lines: tuple[Line, ...], capacity: int) -> None:
        self.lines = lines
        self._starts: Points = np.array([line.a for line in lines], np.float64).reshape(-1, 2)
        self._ends: Points = np.array([line.b for line in lines], np.float64).reshape(-1, 2)
        # The distance is linear in the point: what it is at the origin, and what each axis adds.
        zero = signed_distances(np.zeros((1, 2)), self._starts, self._ends)
        self._offsets, self._normals = zero[0], signed_distances(np.eye(2), self._starts, self._ends) - zero
        shape = (capacity, len(lines))
        self._feet = np.zeros((capacity, 2))
        self._seen_s = np.zeros(capacity)
        self._confirmed = np.zeros(capacity, np.bool_)
        self._fresh = np.zeros(capacity, np.bool_)
        self._distance = np.zeros(shape)
        self._side = np.zeros(shape, np.int8)
        self._met_along = np.full(shape, np.nan)
        self._met_s = np.zeros(shape)
        self._held = np.zeros(shape, np.int8)
        self._held_since_s = np.zeros(shape)

    def update(self, tracks: Tracks, now_s: float) -> tuple[Crossing, ...]:
        """Take the tracks of the frame at `now_s` and return the crossings that are certain by now, oldest first."""
        if not self.lines:
            return ()
        crossings = self._let_go(tracks.ended, settled_before_s=np.inf)
        seen = tracks.seen
        if len(tracks.started):
            self._fresh[tracks.started] = True
            new = self._fresh[tracks.slots]
            self._fresh[tracks.started] = False
            self._begin(tracks.slots[new], tracks.feet[new], tracks.sizes[new, 1], now_s)
            seen = seen & ~new
        self._move(tracks.slots[seen], tracks.feet[seen], tracks.sizes[seen, 1], now_s)
        self._confirmed[tracks.slots] = tracks.confirmed
        crossings += self._let_go(tracks.slots, settled_before_s=now_s - SETTLE_S)
        return tuple(sorted(crossings, key=lambda crossing: crossing.crossed_s))

    def finish(self) -> tuple[Crossing, ...]:
        """Return the crossings still held: there is no next frame that could take them back."""
        crossings = self._let_go(np.flatnonzero(self._held.any(axis=1)), settled_before_s=np.inf)
        return tuple(sorted(crossings, key=lambda crossing: crossing.crossed_s))

    def _distances(self, feet: Points) -> NDArray[np.float64]:
        return np.asarray(feet @ self._normals + self._offsets)

    def _begin(self, slots: Slots, feet: Points, heights: NDArray[np.float64], now_s: float) -> None:
        """Put the slots of new tracks in their first state: a side if clear of the line, nothing met, nothing held."""
        distance = self._distances(feet)
        self._feet[slots], self._seen_s[slots], self._distance[slots] = feet, now_s, distance
        self._side[slots] = _sides(distance, heights)
        self._met_along[slots] = np.nan
        self._held[slots] = 0

    def _move(self, slots: Slots, feet: Points, heights: NDArray[np.float64], now_s: float) -> None:
        """Follow each foot point along its path, noting where it met a line and when it changed side."""
        distance, before = self._distances(feet), self._distance[slots]
        rows, lines = ((distance >= 0) != (before >= 0)).nonzero()
        if len(rows):
            share = before[rows, lines] / (before[rows, lines] - distance[rows, lines])
            origin = self._feet[slots[rows]]
            met = origin + share[:, None] * (feet[rows] - origin)
            self._met_along[slots[rows], lines] = along(met, self._starts[lines], self._ends[lines])
            begun_s = self._seen_s[slots[rows]]
            self._met_s[slots[rows], lines] = begun_s + share * (now_s - begun_s)
        self._feet[slots], self._seen_s[slots], self._distance[slots] = feet, now_s, distance
        self._change_sides(slots, _sides(distance, heights), now_s)

    def _change_sides(self, slots: Slots, sides: NDArray[np.int8], now_s: float) -> None:
        old = self._side[slots]
        rows, lines = (sides * old < 0).nonzero()
        self._side[slots] = np.where(sides != 0, sides, old)
        if not len(rows):
            return
        met_along = self._met_along[slots[rows], lines]
        between_ends = (met_along >= 0.0) & (met_along <= 1.0)
        rows, lines = rows[between_ends], lines[between_ends]
        where = slots[rows]
        back = self._held[where, lines] != 0
        self._held[where, lines] = np.where(back, 0, sides[rows, lines])
        self._held_since_s[where, lines] = now_s

    def _let_go(self, slots: Slots, *, settled_before_s: float) -> list[Crossing]:
        """Return the held crossings of persons that have settled; those of ended tracks that were no person vanish."""
        held = self._held[slots]
        if not held.any():
            return []
        ready = (held != 0) & self._confirmed[slots][:, None] & (self._held_since_s[slots] <= settled_before_s)
        rows, lines = ready.nonzero()
        crossings = [
            Crossing(
                line=int(line),
                direction=Direction.IN if self._held[slot, line] > 0 else Direction.OUT,
                crossed_s=float(self._met_s[slot, line]),
            )
            for slot, line in zip(slots[rows], lines, strict=True)
        ]
        self._held[slots[rows], lines] = 0
        return crossings


def _sides(distance: NDArray[np.float64], heights: NDArray[np.float64]) -> NDArray[np.int8]:
    """Say on which side each foot point stands clear of each line: +1 right-hand, -1 left-hand, 0 on the line."""
    clear = (HYSTERESIS_HEIGHTS * heights)[:, None]
    return np.asarray((distance > clear).view(np.int8) - (distance < -clear).view(np.int8))
