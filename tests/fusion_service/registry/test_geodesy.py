# SPDX-License-Identifier: Apache-2.0
"""Lengths, areas and the Dutch grid, against what others published."""

from math import cos, hypot, radians

import pytest

from fusion_service.registry.geodesy import area_m2, from_rd, is_on_rd, length_m, middle_of, to_rd
from fusion_service.registry.site import Position

# x, y, longitude, latitude of church towers, as Dutch surveyors publish them: the tower of Our Lady
# at Amersfoort, where the grid begins (its ETRS89 is of RDNAPTRANS), the Westertoren of Amsterdam
# and the Martinitoren of Groningen.
PUBLISHED = (
    (155_000.0, 463_000.0, 5.387203657, 52.155172897),
    (155_000.0, 463_000.0, 5.38720621, 52.15517440),
    (120_700.723, 487_525.502, 4.88352559, 52.37453253),
    (233_883.131, 582_065.167, 6.56820053, 53.21938317),
)


def apart_m(one: Position, other: Position) -> float:
    east = (one[0] - other[0]) * cos(radians(one[1])) * 111_320
    return hypot(east, (one[1] - other[1]) * 111_270)


@pytest.mark.parametrize(("x", "y", "longitude", "latitude"), PUBLISHED)
def test_a_published_point_of_the_dutch_grid_is_found_within_a_metre(
    x: float, y: float, longitude: float, latitude: float
) -> None:
    assert apart_m(from_rd(x, y), (longitude, latitude)) < 1.0
    back = to_rd((longitude, latitude))
    assert hypot(back[0] - x, back[1] - y) < 1.0


def test_there_and_back_is_the_same_point() -> None:
    x, y = to_rd(from_rd(79_000.0, 458_500.0))
    assert hypot(x - 79_000.0, y - 458_500.0) < 0.001


def test_lengths_and_areas_are_those_of_the_grid() -> None:
    # The grid's scale is within 1 part in 10,000 of the ground's.
    corners = [
        (79_000.0, 458_000.0),
        (79_100.0, 458_000.0),
        (79_100.0, 458_200.0),
        (79_000.0, 458_200.0),
    ]
    ring = [from_rd(*corner) for corner in corners]
    assert area_m2(ring) == pytest.approx(20_000, rel=3e-4)
    assert area_m2(ring[::-1]) == pytest.approx(area_m2(ring))
    assert length_m(ring) == pytest.approx(400, rel=2e-4)
    assert apart_m(middle_of(ring), from_rd(79_050.0, 458_100.0)) < 0.01


def test_the_middle_of_a_ring_without_area_is_between_its_corners() -> None:
    assert middle_of([(4.0, 52.0), (4.2, 52.0), (4.1, 52.0)]) == pytest.approx((4.1, 52.0))


def test_degrees_are_no_point_of_the_dutch_grid() -> None:
    assert is_on_rd(79_000.0, 458_000.0)
    assert not is_on_rd(4.28, 52.11)
