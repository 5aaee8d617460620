# SPDX-License-Identifier: Apache-2.0
"""A site's counts by quarters of an hour, kept up to date without reading the store again.

Rule 1: a day is read whole once, two hours after it is over, and kept; a start takes it back from
there. Rule 2: of the present only the last two hours are read, in which what came late has its
place. Rule 3: the past is read a day at a time, newest first; forecasting waits for two months of
it and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fusion_service.estimation.forecasting.quarters import DAY_S, Quarters
from fusion_service.estimation.history import Place, counted_in
from fusion_service.estimation.observed import line_id, zone_id
from fusion_service.registry.site import Site
from fusion_service.store.forecast.kept import ZONE, ForecastKeeper
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S
from fusion_service.store.port import Archive, Counted, Span

HISTORY_DAYS = 400
"""A year and a month: the same days of the year before are among them."""
PLACES_MAX = 240
"""Of a site with more, zones come first, and the rest is not forecast."""
LATE_S = 7_200
READY_DAYS = 60
"""How much of the past is read before anything is said: half a minute of a large site."""
MINUTES_MIN = 5
"""A quarter with fewer estimates says nothing: a third of its minutes."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What a history is read from and kept in."""

    keeper: ForecastKeeper
    archive: Archive


class SiteHistory:
    """One site, under one version of its file."""

    def __init__(self, site: Site, stores: Stores, *, now_s: int, days: int = HISTORY_DAYS) -> None:
        """Take back what was kept, and read today. Raises StoreError where the store fails."""
        self.site = site
        self._stores = stores
        self._counters = counters_of(site)
        zones = [f"{ZONE}{one.id}" for one in site.zones]
        every = [*zones, *self._counters]
        self.left_out = max(len(every) - PLACES_MAX, 0)
        today = (now_s - 1) // DAY_S
        self.quarters = Quarters(every[:PLACES_MAX], last_day=today, days=days)
        first = self.quarters.first_day
        self.quarters.restore(stores.keeper.days(site.id, from_day=first, to_day=today))
        self._read(self.quarters.unread(today - 1), (today - 1) * DAY_S, today * DAY_S)
        self._read(self.quarters.places, today * DAY_S, now_s)
        self.upto_s = now_s
        """Up to which moment all is in."""

    def advance(self, origin_s: int) -> None:
        """Take in what was counted up to a moment, and end the days that are over."""
        last_day = (origin_s - 1) // DAY_S
        # Whole hours: no window is longer, and one that began before is not read again.
        from_s = (min(self.upto_s, origin_s) - LATE_S) // HOUR_S * HOUR_S
        if last_day > self.quarters.last_day:
            self.quarters.move_to(last_day)
        if origin_s - from_s > DAY_S + LATE_S:
            from_s = last_day * DAY_S  # the days between are read as the past is
        self._read(self.quarters.places, from_s, origin_s)
        self.upto_s = origin_s

    def is_ready(self) -> bool:
        """Say whether what the ratio model looks back on was read; else it is to be filled."""
        over = (self.upto_s - LATE_S) // DAY_S
        day = self.quarters.newest_unread(over)
        return day is None or day < over - READY_DAYS

    def fill(self) -> bool:
        """Read the newest day of the past that was not read yet; say whether there was one."""
        over = (self.upto_s - LATE_S) // DAY_S  # what is younger may still change
        day = self.quarters.newest_unread(over)
        if day is None:
            return False
        places = self.quarters.unread(day)
        self._read(places, day * DAY_S, (day + 1) * DAY_S)
        self._stores.keeper.keep_days(self.site.id, self.quarters.note_read(day, places))
        return True

    def _read(self, places: Sequence[str], from_s: int, to_s: int) -> None:
        for name in places:
            self.quarters.clear(name, from_s, to_s)
        zones = [name.removeprefix(ZONE) for name in places if name.startswith(ZONE)]
        keeper, archive = self._stores.keeper, self._stores.archive
        for row in keeper.zone_quarters(self.site.id, zones, from_s=from_s, to_s=to_s):
            if row.minutes >= MINUTES_MIN:
                self.quarters.put(f"{ZONE}{row.zone}", row.start_s, row.people)
        for name in places:
            place = self._counters.get(name)
            if place is None:
                continue
            span = Span(self.site.id, place.device, from_s, to_s, QUARTER_S)
            for step in counted_in(archive, span, place):
                # A window that is longer than a quarter has begun in one and stands for several.
                parts = max(round(step.covered_s / QUARTER_S), 1)
                people = step.people / parts if place.kind is Counted.LINE else step.people
                for part in range(parts):
                    self.quarters.put(name, step.start_s + part * QUARTER_S, people)


def counters_of(site: Site) -> dict[str, Place]:
    """Return the lines and zones of devices that a site's file names, by place."""
    found: dict[str, Place] = {}
    sources = {one.id for one in site.sources}
    for placement in site.placements:
        if placement.device in sources:
            continue
        for counter in placement.counters:
            if counter.line is not None:
                place = Place(placement.device, Counted.LINE, counter.line)
                found[line_id(placement.device, counter.line)] = place
            elif counter.zone is not None:
                place = Place(placement.device, Counted.ZONE, counter.zone)
                found[zone_id(placement.device, counter.zone)] = place
    return found
