# SPDX-License-Identifier: Apache-2.0
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge_agent.config.geometry import (
    Polygon,
    area,
    area_mistake,
    clipped,
    contains,
    cross,
    edges,
    filled_area,
    overlap,
)
from edge_agent.counting.geometry import inside

SQUARE: Polygon = ((0, 0), (10, 0), (10, 10), (0, 10))
whole = st.integers(-20, 20)
corners = st.lists(st.tuples(whole, whole), min_size=3, max_size=8, unique=True).map(tuple)
Box = tuple[int, int, int, int]
boxes = st.tuples(whole, whole, whole, whole).map(
    lambda four: (
        min(four[0], four[2]),
        min(four[1], four[3]),
        max(four[0], four[2]) + 1,
        max(four[1], four[3]) + 1,
    )
)


def rectangle(box: Box) -> Polygon:
    left, top, right, bottom = box
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def test_edges_close_the_polygon() -> None:
    around = edges(SQUARE)
    assert len(around) == 4
    assert all(one[1] == other[0] for one, other in pairwise([*around, around[0]]))


@given(polygon=corners, right=whole, down=whole)
def test_area_turns_with_the_order_and_stays_under_a_shift(
    polygon: Polygon, right: int, down: int
) -> None:
    assert area(polygon[::-1]) == -area(polygon)
    assert area(tuple((x + right, y + down) for x, y in polygon)) == area(polygon)


@given(box=boxes)
def test_the_area_of_a_rectangle_is_width_times_height(box: Box) -> None:
    assert area(rectangle(box)) == (box[2] - box[0]) * (box[3] - box[1])


@pytest.mark.parametrize(
    ("one", "two", "crossing"),
    [
        (((0, 0), (10, 10)), ((0, 10), (10, 0)), True),  # an X
        (((0, 0), (10, 0)), ((5, 0), (5, 9)), False),  # a T: they touch
        (((0, 0), (10, 0)), ((10, 0), (10, 9)), False),  # an L: they share an end
        (((0, 0), (10, 0)), ((2, 0), (8, 0)), False),  # one on the other
        (((0, 0), (10, 0)), ((0, 5), (10, 5)), False),  # side by side
        (((0, 0), (10, 0)), ((12, -5), (12, 5)), False),  # one would have to be longer
    ],
)
def test_segments_cross_only_inside_both(one: Polygon, two: Polygon, crossing: bool) -> None:  # noqa: FBT001 - a column of the table
    assert cross(*one, *two) is crossing
    assert cross(*two, *one) is crossing
    assert cross(*one[::-1], *two) is crossing


@given(polygon=corners, point=st.tuples(whole, whole))
def test_contains_agrees_with_the_counting_room(polygon: Polygon, point: tuple[int, int]) -> None:
    place = (point[0] + 0.31, point[1] + 0.47)
    assert contains(polygon, place) == bool(
        inside(np.array([place]), np.array(polygon, np.float64))[0]
    )


@given(one=boxes, two=boxes)
def test_rectangles_overlap_where_they_share_area(one: Box, two: Box) -> None:
    shared = min(one[2], two[2]) > max(one[0], two[0]) and min(one[3], two[3]) > max(one[1], two[1])
    assert overlap(rectangle(one), rectangle(two)) == shared


@given(one=corners, two=corners)
def test_overlap_is_mutual_and_every_area_overlaps_itself(one: Polygon, two: Polygon) -> None:
    assume(abs(area(one)) >= 1)
    assert overlap(one, two) == overlap(two, one)
    if not any(cross(*a, *b) for a in edges(one) for b in edges(one)):
        assert overlap(one, one)


