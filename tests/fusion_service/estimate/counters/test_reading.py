# SPDX-License-Identifier: Apache-2.0
"""What a window says of how many were seen, and how much of its doubt lasts."""

import random

import pytest

from fusion_service.estimate.counters.reading import (
    GROUPS,
    NoiseOfSensor,
    Turnover,
    sampling_at_once,
)
from tests.fusion_service.estimate.sites import window


def test_the_released_interval_is_all_the_noise_there_is() -> None:
    noise = NoiseOfSensor()
    count, variance = noise.split(window("s", 0, 0.0, half=4.0), learns=True)
    assert count == 0.0
    assert variance == pytest.approx((9.0 / 2.5632) ** 2, rel=1e-3)


def test_what_grows_with_the_count_is_no_noise_but_a_bias() -> None:
    noise = NoiseOfSensor()
    noise.split(window("s", 0, 0.0, half=1.0), learns=True)
    for _ in range(200):
        _, variance = noise.split(window("s", 0, 100.0, half=25.0), learns=True)
    assert variance == pytest.approx((3.0 / 2.5632) ** 2, rel=0.2)
    assert noise.bias_sd == pytest.approx(25.0 / 1.2816 / 100.0, abs=0.03)


def test_of_how_long_people_stay_changes_tell() -> None:
    rng = random.Random(2)
    turnover, people = Turnover(), 200
    for _ in range(3000):
        # Each group of one leaves within a minute with a chance of 0.1: a stay of about 9.5 min.
        left = sum(rng.random() < 0.1 for _ in range(people))
        came = sum(rng.random() < 0.1 for _ in range(200))
        people += came - left
        turnover.hear(float(people), 0.0)
    # Groups change a count by more than single people do, so single people seem to stay longer.
    assert turnover.stay_s(60) == pytest.approx(60.0 / 0.105 * GROUPS, rel=0.4)


def test_who_sees_all_has_nobody_out_of_view() -> None:
    assert sampling_at_once(50.0, 1.0) == 0.0
    assert sampling_at_once(50.0, 0.5) > sampling_at_once(50.0, 0.9)
