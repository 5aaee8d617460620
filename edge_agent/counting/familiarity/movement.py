# SPDX-License-Identifier: Apache-2.0
"""Where something moved, as vision hands it on: a coarse grid of yes and no, and its parts."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Movement:
    """The places where something moved at the look before this one.

    moved is (rows, columns) bool from the picture's top left; a place is a square of cell_px pixels
    of the frame. parts are the boxes, (N, 4) xyxy, places, of the parts that hang together.
    """

    moved: NDArray[np.bool_]
    cell_px: float
    parts: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 4), np.float32))

    def shares(self, boxes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return which share of each box, (N, 4) xyxy pixels, moved, (N,) in 0..1.

        The part of a box outside the picture does not count.
        """
        rows, columns = self.moved.shape
        sums = np.zeros((rows + 1, columns + 1), np.int32)
        np.cumsum(self.moved, axis=0, out=sums[1:, 1:])
        np.cumsum(sums, axis=1, out=sums)
        cells = boxes / self.cell_px
        left = np.floor(cells[:, 0]).clip(0, columns - 1).astype(np.intp)
        top = np.floor(cells[:, 1]).clip(0, rows - 1).astype(np.intp)
        right = np.maximum(np.ceil(cells[:, 2]).clip(0, columns).astype(np.intp), left + 1)
        bottom = np.maximum(np.ceil(cells[:, 3]).clip(0, rows).astype(np.intp), top + 1)
        inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return np.asarray(inside / ((right - left) * (bottom - top)))
