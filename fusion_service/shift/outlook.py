# SPDX-License-Identifier: Apache-2.0
"""What the next seven days may bring: of each zone and day a peak, and its level.

By a forecast where there is one of that day; else by the peaks of the same weekday of the last four
weeks: their median, and the least and the greatest where there are two or more. It says by which of
the two.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from statistics import median
from zoneinfo import ZoneInfo

from fusion_service.estimate.levels import Ahead, level_of
from fusion_service.registry.site import Level, Site, Zone

DAYS = 7
WEEKS = 4
FRESH_S = 3_600
Peak = Callable[[str, str, int, int], float | None]
"""Return the most people of a site's zone from one moment (unix s) to before another."""


class Basis(StrEnum):
    """What a day's peak stands on."""

    FORECAST = "forecast"
    WEEKDAYS = "same weekday of weeks before"
    NOTHING = "nothing known"


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A zone's peak on a local day; None where nothing is known.

    weeks: how many it stands on; one says nothing of how far the peak may lie from it.
    """

    zone: str
    day: date
    basis: Basis
    people: float | None
    low: float | None
    high: float | None
    level: Level | None
    weeks: int = 0


@dataclass(slots=True)
class Outlook:
    """The outlooks of sites. What is past is read once an hour."""

    peak: Peak
    _read: dict[str, tuple[int, tuple[DayAhead, ...]]] = field(default_factory=dict)

    def of(
        self, site: Site, now_s: int, forecast: dict[str, Sequence[Ahead]]
    ) -> tuple[DayAhead, ...]:
        """Return the next seven days of a site, today first, zone by zone."""
        known = self._read.get(site.id)
        if known is None or now_s - known[0] >= FRESH_S or known[0] > now_s:
            known = self._read[site.id] = now_s, tuple(self._past(site, now_s))
        by_forecast = {
            (one.zone, one.day): one
            for zone in site.zones
            for one in _forecast_days(site, zone, now_s, forecast.get(zone.id, ()))
        }
        return tuple(by_forecast.get((one.zone, one.day), one) for one in known[1])

    def _past(self, site: Site, now_s: int) -> list[DayAhead]:
        zone_of_time = ZoneInfo(site.time_zone)
        today = datetime.fromtimestamp(now_s, zone_of_time).date()
        found = []
        for zone in site.zones:
            for ahead in range(DAYS):
                day = today + timedelta(days=ahead)
                peaks = [
                    people
                    for week in range(1, WEEKS + 1)
                    for begins, ends in (_span(day - timedelta(weeks=week), zone_of_time),)
                    if (people := self.peak(site.id, zone.id, begins, ends)) is not None
                ]
                found.append(_day(zone, day, Basis.WEEKDAYS, peaks))
        return found


def _forecast_days(site: Site, zone: Zone, now_s: int, steps: Sequence[Ahead]) -> list[DayAhead]:
    """Return the peaks of those days on which a forecast says something."""
    zone_of_time = ZoneInfo(site.time_zone)
    peaks: dict[date, Ahead] = {}
    for one in steps:
        day = datetime.fromtimestamp(one.at_s, zone_of_time).date()
        if one.at_s > now_s and (day not in peaks or one.people > peaks[day].people):
            peaks[day] = one
    return [
        DayAhead(
            zone.id,
            day,
            Basis.FORECAST,
            one.people,
            one.low_80,
            one.high_80,
            level_of(zone, one.people, one.people / max(zone.usable_m2, 1.0)),
        )
        for day, one in peaks.items()
    ]


def _day(zone: Zone, day: date, basis: Basis, peaks: Sequence[float]) -> DayAhead:
    if not peaks:
        return DayAhead(zone.id, day, Basis.NOTHING, None, None, None, None)
    people = float(median(peaks))
    level = level_of(zone, people, people / max(zone.usable_m2, 1.0))
    low, high = (min(peaks), max(peaks)) if len(peaks) > 1 else (None, None)
    return DayAhead(zone.id, day, basis, people, low, high, level, len(peaks))


def _span(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return when a local day begins, and when the next does, unix s."""
    begins, ends = (
        datetime.combine(one, time(), zone).timestamp() for one in (day, day + timedelta(days=1))
    )
    return int(begins), int(ends)
