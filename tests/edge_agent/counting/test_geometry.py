# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_agent.counting.geometry import along, ground_plane, inside, signed_distances
from edge_agent.errors import ShapeError

places = st.floats(-2000.0, 2000.0, width=32)
points = st.tuples(places, places)
whole = st.tuples(st.integers(-20, 20), st.integers(-20, 20))
AREA_MIN = 1e-3


def array(*rows: tuple[float, float]) -> NDArray[np.float64]:
    return np.array(rows, np.float64)


@pytest.mark.parametrize(
    ("a", "b", "point", "distance"),
    [
        (
            (0, 0),
            (10, 0),
            (5, 3),
            3,
        ),  # looking to the right of the picture: the right-hand side is below
        ((0, 0), (10, 0), (5, -3), -3),  # and the left-hand side is above
        (
            (0, 0),
            (0, 10),
            (-4, 5),
            4,
        ),  # looking down the picture: the right-hand side is the picture's left
        ((0, 10), (0, 0), (4, 5), 4),  # looking up the picture: left and right are the picture's
        (
            (10, 0),
            (0, 0),
            (5, -2),
            2,
        ),  # looking to the left of the picture: the right-hand side is above
        ((0, 0), (10, 0), (5, 0), 0),  # on the line
        ((0, 0), (10, 0), (900, 3), 3),  # the line is taken as endless
        ((0, 0), (3, 4), (4, -3), -5),  # pixels, whatever the line's length
    ],
)
def test_the_right_hand_side_of_who_looks_from_a_to_b_is_positive(
    a: tuple[float, float], b: tuple[float, float], point: tuple[float, float], distance: float
) -> None:
    assert signed_distances(array(point), array(a), array(b)) == pytest.approx(
        np.array([[distance]])
    )


@given(a=points, b=points, point=points)
def test_turning_a_line_round_turns_the_sign(
    a: tuple[float, float], b: tuple[float, float], point: tuple[float, float]
) -> None:
    assume(np.hypot(a[0] - b[0], a[1] - b[1]) > 1.0)
    there = signed_distances(array(point), array(a), array(b))
    back = signed_distances(array(point), array(b), array(a))
    assert there == pytest.approx(-back, abs=1e-6)


def test_distances_have_a_row_for_each_point_and_a_column_for_each_line() -> None:
    distances = signed_distances(
        array((0, 1), (0, 2), (0, 3)), array((0, 0), (0, 10)), array((1, 0), (1, 10))
    )
    assert distances == pytest.approx(np.array([[1, -9], [2, -8], [3, -7]]))


@given(a=points, b=points, share=st.floats(-2.0, 3.0), aside=st.floats(-50.0, 50.0))
def test_along_is_the_share_of_the_way_from_start_to_end(
    a: tuple[float, float], b: tuple[float, float], share: float, aside: float
) -> None:
    start, end = np.array(a), np.array(b)
    length = float(np.hypot(*(end - start)))
    assume(length > 1.0)
    normal = np.array([start[1] - end[1], end[0] - start[0]]) / length
    point = start + share * (end - start) + aside * normal
    assert along(point[None], start[None], end[None]) == pytest.approx(np.array([share]), abs=1e-6)


def inside_by_a_plain_loop(point: tuple[float, float], corners: list[tuple[float, float]]) -> bool:
    """Walk round the polygon and turn at each edge that a ray to the right meets."""
    x, y = point
    within, before = False, corners[-1]
    for corner in corners:
        if (corner[1] > y) != (before[1] > y):
            meets_at = (before[0] - corner[0]) * (y - corner[1]) / (before[1] - corner[1]) + corner[
                0
            ]
            if x < meets_at:
                within = not within
        before = corner
    return within


@given(
    corners=st.lists(whole, min_size=3, max_size=9, unique=True),
    found=st.lists(st.tuples(st.integers(-25, 25), st.integers(-25, 25)), min_size=1, max_size=20),
)
def test_inside_agrees_with_a_plain_loop_for_any_polygon(
    corners: list[tuple[int, int]], found: list[tuple[int, int]]
) -> None:
    clear = [
        (x + 0.37, y + 0.41) for x, y in found
    ]  # off the whole numbers, where both could round
    assert inside(array(*clear), array(*corners)).tolist() == [
        inside_by_a_plain_loop(point, corners) for point in clear
    ]


