# SPDX-License-Identifier: Apache-2.0
"""Blank what must not be looked at, such as doors, windows and terraces, before the model sees the frame."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.frame import Frame

GREY = (114, 114, 114)
"""The tone of an empty margin: no model takes it for anything."""
Polygon = Sequence[tuple[float, float]]
Corners = NDArray[np.int32]


class Mask:
    """Areas of the frame, pixels, that are painted over in the frame itself: nothing behind them is ever processed."""

    def __init__(self, polygons: Sequence[Polygon]) -> None:
        self._polygons: list[Corners] = [np.round(np.array(polygon)).astype(np.int32) for polygon in polygons]

    def apply(self, frame: Frame) -> None:
        """Paint over the areas, in place; an area partly outside the frame is clipped to it."""
        for polygon in self._polygons:
            cv2.fillPoly(frame.image, [polygon], GREY)
