# SPDX-License-Identifier: Apache-2.0
"""Say whether a frame needs an inference: where nothing has moved, people are where they were.

A small grey picture is compared with its own running mean. Where it differs nowhere, the network
need not run; at the latest after full_look_s seconds it does, so that nobody who stands still is
lost, nor anybody who came too slowly to be noticed.

Beside it, twice a second, a look says where something moved: a place that differs both from the
look before and from the look after. A running mean, or one difference alone, also marks where
somebody was or will be; over one clip that was half of all marked places, and here it is 1 %.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.familiarity.movement import Movement
from edge_agent.vision.quality.statistics import Luma

MEAN_OVER_S = 2.0
STAYS_AWAKE_S = 1.0
"""After a movement frames need an inference for this long."""
LEVELS_MIN = 5.0
"""Mean difference of nine neighbouring pixels of the small picture that is a movement, levels of
255."""
NOISES_MIN = 3.0
"""The same in standard deviations of the picture's own noise, as between two frames of it."""
NOISE_OVER_S = 5.0
_NOISE_OF_MEDIAN = 1.0484
LOOK_EACH_S = 0.4
"""A look comes so long after the one before it at the least: in that time who walks has moved by
their own width."""
LOOKS_APART_S_MAX = 1.5
"""Looks further apart than this say nothing of each other."""
NOISE_OVER_LOOKS = 10.0
PARTS_MAX = 64
"""So many parts are told of, the largest: more is weather."""
PART_FILLED_MIN = 0.3
"""A part fills this share of its box at the least; what does not is no one body."""


class MotionGate:
    """Follow one camera's small pictures, all of one size."""

    def __init__(self, *, full_look_s: float) -> None:
        """Open after full_look_s seconds at the latest, whatever the frame shows."""
        self._full_look_s = full_look_s
        self._mean: NDArray[np.float32] | None = None
        self._noise = 0.0
        self._before_s = 0.0
        self._opened_s = 0.0
        self._awake_until_s = 0.0

    def opens(self, small: Luma, now_s: float) -> bool:
        """Say whether the frame captured at `now_s` needs inference; small is its small_luma()."""
        levels = small.astype(np.float32)
        seconds, self._before_s = now_s - self._before_s, now_s
        if self._mean is None:
            self._mean = levels
            self._opened_s = now_s
            self._awake_until_s = now_s + STAYS_AWAKE_S
            return True
        difference = levels - self._mean
        self._follow(difference, seconds)
        # Nine neighbours: noise falls to a third, a person at 20 pixels' height in the picture
        # still spans them.
        change = float(np.abs(cv2.blur(difference, (3, 3))).max())
        if change > max(LEVELS_MIN, NOISES_MIN * self._noise):
            self._awake_until_s = now_s + STAYS_AWAKE_S
        if now_s > self._awake_until_s and now_s - self._opened_s < self._full_look_s:
            return False
        self._opened_s = now_s
        return True

    def _follow(self, difference: NDArray[np.float32], seconds: float) -> None:
        assert self._mean is not None  # noqa: S101 - the caller has just looked
        apart = np.abs(difference).ravel()
        noise = _NOISE_OF_MEDIAN * float(np.partition(apart, apart.size // 2)[apart.size // 2])
        self._noise += min(1.0, seconds / NOISE_OVER_S) * (noise - self._noise)
        self._mean += np.float32(min(1.0, seconds / MEAN_OVER_S)) * difference


class MovementMeter:
    """Say where something moved; it keeps the small pictures of two looks, 25 kB."""

    def __init__(self) -> None:
        self._looks: list[Luma] = []
        self._looked_s = -np.inf
        self._noise = 0.0

    def is_due(self, now_s: float) -> bool:
        """Say whether the frame captured at `now_s` is to be looked at."""
        return now_s - self._looked_s >= LOOK_EACH_S

    def look(self, small: Luma, now_s: float, *, width_px: int) -> Movement:
        """Return where something moved at the look before this one, which is due.

        small is the small_luma() of a frame of width_px, captured at `now_s`. Before there are
        three looks nothing is known to have moved.
        """
        cell_px = width_px / small.shape[1]
        if now_s - self._looked_s > LOOKS_APART_S_MAX:
            self._looks.clear()
        self._looked_s = now_s
        before, self._looks = self._looks, [*self._looks[-1:], small]
        if len(before) < 2:  # noqa: PLR2004 - the look before, and the one before that
            return Movement(np.zeros(small.shape, np.bool_), cell_px)
        earlier, looked = (each.astype(np.float32) for each in before)
        changes = [small - looked, looked - earlier]
        apart = np.abs(changes[0]).ravel()
        noise = _NOISE_OF_MEDIAN * float(np.partition(apart, apart.size // 2)[apart.size // 2])
        self._noise += (noise - self._noise) / NOISE_OVER_LOOKS
        least = np.minimum(*(np.abs(cv2.blur(each, (3, 3))) for each in changes))
        moved = least > max(LEVELS_MIN, NOISES_MIN * self._noise)
        return Movement(moved, cell_px, parts_of(moved))


def parts_of(moved: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the boxes of the parts of a grid that hang together, (N, 4) xyxy, places."""
    _, _, found, _ = cv2.connectedComponentsWithStats(moved.astype(np.uint8), connectivity=8)
    # The first is everything else.
    left, top, width, height, area = np.asarray(found[1:], np.int32).T
    filled = (area >= PART_FILLED_MIN * width * height).nonzero()[0]
    largest = filled[np.argsort(-area[filled], kind="stable")[:PARTS_MAX]]
    boxes = np.stack([left, top, left + width, top + height], axis=1)
    return np.asarray(boxes[largest], np.float32)
