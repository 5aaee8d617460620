# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from fusion_service.estimate.forecast.models.ratio import forecast_by_ratio
from tests.fusion_service.estimate.forecast.towns import town

HORIZONS = np.array([1, 3, 24, 168])


@pytest.mark.parametrize("days", [1, 7, 30])
def test_it_answers_from_the_first_day_on_and_says_how_sure_it_is(days: int) -> None:
    panel = town(45)
    inside = 0
    origins = range(31 * 24, 37 * 24, 5)
    for origin in origins:
        known = panel.cut(origin + 1 - days * 24, origin + 1)
        found = forecast_by_ratio(known, HORIZONS)
        assert np.isfinite(found).all()
        assert (np.diff(found, axis=2) >= 0).all()
        came = panel.counts[origin + HORIZONS]
        inside += ((came >= found[..., 0]) & (came <= found[..., 2])).sum()
    assert inside / (len(origins) * len(HORIZONS) * panel.series) > 0.7


def test_a_crowd_twice_the_usual_is_expected_to_stay_for_an_hour() -> None:
    panel = town(15)
    usual = forecast_by_ratio(panel, np.array([1]))[0, :, 1]
    panel.counts[-4:] *= 2.0
    more = forecast_by_ratio(panel, np.array([1]))[0, :, 1]
    assert (more > 1.2 * usual).all()


def test_quarters_of_an_hour_are_steps_too() -> None:
    panel = town(10, step_s=900)
    found = forecast_by_ratio(panel, np.array([1, 672]))
    assert found.shape == (2, 3, 3)
    assert np.isfinite(found).all()
