# SPDX-License-Identifier: Apache-2.0
"""What a calendar of events gives, on a boulevard that is made up: lead time, and honest intervals.

The truth is known: on which days a level was reached because of an event, and for which the
calendar told of one that was never on before.
"""

from dataclasses import dataclass

import numpy as np

from development.bench.forecast.boulevard import Truth, boulevard
from development.bench.forecast.warned import BUSIEST, EARLIER_DAYS, LEVEL_WEEKS, PLANS
from fusion_service.estimate.forecast import warnings
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel
from fusion_service.estimate.forecast.scoring.rolling import Rolled, roll
from fusion_service.estimate.forecast.scoring.score import score
from fusion_service.estimate.forecast.warnings import Flags

DAYS, WINDOW_DAYS = 3 * 365 + 330, 140
LEVEL = 99.0
"""Percentile of the hours of the year before: on few days without an event do so many come."""
LIFTED_MIN = 0.05


@dataclass(frozen=True, slots=True)
class Announced:
    """What came of the levels of six zones, with some columns.

    leads_busiest, leads_by_events: hours from the warning to the level, 0 without one, of each
    zone's busiest 2 % of days that reached it, and of the days that only an event brought to it.
    mae, covers: of the hours of events; covers_new: of those never on before.
    """

    came: int
    hit: int
    false_in_8_h: float
    leads_busiest: tuple[int, ...]
    leads_by_events: tuple[int, ...]
    mae: float
    covers: float
    covers_new: float


def announced(horizon: int, *, seed: int) -> dict[str, Announced]:
    """Return what came of it with nothing, with the weather's forecast, and with events too."""
    truth = boulevard(DAYS, DAYS - WINDOW_DAYS + 10, seed=seed)
    panels = {
        "nothing": truth.panel,
        "weather": truth.with_columns(truth.weather),
        "events": truth.with_columns(truth.weather, truth.events),
    }
    return {name: _measured(truth, panel, horizon) for name, panel in panels.items()}


def _measured(truth: Truth, panel: Panel, horizon: int) -> Announced:
    first = panel.steps - WINDOW_DAYS * panel.day
    begin = first - EARLIER_DAYS * panel.day
    rolled = roll(Features(panel), begin, panel.steps, horizon, PLANS)
    past = panel.counts[begin - LEVEL_WEEKS * panel.week : begin]
    level = np.nanpercentile(past, LEVEL, axis=0).astype(np.float32)
    reached = panel.counts[rolled.targets] >= level
    window = slice(first - begin, None)
    warned = _warned(panel, rolled, level, reached, first - begin)
    targets = rolled.targets[window]
    counts, days = panel.counts[targets], panel.day_of(targets)
    scores = [
        warnings.score_warnings(warned[:, one], reached[window][:, one], horizon, 1)
        for one in range(panel.series)
    ]
    busiest, by_events = _leads(truth, warned, reached[window], days, targets, level, horizon)
    hours = len(targets) * panel.series
    mae, covers = _of_hours(counts, rolled, window, truth.lifted[targets] > LIFTED_MIN)
    return Announced(
        sum(one.came for one in scores),
        sum(one.hit for one in scores),
        sum(one.false for one in scores) / hours * warnings.BUDGET_HOURS,
        tuple(busiest),
        tuple(by_events),
        mae,
        covers,
        _of_hours(counts, rolled, window, truth.is_new[targets])[1],
    )


def _warned(panel: Panel, rolled: Rolled, level: Floats, reached: Flags, before: int) -> Flags:
    """Return the warnings of the window, by a threshold and a calibration of the weeks before."""
    raw = warnings.probability_of(rolled.quantiles, level)
    earlier = slice(0, before - rolled.horizon)
    line = warnings.calibrate(raw[earlier].reshape(-1), reached[earlier].reshape(-1))
    probability = line.applied(raw)
    allowed = warnings.false_max_of(earlier.stop, panel.series, panel.hour)
    threshold = warnings.threshold_of(probability[earlier], reached[earlier], allowed, panel.hour)
    return probability[before:] >= threshold


def _leads(
    truth: Truth,
    warned: Flags,
    reached: Flags,
    days: Integers,
    targets: Integers,
    level: Floats,
    horizon: int,
) -> tuple[list[int], list[int]]:
    counts = truth.panel.counts[targets]
    quiet = counts * np.exp(-truth.lifted[targets]) >= level
    busiest, by_events = [], []
    for zone in range(counts.shape[1]):
        peaks = {int(day): float(counts[days == day, zone].max()) for day in np.unique(days)}
        least = np.percentile(list(peaks.values()), BUSIEST)
        leads = warnings.lead_steps(warned[:, zone], reached[:, zone], horizon, days)
        for day, lead in leads.items():
            if peaks[day] >= least:
                busiest.append(lead)
            if not quiet[days == day, zone].any():
                by_events.append(lead)
    return busiest, by_events


def _of_hours(counts: Floats, rolled: Rolled, window: slice, chosen: Flags) -> tuple[float, float]:
    """Return the MAE and the coverage of some hours."""
    apart = np.where(chosen, counts, np.nan).astype(np.float32)
    found = score(apart, rolled.quantiles[window], rolled.naive[window])
    return found.mae or np.nan, found.coverage or 0.0
