# SPDX-License-Identifier: Apache-2.0
"""Forecast a stretch that has passed as it would have been: each target from its own origin.

The model is fitted to what the origin of the first target knew; intervals learn, a day at a time,
from targets that had come by then.
"""

from dataclasses import dataclass

import numpy as np

from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers
from fusion_service.estimate.forecast.models.boosting import Boosted, Plan, fit_boosted
from fusion_service.estimate.forecast.models.conformal import Conformal, regimes_of
from fusion_service.estimate.forecast.models.naive import seasonal_naive


@dataclass(frozen=True, slots=True)
class Rolled:
    """Forecasts of N targets, `horizon` steps ahead each, of S series.

    quantiles: (N, S, 3). naive: (N, S).
    """

    horizon: int
    targets: Integers
    quantiles: Floats
    naive: Floats


def roll(
    features: Features, first: int, end: int, horizon: int, plans: tuple[Plan, ...] | None = None
) -> Rolled:
    """Fit once, before the first target's origin, and forecast the targets from first to end."""
    model = fit_boosted(features, first - horizon + 1, np.array([horizon]), plans)
    return roll_on(model, features, first, end, horizon)


def roll_on(model: Boosted, features: Features, first: int, end: int, horizon: int) -> Rolled:
    """Forecast with a model that is fitted already."""
    panel = features.panel
    targets = np.arange(first, end, dtype=np.int64)
    horizons = np.full(len(targets), horizon, dtype=np.int64)
    rows = features.rows(targets, horizons)
    raw = model.quantiles(rows).reshape(len(targets), panel.series, 3)
    return Rolled(
        horizon,
        targets,
        adapted(features, targets, raw, horizon),
        seasonal_naive(panel, targets, horizons),
    )


def adapted(features: Features, targets: Integers, raw: Floats, horizon: int) -> Floats:
    """Return quantiles whose ends follow what came, a batch of a day at a time."""
    panel, conformal = features.panel, Conformal()
    regimes = regimes_of(panel, targets)
    adjusted = np.empty_like(raw)
    starts = list(range(0, len(targets), panel.day))
    learnt = 0
    for start in starts:
        batch = slice(start, start + panel.day)
        origin = targets[start] - horizon
        while learnt + panel.day <= start and targets[learnt + panel.day - 1] <= origin:
            past = slice(learnt, learnt + panel.day)
            conformal.learn(panel.counts[targets[past]], adjusted[past], regimes[past])
            learnt += panel.day
        adjusted[batch] = conformal.adjusted(raw[batch], regimes[batch])
    return adjusted
