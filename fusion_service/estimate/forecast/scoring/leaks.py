# SPDX-License-Identifier: Apache-2.0
"""Catch a forecast that knows what it cannot know.

Two ways. What an origin reads and says must not change when everything after it does: that finds a
feature, a fit or an interval that looks ahead. A column that says it is known ahead, and follows
the very ups and downs that are to be forecast, was made from them: that finds what was brought in
from outside.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Column, Floats, Panel
from fusion_service.estimate.forecast.models.boosting import Plan
from fusion_service.estimate.forecast.scoring.rolling import roll

ALIKE_MAX = 0.9
"""Rank correlation of departures from the usual: weather and events stay below .5."""
ORIGINS = 5
FIT_WEEKS_MIN = 3
"""With less before it there is nothing to fit."""
TINY = tuple(Plan(quantile, "log", 60, 5, leaves=7) for quantile in (0.1, 0.5, 0.9))
"""Whether a forecast reads ahead, five trees show."""
SEED = 1
Build = Callable[[Panel], Features]


def leaks_in(panel: Panel, first: int, horizon: int, build: Build = Features) -> list[str]:
    """Name what reads later than it may, for targets from `first` on; nothing where all is well."""
    found = dict.fromkeys(_later_features(panel, first, horizon, build))
    if first - horizon > FIT_WEEKS_MIN * panel.week and _reads_ahead(panel, first, horizon, build):
        found["forecast"] = None
    found |= dict.fromkeys(_too_good(panel))
    return list(found)


def scrambled_after(panel: Panel, origin: int) -> Panel:
    """Return the panel as it might have gone on: all that nobody knew at `origin` is other."""
    rng = np.random.default_rng(SEED)
    counts = panel.counts.copy()
    later = counts[origin + 1 :]
    counts[origin + 1 :] = np.abs(later) * rng.uniform(0.0, 5.0, later.shape) + 7.0
    columns = tuple(one.scrambled(origin, rng) for one in panel.columns)
    return replace(panel, counts=counts.astype(np.float32), columns=columns)


def _later_features(panel: Panel, first: int, horizon: int, build: Build) -> Iterator[str]:
    whole = build(panel)
    last = panel.steps - 1
    for target in np.linspace(first, last, ORIGINS).astype(np.int64):
        at, ahead = np.array([target]), np.array([horizon])
        one = whole.rows(at, ahead)
        other = build(scrambled_after(panel, int(target) - horizon)).rows(at, ahead)
        same = (one.features == other.features) | (
            np.isnan(one.features) & np.isnan(other.features)
        )
        yield from (
            name for name, fits in zip(one.names, same.all(axis=0), strict=True) if not fits
        )
        if not np.array_equal(one.usual, other.usual, equal_nan=True):
            yield "usual"


def _reads_ahead(panel: Panel, first: int, horizon: int, build: Build) -> bool:
    """Forecast the window anew as it might have gone on after its first origin, and its middle."""
    said = roll(build(panel), first, panel.steps, horizon, TINY)
    for origin in (first - horizon, (first + panel.steps) // 2):
        other = roll(build(scrambled_after(panel, origin)), first, panel.steps, horizon, TINY)
        known = said.targets - horizon <= origin
        pairs = ((said.quantiles, other.quantiles), (said.naive, other.naive))
        if not all(np.array_equal(one[known], two[known], equal_nan=True) for one, two in pairs):
            return True
    return False


def _too_good(panel: Panel) -> Iterator[str]:
    counts = _departures(panel.counts, panel.week)
    for column in panel.columns:
        # What is revised stands with what was said then: it is scrambled, which tells more.
        if (
            isinstance(column, Column)
            and column.ahead_steps > 0
            and _alike(column, counts, panel) > ALIKE_MAX
        ):
            yield column.name


def _alike(column: Column, counts: Floats, panel: Panel) -> float:
    values = column.values[: panel.steps]
    wide = np.broadcast_to(values.reshape(len(values), -1), panel.counts[: len(values)].shape)
    departures = _departures(wide, panel.week)
    counts = counts[: len(departures)]
    both = np.isfinite(departures) & np.isfinite(counts)
    if both.sum() < panel.day:
        return 0.0
    ranks = [_ranks(one[both]) for one in (departures, counts)]
    if not np.ptp(ranks, axis=1).all():
        return 0.0  # What never departs follows nothing.
    found = float(np.corrcoef(ranks[0], ranks[1])[0, 1])
    return abs(found) if np.isfinite(found) else 0.0


def _ranks(values: Floats) -> NDArray[np.float64]:
    """Return the rank of each value; those that are alike share theirs."""
    _, place, number = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(number) - (number - 1) / 2.0)[place], dtype=np.float64)


def _departures(table: Floats, week: int) -> Floats:
    """Return how far each step is from a week before."""
    return np.asarray(table[week:] - table[:-week], dtype=np.float32)
