# SPDX-License-Identifier: Apache-2.0
"""What a person who watched a labelled clip would have counted.

Crossings and people in zones, from truth in MOTChallenge form.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.geometry import inside
from edge_agent.counting.line import Line
from edge_agent.counting.zone import Zone
from edge_agent.errors import ConfigError

_LABEL = 6
"""The column that says whether a row counts (1) or is to be left out (0)."""
CLEAR_HEIGHTS = 0.12
"""How clear of a line a true foot point must be to have a side, heights."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Crossings of each line, (seconds, in or not) oldest first; people in each zone by frame."""

    crossings: tuple[tuple[tuple[float, bool], ...], ...]
    people: tuple[NDArray[np.int64], ...]


def read_truth(
    path: Path, lines: tuple[Line, ...], zones: tuple[Zone, ...], *, fps: float, frames: int
) -> Truth:
    """Read the truth of a clip and look at it through lines and zones.

    Raises ConfigError where the file is none.
    """
    try:
        rows = np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: no truth in MOTChallenge form: {error}") from error
    rows = rows[rows[:, _LABEL] > 0]
    feet = np.column_stack([rows[:, 2] + rows[:, 4] / 2, rows[:, 3] + rows[:, 5]])
    within = [rows[inside(feet, np.array(zone.polygon)), 0].astype(np.int64) - 1 for zone in zones]
    return Truth(
        crossings=tuple(_crossings(rows, feet, line, fps) for line in lines),
        people=tuple(np.bincount(numbers, minlength=frames)[:frames] for numbers in within),
    )


def _crossings(
    rows: NDArray[np.float64], feet: NDArray[np.float64], line: Line, fps: float
) -> tuple[tuple[float, bool], ...]:
    """Follow each person's foot point.

    A change of side that is clear of the line, on a path that met it between its ends.
    """
    a, b = np.array(line.a), np.array(line.b)
    found = []
    for person in np.unique(rows[:, 1]):
        mine = np.flatnonzero(rows[:, 1] == person)
        mine = mine[np.argsort(rows[mine, 0])]
        offsets = feet[mine] - a
        distances = ((b - a)[0] * offsets[:, 1] - (b - a)[1] * offsets[:, 0]) / np.hypot(*(b - a))
        side, met = 0, None
        for (before, here), row in zip(pairwise([0, *range(len(mine))]), mine, strict=True):
            if (distances[before] >= 0) != (distances[here] >= 0):
                share = distances[before] / (distances[before] - distances[here])
                place = feet[mine[before]] + share * (feet[row] - feet[mine[before]])
                numbers = rows[mine[before], 0], rows[row, 0]
                at_s = (numbers[0] + share * (numbers[1] - numbers[0]) - 1.0) / fps
                met = float(at_s), float((place - a) @ (b - a) / ((b - a) @ (b - a)))
            if abs(distances[here]) > CLEAR_HEIGHTS * rows[row, 5]:
                now = int(np.sign(distances[here]))
                if side not in (0, now) and met is not None and 0.0 <= met[1] <= 1.0:
                    found.append((met[0], now > 0))
                side = now
    return tuple(sorted(found))
