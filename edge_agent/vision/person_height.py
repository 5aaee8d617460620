# SPDX-License-Identifier: Apache-2.0
"""How tall a person is in the frame, by the place of the foot point.

It is known from two people who were measured, or from the ground plane.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from edge_agent.counting.geometry import GroundPlane

Heights: TypeAlias = Callable[[float, float], float]
"""Foot x, foot y, pixels of the frame -> height of a person there, pixels; 0 at and beyond the
horizon."""

PERSON_M = 1.7


def of_two_people(one: tuple[float, float], other: tuple[float, float]) -> Heights:
    """Return the heights on flat ground under a level camera: they grow evenly from the horizon.

    Each of the two is (row of the foot, height), pixels; the rows must differ. Source: similar
    triangles.
    """
    (row, height_px), (other_row, other_px) = one, other
    growth = (other_px - height_px) / (other_row - row)

    def at(_x: float, y: float) -> float:
        return max(0.0, height_px + growth * (y - row))

    return at


def of_ground(plane: GroundPlane) -> Heights:
    """Return the heights that a measured ground plane tells.

    A person is taken to be as many pixels tall as 1.7 m are wide across the picture at the feet.
    That holds for a camera that looks along the street; under one that looks steeply down people
    are shorter than this says.
    """

    def at(x: float, y: float) -> float:
        left, right = plane.metres(np.array([[x - 1.0, y], [x + 1.0, y]]))
        pixel_m = float(np.hypot(*(right - left))) / 2.0
        # Beyond the horizon it is no number, which is not above 0.
        return PERSON_M / pixel_m if pixel_m > 0 else 0.0

    return at
