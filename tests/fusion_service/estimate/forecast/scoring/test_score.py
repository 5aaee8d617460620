# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from fusion_service.estimate.forecast.scoring.score import mae_ratio, score
from fusion_service.estimate.forecast.scoring.selection import choose


def test_a_score_by_hand() -> None:
    counts = np.array([[10.0, np.nan], [20.0, 30.0]], np.float32)
    middle = np.array([[12.0, 1.0], [20.0, 40.0]], np.float32)
    quantiles = np.stack([middle - 5, middle, middle + 5], axis=2)
    naive = np.array([[14.0, 1.0], [28.0, 30.0]], np.float32)
    found = score(counts, quantiles, naive)
    assert found.targets == 3
    assert found.mae == pytest.approx(4.0)
    assert found.coverage == pytest.approx(2 / 3)
    assert found.skill == pytest.approx(0.0)
    # .1: (.3 + .5 + .9 * 5) / 3; .5: (1 + 0 + 5) / 3; .9: (.1 * 7 + .1 * 5 + .1 * 15) / 3.
    assert found.pinball == pytest.approx((5.3 + 6.0 + 2.7) / 9)


def test_nothing_counted_is_no_score() -> None:
    nothing = np.full((2, 1), np.nan, np.float32)
    found = score(nothing, np.zeros((2, 1, 3), np.float32), nothing)
    assert (found.targets, found.mae, found.skill) == (0, None, None)


def test_what_is_better_on_every_day_goes_live_and_what_is_worse_does_not() -> None:
    rng = np.random.default_rng(2)
    counts = rng.normal(100, 10, (240, 2)).astype(np.float32)
    days = np.arange(240) // 24
    good, bad = counts + 5, counts + rng.normal(8, 1, counts.shape).astype(np.float32)
    ratio = mae_ratio(counts, good, bad, days)
    assert ratio.low <= ratio.ratio <= ratio.high < 1.0
    assert choose(counts, good, bad, days).is_new
    assert not choose(counts, bad, good, days).is_new
    assert not choose(counts, good, good, days).is_new