@pytest.mark.parametrize(
    ("point", "within"),
    [
        ((5, 5), True),  # in the arm at the left
        ((5, 15), True),  # at the foot
        ((15, 5), False),  # in the notch
        ((-1, 5), False),  # left of it
        ((5, 25), False),  # under it
        ((5, -5), False),  # over it
    ],
)
def test_a_notch_is_outside(point: tuple[float, float], within: bool) -> None:  # noqa: FBT001 - a column of the table
    corners = array((0, 0), (10, 0), (10, 10), (20, 10), (20, 20), (0, 20))
    assert inside(array(point), corners).tolist() == [within]
    assert inside(array(point), corners[::-1]).tolist() == [within]


def test_a_point_on_a_shared_edge_lies_in_exactly_one_of_two_zones() -> None:
    left, right = (
        array((0, 0), (10, 0), (10, 10), (0, 10)),
        array((10, 0), (20, 0), (20, 10), (10, 10)),
    )
    edge = array((10, 1), (10, 5), (10, 9))
    assert (inside(edge, left) ^ inside(edge, right)).all()


def test_no_points_are_nowhere() -> None:
    assert inside(np.empty((0, 2)), array((0, 0), (1, 0), (0, 1))).tolist() == []


def triangle_areas(corners: NDArray[np.float64]) -> list[float]:
    return [
        abs(
            float(
                np.linalg.det(np.column_stack([np.delete(corners, left_out, axis=0), np.ones(3)]))
            )
        )
        / 2
        for left_out in range(4)
    ]


@given(
    pixels=st.lists(points, min_size=4, max_size=4), metres=st.lists(points, min_size=4, max_size=4)
)
def test_the_ground_plane_takes_each_measured_point_to_its_place(
    pixels: list[tuple[float, float]], metres: list[tuple[float, float]]
) -> None:
    corners, ground = array(*pixels), array(*metres) / 50.0
    assume(min(triangle_areas(corners)) > 500.0)
    assume(min(triangle_areas(ground)) > 0.5)
    try:
        plane = ground_plane(corners, ground)
    except ShapeError:
        return  # A folded quadrilateral: the horizon would run between its corners.
    assert plane.metres(corners) == pytest.approx(ground, abs=1e-3)


@given(place=st.tuples(st.floats(-5.0, 5.0), st.floats(0.0, 20.0)))
def test_a_point_comes_back_through_the_opposite_ground_plane(place: tuple[float, float]) -> None:
    pixels, metres = (
        array((100, 500), (540, 500), (400, 200), (240, 200)),
        array((-3, 0), (3, 0), (3, 15), (-3, 15)),
    )
    to_picture, to_ground = ground_plane(metres, pixels), ground_plane(pixels, metres)
    assert to_ground.metres(to_picture.metres(array(place))) == pytest.approx(
        array(place), abs=1e-6
    )


def test_the_middle_of_a_street_seen_in_perspective_is_nearer_its_far_end() -> None:
    plane = ground_plane(
        array((100, 500), (540, 500), (400, 200), (240, 200)),
        array((-3, 0), (3, 0), (3, 15), (-3, 15)),
    )
    x, y = plane.metres(array((320, 350)))[0]
    assert x == pytest.approx(0.0, abs=1e-9)
    assert 0.0 < y < 7.5


SQUARE = array((0, 0), (10, 0), (10, 10), (0, 10))


@pytest.mark.parametrize(
    ("pixels", "metres"),
    [
        (SQUARE[:3], SQUARE[:3]),  # three points
        (np.vstack([SQUARE, SQUARE[:1]]), SQUARE),  # five against four
        (SQUARE, np.column_stack([SQUARE, SQUARE[:, 0]])),  # three coordinates
        (
            array((0, 0), (10, 0), (20, 0), (0, 10)),
            array((0, 0), (10, 0), (20, 0), (0, 10)),
        ),  # three on a line in both
        (array((0, 0), (10, 0), (20, 0), (0, 10)), SQUARE),  # three on a line in the picture
        (SQUARE, array((0, 0), (10, 0), (20, 0), (0, 10))),  # three on a line on the ground
        (array((0, 0), (0, 0), (10, 10), (0, 10)), SQUARE),  # one point twice
    ],
)
def test_points_that_span_no_plane_are_refused(
    pixels: NDArray[np.float64], metres: NDArray[np.float64]
) -> None:
    with pytest.raises(ShapeError, match=r"ground plane: .*four"):
        ground_plane(pixels, metres)
