# SPDX-License-Identifier: Apache-2.0
import functools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.disclosure.interval.error_table import ERRORS_PERCENT, KNOTS
from edge_agent.disclosure.interval.interval import (
    Calibration,
    Quantity,
    interval,
    missing,
    nearest_ends,
    noise_law,
)
from edge_agent.disclosure.noise import Bits
from edge_agent.disclosure.rules import release
from wire_contract.messages.report import Rule, RuleName

LAPLACE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))
EXACT = Rule(RuleName.EXACT, ())
ROUNDING = Rule(RuleName.RANDOM_ROUNDING, (3,))
BUCKETS = Rule(RuleName.BUCKETS, (0, 5, 10, 20))
RULES = [
    LAPLACE,
    Rule(RuleName.DISCRETE_LAPLACE, (50,)),
    EXACT,
    ROUNDING,
    BUCKETS,
    Rule(RuleName.SUPPRESS_BELOW, (10,)),
]
KEY = b"k" * 32
NO_ERROR = {str(quantity): [[[0] * 20] * len(KNOTS)] * 4 for quantity in Quantity}


def width(
    released: int, rule: Rule = LAPLACE, difficulty: int = 0, calibration: Calibration | None = None
) -> int:
    low, high = interval(
        released, Quantity.LINE, rule, difficulty=difficulty, calibration=calibration
    )
    assert low is not None
    assert high is not None
    return high - low


def test_the_table_has_every_quantity_class_and_count_in_rising_order() -> None:
    assert set(ERRORS_PERCENT) == set(Quantity)
    for classes in ERRORS_PERCENT.values():
        assert [len(rows) for rows in classes] == [len(KNOTS)] * 4
        assert all(list(row) == sorted(row) and len(row) == 20 for rows in classes for row in rows)
        assert all(
            min(rows[0]) >= 0 for rows in classes
        )  # of nothing counted, nothing can be too much


@pytest.mark.parametrize("rule", [LAPLACE, ROUNDING, Rule(RuleName.DISCRETE_LAPLACE, (300,))])
def test_the_law_of_the_noise_is_the_one_that_the_rule_draws_from(rule: Rule) -> None:
    exact, draws = 7, 20_000
    seen = [
        (release(exact + turn % 3, rule, Bits(KEY, f"law {turn}")) or 0) - exact - turn % 3
        for turn in range(draws)
    ]
    law = noise_law(rule, exact)
    assert sum(law.values()) == pytest.approx(1.0, abs=1e-5)
    for noise, chance in law.items():
        assert seen.count(noise) / draws == pytest.approx(chance, abs=5 * math.sqrt(0.25 / draws))


@pytest.mark.parametrize(
    ("rule", "exact"), [(LAPLACE, 0), (LAPLACE, 40), (Rule(RuleName.DISCRETE_LAPLACE, (200,)), 9)]
)
def test_where_counting_makes_no_error_the_interval_holds_the_exact_count_in_eighty_of_a_hundred(
    rule: Rule, exact: int
) -> None:
    held, draws = 0, 4000
    # The interval is made of the released number alone, so each number needs one.
    of_number = functools.cache(
        lambda released: interval(released, Quantity.LINE, rule, table=NO_ERROR)
    )
    for turn in range(draws):
        low, high = of_number(release(exact, rule, Bits(KEY, f"held {turn}")))
        assert low is not None
        assert high is not None
        held += low <= exact <= high
    assert 0.77 <= held / draws <= 0.83


@given(
    released=st.integers(-40, 2000),
    quantity=st.sampled_from(Quantity),
    rule=st.sampled_from(RULES),
    difficulty=st.integers(0, 3),
    at_least=st.booleans(),
)
def test_any_number_has_whole_ends_in_order(
    released: int,
    quantity: Quantity,
    rule: Rule,
    difficulty: int,
    at_least: bool,  # noqa: FBT001 - drawn
) -> None:
    if rule is BUCKETS:
        released = max(edge for edge in rule.parameters if edge <= max(released, 0))
    low, high = interval(released, quantity, rule, difficulty=difficulty, at_least=at_least)
    assert isinstance(low, int)
    assert (high is None) == (at_least or (rule is BUCKETS and released == 20))
    assert high is None or low <= high
    assert high is not None or low <= released


def test_a_number_that_was_withheld_has_no_interval() -> None:
    assert interval(None, Quantity.LINE, LAPLACE) == (None, None)


def test_more_people_more_noise_and_harder_windows_are_less_sure() -> None:
    assert width(10) < width(100) < width(1000)
    assert width(2, EXACT) < width(2, LAPLACE)
    assert (
        width(10, EXACT) <= width(10, LAPLACE) < width(10, Rule(RuleName.DISCRETE_LAPLACE, (200,)))
    )
    easy, hard = (
        sum(width(released, EXACT, difficulty) for released in range(1, 20))
        for difficulty in (1, 3)
    )
    assert easy < hard


def test_a_calibrated_line_is_surer_and_shifted_by_its_bias() -> None:
    assert width(200, EXACT, calibration=Calibration(0, 10)) < width(200, EXACT)
    low, high = interval(200, Quantity.LINE, EXACT, calibration=Calibration(300, 10))
    assert low is not None
    assert high is not None
    assert low <= 260 <= high
    assert not low <= 200 <= high


def test_of_two_ends_those_nearest_to_eighty_are_taken() -> None:
    assert nearest_ends({-1: 0.09, 0: 0.82, 1: 0.09}) == (0, 0)
    assert nearest_ends({-1: 0.2, 0: 0.6, 1: 0.2}) in {(-1, 0), (0, 1)}
    assert nearest_ends({0: 1.0}) == (0, 0)


def test_the_law_of_what_is_missing_is_a_law() -> None:
    law = missing((-1.5, 0.0, 0.0, 2.25), noise_law(LAPLACE, 5))
    assert sum(law.values()) == pytest.approx(1.0, abs=1e-5)
    assert sum(chance * value for value, chance in law.items()) == pytest.approx(0.75 / 4, abs=1e-4)
