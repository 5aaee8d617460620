# SPDX-License-Identifier: Apache-2.0
import math
from collections import Counter
from itertools import accumulate, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.disclosure.noise import Bits, discrete_laplace, randomised_response
from edge_agent.disclosure.rules import release, release_class
from wire_contract.messages.report import Rule, RuleName

KEY = b"k" * 32
LAPLACE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))
DRAWS = 20_000
# Upper 0.1 % points of chi-square by degrees of freedom (NIST/SEMATECH e-Handbook, table
# 1.3.6.7.4).
CHI2_999 = {8: 26.12, 12: 32.91, 16: 39.25}


def draws(epsilon_thousandths: int, count: int = DRAWS) -> list[int]:
    return [
        discrete_laplace(Bits(KEY, f"draw {turn}"), epsilon_thousandths=epsilon_thousandths)
        for turn in range(count)
    ]


def chance_of(value: int, epsilon: float) -> float:
    q = math.exp(-epsilon)
    return (1 - q) / (1 + q) * q ** abs(value)


@pytest.mark.parametrize(("epsilon_thousandths", "reach"), [(1000, 4), (500, 6), (333, 8)])
def test_the_noise_follows_the_discrete_laplace_law(epsilon_thousandths: int, reach: int) -> None:
    """Chi-square over -reach..reach and one bin for everything beyond."""
    epsilon = epsilon_thousandths / 1000
    seen = Counter(
        value if abs(value) <= reach else "beyond" for value in draws(epsilon_thousandths)
    )
    expected = {value: DRAWS * chance_of(value, epsilon) for value in range(-reach, reach + 1)}
    beyond = DRAWS - sum(expected.values())
    statistic = sum((seen[value] - wanted) ** 2 / wanted for value, wanted in expected.items())
    statistic += (seen["beyond"] - beyond) ** 2 / beyond
    # 2 reach + 2 bins leave 2 reach + 1 degrees; the tables above are for 2 reach, which is the
    # stricter.
    assert statistic < CHI2_999[2 * reach]


def test_sums_are_unbiased_and_their_spread_is_the_closed_form() -> None:
    values = draws(1000)
    q = math.exp(-1)
    variance = 2 * q / (1 - q) ** 2
    assert abs(sum(values) / DRAWS) < 4 * math.sqrt(variance / DRAWS)
    assert sum(value * value for value in values) / DRAWS == pytest.approx(variance, rel=0.06)


@pytest.mark.parametrize(
    ("minutes", "step", "drawn"),
    [
        (1, 1, 100_000),
        (15, 5, 150_000),
        pytest.param(1440, 20, 1440 * 1600, marks=pytest.mark.campaign),
    ],
    ids=["a minute", "a quarter of an hour", "a day"],
)
def test_what_noise_adds_to_a_sum_is_the_closed_form(minutes: int, step: int, drawn: int) -> None:
    """Windows of a minute, released at epsilon 1 as they are by default.

    Sums overlap, so that fewer draws are needed.
    """
    sums = [0, *accumulate(draws(1000, drawn))]
    variance = 2 * math.exp(-1) / (1 - math.exp(-1)) ** 2
    spans = [sums[begin + minutes] - sums[begin] for begin in range(0, drawn - minutes, step)]
    assert sum(span * span for span in spans) / len(spans) == pytest.approx(
        minutes * variance, rel=0.05
    )


def test_nobody_is_not_told_from_one_person_beyond_e_to_the_epsilon() -> None:
    """Chances of a value under 0 and 1 differ by at most e^epsilon, up to counting error."""
    noise = Counter(draws(1000))
    for value in range(-2, 4):
        under_none, under_one = noise[value], noise[value - 1]
        slack = 4 * math.sqrt(1 / under_none + 1 / under_one)
        assert abs(math.log(under_none / under_one)) <= 1.0 + slack


def test_zero_is_noised_like_any_other_number_and_nothing_is_clamped() -> None:
    released = [release(0, LAPLACE, Bits(KEY, f"zero {turn}")) for turn in range(2000)]
    assert min(value for value in released if value is not None) < 0
    assert 0.40 < released.count(0) / 2000 < 0.53


def test_the_same_number_of_the_same_window_draws_the_same_noise() -> None:
    assert len({release(5, LAPLACE, Bits(KEY, "window 1 in")) for _ in range(20)}) == 1


@pytest.mark.parametrize(
    "other", [(b"j" * 32, "window 1 in"), (KEY, "window 2 in"), (KEY, "window 1 out")]
)
def test_another_key_window_or_number_draws_other_noise(other: tuple[bytes, str]) -> None:
    assert Bits(KEY, "window 1 in").bits(256) != Bits(*other).bits(256)


