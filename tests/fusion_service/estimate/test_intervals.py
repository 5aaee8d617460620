# SPDX-License-Identifier: Apache-2.0
import math
import random

import pytest

from fusion_service.estimate.intervals import Sums, own_square, shared

LAPLACE = ("discrete_laplace", "1000")
NOISE_VARIANCE = 2 * math.exp(-1) / (1 - math.exp(-1)) ** 2


def sums(counts: list[int], *, below: int, above: int) -> Sums:
    """Sum windows whose intervals all reach as far below and above their counts."""
    number, half = len(counts), (above + below) / 2
    return Sums(
        number,
        sum(counts),
        number,
        number,
        float(2 * sum(counts) + number * (above - below)),
        number * own_square(*LAPLACE),
        number * (shared(half, *LAPLACE) or 0.0),
        number * (shared(below, *LAPLACE) or 0.0),
        float(number),
    )


def test_noise_reaches_as_far_as_its_closed_form_says() -> None:
    assert own_square(*LAPLACE) == pytest.approx(1.2816**2 * NOISE_VARIANCE)
    assert own_square("random_rounding", "3") == pytest.approx(1.2816**2 * 8 / 6)
    assert own_square("exact", "") == own_square("suppress_below", "10") == 0.0


def test_what_windows_share_adds_up_in_full_and_noise_as_squares() -> None:
    low, high = sums([10] * 4, below=1, above=5).ends()
    reach = math.hypot(4 * math.sqrt(9 - own_square(*LAPLACE)), 2 * math.sqrt(own_square(*LAPLACE)))
    assert (low, high) == (pytest.approx(48 - reach), pytest.approx(48 + reach))


def test_a_sum_of_windows_that_differ_by_noise_alone_holds_in_eighty_of_a_hundred() -> None:
    chance, held = random.Random(7), 0

    def geometric() -> int:
        return int(math.log(1.0 - chance.random()) / -1.0)

    for _ in range(2000):
        low, high = sums([geometric() - geometric() for _ in range(60)], below=1, above=1).ends()
        assert low is not None
        assert high is not None
        held += low <= 0 <= high
    assert 0.77 <= held / 2000 <= 0.83


def test_a_sum_of_nothing_has_no_ends() -> None:
    assert Sums(0, None, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0).ends() == (None, None)
