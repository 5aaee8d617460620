# SPDX-License-Identifier: Apache-2.0
"""Forecast a site from one moment: quarters of the next hour, hours of the next week.

Quarters are by the ratio model, which carries on how the last hours went; trees would have to learn
from four times as many rows. Hours are by the site's trees where there are such, else by the ratio
model. LightGBM is loaded only for a model that was made by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel
from fusion_service.estimate.forecast.models.conformal import Conformal, regimes_of
from fusion_service.estimate.forecast.models.naive import seasonal_naive
from fusion_service.estimate.forecast.models.ratio import forecast_by_ratio
from fusion_service.store.forecast.kept import Said
from fusion_service.store.forecast.steps import HALF_MAX, NUMBERS

if TYPE_CHECKING:
    from fusion_service.estimate.forecast.forecaster import Forecaster

QUARTERS_AHEAD, HOURS_AHEAD = 4, 168
RATIO_DAYS = 60
"""What the ratio model looks back on."""
BANDS_H = (1, 6, 24, 168)
"""Horizons up to each have one width of their own, learnt at that of SCORED_H."""
SCORED_H = (1, 3, 24, 168)
HALF = np.dtype("<f2")
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Model:
    """A site's trees, and which version of them."""

    version: int
    forecaster: "Forecaster"


@dataclass(frozen=True, slots=True)
class Widths:
    """How much wider or narrower intervals are said, for each band of hours: as they came out."""

    bands: tuple[Conformal, ...] = field(
        default_factory=lambda: tuple(Conformal() for _ in BANDS_H)
    )


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes: quantiles (H, S, 3), naive (H, S), and by which model each series is (S,)."""

    quantiles: Floats
    naive: Floats
    by_ratio: Flags


def quarters_ahead(panel: Panel) -> Ahead:
    """Forecast the next hour in quarters, from the panel's last step on."""
    return _by_ratio(panel, np.arange(1, QUARTERS_AHEAD + 1, dtype=np.int64))


def hours_ahead(panel: Panel, model: Model | None, widths: Widths) -> Ahead:
    """Forecast a week in hours, from the panel's last step on."""
    horizons = np.arange(1, HOURS_AHEAD + 1, dtype=np.int64)
    found = _by_ratio(panel, horizons) if model is None else _by_trees(panel, model, horizons)
    targets = panel.steps - 1 + horizons
    quantiles, shortest = found.quantiles.copy(), 0
    for longest, band in zip(BANDS_H, widths.bands, strict=True):
        chosen = slice(shortest, longest)
        regimes = regimes_of(panel, targets[chosen])
        quantiles[chosen] = band.adjusted(quantiles[chosen], regimes)
        shortest = longest
    return Ahead(quantiles, found.naive, found.by_ratio)


def written(places: Sequence[str], ahead: Ahead) -> list[Said]:
    """Return what is said of each place of which anything is known, as it is kept."""
    numbers = np.concatenate([ahead.quantiles, ahead.naive[..., None]], axis=2)
    halves = np.minimum(np.round(numbers, 1), HALF_MAX).astype(HALF)
    known: Flags = np.asarray(np.isfinite(ahead.quantiles[..., 1]).any(axis=0))
    return [
        Said(place, by_ratio=bool(ahead.by_ratio[index]), said=halves[:, index].tobytes())
        for index, place in enumerate(places)
        if known[index]
    ]


def read_back(content: bytes) -> Floats:
    """Return what was said of a place, (H, 4): quantiles and naive."""
    return np.frombuffer(content, HALF).reshape(-1, NUMBERS).astype(np.float32)


def _by_ratio(panel: Panel, horizons: Integers) -> Ahead:
    recent = panel.cut(max(panel.steps - RATIO_DAYS * panel.day, 0), panel.steps)
    naive = seasonal_naive(panel, panel.steps - 1 + horizons, horizons)
    everything = np.ones(panel.series, dtype=np.bool_)
    return Ahead(forecast_by_ratio(recent, horizons), naive, everything)


def _by_trees(panel: Panel, model: Model, horizons: Integers) -> Ahead:
    # Loaded where there is a model of it: a centre may lack the library.
    from fusion_service.estimate.forecast.forecaster import forecast  # noqa: PLC0415 - see above
    from fusion_service.estimation.forecasting.training.fitting import fits  # noqa: PLC0415 - alike

    if not fits(model.forecaster, panel):
        return _by_ratio(panel, horizons)
    found = forecast(model.forecaster, Features(panel), horizons)
    return Ahead(found.quantiles, found.naive, found.by_ratio)