@given(st.integers(1, 10_000), st.text("abc", max_size=5))
def test_even_draws_stay_below_their_bound(bound: int, context: str) -> None:
    bits = Bits(KEY, context)
    assert all(0 <= bits.below(bound) < bound for _ in range(20))


def test_even_draws_are_even() -> None:
    bits = Bits(KEY, "even")
    seen = Counter(bits.below(9) for _ in range(DRAWS))
    assert sum((seen[value] - DRAWS / 9) ** 2 / (DRAWS / 9) for value in range(9)) < CHI2_999[8]


def test_random_rounding_gives_multiples_and_stays_unbiased() -> None:
    rule = Rule(RuleName.RANDOM_ROUNDING, (3,))
    released = [release(7, rule, Bits(KEY, f"round {turn}")) for turn in range(6000)]
    assert set(released) == {6, 9}
    assert sum(value for value in released if value is not None) / 6000 == pytest.approx(
        7.0, abs=0.08
    )
    assert release(6, rule, Bits(KEY, "whole")) == 6


@pytest.mark.parametrize(("value", "released"), [(0, None), (9, None), (10, 10), (11, 11)])
def test_suppression_withholds_what_is_below_the_least_count(
    value: int, released: int | None
) -> None:
    assert release(value, Rule(RuleName.SUPPRESS_BELOW, (10,)), Bits(KEY, "")) == released


@pytest.mark.parametrize(
    ("value", "released"), [(0, 0), (4, 0), (5, 5), (19, 5), (20, 20), (999, 20)]
)
def test_buckets_give_their_lower_edge(value: int, released: int) -> None:
    assert release(value, Rule(RuleName.BUCKETS, (0, 5, 20)), Bits(KEY, "")) == released


def test_exact_hides_nothing() -> None:
    assert release(7, Rule(RuleName.EXACT, ()), Bits(KEY, "")) == 7


@pytest.mark.parametrize(
    ("name", "epsilon", "released"),
    [
        (RuleName.DISCRETE_LAPLACE, 0, 0),  # No epsilon was given for classes.
        (RuleName.RANDOM_ROUNDING, 1000, 0),  # No differential privacy: none leaves.
        (RuleName.SUPPRESS_BELOW, 1000, 0),
        (RuleName.BUCKETS, 1000, 0),
        (RuleName.EXACT, 0, 3),  # A test site.
    ],
)
def test_a_class_leaves_as_it_is_on_a_test_site_only(
    name: RuleName, epsilon: int, released: int
) -> None:
    said = {
        release_class(
            3, Rule(name, (10,)), Bits(KEY, f"class {turn}"), classes=5, epsilon_thousandths=epsilon
        )
        for turn in range(50)
    }
    assert said == {released}


def responses(
    value: int, classes: int, epsilon_thousandths: int, count: int = DRAWS
) -> Counter[int]:
    draws = (
        Bits(KEY, f"class {value} of {classes} at {epsilon_thousandths}, {turn}")
        for turn in range(count)
    )
    return Counter(
        randomised_response(bits, value, classes=classes, epsilon_thousandths=epsilon_thousandths)
        for bits in draws
    )


# Upper 0.1 % points of chi-square, as above, for k - 1 degrees.
@pytest.mark.parametrize(("classes", "bound"), [(4, 16.27), (5, 18.47)])
@pytest.mark.parametrize("epsilon_thousandths", [50, 693, 1000, 2500])
def test_a_class_follows_the_law_of_randomised_response(
    classes: int, bound: float, epsilon_thousandths: int
) -> None:
    """Chi-square over all classes, for the first and the last as the truth."""
    odds = math.exp(epsilon_thousandths / 1000)
    for value in (0, classes - 1):
        seen = responses(value, classes, epsilon_thousandths)
        expected = {
            one: DRAWS * (odds if one == value else 1.0) / (odds + classes - 1)
            for one in range(classes)
        }
        assert sum((seen[one] - wanted) ** 2 / wanted for one, wanted in expected.items()) < bound


@pytest.mark.parametrize("classes", [4, 5])
def test_no_class_is_told_from_another_beyond_e_to_the_epsilon(classes: int) -> None:
    """Chances of a class under any two truths differ by at most e^epsilon, but for counting."""
    seen = {value: responses(value, classes, 1000) for value in range(classes)}
    for released, one, other in product(range(classes), repeat=3):
        first, second = seen[one][released], seen[other][released]
        assert abs(math.log(first / second)) <= 1.0 + 4 * math.sqrt(1 / first + 1 / second)
