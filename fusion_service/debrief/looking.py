# SPDX-License-Identifier: Apache-2.0
"""What the centre showed at a moment of the past, by what it knew then.

Rule: nothing that became known later is read. A number of a moment is the newest that was known by
that moment; a forecast is one that was made before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fusion_service.estimate.levels import level_of
from fusion_service.registry.site import Level, Site, Zone
from fusion_service.store.estimates import EstimateRow, Picture
from fusion_service.store.forecast.kept import ZONE, Forecasts
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S, starts_of, steps_in

MINUTE_S = 60
SHOWN_AGE_S = 900
"""A number that is older at a moment is not shown as of it."""
MOMENTS_MAX = 300
STEPS_S = (60, 120, 300, 600, 900, 1800, 3600)
AHEAD_S = (3 * HOUR_S, HOUR_S)
"""So long before something was reached it is looked what was forecast of it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the centre showed of a zone: a number with its 80 % interval, of at_s (UTC)."""

    at_s: int
    people: float
    low: float
    high: float
    condition: str
    is_counted: bool


@dataclass(frozen=True, slots=True)
class ForecastBefore:
    """What was forecast of a zone for the step from for_s on, so long before what it is of.

    of_s: the moment that it is of. level: that was reached then; None of the peak.
    """

    of_s: int
    level: Level | None
    ahead_s: int
    made_s: int
    for_s: int
    step_s: int
    low: float
    middle: float
    high: float


def step_of(length_s: int) -> int:
    """Return in which steps so long a time is looked at."""
    return next((one for one in STEPS_S if length_s / one <= MOMENTS_MAX), STEPS_S[-1])


def shown_at(picture: Picture, site: str, zones: Sequence[str], at_s: int) -> Mapping[str, Shown]:
    """Return what was shown of each zone at a moment; a zone of which nothing was is left out."""
    rows = picture.moment(
        site, zones, after_s=at_s - SHOWN_AGE_S, at_s=at_s, known_by_ms=at_s * 1000
    )
    return {row.estimate.zone: _shown(row) for row in rows}


def first_shown_s(
    picture: Picture, site: str, zone: Zone, level: Level, between: tuple[int, int]
) -> int:
    """Return the first minute after one moment and up to another at which a level was shown.

    The other where no minute before it did.
    """
    after_s, until_s = between
    for at_s in range(after_s + MINUTE_S, until_s, MINUTE_S):
        shown = shown_at(picture, site, (zone.id,), at_s).get(zone.id)
        if shown is not None and level_shown(zone, shown) >= level:
            return at_s
    return until_s


def level_shown(zone: Zone, shown: Shown) -> Level:
    """Return the level of a number; green of one that nobody counted."""
    if not shown.is_counted:
        return Level.GREEN
    return level_of(zone, shown.people, shown.people / max(zone.usable_m2, 1.0))


def forecasts_before(
    forecasts: Forecasts, site: Site, zone: str, of_s: int, level: Level | None
) -> Iterator[ForecastBefore]:
    """Yield what was forecast of a moment so long before it; nothing where nothing was."""
    for ahead_s in AHEAD_S:
        for step_s in (QUARTER_S, HOUR_S):
            found = _said_of(forecasts, site, zone, of_s, step_s, of_s - ahead_s)
            if found is not None:
                made_s, for_s, numbers = found
                yield ForecastBefore(of_s, level, ahead_s, made_s, for_s, step_s, *numbers)
                break


def _said_of(
    forecasts: Forecasts, site: Site, zone: str, of_s: int, step_s: int, by_s: int
) -> tuple[int, int, tuple[float, float, float]] | None:
    """Return when a forecast was made, of which step, and what it says: low, middle, high."""
    made = forecasts.newest(site.id, step_s, by_ms=by_s * 1000)
    if made is None:
        return None
    said = next((one for one in forecasts.said(made) if one.place == f"{ZONE}{zone}"), None)
    if said is None:
        return None
    steps = steps_in(said.moved or said.said)
    starts = starts_of(made.origin_s, step_s, len(steps), ZoneInfo(site.time_zone))
    for start_s, (low, middle, high, _) in zip(starts, steps, strict=True):
        is_known = low == low and high == high  # noqa: PLR0124 - NaN is unlike itself
        if start_s is not None and start_s <= of_s < start_s + step_s and is_known:
            return made.made_ms // 1000, start_s, (low, middle, high)
    return None


def _shown(row: EstimateRow) -> Shown:
    one = row.estimate
    is_counted = str(one.basis) != "usual" and str(one.condition) != "stale"
    return Shown(one.at_s, one.people, one.low_80, one.high_80, str(one.condition), is_counted)
