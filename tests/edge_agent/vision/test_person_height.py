# SPDX-License-Identifier: Apache-2.0
"""How tall a person is where, against a camera whose geometry is known."""

import numpy as np
import pytest

from edge_agent.counting.geometry import ground_plane
from edge_agent.vision.person_height import PERSON_M, of_ground, of_two_people

FOCAL_PX, CAMERA_M, HORIZON_ROW, CENTRE_PX = 800.0, 5.0, 150.0, 384.0


def foot(east_m: float, north_m: float) -> tuple[float, float]:
    """Where a level camera 5 m up sees a point of the ground."""
    return CENTRE_PX + FOCAL_PX * east_m / north_m, HORIZON_ROW + FOCAL_PX * CAMERA_M / north_m


def true_height(north_m: float) -> float:
    return FOCAL_PX * PERSON_M / north_m


def test_two_people_tell_the_height_of_every_other() -> None:
    one, other = ((foot(0, north_m)[1], true_height(north_m)) for north_m in (10.0, 30.0))
    heights = of_two_people(one, other)
    for north_m in (8.0, 15.0, 50.0, 100.0):
        assert heights(*foot(3.0, north_m)) == pytest.approx(true_height(north_m), rel=1e-6)


def test_the_ground_plane_tells_the_same() -> None:
    metres = [(-4.0, 10.0), (4.0, 10.0), (5.0, 40.0), (-5.0, 40.0)]
    heights = of_ground(
        ground_plane(np.array([foot(*point) for point in metres]), np.array(metres))
    )
    for east_m, north_m in ((0.0, 8.0), (-3.0, 20.0), (2.0, 60.0)):
        assert heights(*foot(east_m, north_m)) == pytest.approx(true_height(north_m), rel=0.01)


def test_nobody_stands_beyond_the_horizon() -> None:
    metres = [(-4.0, 10.0), (4.0, 10.0), (5.0, 40.0), (-5.0, 40.0)]
    heights = of_ground(
        ground_plane(np.array([foot(*point) for point in metres]), np.array(metres))
    )
    assert heights(CENTRE_PX, HORIZON_ROW - 20) == 0.0
    assert of_two_people((200.0, 40.0), (300.0, 120.0))(0.0, 100.0) == 0.0
