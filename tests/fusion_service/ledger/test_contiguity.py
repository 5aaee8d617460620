# SPDX-License-Identifier: Apache-2.0
"""How far a stream is complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.ledger.contiguity import contiguous


@pytest.mark.parametrize(
    ("upto", "above", "reached"),
    [
        (0, [], 0),  # nothing yet
        (0, [1, 2, 3], 3),  # without a gap
        (0, [2, 3], 0),  # the first is missing
        (3, [4, 6], 4),  # up to the gap
        (3, [9], 3),  # far beyond
    ],
)
def test_reading_stops_at_the_first_gap(upto: int, above: list[int], reached: int) -> None:
    assert contiguous(upto, above) == reached


@given(st.sets(st.integers(1, 60)), st.integers(0, 60))
def test_everything_up_to_it_is_there_and_the_next_is_not(disposed: set[int], cut: int) -> None:
    first = contiguous(0, sorted(number for number in disposed if number <= cut))
    reached = contiguous(first, sorted(number for number in disposed if number > first))
    assert set(range(1, reached + 1)) <= disposed
    assert reached + 1 not in disposed
