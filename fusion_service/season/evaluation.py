# SPDX-License-Identifier: Apache-2.0
"""Put a season together: from what the centre keeps to the figures of one document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.registry.site import Level, Site
from fusion_service.registry.source import SourceKind
from fusion_service.season.alarms import alarm_figures
from fusion_service.season.boxes import BoxPast, box_figures, boxes_of
from fusion_service.season.figures import Figure
from fusion_service.season.forecasts import KeptScores, forecast_figures, scores_of
from fusion_service.season.levels import coverage_figure, level_figures, zones_figure
from fusion_service.season.measures import measure_figures
from fusion_service.season.numbers import Totals, ZonePast, zone_past
from fusion_service.season.period import Period
from fusion_service.season.record import Record, record_of
from fusion_service.season.spans import spells
from fusion_service.shift.causes import Kind
from fusion_service.store.estimates import LongPast

BUSIEST, BOXES_SHOWN = 10, 20


class Part(StrEnum):
    """The parts of the document, in its order."""

    LEVELS = "levels"
    ALARMS = "alarms"
    MEASURES = "measures"
    NUMBERS = "numbers"
    FORECASTS = "forecasts"
    BOXES = "boxes"


class Lack(StrEnum):
    """What a season may be without; the document says so."""

    LOG = "log"
    NUMBERS = "numbers"
    SCORES = "scores"
    LOOKS = "looks"
    MEASURES = "measures"
    DECLARED = "declared"
    NOT_OVER = "not over"


@dataclass(frozen=True, slots=True)
class BusyDay:
    """One of the fullest days: the site's peak and when, its fullest zone, the highest levels."""

    day: date
    people: float
    at: datetime
    zones: int
    fullest: str
    fullest_people: float
    reached: Level
    declared: Level
    alarms: int


@dataclass(frozen=True, slots=True)
class Season:
    """What is looked at: a site as its file drew it, which days, and when that was worked out.

    exercise: the scenario of which the store is; empty of what was counted.
    """

    site: Site
    site_version: int
    period: Period
    made: datetime
    exercise: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that the document says."""

    season: Season
    parts: tuple[tuple[Part, tuple[Figure, ...]], ...]
    days: tuple[BusyDay, ...]
    boxes: tuple[BoxPast, ...]
    lacks: tuple[Lack, ...]
    log_entries: int


def evaluate(
    season: Season, log: Iterable[ShiftEntry], past: LongPast, scores: KeptScores
) -> Evaluation:
    """Work a season out. log: the site's entries, the oldest first."""
    site, period = season.site, season.period
    within = (period.from_s, period.to_s)
    record, totals = record_of(log, within), Totals(period)
    zones = _zones(season, past, totals)
    looks = past.looks(site.id, _places(site), from_s=within[0], to_s=within[1])
    kept = scores_of(scores, site.id, period.first, period.last)
    heard = past.heard(site.id, from_s=within[0], to_s=within[1])
    boxes = boxes_of(heard, within, int(season.made.timestamp()))
    coverage = coverage_figure([(one.people, one.low_80, one.high_80) for one in looks])
    days = tuple(_busiest(season, record, zones, totals))
    parts = (
        (Part.LEVELS, level_figures(record, zones)),
        (Part.ALARMS, alarm_figures(record, zones)),
        (Part.MEASURES, measure_figures(site, record)),
        (Part.NUMBERS, (zones_figure(zones), coverage)),
        (Part.FORECASTS, forecast_figures(kept)),
        (Part.BOXES, box_figures(boxes, record)),
    )
    lacks = (
        (Lack.LOG, not record.entries),
        (Lack.NUMBERS, not days),
        (Lack.SCORES, not kept),
        (Lack.LOOKS, not looks),
        (Lack.MEASURES, not site.measures),
        (Lack.DECLARED, not record.declared),
        (Lack.NOT_OVER, season.made.timestamp() < within[1]),
    )
    return Evaluation(
        season,
        tuple((part, tuple(figures)) for part, figures in parts),
        days,
        tuple(boxes[:BOXES_SHOWN]),
        tuple(one for one, holds in lacks if holds),
        record.entries,
    )


def _zones(season: Season, past: LongPast, totals: Totals) -> list[ZonePast]:
    site, period = season.site, season.period
    found = []
    for zone in site.zones:
        rows = past.numbers(site.id, zone.id, from_s=period.from_s, to_s=period.to_s)
        found.append(zone_past(zone, rows, period, totals))
    return found


def _places(site: Site) -> dict[tuple[str, str], str]:
    """Return the zone of each source and counter by which somebody looks at a whole zone."""
    return {
        (source.id, str(counter.zone)): str(counter.at_zone)
        for source in site.sources
        if source.kind is SourceKind.PERSON
        for counter in source.counters
        if counter.at_zone is not None and counter.share in {None, 1.0}
    }


def _busiest(
    season: Season, record: Record, zones: list[ZonePast], totals: Totals
) -> list[BusyDay]:
    found = []
    for day in range(season.period.days):
        peak = totals.peak_of(day)
        if peak is not None:
            found.append((peak, day))
    found.sort(key=lambda one: (-one[0][0], one[1]))
    return [_busy(season, record, zones, day, peak) for peak, day in found[:BUSIEST]]


def _busy(
    season: Season,
    record: Record,
    zones: list[ZonePast],
    day: int,
    peak: tuple[float, int, int],
) -> BusyDay:
    begins, ends = season.period.begins[day : day + 2]
    people, at_s, counted = peak
    fullest = max(
        ((one.peaks[day][0], one.zone) for one in zones if day in one.peaks), default=(0.0, "")
    )
    reached = [
        level
        for zone in zones
        for level, spans in zone.reached.items()
        if any(first < ends and last > begins for first, last in spans)
    ]
    declared = [
        level
        for level in (Level.YELLOW, Level.ORANGE, Level.RED)
        for changes in record.declared.values()
        if spells(changes, level, (begins, ends))
    ]
    alarms = (one for one in record.alarms.values() if one.kind is not Kind.FLOOD)
    return BusyDay(
        season.period.date_of(day),
        people,
        datetime.fromtimestamp(at_s, UTC),
        counted,
        fullest[1],
        fullest[0],
        max(reached, default=Level.GREEN),
        max(declared, default=Level.GREEN),
        sum(begins <= one.raised_s < ends for one in alarms),
    )
