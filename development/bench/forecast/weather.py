# SPDX-License-Identifier: Apache-2.0
"""Whether a weather forecast helps, a day ahead: the same model with it and without, Leeds."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from development.bench.forecast.leeds import read_leeds, weather_of
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.holiday_dates import special_days
from fusion_service.estimate.forecast.inputs.panel import Floats, Panel
from fusion_service.estimate.forecast.models.boosting import Plan, fit_boosted
from fusion_service.estimate.forecast.scoring.score import Ratio, mae_ratio

HORIZON = 24
PLANS = (Plan(0.5, "log", 750, 180), Plan(0.5, "root", 750, 180))
HISTORY = timedelta(days=750 + 385)


def weather_ratio(folder: Path, end: datetime, days: int) -> tuple[Ratio, float]:
    """Return the paired MAE ratio over the days before `end`, and the MAE without weather."""
    counters, special = read_leeds(folder), special_days("GB", 2009, end.year + 1, "ENG")
    panel = counters.panel(end - timedelta(days=days) - HISTORY, end, special)
    first = panel.steps - days * panel.day
    targets = np.arange(first, panel.steps, dtype=np.int64)
    counts = panel.counts[targets]
    without = _medians(panel, first)
    knowing = _medians(replace(panel, columns=weather_of(folder, panel)), first)
    ratio = mae_ratio(counts, knowing, without, panel.day_of(targets))
    return ratio, float(np.nanmean(np.abs(counts - without)))


def _medians(panel: Panel, first: int) -> Floats:
    features = Features(panel)
    targets = np.arange(first, panel.steps, dtype=np.int64)
    model = fit_boosted(features, first - HORIZON + 1, np.array([HORIZON]), PLANS)
    rows = features.rows(targets, np.full(len(targets), HORIZON, dtype=np.int64))
    return model.medians(rows).reshape(len(targets), panel.series)
