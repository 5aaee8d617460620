# SPDX-License-Identifier: Apache-2.0
"""Intervals of combined windows hold as often as those of one window, whatever their noise."""

import math
import random

import pytest

from edge_agent.disclosure.interval.combine import Part, averaged, highest, summed
from edge_agent.disclosure.interval.interval import Quantity, interval
from edge_agent.disclosure.noise import Bits, discrete_laplace
from wire_contract.messages.report import Rule, RuleName

LAPLACE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))
EXACT = Rule(RuleName.EXACT, ())
KEY = b"k" * 32
TRIALS = 600


def released(truth: int, name: str, rule: Rule = LAPLACE) -> int:
    return (
        truth
        if rule is EXACT
        else truth + discrete_laplace(Bits(KEY, name), epsilon_thousandths=1000)
    )


def noise_only(value: int, windows: int = 1) -> Part:
    """A released number of a box that counts without error.

    Its interval is that of the noise alone.
    """
    return Part(value, (value - 1, value + 1), windows)


@pytest.mark.parametrize("windows", [2, 15, 60])
def test_the_interval_of_a_sum_holds_the_true_sum_in_eighty_of_a_hundred(windows: int) -> None:
    source, held, width = random.Random(windows), 0, 0
    for trial in range(TRIALS):
        truths = [source.randint(0, 20) for _ in range(windows)]
        whole = summed(
            [noise_only(released(truth, f"{trial} {at}")) for at, truth in enumerate(truths)],
            LAPLACE,
        )
        low, high = whole.ends
        assert low is not None
        assert high is not None
        held += low <= sum(truths) <= high
        width = high - low
    assert 0.75 < held / TRIALS < 0.9
    # Noise adds as squares, not in full: a sum of sixty is not sixty times as unsure as one.
    assert width < 2 * 1.2816 * 1.36 * math.sqrt(windows) + 2


def test_the_interval_of_the_most_holds_though_the_largest_of_many_noises_is_large() -> None:
    held = 0
    for trial in range(TRIALS):
        parts = [noise_only(released(10, f"most {trial} {at}")) for at in range(60)]
        low, high = highest(parts, LAPLACE).ends
        assert low is not None
        assert high is not None
        held += low <= 10 <= high
    assert held / TRIALS >= 0.8


def test_an_average_is_surer_than_one_window_and_not_surer_than_what_windows_share() -> None:
    parts = [Part(10, interval(10, Quantity.MEAN, LAPLACE), 1) for _ in range(60)]
    whole, one, exact = averaged(parts, LAPLACE), parts[0].ends, interval(10, Quantity.MEAN, EXACT)
    assert None not in (*whole.ends, *one, *exact)
    width, single = whole.ends[1] - whole.ends[0], one[1] - one[0]  # type: ignore[operator]
    assert width <= single
    assert width >= exact[1] - exact[0] - 1  # type: ignore[operator]


def test_under_the_exact_rule_a_sum_of_sure_numbers_is_sure() -> None:
    whole = summed([Part(value, (value, value), 1) for value in range(10)], EXACT)
    assert whole == Part(45, (45, 45), 10)


def test_a_weighted_average_counts_each_window_once() -> None:
    assert (
        averaged([Part(10, (10, 10), 15), Part(40, (40, 40), 5)], EXACT).value == 18
    )  # 17.5, half to even


def test_nothing_said_is_nothing_and_not_zero() -> None:
    silent = [Part(None, (None, None), 1)] * 3
    for combine in (summed, averaged, highest):
        assert combine(silent, LAPLACE) == Part(None, (None, None), 3)


def test_a_lower_bound_among_them_leaves_a_lower_bound() -> None:
    parts = [noise_only(10), Part(5, (3, None), 1), Part(None, (None, None), 1)]
    for combine in (summed, averaged, highest):
        whole = combine(parts, LAPLACE)
        assert whole.ends[1] is None
        assert whole.ends[0] is not None
        assert whole.value is not None
        assert whole.ends[0] <= whole.value
