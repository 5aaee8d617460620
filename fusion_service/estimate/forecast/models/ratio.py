# SPDX-License-Identifier: Apache-2.0
"""A forecast from days instead of years: the usual by kind of day, times how things are now.

All in closed form. The usual of a weekday's hour leans on that of its kind of day (working day,
Saturday, Sunday or special day), and that on all days. The ratio to it at a target leans on the
ratios of the last hours and day by ridge towards what ratios do elsewhere; so does the spread. A
step's usual never holds the step's own day, so that what is called an error is one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Calendar, Floats, Integers, Panel

Doubles = NDArray[np.float64]

OFFSET = 3.0
LEAN = 0.5
"""How many days the wider mean counts for in the narrower one."""
NEIGHBOURS = (0.05, 0.9, 0.05)
"""An hour's usual takes in the hours beside it."""
WORKING, SATURDAY, SUNDAY = range(3)
RECENT_H, DAY_H = 3, 24
PRIOR_ROWS = 400.0
"""How many rows what is known from elsewhere counts for."""
ALIKE_H = 6.0
SPREAD_START = (0.15, 2.0)
"""The variance of a log-ratio: a part of its own, and one over the usual."""
ONE_IN_TEN = 1.2816
NOTHING_KNOWN = 1.5
"""By how much a spread is widened where the target's kind of day has not been seen."""


@dataclass(frozen=True, slots=True)
class _Days:
    """The panel by days: (D, steps of a day, S), NaN before its first step and after its last."""

    counts: Doubles
    sums: Doubles
    weights: Doubles
    weekday: Integers
    kind: Integers


def forecast_by_ratio(panel: Panel, horizons: Integers) -> Floats:
    """Return the .1, .5 and .9 quantile `horizons` steps after the panel's last, (H, S, 3)."""
    days = _by_days(panel)
    usual = np.full_like(days.counts, np.nan)
    for day in range(len(usual)):
        others = np.arange(len(usual)) != day
        usual[day] = _usual(days, days.kind[day], days.weekday[day], others)[0]
    flat = (-1, panel.series)
    counts = days.counts.reshape(flat)[panel.offset :][: panel.steps]
    expected = usual.reshape(flat)[panel.offset :][: panel.steps]
    ratio = np.clip(np.log((counts + OFFSET) / (expected + OFFSET)), -3.0, 3.0)
    inputs = _inputs(ratio, counts, expected, panel.hour)
    everything = np.ones(len(usual), dtype=bool)
    found = []
    for horizon in horizons:
        step = np.array([panel.steps - 1 + horizon])
        day = int(panel.day_of(step)[0])
        weekday, kind = int(panel.calendar.weekday[day]), int(_kinds(panel.calendar)[day])
        at_all, seen = _usual(days, kind, weekday, everything)
        at = at_all[int(panel.time_of_day(step)[0])]
        weights, spread = _fit(ratio, inputs, expected, int(horizon), panel.hour)
        middle = inputs[-1] @ weights
        variance = spread[0] + spread[1] / (at + OFFSET)
        deviation = np.sqrt(variance * (1.0 + 1.0 / (1.0 + seen) ** 2))
        deviation *= 1.0 if seen else NOTHING_KNOWN
        ends = [middle - ONE_IN_TEN * deviation, middle, middle + ONE_IN_TEN * deviation]
        found.append(np.exp(np.stack(ends, axis=1)) * (at + OFFSET)[:, None] - OFFSET)
    return np.asarray(np.maximum(np.stack(found), 0.0), dtype=np.float32)


