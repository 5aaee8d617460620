# SPDX-License-Identifier: Apache-2.0
"""What an installer's own walk says: a line from walking along it, a count from walking across.

Pure. Places are shares of the picture, x right and y down.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge_agent.operations.commission.record import CELLS

Place = tuple[float, float]
WALK_SAMPLES_MIN = 8
_END_SHARE = 0.03
"""Of a walk, what is left out at each end: there one turns round."""
SIDE_MIN = 0.6 / CELLS
"""So far from a line, shares of the picture, somebody is on a side of it: more than half a cell."""
_CELL = 1.0 / CELLS
"""Chance puts a place into either of two cells. Of one that is rare among the two nothing may be
left out: the mean would lean to the other."""
_SMOOTH = 3
"""Places of a walker that are taken together, against the chance in each."""
_BESIDE = 0.15
"""Of a line's length, by how much one may pass beside its ends and still be told so."""


def line_of_walk(places: NDArray[np.float64]) -> tuple[Place, Place] | None:
    """Return the line that a walk along it says: (N, 2) places; None of too short a walk.

    Least squares across the longer side, twice, what lies far off left out the second time; the
    ends are where the walk was. The chance in each place is gone from the mean of many.
    """
    if len(places) < WALK_SAMPLES_MIN:
        return None
    spread = np.ptp(places, axis=0)
    along = int(spread[1] > spread[0])
    x, y = places[:, along], places[:, 1 - along]
    kept = np.ones(len(x), np.bool_)
    slope = offset = 0.0
    for _ in range(2):
        design = np.column_stack([x[kept], np.ones(int(kept.sum()))])
        slope, offset = (float(one) for one in np.linalg.lstsq(design, y[kept], rcond=None)[0])
        off = np.abs(y - slope * x - offset)
        kept = off <= max(2.5 * float(np.sort(off)[len(off) // 2]), _CELL)
        if kept.sum() < WALK_SAMPLES_MIN:
            break
    order = np.sort(x)
    cut = int(_END_SHARE * len(order))
    ends = [(float(one), slope * float(one) + offset) for one in (order[cut], order[-1 - cut])]
    first, last = ((one[along], one[1 - along]) for one in ends)
    return _inside(first), _inside(last)


def _inside(place: Place) -> Place:
    return min(1.0, max(0.0, place[0])), min(1.0, max(0.0, place[1]))


def side(a: Place, b: Place, place: Place) -> tuple[float, float]:
    """Return how far right of a line a place lies, and where along it (0 at a, 1 at b).

    As counting has it: positive is the right-hand side of someone who stands at a and looks at b.
    """
    direction = b[0] - a[0], b[1] - a[1]
    length = math.hypot(*direction) or 1e-9
    offset = place[0] - a[0], place[1] - a[1]
    across = (direction[0] * offset[1] - direction[1] * offset[0]) / length
    return across, (direction[0] * offset[0] + direction[1] * offset[1]) / length**2


@dataclass(slots=True)
class Trial:
    """A count at one line, from where people were seen: for the walk across it."""

    line: str
    a: Place
    b: Place
    entered: int = 0
    left: int = 0
    beside: int = 0
    """Passed beyond an end of the line: it may be too short."""
    _recent: dict[int, list[Place]] = field(default_factory=dict)
    _sides: dict[int, float] = field(default_factory=dict)

    def observe(self, people: dict[int, Place]) -> None:
        """Take in where people are now, by their place in the record."""
        for gone in self._recent.keys() - people.keys():
            del self._recent[gone]
            self._sides.pop(gone, None)
        for who, place in people.items():
            recent = self._recent.setdefault(who, [])
            recent.append(place)
            del recent[:-_SMOOTH]
            mean = (
                sum(one[0] for one in recent) / len(recent),
                sum(one[1] for one in recent) / len(recent),
            )
            self._weigh(who, mean)

    def _weigh(self, who: int, place: Place) -> None:
        across, along = side(self.a, self.b, place)
        if abs(across) < SIDE_MIN:
            return
        before, self._sides[who] = self._sides.get(who), math.copysign(1.0, across)
        if before is None or before == self._sides[who]:
            return
        if not -_BESIDE <= along <= 1.0 + _BESIDE:
            self.beside += 1
        elif across > 0:
            self.entered += 1
        else:
            self.left += 1
