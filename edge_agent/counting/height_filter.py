# SPDX-License-Identifier: Apache-2.0
"""Tell people from things that the detector takes for people: lamps, signs, shadows.

On flat ground under a level camera, the height of a person in the frame grows linearly with the row
of the feet. This height law is learned from the tracks that walk. A track that has walked its own
height is a person; a stationary box of implausible height is ignored in zones. Lines need none of
this, because a thing crosses nothing. Until enough people have walked by, every track is a person.
Source of the height law: Hoiem, Efros and Hebert 2008 (Putting Objects in Perspective), section
3.2.
"""

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.tracker import Tracks

WALKED_HEIGHTS = 1.0
"""A track so far from where it began, in its own heights, has walked: a box that only jitters does
not get there."""
TOLERANCE = 2.0
"""A person is at most so many times as tall as expected, and at least the inverse: children, hats,
hidden feet."""
WIDTH_HEIGHTS_MAX = 0.75
"""A person who stands is narrower than this, heights: a longer stride or a larger bag belongs to
one who walks."""
JUDGE_EACH_S = 0.5
"""Tracks are judged so often, seconds; one that begins in between is a person until then."""
SAMPLES = 256
"""Heights of walkers that are remembered, the newest of them ..."""
SAMPLES_MIN = 24
"""... and how many it takes to judge."""
SAMPLES_EACH = 16
"""At most so many are remembered at a time: of a crowd a part."""

Numbers = NDArray[np.float64]


class HeightFilter:
    """Follow which tracks walk and how tall they are.

    State is one row a track and SAMPLES pairs of numbers.
    """

    def __init__(self, capacity: int) -> None:
        self._first = np.zeros((2, capacity))
        self._walked = np.zeros(capacity, np.bool_)
        self._person = np.zeros(capacity, np.bool_)
        self._rows, self._heights = np.zeros(SAMPLES), np.zeros(SAMPLES)
        self._known, self._learns_at = 0, SAMPLES_MIN
        self._judged_s = -np.inf
        self._law: tuple[float, float] | None = None

    def find_people(self, tracks: Tracks, now_s: float) -> NDArray[np.bool_]:
        """Return which tracks of the frame at `now_s` may be people, (N,) bool in their order."""
        tracks.carry(self._first, self._walked, self._person)
        if tracks.started:
            new = slice(tracks.old, len(tracks))
            self._first[:, new] = tracks.feet[new].T
            self._walked[new] = False
            self._person[new] = True
        if now_s - self._judged_s >= JUDGE_EACH_S:
            self._judged_s = now_s
            self._judge(tracks)
        return self._person[: len(tracks)]

    def _judge(self, tracks: Tracks) -> None:
        """Learn from the tracks that have walked, and judge those that have not."""
        walked = self._walked[: len(tracks)]
        asked = (~walked).nonzero()[0]
        if len(asked):
            feet, (widths, heights) = tracks.feet[asked], tracks.sizes[asked].T
            away = feet - self._first[:, asked].T
            walked[asked] = tracks.seen[asked] & (
                (away * away).sum(axis=1) > (WALKED_HEIGHTS * heights) ** 2
            )
            alike = widths <= WIDTH_HEIGHTS_MAX * heights
            if self._law is not None:
                growth, offset = self._law
                expected = growth * feet[:, 1] + offset
                alike &= (heights < TOLERANCE * expected) & (TOLERANCE * heights > expected)
            self._person[asked] = walked[asked] | alike
        sure = (walked & tracks.confirmed & tracks.seen).nonzero()[0]
        if len(sure):
            self._learn(tracks.feet[sure, 1], tracks.sizes[sure, 1])

    def _learn(self, rows: Numbers, heights: Numbers) -> None:
        """Remember walkers, in place of the oldest, and find the law that most of them keep."""
        part = slice(None, None, 1 + len(rows) // SAMPLES_EACH)
        rows, heights = rows[part], heights[part]
        places = (self._known + np.arange(len(rows))) % SAMPLES
        self._rows[places], self._heights[places] = rows, heights
        self._known += len(rows)
        if self._known >= self._learns_at:
            self._learns_at = self._known + min(self._known, SAMPLES) // 2
            # Repeated until they fill the row: arrays of one size leave nothing behind in numpy's
            # store of small blocks.
            count = min(self._known, SAMPLES)
            self._law = height_law(
                np.resize(self._rows[:count], SAMPLES), np.resize(self._heights[:count], SAMPLES)
            )


def height_law(rows: Numbers, heights: Numbers) -> tuple[float, float]:
    """Return growth and offset: with feet in row y a person is growth * y + offset tall, pixels.

    Least squares; those off by more than half are then left out, and it is done again. People do
    not shrink towards the camera: where they seem to, or all stand in one row, the law is their
    median height.
    """
    kept = np.ones(len(rows), np.bool_)
    growth, offset = 0.0, _middle(heights)
    for _ in range(3):
        away = rows[kept] - rows[kept].mean()
        spread = float(away @ away)
        growth = max(0.0, float(away @ heights[kept]) / spread) if spread > 0.0 else 0.0
        middle = _middle(heights[kept]) if growth == 0.0 else float(heights[kept].mean())
        offset = middle - growth * float(rows[kept].mean())
        kept = np.abs(heights - (growth * rows + offset)) <= 0.5 * heights
        if kept.sum() < len(rows) / 2:
            return 0.0, _middle(heights)
    return growth, offset


def _middle(numbers: Numbers) -> float:
    """Return the median, the upper of two; numpy's own would load a module for masked arrays."""
    return float(np.sort(numbers)[len(numbers) // 2])
