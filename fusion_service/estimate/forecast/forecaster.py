# SPDX-License-Identifier: Apache-2.0
"""One forecast of all series, from the next step to a week ahead.

Horizons fall into bands with a model each. Where a series is too young for trees, the ratio model
answers; seasonal naive stands beside all of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel
from fusion_service.estimate.forecast.models.boosting import Boosted, Plan, fit_boosted
from fusion_service.estimate.forecast.models.naive import seasonal_naive
from fusion_service.estimate.forecast.models.ratio import forecast_by_ratio

BANDS_H = (1, 6, 24, 168)
"""The longest horizon of each band, hours."""
YOUNG_DAYS = 60
"""A series that has been counted for less is for the ratio model: eight weeks are the usual."""
RATIO_DAYS = 60
"""What the ratio model looks back on."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What comes at H steps after the last: quantiles (H, S, 3), naive (H, S), NaN unknown.

    by_ratio: (S,), the series for which the ratio model answered. missing: the groups of columns
    that the model learnt from and has not now, or the columns of one; it is less sure for that.
    """

    horizons: Integers
    quantiles: Floats
    naive: Floats
    by_ratio: NDArray[np.bool_]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecaster:
    """A model of each band, with the longest horizon of it, steps."""

    bands: tuple[tuple[int, Boosted], ...]


def fit_forecaster(
    features: Features, until: int, plans: tuple[Plan, ...] | None = None
) -> Forecaster:
    """Fit every band to the steps before `until`."""
    bands, shortest = [], 1
    for hours in BANDS_H:
        longest = hours * features.panel.hour
        horizons = np.arange(shortest, longest + 1, dtype=np.int64)
        bands.append((longest, fit_boosted(features, until, horizons, plans)))
        shortest = longest + 1
    return Forecaster(tuple(bands))


def forecast(forecaster: Forecaster | None, features: Features, horizons: Integers) -> Forecast:
    """Forecast from the panel's last step on; horizons: (H,), steps, at most a week."""
    panel = features.panel
    targets = panel.steps - 1 + horizons
    young = _young(panel) if forecaster is not None else np.ones(panel.series, dtype=np.bool_)
    quantiles = np.full((len(horizons), panel.series, 3), np.nan, dtype=np.float32)
    missing = dict[str, None]()
    if forecaster is not None:
        shortest = 1
        for longest, model in forecaster.bands:
            chosen = (horizons >= shortest) & (horizons <= longest)
            shortest = longest + 1
            if chosen.any():
                rows = features.rows(targets[chosen], horizons[chosen])
                quantiles[chosen] = model.quantiles(rows).reshape(-1, panel.series, 3)
                missing |= dict.fromkeys(model.missing(rows))
    young |= ~np.isfinite(quantiles).all(axis=(0, 2))
    if young.any():
        recent = panel.cut(max(panel.steps - RATIO_DAYS * panel.day, 0), panel.steps)
        quantiles[:, young] = forecast_by_ratio(recent, horizons)[:, young]
    return Forecast(
        horizons, quantiles, seasonal_naive(panel, targets, horizons), young, tuple(missing)
    )


def _young(panel: Panel) -> NDArray[np.bool_]:
    known = np.isfinite(panel.counts)
    first = np.where(known.any(axis=0), known.argmax(axis=0), panel.steps)
    return np.asarray(panel.steps - first < YOUNG_DAYS * panel.day)
