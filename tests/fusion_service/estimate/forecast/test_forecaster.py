# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np

from fusion_service.estimate.forecast.forecaster import fit_forecaster, forecast
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.models.boosting import Plan
from fusion_service.estimate.forecast.peak import daily_peaks
from tests.fusion_service.estimate.forecast.towns import town

PLANS = tuple(Plan(quantile, "log", 60, 15, leaves=15) for quantile in (0.1, 0.5, 0.9))
WEEK = np.arange(1, 169)


def test_it_forecasts_a_week_and_leaves_young_series_to_the_ratio_model() -> None:
    whole = town(100)
    panel = whole.cut(0, 93 * 24)
    counts = panel.counts.copy()
    counts[: 80 * 24, 1] = np.nan  # put up 13 days ago
    panel = replace(panel, counts=counts)
    features = Features(panel)
    found = forecast(fit_forecaster(features, panel.steps, PLANS), features, WEEK)
    assert list(found.by_ratio) == [False, True, False]
    assert found.quantiles.shape == (168, 3, 3)
    assert np.isfinite(found.quantiles).all()
    assert np.isfinite(found.naive).all()
    came = whole.counts[93 * 24 :]
    error = np.abs(came - found.quantiles[..., 1]).mean()
    assert error < 1.05 * np.abs(came - found.naive).mean()


def test_the_days_peaks_lie_where_people_come() -> None:
    panel = town(30)
    found = forecast(None, Features(panel), WEEK)
    assert found.by_ratio.all()
    (first, *_), *_ = daily_peaks(panel, panel.steps - 1 + WEEK, found.quantiles)
    assert 12 <= first.step % 24 <= 16
    assert first.day == 30
    assert first.low < first.middle < first.high
