# SPDX-License-Identifier: Apache-2.0
"""A site that has just begun: every origin knows 1, 7 or 30 days, and nothing before."""

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Integers, Panel
from fusion_service.estimate.forecast.models.naive import seasonal_naive
from fusion_service.estimate.forecast.models.ratio import forecast_by_ratio
from fusion_service.estimate.forecast.scoring.score import Score, score

DAYS = (1, 7, 30)
EVERY_H = 7
"""From one origin to the next: every hour of the day comes up."""


def cold_start(panel: Panel, first: int, horizons: Integers) -> dict[int, dict[int, Score]]:
    """Score the ratio model from step `first` on, for each number of days and each horizon."""
    origins = np.arange(first, panel.steps - int(horizons.max()), EVERY_H)
    return {days: _score(panel, origins, horizons, days) for days in DAYS}


def _score(panel: Panel, origins: Integers, horizons: Integers, days: int) -> dict[int, Score]:
    said, beside = [], []
    for origin in origins:
        known = panel.cut(int(origin) + 1 - days * panel.day, int(origin) + 1)
        said.append(forecast_by_ratio(known, horizons))
        beside.append(seasonal_naive(known, known.steps - 1 + horizons, horizons))
    quantiles, naive = np.stack(said, axis=1), np.stack(beside, axis=1)
    counts = [panel.counts[origins + one] for one in horizons]
    return {
        int(horizon): score(counts[index], quantiles[index], naive[index])
        for index, horizon in enumerate(horizons)
    }
