# SPDX-License-Identifier: Apache-2.0
"""Whether a ring crosses itself, and what two have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.registry.rings import Ring, common_area, crossing_edges, flat_area

SQUARE: Ring = [(0, 0), (2, 0), (2, 2), (0, 2)]
COMB: Ring = [(0, 0), (5, 0), (5, 3), (4, 3), (4, 1), (3, 1), (3, 3), (2, 3), (2, 1), (0, 1)]


def moved(ring: Ring, x: float, y: float) -> Ring:
    return [(a + x, b + y) for a, b in ring]


@pytest.mark.parametrize(
    ("ring", "crosses"),
    [
        (SQUARE, False),
        (SQUARE[::-1], False),
        (COMB, False),
        ([(0, 0), (2, 2), (2, 0), (0, 2)], True),  # a bow tie
        ([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)], True),  # a corner on another edge
        ([(0, 0), (4, 0), (2, 0), (2, 4)], True),  # an edge that runs back on itself
        ([(0, 0), (2, 0), (4, 0), (4, 2)], False),  # a corner in the middle of a side
        ([(0, 0), (1, 0), (2, 0)], True),  # a line there and back
    ],
)
def test_a_ring_that_crosses_itself_is_seen(ring: Ring, crosses: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (crossing_edges(ring) is not None) == crosses


@pytest.mark.parametrize(
    ("one", "other", "area"),
    [
        (SQUARE, SQUARE, 4.0),
        (SQUARE, moved(SQUARE, 1, 1), 1.0),
        (SQUARE, moved(SQUARE, 2, 0), 0.0),  # side by side
        (SQUARE, moved(SQUARE, 2, 2), 0.0),  # corner to corner
        (SQUARE, moved(SQUARE, 9, 9), 0.0),
        (SQUARE, [(0.5, 0.5), (1, 0.5), (1, 1), (0.5, 1)], 0.25),  # one inside the other
        (COMB, [(0, 2), (5, 2), (5, 3), (0, 3)], 2.0),  # over two teeth
        (SQUARE, [(1, -1), (3, 1), (1, 3), (-1, 1)], 4.0),  # turned around it, touching
        (SQUARE, [(1, 0), (2, 1), (1, 2), (0, 1)], 2.0),  # turned inside it
    ],
)
def test_what_two_rings_have_in_common_is_measured(one: Ring, other: Ring, area: float) -> None:
    assert common_area(one, other) == pytest.approx(area)
    assert common_area(other[::-1], one) == pytest.approx(area)


@given(*[st.floats(-3, 3, allow_nan=False)] * 2, st.floats(0.1, 3), st.floats(0.1, 3))
def test_two_boxes_have_in_common_what_their_sides_have(
    x: float, y: float, width: float, height: float
) -> None:
    box = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    sides = [max(0.0, min(2.0, at + size) - max(0.0, at)) for at, size in ((x, width), (y, height))]
    assert common_area(SQUARE, box) == pytest.approx(sides[0] * sides[1], abs=1e-9)
    assert flat_area(box) == pytest.approx(width * height)
