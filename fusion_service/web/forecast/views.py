# SPDX-License-Identifier: Apache-2.0
"""What a client sees of a forecast: quantiles of each zone beside seasonal naive, and its peaks."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from fusion_service.estimate.levels import level_of
from fusion_service.registry.site import Site, Zone
from fusion_service.store.forecast.kept import ZONE, Made, Places, Said, ScoreRow
from fusion_service.store.forecast.steps import HOUR_S, Numbers, starts_of, steps_in
from fusion_service.web.form.instants import (
    MillisecondsOut,
    SecondsOut,
    of_milliseconds,
    of_seconds,
)
from fusion_service.web.views.base import View

Figures = tuple[float | None, ...]
LevelWord = Literal["green", "yellow", "orange", "red"]
WORDS: tuple[LevelWord, ...] = ("green", "yellow", "orange", "red")


class QuantilesView(View):
    """The .1, .5 and .9 quantile of each step; null where nothing is known."""

    low: Figures
    middle: Figures
    high: Figures


class DayPeakView(View):
    """A local day's peak: in the step that begins at `at`."""

    day: date
    at: SecondsOut
    people: float
    low: float
    high: float


class PeakView(DayPeakView):
    """A zone's peak, and the level that it would have."""

    level: LevelWord


class ZoneForecastView(View):
    """What comes in a zone: the mean of people in each step.

    by: `trees`, or the `ratio model` of a young zone. naive: as it was a week before. undisturbed:
    the same without what was declared; null where nothing was. peaks: of each day of the week.
    """

    zone: str
    by: Literal["trees", "ratio model"]
    quantiles: QuantilesView
    naive: Figures
    undisturbed: QuantilesView | None
    peaks: tuple[PeakView, ...]


class CounterForecastView(View):
    """What comes at a counter's line, people in each step, or in its zone, their mean.

    line, zone: its name; the other one is null. by, naive, peaks: as of a zone of the site.
    """

    device: str
    line: str | None
    zone: str | None
    by: Literal["trees", "ratio model"]
    quantiles: QuantilesView
    naive: Figures
    peaks: tuple[DayPeakView, ...]


class MadeView(View):
    """One forecast: from `origin` on, in steps of `step_s` that begin at `starts`.

    version: of the site's trees, null where the ratio model alone answered. missing: feeds that
    said nothing, so that it is wider.
    """

    origin: SecondsOut
    made_at: MillisecondsOut
    step_s: int
    version: int | None
    missing: tuple[str, ...]
    starts: tuple[SecondsOut, ...]


class SpanView(MadeView):
    """One forecast of zones."""

    zones: tuple[ZoneForecastView, ...]


class CounterSpanView(MadeView):
    """One forecast of counters."""

    counters: tuple[CounterForecastView, ...]


class ForecastView(View):
    """What comes at a site, as known now or by a moment: the next hour in quarters, then a week.

    Each is null where nothing was said.
    """

    site: str
    time_zone: str
    next_hour: SpanView | None
    next_week: SpanView | None


class CountersForecastView(View):
    """What comes at a site's counters, as known now or by a moment; see `ForecastView`."""

    site: str
    time_zone: str
    next_hour: CounterSpanView | None
    next_week: CounterSpanView | None


class WarningScoreView(View):
    """Warnings of levels: episodes that came, those warned of before, those that never came.

    lead_s: how long before the highest level that was reached it was warned of; 0 without a
    warning, null where none was reached.
    """

    came: int
    hit: int
    false: int
    lead_s: int | None


class ScoreView(View):
    """How good forecasts of a day were, so long ahead. skill: 1 - MAE / MAE of seasonal naive.

    places: of a site's zones, or of its counters. pinball: the mean over the three quantiles.
    coverage: the share within the 80 % interval. warnings: of zones, one and three hours ahead.
    """

    places: Literal["zones", "counters"]
    horizon_s: int
    targets: int
    mae: float | None
    pinball: float | None
    coverage: float | None
    skill: float | None
    warnings: WarningScoreView

    @classmethod
    def of_row(cls, row: ScoreRow) -> "ScoreView":
        """Show a score."""
        return cls(
            places="zones" if row.places is Places.ZONES else "counters",
            horizon_s=row.horizon_s,
            targets=row.targets,
            mae=_rounded(row.mae, 2),
            pinball=_rounded(row.pinball, 2),
            coverage=_rounded(row.coverage, 3),
            skill=_rounded(row.skill, 3),
            warnings=WarningScoreView(
                came=row.came, hit=row.hit, false=row.false_episodes, lead_s=row.lead_s
            ),
        )


class DayScoreView(View):
    """A local day's scores."""

    day: date
    scored_at: MillisecondsOut
    scores: tuple[ScoreView, ...]


class ScoresView(View):
    """A site's scores, the newest day first."""

    site: str
    days: tuple[DayScoreView, ...]


