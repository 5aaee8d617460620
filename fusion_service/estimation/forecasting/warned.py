# SPDX-License-Identifier: Apache-2.0
"""Whether a level is warned of: by what such probabilities came to in the six weeks before.

A control room hears of a site: the zone that is likeliest to reach a level speaks for it. Each
level and horizon has a threshold of its own, the lowest at which false episodes stayed within a
ninth of the budget (estimate/forecast/warnings.py); so the six together stay within two thirds.
Rule: a threshold rests on hours that were over, and a site of less than two weeks warns of nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Floats
from fusion_service.estimate.forecast.warnings import (
    Calibration,
    Flags,
    calibrate,
    false_max_of,
    probability_of,
    threshold_of,
)
from fusion_service.estimate.levels import Coming, people_at
from fusion_service.estimation.forecasting.quarters import DAY_S, Quarters
from fusion_service.registry.site import Level, Site
from fusion_service.store.forecast.kept import ZONE, WarningRow
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S

WARNED_H = (1, 3)
LOOK_BACK_DAYS = 42
HOURS_MIN = 14 * 24
"""With fewer hours behind it a threshold is chance."""
CHANCE_MIN = 0.1
"""Where nothing ever came anything would pass: less than this is no warning."""
LEVELS = (Level.YELLOW, Level.ORANGE, Level.RED)


@dataclass(frozen=True, slots=True)
class Rule:
    """How a probability is read, and from where on it is a warning; infinite is never."""

    calibration: Calibration = field(default_factory=Calibration)
    threshold: float = math.inf


Rules = Mapping[tuple[Level, int], Rule]
"""By level and horizon, hours."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a forecast says of levels: to be kept, and what of it is a warning."""

    rows: tuple[WarningRow, ...]
    coming: tuple[Coming, ...]


def levels_of(site: Site, places: Sequence[str]) -> dict[Level, Floats]:
    """Return from how many people each place has each level, (S,); infinite where never."""
    zones = {f"{ZONE}{one.id}": one for one in site.zones}
    found = {}
    for level in LEVELS:
        people = [people_at(zones[place], level) if place in zones else None for place in places]
        found[level] = np.array([math.inf if one is None else one for one in people], np.float32)
    return {level: each for level, each in found.items() if np.isfinite(each).any()}


def tell(site: Site, places: Sequence[str], origin_s: int, quantiles: Floats, rules: Rules) -> Told:
    """Say how likely each level is, from quantiles of hours from the origin on, (H, S, 3)."""
    rows, coming = [], []
    for level, people in levels_of(site, places).items():
        for hours in WARNED_H:
            chance = probability_of(quantiles[hours - 1][None], people)[0]
            chance[~(np.isfinite(chance) & np.isfinite(people))] = -1.0
            likeliest = int(np.argmax(chance))
            if chance[likeliest] < 0:
                continue
            raw, zone = float(chance[likeliest]), places[likeliest].removeprefix(ZONE)
            rule = rules.get((level, hours), Rule())
            calibrated = float(rule.calibration.applied(np.array([raw]))[0])
            warned = calibrated >= rule.threshold
            horizon_s = hours * HOUR_S
            rows.append(WarningRow(site.id, origin_s, level, horizon_s, zone, raw, warned=warned))
            if warned:
                at_s = origin_s + horizon_s - HOUR_S
                coming.append(Coming(level, zone, at_s, calibrated))
    return Told(tuple(rows), tuple(coming))


def learn(
    site: Site, quarters: Quarters, rows: Sequence[WarningRow], now_s: int
) -> dict[tuple[Level, int], Rule]:
    """Return the rule of each level and horizon, by what was said and what came until now."""
    first_s = now_s // HOUR_S * HOUR_S - LOOK_BACK_DAYS * DAY_S
    hours = (now_s - first_s) // HOUR_S
    came = _came(site, quarters, first_s, hours)
    rules = {}
    for level, (reached, is_known) in came.items():
        for ahead in WARNED_H:
            said = np.full(hours, np.nan)
            for row in rows:
                if row.level == level and row.horizon_s == ahead * HOUR_S:
                    at = (row.origin_s + row.horizon_s - HOUR_S - first_s) // HOUR_S
                    if 0 <= at < hours and is_known[at]:
                        said[at] = row.probability
            rules[level, ahead] = _rule(said, reached)
    return rules


def _rule(said: Floats, reached: Flags) -> Rule:
    known = np.isfinite(said)
    number = int(known.sum())
    if number < HOURS_MIN:
        return Rule()
    calibration = calibrate(said[known].astype(np.float64), reached[known])
    values = np.full(len(said), np.nan)
    values[known] = calibration.applied(said[known].astype(np.float64))
    false_max = false_max_of(number, 1, 1)
    found = threshold_of(values[:, None], reached[:, None], false_max, 1)
    return Rule(calibration, max(found, CHANCE_MIN))


def _came(
    site: Site, quarters: Quarters, first_s: int, hours: int
) -> dict[Level, tuple[Flags, Flags]]:
    """Return for each hour from a moment on whether the site had each level, and whether we know.

    An hour has a level where its mean does.
    """
    at = first_s // QUARTER_S - quarters.first_day * (DAY_S // QUARTER_S)
    counts = np.full((hours * 4, len(quarters.places)), np.nan, np.float32)
    begin, end = max(at, 0), min(at + hours * 4, len(quarters.counts))
    if end > begin:
        counts[begin - at : end - at] = quarters.counts[begin:end]
    parts = counts.reshape(hours, 4, -1)
    number = np.isfinite(parts).sum(axis=1)
    mean = np.where(number > 0, np.nansum(parts, axis=1) / np.maximum(number, 1), np.nan)
    found = {}
    for level, people in levels_of(site, quarters.places).items():
        known = np.isfinite(mean) & np.isfinite(people)
        reached: Flags = np.asarray((known & (mean >= people)).any(axis=1))
        is_known: Flags = np.asarray(known.any(axis=1))
        found[level] = reached, is_known
    return found
