# SPDX-License-Identifier: Apache-2.0
"""A counter that contradicts the others, and one that repeats itself."""

import random

import pytest

from fusion_service.estimate.counters.conflict import NAMED, Track, median


def heard(level: float, windows: int = 30) -> Track:
    """Return a track that has stood at a level."""
    track = Track()
    for number in range(windows):
        track.hear(level, 2.0, 60 * (number + 1), 60)
    return track


@pytest.mark.parametrize(("level", "named"), [(40.0, False), (33.0, False), (14.0, True)])
def test_only_a_level_that_a_lie_explains_better_adds_up(level: float, *, named: bool) -> None:
    track = heard(level)
    for _ in range(30):
        track.add_evidence(40.0, 0.2, 60)
    assert bool(track.is_named) is named


def test_a_single_window_names_nobody() -> None:
    track = heard(5.0)
    track.add_evidence(400.0, 0.2, 900)
    assert 0.0 < track.low_sum < NAMED
    assert not track.is_named


def test_a_value_that_repeats_where_people_come_and_go_is_stuck() -> None:
    track = heard(40.0)
    for minute in range(60):
        track.end_s = 60 * minute
        track.hear_repeat(41.0, 40.0, 1.4)
    assert track.is_stuck()
    track.hear_repeat(42.0, 40.0, 1.4)
    assert not track.is_stuck()


def test_zero_again_and_again_is_honest_where_nobody_is_expected() -> None:
    track = heard(0.0)
    for _ in range(600):
        track.hear_repeat(0.0, 0.1, 0.0)
    assert not track.is_stuck()


def test_counts_of_a_few_that_repeat_now_and_then_are_honest() -> None:
    rng = random.Random(4)
    track = heard(2.0)
    for _ in range(5000):
        track.hear_repeat(float(rng.choice((1, 2, 2, 3))), 2.0, 0.0)
        assert not track.is_stuck()


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5
    assert median([3.0, 1.0, 2.0]) == 2.0
