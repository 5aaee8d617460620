# SPDX-License-Identifier: Apache-2.0
"""Warnings of sites of three neighbouring counters, and seasonal naive at as many false ones."""

from dataclasses import dataclass

import numpy as np

from fusion_service.estimate.forecast import warnings
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel
from fusion_service.estimate.forecast.models.boosting import Plan
from fusion_service.estimate.forecast.scoring.rolling import Rolled, roll
from fusion_service.estimate.forecast.warnings import Flags, WarningScore

SIZE = 3
EARLIER_DAYS = 42
"""Thresholds and calibration come from these days before the window, and the model from earlier."""
LEVELS = (90.0, 97.0)
LEVEL_WEEKS = 52
PLANS = (
    Plan(0.5, "log", 750, 180),
    Plan(0.1, "log", 400, 80, learning_rate=0.12, leaves=31),
    Plan(0.9, "log", 400, 80, learning_rate=0.12, leaves=31),
)
BUSIEST = 98.0
DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Warned:
    """Of one horizon and level over all sites.

    naive_hit: the share that seasonal naive warned of with at least as many false episodes.
    gain_low, gain_high: the 95 % interval of the difference, by bootstrap of days.
    lead_h: the median of how long before the level was reached it was warned, on the busiest 2 % of
    days on which it was; None where it was on none.
    """

    score: WarningScore
    naive: WarningScore
    gain_low: float
    gain_high: float
    false_in_8_h: float
    probability: float
    lead_h: float | None
    busiest_days: int


def sites_of(panel: Panel) -> Panel:
    """Join counters to sites of three, each time the one furthest out with its two nearest."""
    left = list(range(panel.series))
    centre = panel.positions_m.mean(axis=0)
    sites = []
    while len(left) >= SIZE:
        first = max(left, key=lambda one: float(np.linalg.norm(panel.positions_m[one] - centre)))
        apart = {
            one: float(np.linalg.norm(panel.positions_m[one] - panel.positions_m[first]))
            for one in left
        }
        chosen = sorted(left, key=apart.__getitem__)[:SIZE]
        sites.append(chosen)
        left = [one for one in left if one not in chosen]
    counts = np.stack([panel.counts[:, one].sum(axis=1) for one in sites], axis=1)
    places = np.stack([panel.positions_m[one].mean(axis=0) for one in sites])
    return Panel(panel.first, panel.step_s, counts, places, panel.calendar)


def warn(panel: Panel, first: int, horizon: int) -> dict[int, Warned]:
    """Return what warnings of each level came to from step `first` of a panel of sites on."""
    features = Features(panel)
    begin = first - EARLIER_DAYS * panel.day
    rolled = roll(features, begin, panel.steps, horizon, PLANS)
    return {int(level): _warned(panel, rolled, first, level) for level in LEVELS}


def _warned(panel: Panel, rolled: Rolled, first: int, percentile: float) -> Warned:
    begin = int(rolled.targets[0])
    past = panel.counts[begin - LEVEL_WEEKS * panel.week : begin]
    level = np.nanpercentile(past, percentile, axis=0).astype(np.float32)
    counts = panel.counts[rolled.targets]
    reached = np.nan_to_num(counts) >= level
    raw = warnings.probability_of(rolled.quantiles, level)
    # Nothing of the window: its first target's origin is `horizon` steps before it.
    earlier = slice(0, first - begin - rolled.horizon)
    window = slice(first - begin, None)
    line = warnings.calibrate(raw[earlier].reshape(-1), reached[earlier].reshape(-1))
    probability = line.applied(raw)
    allowed = warnings.false_max_of(earlier.stop, panel.series, panel.hour)
    threshold = warnings.threshold_of(probability[earlier], reached[earlier], allowed, panel.hour)
    warned = probability[window] >= threshold
    days = panel.day_of(rolled.targets[window])
    score = _score(warned, reached[window], rolled.horizon)
    beside = _naive_flags(rolled.naive[window] / level, reached[window], score.false)
    low, high = _gain((warned, beside), reached[window], days, rolled.horizon)
    hours = len(days) / panel.hour
    leads = _leads(panel, counts[window], warned, reached[window], days, rolled.horizon)
    return Warned(
        score,
        _score(beside, reached[window], rolled.horizon),
        low,
        high,
        score.false / panel.series / hours * warnings.BUDGET_HOURS,
        threshold,
        float(np.median(leads)) / panel.hour if leads else None,
        len(leads),
    )


def _score(warned: Flags, reached: Flags, horizon: int) -> WarningScore:
    each = [
        warnings.score_warnings(warned[:, one], reached[:, one], horizon, 1)
        for one in range(warned.shape[1])
    ]
    return WarningScore(
        sum(one.came for one in each), sum(one.hit for one in each), sum(one.false for one in each)
    )


def _naive_flags(values: Floats, reached: Flags, false: int) -> Flags:
    """Return what naive warns of at the highest threshold with at least `false` false episodes.

    At least, so that the comparison leans to naive; all of them where it never has so many.
    """
    best = np.zeros_like(reached)
    for threshold in np.linspace(1.6, 0.3, 131):
        best = np.nan_to_num(values) >= threshold
        if warnings.false_episodes(best, reached, 1) >= false:
            break
    return best


def _gain(
    both: tuple[Flags, Flags], reached: Flags, days: Integers, horizon: int
) -> tuple[float, float]:
    """Return the interval of the difference of the hit rates, the same days drawn for both."""
    _, place = np.unique(days, return_inverse=True)
    sums = np.zeros((3, place.max() + 1))
    for site in range(reached.shape[1]):
        for begin, end in warnings.episodes_of(reached[:, site]):
            upto = min(end + 1, begin + horizon)
            hits = (flags[begin:upto, site].any() for flags in both)
            sums[:, place[begin]] += [1.0, *(float(hit) for hit in hits)]
    drawn = np.random.default_rng(1).integers(0, sums.shape[1], (DRAWS, sums.shape[1]))
    came, mine, naive = (row[drawn].sum(axis=1) for row in sums)
    low, high = np.percentile((mine - naive) / np.maximum(came, 1.0), (2.5, 97.5))
    return float(low), float(high)


def _leads(
    panel: Panel, counts: Floats, warned: Flags, reached: Flags, days: Integers, horizon: int
) -> list[int]:
    """Return the lead of each site's day that is among its busiest 2 % and reached the level."""
    found = []
    for site in range(panel.series):
        peaks = {int(day): float(np.nanmax(counts[days == day, site])) for day in np.unique(days)}
        least = np.percentile(list(peaks.values()), BUSIEST)
        leads = warnings.lead_steps(warned[:, site], reached[:, site], horizon, days)
        found += [lead for day, lead in leads.items() if peaks[day] >= least]
    return found
