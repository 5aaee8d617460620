# SPDX-License-Identifier: Apache-2.0
import random

from fusion_service.store.ends import Sums


def test_errors_that_windows_share_add_up_and_their_own_add_as_squares() -> None:
    # Four windows of 10, each from 9 to 15: the middle lies 2 above, which all share; 3 to either side are each one's own.
    sums = Sums(4, 40, 4, 4, 4 * 24.0, 4 * 36.0, 4 * 1.0)
    assert sums.ends() == (48.0 - 6.0, 48.0 + 6.0)


def test_the_sum_of_noisy_windows_lies_in_its_interval_about_as_often_as_each_window_in_its_own() -> None:
    chance = random.Random(7)
    held = 0
    for _ in range(2000):
        noises = [round(chance.gauss(0.0, 1.6)) for _ in range(60)]
        # 80 % of a normal law lie within 1.28 standard deviations: about two people either way.
        low, high = Sums(60, sum(noises), 60, 60, 2.0 * sum(noises), 60 * 16.0, 60 * 4.0).ends()
        assert low is not None
        assert high is not None
        held += low <= 0 <= high
    assert 0.75 <= held / 2000 <= 0.88
