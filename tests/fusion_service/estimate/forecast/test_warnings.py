# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from fusion_service.estimate.forecast.warnings import (
    calibrate,
    episodes_of,
    lead_steps,
    probability_of,
    score_warnings,
    threshold_of,
)


def flags(text: str) -> np.ndarray:
    return np.array([one == "x" for one in text])


@pytest.mark.parametrize(
    ("warned", "reached", "came", "hit", "false"),
    [
        ("..xx..", "..xx..", 1, 1, 0),  # warned in time
        ("...x..", "..xx..", 1, 0, 0),  # warned of its second hour only: it had begun
        ("xx....", "......", 0, 0, 1),  # of nothing
        (".x....", "..xx..", 1, 0, 0),  # an hour beside it is not false
        ("xxxxxxxxxxxx", "...xx....xx.", 2, 2, 2),  # who warns always is false each time
        ("......", "x....x", 2, 0, 0),
        ("xxxxxxxxxxxxxxxxxx", "..................", 0, 0, 3),  # false again every eight hours
    ],
)
def test_what_warnings_come_to(warned: str, reached: str, came: int, hit: int, false: int) -> None:
    found = score_warnings(flags(warned), flags(reached), 1, 1)
    assert (found.came, found.hit, found.false) == (came, hit, false)


def test_episodes_with_a_short_gap_are_one() -> None:
    assert episodes_of(flags("xx.x...x")) == [(0, 3), (7, 7)]


def test_a_probability_is_what_the_quantiles_say() -> None:
    quantiles = np.array([[[50.0, 100.0, 200.0]]], np.float32)
    for level, expected in ((100.0, 0.5), (200.0, 0.1), (50.0, 0.9)):
        found = probability_of(quantiles, np.array([level], np.float32))
        assert found[0, 0] == pytest.approx(expected, abs=0.001)


def test_probabilities_that_are_too_sure_are_read_with_care() -> None:
    rng = np.random.default_rng(4)
    true = rng.uniform(0.05, 0.95, 4000)
    odds = 3.0 * np.log(true / (1.0 - true))
    line = calibrate(1.0 / (1.0 + np.exp(-odds)), rng.uniform(size=4000) < true)
    assert line.slope == pytest.approx(1 / 3, abs=0.05)
    assert line.constant == pytest.approx(0.0, abs=0.1)


def test_a_threshold_keeps_to_the_false_warnings_it_was_given() -> None:
    values = np.array([[0.9, 0.0, 0.8, 0.0, 0.0, 0.7, 0.0, 0.0, 0.6, 0.0]]).T
    reached = np.zeros((10, 1), dtype=bool)
    reached[0] = True
    assert threshold_of(values, reached, 1.0, 1) > 0.6
    assert threshold_of(values, np.zeros((10, 1), dtype=bool), 0.0, 1) == np.inf


def test_a_lead_is_from_when_the_warning_was_made_to_the_first_hour() -> None:
    reached, warned = flags("....xx......"), flags("...xx.......")
    assert lead_steps(warned, reached, 3, np.zeros(12, dtype=np.int64)) == {0: 3}
    assert lead_steps(flags("." * 12), reached, 3, np.zeros(12, dtype=np.int64)) == {0: 0}
