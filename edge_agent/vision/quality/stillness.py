# SPDX-License-Identifier: Apache-2.0
"""Say which parts of the picture stand still, so that the scene is told from the people in it.

People near the camera fill most of a picture, and pass: where they are, something moves. A part is
believed to show the scene once nothing has moved in it for a second. The small grey picture of the
measurement before is kept for it, and the next one overwrites it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.quality.statistics import GRID_COLUMNS, GRID_ROWS, Luma

STILL_AFTER_S = 1.0
MOVED_LEVELS, MOVED_TIMES_MEDIAN = 6.0, 4.0
"""A pixel has changed where it differs by more than both: levels, and medians of all differences,
which is noise."""
CHANGED_SHARE = 0.06
"""Something moves in a cell where so many of its pixels have changed."""
STILL_S_MAX = 3600.0
QUIET_OVER_S, QUIET_BELOW = 300.0, 0.004
"""A cell is quiet where in the last minutes something moved for less than this share of the time:
once past is too much, and a drop that falls on the glass is not."""

Cells = NDArray[np.bool_]


class Stillness:
    """For how long nothing has moved in each cell of the grid."""

    def __init__(self) -> None:
        self._before: Luma | None = None
        self._still_s = np.full((GRID_ROWS, GRID_COLUMNS), STILL_AFTER_S, np.float32)
        self._moved = np.zeros((GRID_ROWS, GRID_COLUMNS), np.float32)

    @property
    def quiet(self) -> Cells:
        """The cells in which next to nothing has moved for minutes: nobody comes there."""
        return self._moved < QUIET_BELOW

    def observe(self, small: Luma, seconds: float) -> Cells:
        """Return the cells that stand still, (12, 16) bool, after one more small grey picture."""
        before, self._before = self._before, small
        if before is None or before.shape != small.shape:
            return self._still_s >= STILL_AFTER_S
        difference = np.asarray(cv2.absdiff(small, before), np.uint8)
        level = max(MOVED_LEVELS, MOVED_TIMES_MEDIAN * float(np.median(difference)))
        changed = (difference > level).astype(np.float32)
        size = (GRID_COLUMNS, GRID_ROWS)
        moving = cv2.resize(changed, size, interpolation=cv2.INTER_AREA) > CHANGED_SHARE
        # The inside of a plain coat does not change while it moves.
        closed = cv2.morphologyEx(moving.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3)))
        moving = np.asarray(closed, np.bool_)
        share = np.float32(min(1.0, seconds / QUIET_OVER_S))
        self._moved += share * (moving.astype(np.float32) - self._moved)
        self._still_s = np.where(
            moving, np.float32(0), np.minimum(self._still_s + np.float32(seconds), STILL_S_MAX)
        )
        return self._still_s >= STILL_AFTER_S
