# SPDX-License-Identifier: Apache-2.0
"""What the store holds of a site's lines and zones, as a panel on the site's own clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import DAY_S, Floats, Panel, calendar_of
from fusion_service.estimate.intervals import Sums
from fusion_service.estimate.series import Coverage
from fusion_service.store.port import Archive, Counted, Span

COVERED_MIN = 0.5
"""A step of which less was seen says nothing; of what was seen more, the rest is alike."""
DEVICES_MAX = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """A line or zone of a device."""

    device: str
    kind: Counted
    name: str


def places_of(archive: Archive, site: str) -> list[Place]:
    """Return what a site's devices say in their meta that they count at, by device and name."""
    found = []
    for row in archive.devices(after=(site, ""), limit=DEVICES_MAX):
        if row.site == site and row.meta is not None:
            found += [Place(row.device, Counted.LINE, one.id) for one in row.meta.lines]
            found += [Place(row.device, Counted.ZONE, one.id) for one in row.meta.zones]
    return found


@dataclass(frozen=True, slots=True)
class Clock:
    """A grid of wall-clock steps: from midnight of `first` for `days` days."""

    first: date
    days: int
    step_s: int
    zone: ZoneInfo

    @property
    def from_s(self) -> int:
        """Unix seconds of the first step."""
        begin = datetime(self.first.year, self.first.month, self.first.day, tzinfo=self.zone)
        return int(begin.timestamp())

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return self.days * DAY_S // self.step_s

    def step_at(self, time_s: int) -> int:
        """Return which step the clock on the wall shows at a time, unix seconds."""
        wall = datetime.fromtimestamp(time_s, UTC).astimezone(self.zone).replace(tzinfo=None)
        begin = datetime(self.first.year, self.first.month, self.first.day)  # noqa: DTZ001 - wall.
        return int((wall - begin).total_seconds()) // self.step_s


def panel_of(
    archive: Archive,
    site: str,
    places: list[Place],
    clock: Clock,
    special: Mapping[date, str],
) -> Panel:
    """Return people a step at each line, both ways, and the mean in each zone.

    Where clocks go back, two steps are one: their mean. Counters are taken to lie together.
    """
    sums = np.zeros((clock.steps, len(places)))
    numbers = np.zeros_like(sums)
    for index, place in enumerate(places):
        for time_s, value in _values(archive, site, place, clock):
            step = clock.step_at(time_s)
            if 0 <= step < clock.steps:
                sums[step, index] += value
                numbers[step, index] += 1.0
    counts = np.where(numbers > 0, sums / np.maximum(numbers, 1.0), np.nan).astype(np.float32)
    first = datetime(clock.first.year, clock.first.month, clock.first.day)  # noqa: DTZ001 - wall.
    positions: Floats = np.zeros((len(places), 2), dtype=np.float32)
    calendar = calendar_of(clock.first, clock.days, special)
    return Panel(first, clock.step_s, counts, positions, calendar)


def _values(archive: Archive, site: str, place: Place, clock: Clock) -> Iterator[tuple[int, float]]:
    """Yield a step's time and what was counted in it."""
    to_s = clock.from_s + clock.days * DAY_S + 3600
    span = Span(site, place.device, clock.from_s, to_s, clock.step_s)
    for one in counted_in(archive, span, place):
        yield one.start_s, one.people


@dataclass(frozen=True, slots=True)
class CountedStep:
    """What was counted in a step: people of a line, both ways; the mean of a zone.

    covered_s: how much time the windows have that began in it; more than a step, where they are
    longer.
    """

    start_s: int
    covered_s: int
    people: float


def counted_in(archive: Archive, span: Span, place: Place) -> Iterator[CountedStep]:
    """Yield what was counted at a place, for each step of which enough was seen."""
    if place.kind is Counted.ZONE:
        for zone in archive.zone_steps(span, place.name) or []:
            if zone.means.total is not None and _is_seen(zone.coverage, span.step_s):
                start_s = span.from_s + zone.step * span.step_s
                yield CountedStep(start_s, zone.coverage.covered_s, _mean(zone.means))
        return
    for line in archive.line_steps(span, place.name) or []:
        entered, left = line.entered.total, line.left.total
        if entered is not None and left is not None and _is_seen(line.coverage, span.step_s):
            both = max(entered + left, 0) / min(_share(line.coverage, span.step_s), 1.0)
            start_s = span.from_s + line.step * span.step_s
            yield CountedStep(start_s, line.coverage.covered_s, both)


def _mean(sums: Sums) -> float:
    return max((sums.total or 0) / max(sums.weight, 1), 0.0)


def _is_seen(coverage: Coverage, step_s: int) -> bool:
    """Return whether a sensor saw long enough; one that was silent was there and saw nothing."""
    return coverage.observed_s_min >= COVERED_MIN * step_s


def _share(coverage: Coverage, step_s: int) -> float:
    could_see = (coverage.windows - coverage.not_counted) / max(coverage.windows, 1)
    return coverage.covered_s * could_see / step_s
