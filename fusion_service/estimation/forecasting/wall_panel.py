# SPDX-License-Identifier: Apache-2.0
"""A site's quarters, laid on the clock of the site: the panel that a moment knew.

Rule: nothing that began at the moment or after it is in the panel. Where clocks go back two steps
are one, their mean; where they go forward one is missing.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Floats, Panel, PanelColumn, calendar_of
from fusion_service.estimation.forecasting.quarters import DAY_S, QUARTERS, Quarters
from fusion_service.estimation.history import Clock
from fusion_service.store.forecast.kept import ZONE
from fusion_service.store.forecast.steps import QUARTER_S

COVERED_MIN = 0.5
"""A step of which less is known says nothing."""
ALIKE_DAYS = 20
"""No clock is set twice in less."""


@dataclass(frozen=True, slots=True)
class Locality:
    """Where a site is: its clock, and which of its dates are special days, by name."""

    zone: ZoneInfo
    special: dict[date, str]


@dataclass(frozen=True, slots=True)
class Laid:
    """A panel, and the clock by which its steps are moments."""

    panel: Panel
    clock: Clock

    def step_of(self, origin_s: int) -> int:
        """Return the first step of the panel's grid that a moment does not know whole."""
        return self.clock.step_at(origin_s)


def clock_of(quarters: Quarters, origin_s: int, step_s: int, zone: ZoneInfo, days: int) -> Clock:
    """Return the grid of a moment: from midnight, so many days back, over a week to come."""
    today = datetime.fromtimestamp(origin_s - 1, UTC).astimezone(zone).date()
    epoch = date(1970, 1, 1)
    first = max(today - timedelta(days=days - 1), epoch + timedelta(days=quarters.first_day))
    return Clock(first, (today - first).days + 9, step_s, zone)


def lay(
    quarters: Quarters,
    origin_s: int,
    clock: Clock,
    locality: Locality,
    columns: tuple[PanelColumn, ...] = (),
    *,
    whole: bool = False,
) -> Laid:
    """Return the panel of what was known at a moment, from the first day with a count on.

    Steps of an hour are people an hour of a line, and the mean of a zone. whole: from the clock's
    first day on, whatever was counted.
    """
    wall, number = _on_the_wall(quarters, origin_s, clock)
    parts = clock.step_s // QUARTER_S
    steps = clock.step_at(origin_s)
    known = number[: steps * parts].reshape(steps, parts, -1) > 0
    sums = np.where(known, wall[: steps * parts].reshape(steps, parts, -1), 0.0).sum(axis=1)
    share = known.sum(axis=1) / parts
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(share >= COVERED_MIN, sums / (share * parts), np.nan)
    is_zone = np.array([place.startswith(ZONE) or "/zone/" in place for place in quarters.places])
    counts = np.where(is_zone, means, means * parts).astype(np.float32)
    day = DAY_S // clock.step_s
    rows = np.zeros(1) if whole else np.flatnonzero(np.isfinite(counts).any(axis=1))
    begin = int(rows[0]) // day * day if len(rows) else max(steps - day, 0) // day * day
    return _panel(counts[begin:], begin // day, clock, locality, columns)


def _panel(
    counts: Floats, days: int, clock: Clock, locality: Locality, columns: tuple[PanelColumn, ...]
) -> Laid:
    first = clock.first + timedelta(days=days)
    own = Clock(first, clock.days - days, clock.step_s, clock.zone)
    begin = datetime(first.year, first.month, first.day)  # noqa: DTZ001 - wall.
    panel_days = -(-len(counts) * clock.step_s // DAY_S)
    positions: Floats = np.zeros((counts.shape[1], 2), np.float32)
    calendar = calendar_of(first, panel_days, locality.special)
    shift = days * DAY_S // clock.step_s
    moved = tuple(one.cut(shift, shift + len(counts)) for one in columns)
    return Laid(Panel(begin, clock.step_s, counts, positions, calendar, moved), own)


def _on_the_wall(
    quarters: Quarters, origin_s: int, clock: Clock
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the mean of each quarter on the wall, and how many quarters spoke."""
    count = clock.days * QUARTERS
    sums = np.zeros((count, len(quarters.places)))
    numbers = np.zeros(sums.shape, np.int64)
    fine = Clock(clock.first, clock.days, QUARTER_S, clock.zone)
    first_s = quarters.first_day * DAY_S
    end = max(min((origin_s - first_s) // QUARTER_S, len(quarters.counts)), 0)
    at = 0
    while at < end:
        run = _alike(fine, first_s + at * QUARTER_S, end - at)
        wall = fine.step_at(first_s + at * QUARTER_S)
        skip = max(-wall, 0)
        taken = min(run - skip, count - wall - skip)
        if taken > 0:
            values = quarters.counts[at + skip : at + skip + taken]
            known = np.isfinite(values)
            sums[wall + skip : wall + skip + taken] += np.where(known, values, 0.0)
            numbers[wall + skip : wall + skip + taken] += known
        at += run
    return sums / np.maximum(numbers, 1), numbers


def _alike(fine: Clock, from_s: int, limit: int) -> int:
    """Return for how many quarters from a moment on the site's clock goes as UTC does."""
    offset = _offset(fine.zone, from_s)
    low, high = 0, min(limit, ALIKE_DAYS * QUARTERS)
    if _offset(fine.zone, from_s + high * QUARTER_S) == offset:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(fine.zone, from_s + middle * QUARTER_S) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, at_s: int) -> timedelta:
    return datetime.fromtimestamp(at_s, UTC).astimezone(zone).utcoffset() or timedelta()
