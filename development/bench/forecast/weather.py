# SPDX-License-Identifier: Apache-2.0
"""Whether a weather forecast helps, a day ahead: the same model with it and without, Leeds.

And what the model that learnt with it says while it is missing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from development.bench.forecast.leeds import read_leeds, weather_of
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.holiday_dates import special_days
from fusion_service.estimate.forecast.inputs.panel import Column, Floats, Panel
from fusion_service.estimate.forecast.models.boosting import (
    LONG_PLANS,
    Boosted,
    Plan,
    fit_boosted,
)
from fusion_service.estimate.forecast.scoring.score import Ratio, Score, mae_ratio, score

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


@dataclass(frozen=True, slots=True)
class Lost:
    """With weather, while it is missing, and by a model that never had it; none adapts.

    scores and mean widths by those names; ratios of the MAE to that of the model that never had it.
    """

    scores: dict[str, Score]
    widths: dict[str, float]
    ratios: dict[str, Ratio]


def weather_lost(folder: Path, end: datetime, days: int) -> Lost:
    """Return what a loss of the weather costs over the days before `end`."""
    counters, special = read_leeds(folder), special_days("GB", 2009, end.year + 1, "ENG")
    longest = timedelta(days=max(plan.days for plan in LONG_PLANS) + 385)
    panel = counters.panel(end - timedelta(days=days) - longest, end, special)
    first = panel.steps - days * panel.day
    columns = weather_of(folder, panel)
    with_it = Features(replace(panel, columns=columns))
    gone = Features(replace(panel, columns=tuple(_until(one, first) for one in columns)))
    never, ahead = Features(panel), np.array([HORIZON])
    knowing = fit_boosted(with_it, first - HORIZON + 1, ahead)
    ignorant = fit_boosted(never, first - HORIZON + 1, ahead)
    said = {
        "with": _quantiles(knowing, with_it, first),
        "missing": _quantiles(knowing, gone, first),
        "not_widened": _quantiles(replace(knowing, losses=()), gone, first),
        "never": _quantiles(ignorant, never, first),
    }
    counts, days_of = panel.counts[first:], panel.day_of(np.arange(first, panel.steps))
    naive = np.full_like(counts, np.nan)
    return Lost(
        {name: score(counts, one, naive) for name, one in said.items()},
        {name: float(np.nanmean(one[..., 2] - one[..., 0])) for name, one in said.items()},
        {
            name: mae_ratio(counts, said[name][..., 1], said["never"][..., 1], days_of)
            for name in ("with", "missing")
        },
    )


def _until(column: Column, end: int) -> Column:
    """Return a column that is missing from a step on."""
    values = column.values.copy()
    values[end:] = np.nan
    return replace(column, values=values)


def _quantiles(model: Boosted, features: Features, first: int) -> Floats:
    targets = np.arange(first, features.panel.steps, dtype=np.int64)
    rows = features.rows(targets, np.full(len(targets), HORIZON, dtype=np.int64))
    return model.quantiles(rows).reshape(len(targets), features.panel.series, 3)


def _medians(panel: Panel, first: int) -> Floats:
    features = Features(panel)
    targets = np.arange(first, panel.steps, dtype=np.int64)
    model = fit_boosted(features, first - HORIZON + 1, np.array([HORIZON]), PLANS)
    rows = features.rows(targets, np.full(len(targets), HORIZON, dtype=np.int64))
    return model.medians(rows).reshape(len(targets), panel.series)
