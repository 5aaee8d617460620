# SPDX-License-Identifier: Apache-2.0
"""Catch a forecast that knows what it cannot know.

Two ways. What an origin reads must not change when everything after it does; that finds a feature
or a fit that looks ahead. A column that says it is known ahead, and follows the very ups and downs
that are to be forecast, was made from them; that finds what was brought in from outside.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Column, Floats, Panel
from fusion_service.estimate.forecast.models.boosting import Plan, fit_boosted

ALIKE_MAX = 0.9
"""Rank correlation of departures from the usual: weather and events stay below .5."""
ORIGINS = 5
TINY = (Plan(0.5, "log", 60, 5, leaves=7), Plan(0.5, "root", 60, 5, leaves=7))
"""Whether a fit reads ahead, five trees show."""
SEED = 1
Build = Callable[[Panel], Features]


def leaks_in(panel: Panel, first: int, horizon: int, build: Build = Features) -> list[str]:
    """Name what reads later than it may, for targets from `first` on; nothing where all is well."""
    found = dict.fromkeys(_later_features(panel, first, horizon, build))
    if _fit_reads_ahead(panel, first, horizon, build):
        found["fit"] = None
    found |= dict.fromkeys(_too_good(panel))
    return list(found)


def scrambled_after(panel: Panel, origin: int) -> Panel:
    """Return the panel as it might have gone on: all that nobody knew at `origin` is other."""
    rng = np.random.default_rng(SEED)
    counts = panel.counts.copy()
    later = counts[origin + 1 :]
    counts[origin + 1 :] = np.abs(later) * rng.uniform(0.0, 5.0, later.shape) + 7.0
    columns = []
    for column in panel.columns:
        values = column.values.copy()
        unknown = values[origin + 1 + column.ahead_steps :]
        unknown += rng.normal(50.0, 10.0, unknown.shape).astype(np.float32)
        columns.append(replace(column, values=values))
    return replace(panel, counts=counts.astype(np.float32), columns=tuple(columns))


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


def _fit_reads_ahead(panel: Panel, first: int, horizon: int, build: Build) -> bool:
    until, ahead = first - horizon + 1, np.array([horizon])
    origin = until - 1
    features = build(panel)
    asked = features.rows(np.arange(until - panel.day, until), np.full(panel.day, horizon))
    one = fit_boosted(features, until, ahead, TINY)
    other = fit_boosted(build(scrambled_after(panel, origin)), until, ahead, TINY)
    return not np.array_equal(one.medians(asked), other.medians(asked), equal_nan=True)


def _too_good(panel: Panel) -> Iterator[str]:
    counts = _departures(panel.counts, panel.week)
    for column in panel.columns:
        if column.ahead_steps > 0 and _alike(column, counts, panel) > ALIKE_MAX:
            yield column.name


def _alike(column: Column, counts: Floats, panel: Panel) -> float:
    values = column.values[: panel.steps]
    wide = np.broadcast_to(values.reshape(len(values), -1), panel.counts[: len(values)].shape)
    departures = _departures(wide, panel.week)
    counts = counts[: len(departures)]
    both = np.isfinite(departures) & np.isfinite(counts)
    if both.sum() < panel.day:
        return 0.0
    ranks = [np.argsort(np.argsort(one[both])) for one in (departures, counts)]
    found = float(np.corrcoef(ranks[0], ranks[1])[0, 1])
    return abs(found) if np.isfinite(found) else 0.0


def _departures(table: Floats, week: int) -> Floats:
    """Return how far each step is from a week before."""
    return np.asarray(table[week:] - table[:-week], dtype=np.float32)
