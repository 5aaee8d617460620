# SPDX-License-Identifier: Apache-2.0
"""Quantiles of a number of people: never below zero, longer above."""

import random

import pytest

from fusion_service.estimate.quantiles import Z80, Z95, interval


@pytest.mark.parametrize(("mean", "variance"), [(100.0, 100.0), (20.0, 60.0), (4.0, 6.0)])
def test_eighty_of_a_hundred_draws_lie_between_the_ends(mean: float, variance: float) -> None:
    rng = random.Random(1)
    low, high = interval(mean, variance, Z80)
    drawn = [rng.gammavariate(mean * mean / variance, variance / mean) for _ in range(20_000)]
    assert sum(low <= one <= high for one in drawn) / 20_000 == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("variance", [0.01, 1.0, 100.0])
def test_where_nobody_is_the_low_end_is_zero(variance: float) -> None:
    low, high = interval(0.0, variance, Z95)
    assert low == 0.0
    assert high > 0.0