def _by_days(panel: Panel) -> _Days:
    days = -(-(panel.offset + panel.steps) // panel.day)
    laid = np.full((days * panel.day, panel.series), np.nan)
    laid[panel.offset : panel.offset + panel.steps] = panel.counts
    known = np.isfinite(laid)
    filled = np.where(known, laid, 0.0)
    sums, weights = np.zeros_like(laid), np.zeros_like(laid)
    for shift, weight in zip((-panel.hour, 0, panel.hour), NEIGHBOURS, strict=True):
        sums += weight * _moved(filled, shift)
        weights += weight * _moved(known.astype(np.float64), shift)
    shape = (days, panel.day, panel.series)
    return _Days(
        laid.reshape(shape),
        sums.reshape(shape),
        weights.reshape(shape),
        panel.calendar.weekday[:days],
        _kinds(panel.calendar)[:days],
    )


def _moved(table: Doubles, by: int) -> Doubles:
    moved = np.zeros_like(table)
    if by > 0:
        moved[by:] = table[:-by]
    elif by < 0:
        moved[:by] = table[-by:]
    else:
        moved[:] = table
    return moved


def _kinds(calendar: Calendar) -> Integers:
    kinds = np.where(calendar.weekday < 5, WORKING, calendar.weekday - 4)  # noqa: PLR2004 - Saturday.
    return np.where(calendar.special > 0, SUNDAY, kinds)


def _usual(days: _Days, kind: int, weekday: int, among: NDArray[np.bool_]) -> tuple[Doubles, int]:
    """Return what is usual at each time of such a day, (steps, S), and how many of its kind spoke.

    NaN where no day of `among` says anything.
    """
    alike = among & (days.kind == kind)
    same = alike & (days.weekday == weekday)
    total, weight = days.sums[among].sum(axis=0), days.weights[among].sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.where(weight > 0, total / weight, np.nan)
    for chosen in (alike, same):
        total, weight = days.sums[chosen].sum(axis=0), days.weights[chosen].sum(axis=0)
        usual = (total + LEAN * usual) / (weight + LEAN)
    return usual, int(alike.sum())


def _inputs(ratio: Doubles, counts: Doubles, expected: Doubles, hour: int) -> Doubles:
    """Return of each step and series, (T, S, 3): its ratio of late, that of a day, and of all."""
    both = np.isfinite(ratio)
    seen = np.where(both, counts, 0.0).sum(axis=1)
    usual = np.where(both, expected, 0.0).sum(axis=1)
    everybody = np.log((seen + OFFSET) / (usual + OFFSET))[:, None].repeat(ratio.shape[1], axis=1)
    return np.stack(
        [_trailing(ratio, RECENT_H * hour), _trailing(ratio, DAY_H * hour), everybody], axis=2
    )


def _trailing(table: Doubles, steps: int) -> Doubles:
    """Return the mean of each row and those before it; 0 where there is none."""
    known = np.isfinite(table)
    sums = np.cumsum(np.where(known, table, 0.0), axis=0)
    numbers = np.cumsum(known, axis=0).astype(np.float64)
    if len(table) > steps:
        sums[steps:] -= sums[:-steps].copy()
        numbers[steps:] -= numbers[:-steps].copy()
    return np.asarray(sums / np.maximum(numbers, 1.0))


def _fit(
    ratio: Doubles, inputs: Doubles, expected: Doubles, horizon: int, hour: int
) -> tuple[Doubles, Doubles]:
    """Return the weights of the inputs at this horizon, (3,), and the two parts of the spread."""
    hours = horizon / hour
    start = np.array([0.4, 0.0, 0.3]) * np.exp(-hours / 5.0)
    start += np.array([0.0, 0.4, 0.0]) * np.exp(-hours / 96.0)
    wanted, given = ratio[horizon:].reshape(-1), inputs[:-horizon].reshape(-1, 3)
    sizes = expected[horizon:].reshape(-1)
    known = np.isfinite(wanted)
    wanted, given, sizes = wanted[known], given[known], sizes[known]
    # Errors of targets that lie within a horizon of each other are alike: the further ahead, the
    # fewer of them speak for themselves.
    lean = PRIOR_ROWS * 0.1 * (1.0 + hours / ALIKE_H) * np.identity(3)
    weights = np.linalg.solve(given.T @ given + lean, given.T @ wanted + lean @ start)
    squares = (wanted - given @ weights) ** 2
    parts = np.stack([np.ones_like(sizes), 1.0 / (sizes + OFFSET)], axis=1)
    lean = PRIOR_ROWS * np.diag([1.0, 0.05])
    spread = np.linalg.solve(parts.T @ parts + lean, parts.T @ squares + lean @ SPREAD_START)
    return weights, np.maximum(spread, (0.01, 0.2))
