# SPDX-License-Identifier: Apache-2.0
"""One law of sums for box and centre: it holds as often as it says, whatever is added up."""

import math

import pytest

from edge_agent.disclosure.interval.interval import noise_law
from wire_contract.intervals import Addend, add_up, noise_square, shared_reach
from wire_contract.messages.report import Rule, RuleName

SQUARE = noise_square("discrete_laplace", 1000)


@pytest.mark.parametrize(
    ("rule", "parameters"),
    [
        (RuleName.DISCRETE_LAPLACE, (200,)),
        (RuleName.DISCRETE_LAPLACE, (3000,)),
        (RuleName.RANDOM_ROUNDING, (5,)),
    ],
)
def test_the_closed_form_is_the_variance_of_the_law(
    rule: RuleName, parameters: tuple[int, ...]
) -> None:
    law = noise_law(Rule(rule, parameters), 0)
    variance = sum(chance * noise**2 for noise, chance in law.items())
    assert noise_square(rule, parameters[0]) == pytest.approx(1.2816**2 * variance, rel=2e-4)


def test_rules_that_add_no_noise_have_none() -> None:
    assert noise_square(RuleName.EXACT, 0) == 0.0
    assert noise_square(RuleName.SUPPRESS_BELOW, 10) == 0.0
    assert noise_square(RuleName.BUCKETS, 0) == 0.0


def test_what_windows_share_adds_in_full_and_noise_as_squares() -> None:
    whole = add_up([Addend(10, 9, 15, weight=1.0, noise_square=SQUARE)] * 4)
    reach = math.hypot(2 * math.sqrt(SQUARE), 4 * math.sqrt(9 - SQUARE))
    assert whole.ends() == (pytest.approx(48 - reach), pytest.approx(48 + reach))


def test_a_lower_bound_reaches_below_its_total_and_not_below_its_middle() -> None:
    whole = add_up(
        [
            Addend(10, 7, 20, weight=1.0, noise_square=0.0),
            Addend(5, 3, None, weight=1.0, noise_square=0.0),
        ]
    )
    assert whole.low_end() == 15 - (3 + 2)


def test_a_number_below_its_own_low_end_reaches_no_way_down() -> None:
    assert add_up([Addend(3, 5, None, weight=1.0, noise_square=0.0)]).low_end() == 3


def test_a_weight_counts_once_in_the_middle_and_squared_in_the_noise() -> None:
    whole = add_up([Addend(8, 6, 10, weight=0.5, noise_square=4.0)])
    assert (whole.total, whole.middle, whole.noise_square) == (4.0, 4.0, 1.0)


def test_an_interval_narrower_than_the_noise_shares_nothing() -> None:
    assert shared_reach(1.0, 4.0) == 0.0
    assert shared_reach(5.0, 9.0) == 4.0
