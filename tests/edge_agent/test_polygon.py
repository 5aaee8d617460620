# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge_agent.counting.geometry import inside
from edge_agent.polygon import Polygon, area, contains, cross, edges, overlap

SQUARE: Polygon = ((0, 0), (10, 0), (10, 10), (0, 10))
whole = st.integers(-20, 20)
corners = st.lists(st.tuples(whole, whole), min_size=3, max_size=8, unique=True).map(tuple)
Box = tuple[int, int, int, int]
boxes = st.tuples(whole, whole, whole, whole).map(
    lambda four: (min(four[0], four[2]), min(four[1], four[3]), max(four[0], four[2]) + 1, max(four[1], four[3]) + 1)
)


def rectangle(box: Box) -> Polygon:
    left, top, right, bottom = box
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def test_edges_close_the_polygon() -> None:
    around = edges(SQUARE)
    assert len(around) == 4
    assert all(one[1] == other[0] for one, other in pairwise([*around, around[0]]))


@given(polygon=corners, right=whole, down=whole)
def test_area_turns_with_the_order_and_stays_under_a_shift(polygon: Polygon, right: int, down: int) -> None:
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
    assert contains(polygon, place) == bool(inside(np.array([place]), np.array(polygon, np.float64))[0])


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
