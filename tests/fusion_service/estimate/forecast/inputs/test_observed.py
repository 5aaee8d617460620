# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from fusion_service.estimate.forecast.inputs.observed import observed

WEEK = 168


def test_what_came_in_by_the_end_of_a_step_counts_and_nothing_later() -> None:
    said = (
        np.array([10, 10, 10, 20]),
        np.array([10, 10, 11, 25]),  # the third came an hour late, the fourth too late
        np.array([1.0, 3.0, 8.0, 5.0], np.float32),
    )
    missing = np.zeros(40, dtype=np.bool_)
    now, _ = observed("tram:delay", said, missing, hour=1, week=WEEK)
    assert now.values[10] == pytest.approx(2.0)
    assert now.values[11] == pytest.approx(4.0)
    assert np.isnan(now.values[[9, 12, 20, 21, 25]]).all()
    assert now.ahead_steps == 0


def test_what_is_missing_is_unknown() -> None:
    missing = np.zeros(40, dtype=np.bool_)
    missing[10] = True
    said = (np.array([10, 11]), np.array([10, 11]), np.array([1.0, 3.0], np.float32))
    now, _ = observed("tram:delay", said, missing, hour=1, week=WEEK)
    assert np.isnan(now.values[10])
    assert now.values[11] == pytest.approx(2.0)


def test_how_unusual_it_is_rests_on_the_weeks_before() -> None:
    steps = np.arange(5 * WEEK)
    amounts = (50.0 + 40.0 * np.sin(steps / 24 * 2 * np.pi)).astype(np.float32)
    amounts[4 * WEEK + 12] += 40.0
    missing = np.zeros(len(steps), dtype=np.bool_)
    _, unusual = observed("cars:taken", (steps, steps, amounts), missing, hour=1, week=WEEK)
    assert np.isnan(unusual.values[:WEEK]).all()
    assert abs(unusual.values[4 * WEEK + 10]) < 0.01
    # Of two hours' mean the one is forty more.
    assert unusual.values[4 * WEEK + 12] == pytest.approx(20.0, abs=0.01)
