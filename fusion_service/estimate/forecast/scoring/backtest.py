# SPDX-License-Identifier: Apache-2.0
"""Forecast the last days of a panel again, from rolling origins, score it, and look for leaks."""

from dataclasses import dataclass

import numpy as np

from fusion_service.estimate.forecast.forecaster import RATIO_DAYS, YOUNG_DAYS
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Floats, Panel
from fusion_service.estimate.forecast.models.boosting import Plan
from fusion_service.estimate.forecast.models.naive import seasonal_naive
from fusion_service.estimate.forecast.models.ratio import forecast_by_ratio
from fusion_service.estimate.forecast.scoring.leaks import Build, leaks_in
from fusion_service.estimate.forecast.scoring.rolling import Rolled, roll
from fusion_service.estimate.forecast.scoring.score import Score, score

ORIGIN_EVERY_H = 5
"""The ratio model is fitted anew at each origin, so it is asked less often."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """Scores by horizon (steps), which model was asked, and the names of what read too late.

    With a leak no score is worth anything.
    """

    scores: dict[int, Score]
    is_ratio: bool
    leaks: tuple[str, ...]


def backtest(
    panel: Panel,
    first: int,
    horizons: tuple[int, ...],
    plans: tuple[Plan, ...] | None = None,
    build: Build = Features,
) -> Backtest:
    """Forecast every step from `first` on. Less than 88 days before it are for the ratio model.

    build: how features are made of a panel, which is what may leak.
    """
    is_ratio = first < (YOUNG_DAYS + 28) * panel.day
    found: dict[int, Score] = {}
    leaks: dict[str, None] = {}
    features = None if is_ratio else build(panel)
    for horizon in horizons:
        rolled = (
            _roll_ratio(panel, first, horizon)
            if features is None
            else roll(features, first, panel.steps, horizon, plans)
        )
        found[horizon] = score(panel.counts[rolled.targets], rolled.quantiles, rolled.naive)
        leaks |= dict.fromkeys(leaks_in(panel, first, horizon, build))
    return Backtest(found, is_ratio, tuple(leaks))


def _roll_ratio(panel: Panel, first: int, horizon: int) -> Rolled:
    """Forecast with the ratio model, which is given nothing but what its origin knew."""
    start = max(first, panel.day + horizon)
    targets = np.arange(start, panel.steps, ORIGIN_EVERY_H * panel.hour, dtype=np.int64)
    ahead = np.array([horizon], dtype=np.int64)
    each: list[Floats] = []
    for target in targets:
        end = int(target) - horizon + 1
        known = panel.cut(max(end - RATIO_DAYS * panel.day, 0), end)
        each.append(forecast_by_ratio(known, ahead)[0])
    horizons = np.full(len(targets), horizon, dtype=np.int64)
    quantiles = np.stack(each) if each else np.empty((0, panel.series, 3), dtype=np.float32)
    return Rolled(horizon, targets, quantiles, seasonal_naive(panel, targets, horizons))
