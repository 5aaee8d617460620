# SPDX-License-Identifier: Apache-2.0
"""What counters of one zone count wrong: their differences are learnt, what they share is not."""

import math

import pytest

from fusion_service.estimate.counters.bias import Bias, settle


def test_one_counter_has_no_bias_and_stays_as_unsure_as_it_is() -> None:
    alone = Bias(0.3, 0.01, 0.04)
    assert settle([alone]) == pytest.approx(0.04)
    assert alone.value == 0.0


def test_the_bias_of_two_is_shared_by_how_unsure_each_is() -> None:
    sure, unsure = Bias(0.0, 0.01, 0.01), Bias(0.3, 0.01, 0.09)
    left = settle([sure, unsure])
    assert sure.value / sure.prior + unsure.value / unsure.prior == pytest.approx(0.0)
    assert unsure.value - sure.value == pytest.approx(0.3)
    assert left == pytest.approx(1.0 / (1.0 / 0.01 + 1.0 / 0.09))


def test_windows_tell_of_a_bias_in_time() -> None:
    bias = Bias()
    for _ in range(500):
        bias.learn(1.2, 0.05, 60)
    assert bias.value == pytest.approx(math.log(1.2), abs=0.02)
    bias.forget()
    assert (bias.value, bias.variance) == (0.0, bias.prior)