@pytest.mark.parametrize(
    ("other", "overlapping"),
    [
        (((10, 0), (20, 0), (20, 10), (10, 10)), False),  # a shared edge
        (((10, 2), (20, 2), (20, 8), (10, 8)), False),  # part of an edge
        (((10, 10), (20, 10), (20, 20), (10, 20)), False),  # a shared corner
        (((30, 0), (40, 0), (40, 10)), False),  # apart
        (((2, 2), (8, 2), (8, 8), (2, 8)), True),  # nested
        (((-5, -5), (15, -5), (15, 15), (-5, 15)), True),  # nested the other way
        (((0, 0), (5, 0), (5, 10), (0, 10)), True),  # nested, along three edges
        (SQUARE, True),  # the same
        (SQUARE[::-1], True),  # the same, the other way round
        (((-5, 3), (15, 3), (15, 7), (-5, 7)), True),  # across, no corner of either in the other
        (((5, -5), (15, 5), (5, 15), (-5, 5)), True),  # a diamond whose edges meet the corners
        (((9.9, 9.9), (20, 10), (10, 20)), True),  # a tenth of a pixel
    ],
)
def test_what_counts_as_overlap(other: Polygon, overlapping: bool) -> None:  # noqa: FBT001 - a column of the table
    assert overlap(SQUARE, other) is overlapping
    assert overlap(other, SQUARE) is overlapping


@pytest.mark.parametrize(
    ("polygon", "said"),
    [
        (((0, 0), (10, 0), (10, 10), (0, 10)), ""),  # round once
        (((0, 10), (10, 10), (10, 0), (0, 0)), ""),  # the other way
        (
            ((0, 0), (10, 0), (10, 10), (0, 10), (0, 0)),
            "",
        ),  # the first corner given again, as some programs write
        (((0, 0), (10, 0), (10, 10), (5, 2), (0, 10)), ""),  # with a bay
        (
            (
                (0, 0),
                (90, 0),
                (90, 90),
                (0, 90),
                (0, 0),
                (20, 20),
                (20, 60),
                (60, 60),
                (60, 20),
                (20, 20),
            ),
            "",
        ),  # a ring with a slit
        (((0, 0), (5, 5), (9, 9)), "encloses nothing"),  # a line
        (((3, 3), (3, 3), (3, 3)), "encloses nothing"),  # a point
        (((0, 0), (0.5, 0), (0.5, 0.5)), "encloses nothing"),  # less than a pixel
        (
            ((0, 0), (10, 0), (10, 10), (0, 10)) * 2,
            "encloses nothing",
        ),  # round twice: by the even-odd rule nothing is inside
        (((0, 0), (50, 30), (50, 0), (0, 30)), "crosses itself"),  # a bow tie
        (
            ((0, 0), (20, 20), (40, 40), (40, 0), (20, 20), (0, 40)),
            "crosses itself",
        ),  # one that crosses in a corner
        (
            ((0, 0), (9, 0), (9, 9), (3, -3), (0, 9)),
            "crosses itself",
        ),  # a corner dragged over a side
        (((5, 0), (8, 9), (0, 3), (10, 3), (2, 9)), "crosses itself"),  # a star
    ],
)
def test_an_area_is_what_goes_round_once(polygon: Polygon, said: str) -> None:
    assert said in area_mistake(polygon)
    assert bool(said) == bool(area_mistake(polygon))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=9))
def test_the_filled_area_is_that_of_the_points_inside(corners: list[tuple[int, int]]) -> None:
    polygon = tuple((float(x), float(y)) for x, y in corners)
    steps = [index / 2 + 0.113 for index in range(82)]
    counted = sum(contains(polygon, (x, y + 0.0071)) for x in steps for y in steps) / 4
    assert (
        abs(filled_area(polygon) - counted)
        <= 0.5 * sum(math.dist(one, two) for one, two in edges(polygon)) + 0.1
    )


def test_what_is_clipped_lies_within() -> None:
    assert clipped(((-5, -5), (5, -5), (5, 5), (-5, 5)), width=4, height=3) == (
        (4.0, 0.0),
        (4.0, 3.0),
        (0.0, 3.0),
        (0.0, 0.0),
    )
    assert clipped(((10, 10), (20, 20), (10, 20)), width=4, height=3) == ()
    assert set(clipped(((-1, 1), (9, 1)), width=4, height=3)) == {(0.0, 1.0), (4.0, 1.0)}
