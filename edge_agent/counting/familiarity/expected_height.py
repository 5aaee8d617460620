# SPDX-License-Identifier: Apache-2.0
"""How tall people are at each place of the picture, learned from those who are followed.

A straight line of height over the foot's row, which is exact for a flat ground and a level camera,
by least squares that forget. The prior slope is none, so that a row of people at one depth says
nothing of other depths.
"""

import numpy as np
from numpy.typing import NDArray

PEOPLE_MIN = 20
"""Fewer sightings of people say nothing of a place."""
FORGET = 0.999
"""What a sighting weighs after one look more."""
PRIOR_HEIGHTS = 0.5
"""How far apart feet must lie, mean heights, before the slope is learned more than it is held to
none."""
SHARE_MIN = 0.3
"""Nobody is expected smaller than this share of the mean height: a line does not know where the
ground ends."""


class ExpectedHeight:
    """Learn and tell heights, pixels; the state is five sums."""

    def __init__(self) -> None:
        self._people = 0.0
        self._rows = self._heights = self._rows_squared = self._rows_heights = 0.0

    def observe_people(self, rows: NDArray[np.float64], heights: NDArray[np.float64]) -> None:
        """Observe the foot rows and heights, (N,) pixels, of the people of one look."""
        self._people = FORGET * self._people + len(rows)
        self._rows = FORGET * self._rows + float(rows.sum())
        self._heights = FORGET * self._heights + float(heights.sum())
        self._rows_squared = FORGET * self._rows_squared + float(rows @ rows)
        self._rows_heights = FORGET * self._rows_heights + float(rows @ heights)

    def at(self, rows: NDArray[np.floating]) -> NDArray[np.float64] | None:
        """Return the height expected at each foot row, (N,); None before enough people were."""
        if self._people < PEOPLE_MIN:
            return None
        row, height = self._rows / self._people, self._heights / self._people
        spread = max(self._rows_squared / self._people - row * row, 0.0)
        slope = (self._rows_heights / self._people - row * height) / (
            spread + (PRIOR_HEIGHTS * height) ** 2
        )
        return np.asarray(np.maximum(height + slope * (rows - row), SHARE_MIN * height))