def span_of(site: Site, made: Made, said: Sequence[Said], zones: Sequence[Zone]) -> SpanView:
    """Show a forecast of some of a site's zones."""
    clock = ZoneInfo(site.time_zone)
    by_place = {one.place: one for one in said}
    starts = _starts(made, said, clock)
    shown = tuple(
        _zone(zone, by_place[place], made, starts, clock)
        for zone in zones
        if (place := f"{ZONE}{zone.id}") in by_place
    )
    return SpanView(**_made(made, starts), zones=shown)


def counters_of(site: Site, made: Made, said: Sequence[Said]) -> CounterSpanView:
    """Show a forecast of a site's counters."""
    clock = ZoneInfo(site.time_zone)
    starts = _starts(made, said, clock)
    shown = tuple(
        _counter(one, made, starts, clock) for one in said if not one.place.startswith(ZONE)
    )
    return CounterSpanView(**_made(made, starts), counters=shown)


def scores_of(site: str, rows: Sequence[ScoreRow]) -> ScoresView:
    """Show scores, by day."""
    days = dict.fromkeys(row.day for row in rows)
    return ScoresView(
        site=site,
        days=tuple(
            DayScoreView(
                day=date.fromisoformat(day),
                scored_at=of_milliseconds(max(row.scored_ms for row in rows if row.day == day)),
                scores=tuple(ScoreView.of_row(row) for row in rows if row.day == day),
            )
            for day in days
        ),
    )


def _starts(made: Made, said: Sequence[Said], clock: ZoneInfo) -> list[int | None]:
    number = max((len(steps_in(one.said)) for one in said), default=0)
    return starts_of(made.origin_s, made.step_s, number, clock)


def _made(made: Made, starts: Sequence[int | None]) -> dict[str, Any]:
    return {
        "origin": of_seconds(made.origin_s),
        "made_at": of_milliseconds(made.made_ms),
        "step_s": made.step_s,
        "version": made.version,
        "missing": made.missing,
        "starts": tuple(of_seconds(one) for one in starts if one is not None),
    }


def _counter(
    said: Said, made: Made, starts: Sequence[int | None], clock: ZoneInfo
) -> CounterForecastView:
    device, kind, name = said.place.split("/", 2)
    steps = _there(steps_in(said.said), starts)
    begins = [one for one in starts if one is not None]
    return CounterForecastView(
        device=device,
        line=name if kind == "line" else None,
        zone=name if kind == "zone" else None,
        by="ratio model" if said.by_ratio else "trees",
        quantiles=_quantiles(steps),
        naive=tuple(_figure(one[3]) for one in steps),
        peaks=tuple(_peaks(steps, begins, clock)) if made.step_s == HOUR_S else (),
    )


def _zone(
    zone: Zone, said: Said, made: Made, starts: Sequence[int | None], clock: ZoneInfo
) -> ZoneForecastView:
    undisturbed = _there(steps_in(said.said), starts)
    live = undisturbed if said.moved is None else _there(steps_in(said.moved), starts)
    begins = [one for one in starts if one is not None]
    return ZoneForecastView(
        zone=zone.id,
        by="ratio model" if said.by_ratio else "trees",
        quantiles=_quantiles(live),
        naive=tuple(_figure(one[3]) for one in live),
        undisturbed=None if said.moved is None else _quantiles(undisturbed),
        peaks=_zone_peaks(zone, live, begins, clock) if made.step_s == HOUR_S else (),
    )


def _there(steps: list[Numbers], starts: Sequence[int | None]) -> list[Numbers]:
    """Leave out the steps that the clock leaves out."""
    return [one for one, start_s in zip(steps, starts, strict=True) if start_s is not None]


def _quantiles(steps: list[Numbers]) -> QuantilesView:
    low, middle, high = (tuple(_figure(one[each]) for one in steps) for each in range(3))
    return QuantilesView(low=low, middle=middle, high=high)


def _zone_peaks(
    zone: Zone, steps: list[Numbers], starts: list[int], clock: ZoneInfo
) -> tuple[PeakView, ...]:
    return tuple(
        PeakView(
            **dict(one),
            level=WORDS[level_of(zone, one.people, one.people / max(zone.usable_m2, 1.0))],
        )
        for one in _peaks(steps, starts, clock)
    )


def _peaks(steps: list[Numbers], starts: list[int], clock: ZoneInfo) -> list[DayPeakView]:
    """Return each local day's peak. The ends are the highest of the steps' ends."""
    days: dict[date, list[tuple[int, Numbers]]] = {}
    for start_s, one in zip(starts, steps, strict=True):
        if not math.isnan(one[1]):
            day = datetime.fromtimestamp(start_s, clock).date()
            days.setdefault(day, []).append((start_s, one))
    peaks = []
    for day, said in days.items():
        at_s, highest = max(said, key=lambda each: each[1][1])
        peaks.append(
            DayPeakView(
                day=day,
                at=of_seconds(at_s),
                people=round(highest[1], 1),
                low=round(max(one[0] for _, one in said), 1),
                high=round(max(one[2] for _, one in said), 1),
            )
        )
    return peaks


def _figure(number: float) -> float | None:
    return None if math.isnan(number) else round(number, 1)


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)
