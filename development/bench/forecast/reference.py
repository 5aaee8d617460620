# SPDX-License-Identifier: Apache-2.0
"""The reference: LightGBM as it is used plainly, one model over all counters, 400 days.

It has the calendar, the counts of the last hours and days, and their ratio to the mean of six weeks
at the same hour, which is also what it learns the ratio to. It knows of no neighbour, no year
before, no special day but by its date, and no counter that is out of order.
"""

import lightgbm
import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel

DAYS, WEEKS, TREES = 400, 6, 300
OFFSET = 3.0
LAGS_H = (0, 1, 2, 3, 5, 11)
SETTINGS = {
    "objective": "quantile",
    "alpha": 0.5,
    "learning_rate": 0.05,
    "num_leaves": 63,
    "force_col_wise": True,
    "deterministic": True,
    "num_threads": 1,
    "seed": 1,
    "verbosity": -1,
}


def reference(panel: Panel, first: int, horizon: int) -> Floats:
    """Return the median of each hour from `first` on, (N, S), fitted to what came before.

    Before the origin of the first target, that is: `horizon` hours earlier.
    """
    until = first - horizon + 1
    learnt = np.arange(until - DAYS * panel.day, until, dtype=np.int64)
    targets = np.arange(first, panel.steps, dtype=np.int64)
    inputs, usual = _inputs(panel, learnt, horizon)
    counts = panel.counts[learnt].reshape(-1)
    known = np.isfinite(counts) & np.isfinite(usual)
    wanted = np.log((counts + OFFSET) / (usual + OFFSET))
    data = lightgbm.Dataset(inputs[known], wanted[known])
    trees = lightgbm.train(SETTINGS, data, TREES)
    inputs, usual = _inputs(panel, targets, horizon)
    found = np.exp(np.asarray(trees.predict(inputs))) * (usual + OFFSET) - OFFSET
    return np.asarray(found.reshape(len(targets), panel.series), dtype=np.float32)


def _inputs(panel: Panel, targets: Integers, horizon: int) -> tuple[Floats, Floats]:
    origins, series = targets - horizon, panel.series
    counts, usual = panel.counts, _usual(panel)
    ratio = np.log((counts + OFFSET) / (usual[: panel.steps] + OFFSET))
    day, calendar = panel.day_of(targets), panel.calendar
    back = -(-horizon // 24) * 24
    same = [ratio[targets - back - one * 24] for one in range(7)]
    columns = [
        panel.time_of_day(targets)[:, None],
        calendar.weekday[day][:, None],
        (calendar.special[day] > 0)[:, None],
        calendar.year_day[day][:, None],
        calendar.since[day][:, None],
        calendar.until[day][:, None],
        np.arange(series)[None],
        usual[targets],
        usual[origins],
        *(counts[origins - lag] for lag in LAGS_H),
        *(counts[targets - back - lag * 24] for lag in (0, 1, 6)),
        counts[targets - 168],
        counts[targets - 336],
        ratio[origins],
        ratio[origins - 1],
        ratio[targets - back],
        _mean([ratio[origins - lag] for lag in range(24)]),
        _mean(same),
    ]
    wide = [np.broadcast_to(one, (len(targets), series)).reshape(-1) for one in columns]
    return np.stack(wide, axis=1).astype(np.float32), usual[targets].reshape(-1)


def _usual(panel: Panel) -> Floats:
    """Return the mean of the same hour of six weeks before, of all hours and a week more."""
    counts = np.concatenate([panel.counts, np.full_like(panel.counts[: panel.week], np.nan)])
    weeks = []
    for one in range(1, WEEKS + 1):
        moved = np.full_like(counts, np.nan)
        moved[one * panel.week :] = counts[: -one * panel.week]
        weeks.append(moved)
    return _mean(weeks)


def _mean(many: list[Floats]) -> Floats:
    known = [np.isfinite(one) for one in many]
    number = np.sum(known, axis=0)
    total = np.sum([np.where(k, one, 0.0) for k, one in zip(known, many, strict=True)], axis=0)
    return np.asarray(np.where(number > 0, total / np.maximum(number, 1), np.nan), np.float32)
