# SPDX-License-Identifier: Apache-2.0
import math
import random
from itertools import pairwise

import pytest

from edge_agent.config.privacy_loss import (
    JUDGEMENT_EPSILON,
    RETURNS_A_STAY,
    Counted,
    Spent,
    bound,
    epsilon_of,
    passage,
    right_share,
    stay,
)
from edge_agent.counting.familiarity import judge


@pytest.mark.parametrize(
    ("counted", "passage_s", "numbers"),
    [
        (Counted(2, 1, 60), 60, 2 + 2 * 1 * 2),  # a minute touches two windows of a minute
        (Counted(2, 1, 10), 60, 2 + 2 * 1 * 7),
        (Counted(3, 0, 60), 60, 3),  # each line is crossed once, in whichever window
        (Counted(0, 2, 60), 61, 2 * 2 * 3),
        (Counted(0, 1, 900), 60, 2 * 2),  # a long window may still end in the middle of it
    ],
)
def test_how_many_numbers_someone_touches_who_passes(
    counted: Counted, passage_s: int, numbers: int
) -> None:
    assert (passage(counted, passage_s).numbers, passage(counted, passage_s).classes) == (
        numbers,
        0,
    )


def test_a_stay_of_eight_hours_is_in_two_numbers_of_every_window() -> None:
    assert stay(Counted(2, 3, 60)) == Spent(2 * 480, 0, RETURNS_A_STAY)
    assert stay(Counted(2, 0, 60)).numbers == 0


def test_classes_are_spent_in_every_window_that_a_passage_touches() -> None:
    counted = Counted(1, 2, 60, class_epsilon=0.5)
    spent = passage(counted, 60)
    assert spent == Spent(
        1 + 2 * 2 * 2, (2 * 2 + 1) * 2
    )  # speed and standing of two zones, and the difficulty, twice
    assert spent.loss_permille(1.0, 0.5) == 9_000 + 5_000 + 200
    assert stay(counted).classes == 3 * 480


def test_a_passage_spends_once_on_the_judgement_of_the_detector_and_a_stay_every_hour() -> None:
    assert JUDGEMENT_EPSILON == judge.EPSILON
    counted = Counted(2, 1, 60)
    assert passage(counted, 60).loss_permille(1.0, 0.0) == 6_000 + 1000 * JUDGEMENT_EPSILON
    assert stay(counted).loss_permille(0.0, 0.0) == 9 * 1000 * JUDGEMENT_EPSILON


def test_a_budget_is_shared_out_over_the_numbers_and_never_overdrawn() -> None:
    for budget in (0.3, 1.0, 2.0, 7.77):
        for counted in (Counted(2, 1, 60), Counted(16, 16, 2), Counted(1, 1, 60, 0.05)):
            epsilon = epsilon_of(budget, counted, 60)
            spent = passage(counted, 60)
            assert (
                spent.loss_permille(epsilon, counted.class_epsilon) <= round(1000 * budget)
                or epsilon <= 0
            )
            assert (
                spent.loss_permille(epsilon + 0.001, counted.class_epsilon) > 1000 * budget - 1e-6
            )


def test_the_best_attackers_share_is_what_an_attacker_gets() -> None:
    drawn, epsilon = random.Random(5), 0.7
    for numbers in (1, 2, 5, 16):
        right = 0
        for _ in range(20_000):
            here = drawn.random() < 0.5
            votes = sum(1 if _geometric(drawn, epsilon) + here >= 1 else -1 for _ in range(numbers))
            said = votes > 0 if votes else drawn.random() < 0.5
            right += said == here
        assert right / 20_000 == pytest.approx(
            right_share(numbers, epsilon), abs=4 * 0.5 / math.sqrt(20_000)
        )


def test_no_attacker_by_the_numbers_beats_what_the_sum_allows() -> None:
    for epsilon in (0.05, 0.3, 1.0, 10.0):
        shares = [right_share(numbers, epsilon) for numbers in (1, 2, 3, 16, 960, 28_800)]
        assert all(after >= before - 1e-12 for before, after in pairwise(shares))
        for numbers, share in zip((1, 2, 3, 16), shares, strict=False):
            assert 0.5 < share <= bound(Spent(numbers, 0).loss_permille(epsilon, 0.0)) + 1e-12
    assert right_share(1, 1.0) == pytest.approx(
        0.731, abs=0.001
    )  # after one window of a zone, or one crossing
    assert right_share(16, 1.0) == pytest.approx(0.973, abs=0.001)  # after eight windows


def _geometric(drawn: random.Random, epsilon: float) -> int:
    """Draw two-sided geometric noise the textbook way: the difference of two geometric numbers."""
    return int(math.log(1 - drawn.random()) / -epsilon) - int(
        math.log(1 - drawn.random()) / -epsilon
    )
