# SPDX-License-Identifier: Apache-2.0
"""Forecast a site from one moment: quarters of the next hour, hours of the next week.

Quarters are by the ratio model, which carries on how the last hours went; trees would have to learn
from four times as many rows. Hours are by the site's trees where there are such, else by the ratio
model. LightGBM is loaded only for a model that was made by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel
from fusion_service.estimate.forecast.models.naive import seasonal_naive
from fusion_service.estimate.forecast.models.ratio import forecast_by_ratio
from fusion_service.store.forecast.steps import HOUR_S

if TYPE_CHECKING:
    from fusion_service.estimate.forecast.forecaster import Forecaster

QUARTERS_AHEAD, HOURS_AHEAD = 4, 168
RATIO_DAYS = 60
"""What the ratio model looks back on."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be forecast: panels of quarters and of hours, each where it is due.

    models: the folder with the versions of the site's trees.
    """

    places: tuple[str, ...]
    models: Path
    quarters: Panel | None = None
    hours: Panel | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes: quantiles (H, S, 3), naive (H, S), and by which model each series is (S,).

    missing: of what feeds say what the trees learnt from and have not now; wider for that.
    """

    quantiles: Floats
    naive: Floats
    by_ratio: Flags
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked for. version: of the trees; None where the ratio model alone answered.

    trouble: why the site's trees were not asked; empty where they were, or there are none.
    """

    quarters: Ahead | None
    hours: Ahead | None
    version: int | None = None
    trouble: str = ""


Say = Callable[[Asked], Answer]


def say_here(asked: Asked) -> Answer:
    """Forecast in this process."""
    quarters = None if asked.quarters is None else _by_ratio(asked.quarters, QUARTERS_AHEAD)
    if asked.hours is None:
        return Answer(quarters, None)
    live, trouble = _live(asked)
    if live is None:
        return Answer(quarters, _by_ratio(asked.hours, HOURS_AHEAD), None, trouble)
    version, forecaster = live
    hours = _by_trees(asked.hours, forecaster)
    return Answer(quarters, hours, None if hours.by_ratio.all() else version, trouble)


def _by_ratio(panel: Panel, ahead: int) -> Ahead:
    horizons = _up_to(ahead)
    recent = panel.cut(max(panel.steps - RATIO_DAYS * panel.day, 0), panel.steps)
    naive = seasonal_naive(panel, panel.steps - 1 + horizons, horizons)
    everything = np.ones(panel.series, dtype=np.bool_)
    return Ahead(forecast_by_ratio(recent, horizons), naive, everything)


def _by_trees(panel: Panel, forecaster: "Forecaster") -> Ahead:
    # Loaded where there is a model of it: a centre may lack the library.
    from fusion_service.estimate.forecast.forecaster import forecast  # noqa: PLC0415 - see above

    found = forecast(forecaster, Features(panel), _up_to(HOURS_AHEAD))
    return Ahead(found.quantiles, found.naive, found.by_ratio, found.missing)


def _live(asked: Asked) -> tuple[tuple[int, "Forecaster"] | None, str]:
    """Return the site's live trees, where there are such that fit, or why there are none."""
    if asked.hours is None or not asked.models.is_dir():
        return None, ""
    try:
        # They load LightGBM.
        from fusion_service.estimation.forecasting.working.fitting import fits  # noqa: PLC0415 - alike
        from fusion_service.estimation.model_folder import ModelFolder  # noqa: PLC0415 - see above

        live = ModelFolder(asked.models).live(asked.places, HOUR_S)
    except ModuleNotFoundError:
        return None, ""
    except ForecastError as error:
        return None, str(error)
    if live is None or not fits(live[1], asked.hours):
        return None, ""
    return (live[0].version, live[1]), ""


def _up_to(ahead: int) -> Integers:
    return np.arange(1, ahead + 1, dtype=np.int64)
