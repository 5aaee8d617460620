# SPDX-License-Identifier: Apache-2.0
"""Score a day of a site by what was said of it and kept, and by nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers
from fusion_service.estimate.forecast.models.conformal import regimes_of
from fusion_service.estimate.forecast.scoring.score import score
from fusion_service.estimate.forecast.warnings import Flags, lead_steps, score_warnings
from fusion_service.estimation.forecasting.quarters import DAY_S, Quarters
from fusion_service.estimation.forecasting.wall_panel import Laid, Locality, clock_of, lay
from fusion_service.estimation.forecasting.warned import WARNED_H, levels_of
from fusion_service.estimation.forecasting.widths import (
    NEAR_QUARTERS,
    SCORED_H,
    Widths,
    read_back,
)
from fusion_service.registry.site import Site
from fusion_service.store.forecast.kept import ZONE, Forecasts, Places, ScoreRow, WarningRow
from fusion_service.store.forecast.steps import HOUR_S, NUMBERS, QUARTER_S

SCORED_QUARTERS = (1, 2)
DAYS_BACK = 20
"""What is laid of the days before: enough to know which regime an hour is of."""


@dataclass(frozen=True, slots=True)
class OfHorizon:
    """What was said of a day's N steps, `horizon` steps ahead each: (N, S, 4), NaN where nothing.

    counts: what came, (N, S). targets: the steps of the panel.
    """

    horizon: int
    targets: Integers
    said: Floats
    counts: Floats


@dataclass(frozen=True, slots=True)
class DayToScore:
    """A local day of a site, and what is known of it."""

    site: Site
    day: date
    quarters: Quarters
    locality: Locality
    kept: Forecasts

    @property
    def ends_s(self) -> int:
        """When the day after begins, unix s."""
        return _midnight(self.day + timedelta(days=1), self.locality)


def score_of(day: DayToScore, scored_ms: int) -> list[ScoreRow]:
    """Return the scores of a day at each horizon; none where nothing was said of it."""
    laid = _laid(day, HOUR_S)
    hours = compared(day, laid, HOUR_S, SCORED_H)
    quarters = compared(day, _laid(day, QUARTER_S), QUARTER_S, SCORED_QUARTERS)
    before_s = day.ends_s - 2 * DAY_S
    warnings = day.kept.warnings(day.site.id, from_s=before_s, to_s=day.ends_s)
    rows = []
    for step_s, each in ((QUARTER_S, quarters), (HOUR_S, hours)):
        for one in each:
            told = _warned(day, laid, one, warnings) if step_s == HOUR_S else None
            for places in Places:
                row = _row(day, one, places, one.horizon * step_s, scored_ms, told)
                if row is not None:
                    rows.append(row)
    return rows


def learn_widths(day: DayToScore, widths: Widths) -> None:
    """Move the widths of intervals by what came of a day."""
    laid = _laid(day, HOUR_S)
    for one, band in zip(compared(day, laid, HOUR_S, SCORED_H), widths.bands, strict=True):
        band.learn(one.counts, one.said[..., :3], regimes_of(laid.panel, one.targets))
    fine = _laid(day, QUARTER_S)
    (near,) = compared(day, fine, QUARTER_S, (NEAR_QUARTERS,))
    widths.near.learn(near.counts, near.said[..., :3], regimes_of(fine.panel, near.targets))


def compared(day: DayToScore, laid: Laid, step_s: int, horizons: Sequence[int]) -> list[OfHorizon]:
    """Return what was said of a day at each horizon beside what came, from what is kept."""
    number = DAY_S // step_s
    targets = np.arange(laid.panel.steps - number, laid.panel.steps, dtype=np.int64)
    shape = (number, laid.panel.series, NUMBERS)
    said = {horizon: np.full(shape, np.nan, np.float32) for horizon in horizons}
    index = {place: at for at, place in enumerate(day.quarters.places)}
    from_s = day.ends_s - DAY_S - (max(horizons) + 2) * step_s
    taken: set[int] = set()
    for made in day.kept.made_between(day.site.id, step_s, from_s=from_s, to_s=day.ends_s):
        first = laid.step_of(made.origin_s)
        wanted = {
            horizon: first + horizon - 1 - int(targets[0])
            for horizon in horizons
            if 0 <= first + horizon - 1 - int(targets[0]) < number
        }
        if not wanted or first in taken:
            continue  # of two hours with the same clock the first is scored
        taken.add(first)
        for one in day.kept.said(made):
            if one.place in index:
                steps = read_back(one.said)
                for horizon, at in wanted.items():
                    said[horizon][at, index[one.place]] = steps[horizon - 1]
    counts = laid.panel.counts[targets]
    return [OfHorizon(horizon, targets, said[horizon], counts) for horizon in horizons]


@dataclass(frozen=True, slots=True)
class _Warned:
    came: int = 0
    hit: int = 0
    false_episodes: int = 0
    lead_s: int | None = None


def _row(
    day: DayToScore,
    one: OfHorizon,
    places: Places,
    horizon_s: int,
    scored_ms: int,
    told: _Warned | None,
) -> ScoreRow | None:
    is_zone = [place.startswith(ZONE) for place in day.quarters.places]
    chosen = np.array([each == (places is Places.ZONES) for each in is_zone], dtype=np.bool_)
    counts, said = one.counts[:, chosen], one.said[:, chosen]
    found = score(counts, said[..., :3], said[..., 3])
    if not found.targets:
        return None
    warned = told if told is not None and places is Places.ZONES else _Warned()
    return ScoreRow(
        site=day.site.id,
        day=day.day.isoformat(),
        places=places,
        horizon_s=horizon_s,
        targets=found.targets,
        mae=found.mae,
        pinball=found.pinball,
        coverage=found.coverage,
        skill=found.skill,
        came=warned.came,
        hit=warned.hit,
        false_episodes=warned.false_episodes,
        lead_s=warned.lead_s,
        scored_ms=scored_ms,
    )


def _warned(
    day: DayToScore, laid: Laid, one: OfHorizon, rows: Sequence[WarningRow]
) -> _Warned | None:
    """Return what a horizon's warnings came to, over the levels of the site."""
    if one.horizon not in WARNED_H:
        return None
    came = hit = false_episodes = 0
    lead_s: int | None = None
    for level, people in levels_of(day.site, day.quarters.places).items():
        with np.errstate(invalid="ignore"):
            reached: Flags = np.asarray((one.counts >= people).any(axis=1))
        warned = np.zeros(len(reached), dtype=np.bool_)
        for row in rows:
            if row.warned and row.level == level and row.horizon_s == one.horizon * HOUR_S:
                at = laid.step_of(row.origin_s) + one.horizon - 1 - int(one.targets[0])
                if 0 <= at < len(warned):
                    warned[at] = True
        found = score_warnings(warned, reached, one.horizon, 1)
        came, hit = came + found.came, hit + found.hit
        false_episodes += found.false
        whole_day = np.zeros(len(reached), dtype=np.int64)
        leads = lead_steps(warned, reached, one.horizon, whole_day)
        if 0 in leads:
            lead_s = leads[0] * HOUR_S  # the highest level that was reached is the last
    return _Warned(came, hit, false_episodes, lead_s)


def _laid(day: DayToScore, step_s: int) -> Laid:
    clock = clock_of(day.quarters, day.ends_s, step_s, day.locality.zone, DAYS_BACK)
    return lay(day.quarters, day.ends_s, clock, day.locality, whole=True)


def _midnight(day: date, locality: Locality) -> int:
    return int(datetime.combine(day, time(), locality.zone).timestamp())
