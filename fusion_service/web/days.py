# SPDX-License-Identifier: Apache-2.0
"""The API's route of days: what a site's lines counted between two local midnights.

A day has 23 or 25 hours where the clock is changed in it. A window counts in the day in which it
begins.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import FastAPI, Query

from fusion_service.errors import QueryError
from fusion_service.store.port import Archive, Began, LineSumRow
from fusion_service.web.form.instants import CALENDAR_S_MAX, of_seconds
from fusion_service.web.queries import DAYS_MAX, DaysQuery, Name
from fusion_service.web.views.days import DaysView, DayView, LineSumView

TimeZoneOf = Callable[[str], str | None]
"""Return the time zone that a site's file names, None where the site is not drawn."""
EPOCH, END = date(1970, 1, 1), date(9999, 12, 30)


def add_days(app: FastAPI, reader: Archive, time_zone_of: TimeZoneOf) -> None:
    """Add the route of days to the API."""

    @app.get("/v1/sites/{site}/days")
    def get_days(site: Name, query: Annotated[DaysQuery, Query()]) -> DaysView:
        """A site's crossings by local day: of every line, and of all together."""
        if not _is_known(reader, site):
            raise QueryError(site, where="site", wanted="a site with devices; see /v1/sites")
        name = query.timezone or time_zone_of(site) or "UTC"
        zone = _zone(name)
        first, end = (min(max(day, EPOCH), END) for day in (query.first, query.end))
        until = min(end, first + timedelta(days=min(DAYS_MAX, (END - first).days)))
        days = [first + timedelta(days=number) for number in range((until - first).days)]
        return DaysView(
            site=site,
            timezone=name,
            days=tuple(_day(reader, site, day, zone) for day in days),
            next=until if until < end else None,
        )


def _is_known(reader: Archive, site: str) -> bool:
    before = site[:-1] + chr(ord(site[-1]) - 1) + "~"
    return any(row.site == site for row in reader.sites(after=before, limit=2))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise QueryError(
            name, where="query.timezone", wanted="a time zone of IANA's, such as Europe/Amsterdam"
        ) from None


def _day(reader: Archive, site: str, day: date, zone: ZoneInfo) -> DayView:
    from_s, to_s = (_midnight_s(one, zone) for one in (day, day + timedelta(days=1)))
    rows = reader.line_sums(site, Began(from_s, to_s))
    return DayView(
        day=day,
        start=of_seconds(from_s),
        end=of_seconds(to_s),
        windows=sum(row.windows for row in rows),
        not_counted=sum(row.not_counted for row in rows),
        in_sum=_total([row.in_sum for row in rows]),
        out_sum=_total([row.out_sum for row in rows]),
        lines=tuple(map(_line, rows)),
    )


def _line(row: LineSumRow) -> LineSumView:
    return LineSumView.of(row)


def _midnight_s(day: date, zone: ZoneInfo) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return min(max(int(midnight.timestamp()), 0), CALENDAR_S_MAX)


def _total(sums: list[int | None]) -> int | None:
    known = [one for one in sums if one is not None]
    return sum(known) if known else None
