# SPDX-License-Identifier: Apache-2.0
import numpy as np

from fusion_service.estimate.forecast.models.conformal import DAY, SPECIAL, Conformal, regimes_of
from tests.fusion_service.estimate.forecast.towns import town


def test_intervals_that_are_too_narrow_widen_until_each_side_misses_one_in_ten() -> None:
    rng = np.random.default_rng(5)
    conformal, regimes = Conformal(), np.full(24, DAY)
    said = np.broadcast_to(np.array([90.0, 100.0, 110.0], np.float32), (24, 4, 3))
    inside = []
    for _ in range(200):
        adjusted = conformal.adjusted(said, regimes)
        came = rng.normal(100.0, 20.0, (24, 4)).astype(np.float32)
        inside.append(((came >= adjusted[..., 0]) & (came <= adjusted[..., 2])).mean())
        conformal.learn(came, adjusted, regimes)
    assert np.mean(inside[:3]) < 0.6
    assert 0.76 < np.mean(inside[100:]) < 0.84


def test_special_days_begin_wider_than_ordinary_ones_are() -> None:
    said = np.array([[[90.0, 100.0, 110.0]]], np.float32)
    conformal = Conformal()
    conformal.widths[DAY] = 0.4
    ordinary = conformal.adjusted(said, np.array([DAY]))
    special = conformal.adjusted(said, np.array([SPECIAL]))
    assert special[0, 0, 2] > ordinary[0, 0, 2] > 110.0


def test_nothing_is_learnt_of_what_was_not_counted() -> None:
    conformal = Conformal()
    before = conformal.widths.copy()
    nothing = np.full((2, 3), np.nan, np.float32)
    conformal.learn(nothing, np.ones((2, 3, 3), np.float32), np.array([DAY, DAY]))
    assert np.array_equal(conformal.widths, before)


def test_the_days_before_a_special_day_are_special_too() -> None:
    panel = town(110)
    easter = 105 * 24 + 12
    found = regimes_of(panel, np.array([easter - 7 * 24, easter - 5 * 24, easter, easter + 24]))
    assert list(found == SPECIAL) == [False, True, True, True]
