# SPDX-License-Identifier: Apache-2.0
"""What the public page may say of a site.

Rule 1: no number is finer than what /v1/public/SITE tells: the same rounding, the same delay. Rule
2: of what comes only that is told which was said before the delay began. Rule 3: what is not known
is None, and the page says so.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from fusion_service.estimate.levels import level_of
from fusion_service.registry.site import Level, Site, Zone
from fusion_service.store.forecast.kept import ZONE, Forecasts, Made, Places, ScoreRow
from fusion_service.store.forecast.steps import HOUR_S, starts_of, steps_in
from fusion_service.web.picture.public import (
    LOOK_BACK_S,
    PublicNumbers,
    PublicZoneView,
    coarse_ends,
)
from fusion_service.web.picture.sources import PublicRules

SCORED_DAYS = 30
HORIZONS_S = (3 * HOUR_S, 24 * HOUR_S)
"""How long ahead a forecast was made of which the page says how often it was wrong."""
FORECAST_S_MAX = 86_400
"""What was said longer ago is no forecast any more."""
_LEVELS = {level.name.lower(): level for level in Level}


@dataclass(frozen=True, slots=True)
class Crowd:
    """How busy it is at a moment, or in the hour that begins then, between which numbers."""

    at_s: int
    level: Level
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """One place: how busy it is (None: not known), and in each coming hour that is known."""

    id: str
    name: str
    now: Crowd | None
    today: tuple[Crowd, ...]
    tomorrow: tuple[Crowd, ...]


@dataclass(frozen=True, slots=True)
class WrongFacts:
    """How often of a hundred the number was outside of what was said so long before.

    yesterday, month: None where nothing was scored; days: on how many days `month` stands.
    """

    horizon_s: int
    yesterday: int | None
    month: int | None
    days: int


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """All that the page says of a site.

    made_s: when what comes was said; None where nothing is known. is_forecast_told: whether the
    city lets it be told.
    """

    site: str
    name: str
    clock: ZoneInfo
    rules: PublicRules
    is_forecast_told: bool
    made_s: int | None
    places: tuple[PlaceFacts, ...]
    wrong: tuple[WrongFacts, ...]

    @property
    def counted_s(self) -> int | None:
        """When the newest number was counted."""
        return max((one.now.at_s for one in self.places if one.now is not None), default=None)


@dataclass(frozen=True, slots=True)
class FactSources:
    """What the facts are read from. forecasts: None where what comes is not told, or not known."""

    numbers: PublicNumbers
    forecasts: Forecasts | None
    is_forecast_told: bool
    now_ms: Callable[[], int]


def facts_of(sources: FactSources, site: str) -> SiteFacts:
    """Return what may be said of a site now. Raises QueryError where it is not drawn."""
    drawn = sources.numbers.sources.drawings.site(site)
    now_ms, rules = sources.now_ms(), sources.numbers.rules
    told = {zone.zone: zone for zone in sources.numbers.told(site).zones}
    forecasts = sources.forecasts if sources.is_forecast_told else None
    made = None if forecasts is None else _made(forecasts, site, now_ms, rules)
    hours = {} if forecasts is None or made is None else _hours(forecasts, made, drawn, rules)
    clock = ZoneInfo(drawn.time_zone)
    today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(clock).date()
    scores = () if forecasts is None else _scores(forecasts, site, today - timedelta(SCORED_DAYS))

    def place(zone: Zone) -> PlaceFacts:
        coming = [one for one in hours.get(zone.id, ()) if one.at_s * 1000 > now_ms]
        days = [datetime.fromtimestamp(one.at_s, clock).date() for one in coming]
        on = [
            tuple(one for one, day in zip(coming, days, strict=True) if day == wanted)
            for wanted in (today, today + timedelta(1))
        ]
        return PlaceFacts(zone.id, zone.name, _now(told.get(zone.id), now_ms, rules), *on)

    return SiteFacts(
        site=site,
        name=drawn.name,
        clock=clock,
        rules=rules,
        is_forecast_told=sources.is_forecast_told,
        made_s=None if made is None else made.made_ms // 1000,
        places=tuple(place(zone) for zone in drawn.zones if zone.name.strip()),
        wrong=wrong_of(scores, (today - timedelta(1)).isoformat()),
    )


def wrong_of(rows: Sequence[ScoreRow], yesterday: str) -> tuple[WrongFacts, ...]:
    """Say of each horizon how often of a hundred what came was outside of what was said."""
    found = []
    for horizon_s in HORIZONS_S:
        scored = [row for row in rows if row.horizon_s == horizon_s and row.coverage is not None]
        last = [row for row in scored if row.day == yesterday]
        days = len({row.day for row in scored})
        found.append(WrongFacts(horizon_s, _outside(last), _outside(scored), days))
    return tuple(one for one in found if one.month is not None)


def _outside(rows: Sequence[ScoreRow]) -> int | None:
    targets = sum(row.targets for row in rows)
    if not targets:
        return None
    inside = sum((row.coverage or 0.0) * row.targets for row in rows) / targets
    return round((1 - inside) * 100)


def _now(told: PublicZoneView | None, now_ms: int, rules: PublicRules) -> Crowd | None:
    if told is None:
        return None
    at_s = int(told.at.timestamp())
    # A centre that estimates no more tells its last number for ever: that is not how it is now.
    if now_ms // 1000 - at_s > rules.delay_s + LOOK_BACK_S:
        return None
    return Crowd(at_s, _LEVELS[told.level], told.minimum, told.maximum)


def _made(forecasts: Forecasts, site: str, now_ms: int, rules: PublicRules) -> Made | None:
    made = forecasts.newest(site, HOUR_S, by_ms=now_ms - rules.delay_s * 1000)
    is_old = made is not None and now_ms - made.made_ms > FORECAST_S_MAX * 1000
    return None if is_old else made


def _hours(
    forecasts: Forecasts, made: Made, drawn: Site, rules: PublicRules
) -> dict[str, list[Crowd]]:
    zones, found = {zone.id: zone for zone in drawn.zones}, {}
    for said in forecasts.said(made):
        zone = zones.get(said.place.removeprefix(ZONE))
        if zone is None or not said.place.startswith(ZONE):
            continue
        steps = steps_in(said.said if said.moved is None else said.moved)
        starts = starts_of(made.origin_s, made.step_s, len(steps), ZoneInfo(drawn.time_zone))
        found[zone.id] = [
            _coming(zone, start_s, (low, middle, high), rules.round_to)
            for start_s, (low, middle, high, _) in zip(starts, steps, strict=True)
            if start_s is not None and not any(map(math.isnan, (low, middle, high)))
        ]
    return found


def _coming(zone: Zone, start_s: int, said: tuple[float, float, float], step: int) -> Crowd:
    low, middle, high = said
    level = level_of(zone, middle, middle / max(zone.usable_m2, 1.0))
    return Crowd(start_s, level, *coarse_ends(low, high, step))


def _scores(forecasts: Forecasts, site: str, first: date) -> list[ScoreRow]:
    rows = forecasts.scores(site, from_day=first.isoformat())
    return [row for row in rows if row.places is Places.ZONES]
