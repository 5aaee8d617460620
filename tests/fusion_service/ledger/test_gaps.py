# SPDX-License-Identifier: Apache-2.0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.ledger.gaps import GAPS_MAX, Gap, noted


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ([1, 2, 3], []),  # in order
        ([3], [Gap(1, 2, 2, 7)]),  # the first two are missing
        ([2, 4], [Gap(1, 1, 1, 7), Gap(3, 3, 1, 7)]),
        ([5, 3], [Gap(1, 2, 2, 7), Gap(4, 4, 1, 7)]),  # the middle comes: two are left
        ([5, 1, 4], [Gap(2, 3, 2, 7)]),  # filled from both ends
        ([3, 2, 1], []),  # backwards, and all is there
    ],
)
def test_what_came_leaves_just_these_gaps(came: list[int], expected: list[Gap]) -> None:
    assert noted([], 0, came, 7) == expected


def test_a_gap_keeps_its_age_however_it_falls_apart() -> None:
    first = noted([], 0, [10], 100)
    assert noted(first, 10, [5, 12], 200) == [
        Gap(1, 4, 4, 100),
        Gap(6, 9, 4, 100),
        Gap(11, 11, 1, 200),
    ]


@given(st.permutations(range(1, 25)), st.integers(0, 24))
def test_the_gaps_are_what_is_missing_whatever_the_order(order: list[int], split: int) -> None:
    came = order[:split]
    gaps = noted([], 0, came, 1)
    missing = {sequence for gap in gaps for sequence in range(gap.first, gap.last + 1)}
    assert missing == set(range(1, max(came, default=0))) - set(came)
    assert noted(gaps, max(came, default=0), order[split:], 2) == []


def test_at_the_bound_the_last_two_become_one_and_the_count_stays_right() -> None:
    came = list(range(2, 2 * (GAPS_MAX + 10) + 1, 2))
    gaps = noted([], 0, came, 1)
    assert len(gaps) == GAPS_MAX
    assert sum(gap.missing for gap in gaps) == len(came)
    assert not gaps[-1].whole
    assert noted(gaps, came[-1], [sequence - 1 for sequence in came], 2) == []
