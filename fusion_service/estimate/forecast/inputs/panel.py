# SPDX-License-Identifier: Apache-2.0
"""Every series on one grid of wall-clock time, with its calendar.

The grid is that of the clock on the wall, because people follow it: where clocks go forward a step
is missing, where they go back two steps are one. An index counts steps from the first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

HOUR_S = 3600
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a date is, known years ahead; each array has a value a day, (D,).

    weekday: 0 is Monday. special: the number of the special day's name, from 1; 0 is an ordinary
    day. since, until: days from the last and to the next special day, at most 60. year_day: from 0.
    by_date, by_name: the day a year back with the same date, and the last one with the same name,
    as indices of days; negative where the panel has none.
    """

    weekday: Integers
    special: Integers
    since: Integers
    until: Integers
    year_day: Integers
    by_date: Integers
    by_name: Integers

    def cut(self, first: int, end: int) -> "Calendar":
        """Return the days from first to before end, counted from the first of them."""
        days = slice(first, end)
        return Calendar(
            self.weekday[days],
            self.special[days],
            self.since[days],
            self.until[days],
            self.year_day[days],
            self.by_date[days] - first,
            self.by_name[days] - first,
        )


def group_of(name: str) -> str:
    """Return the group of a feature by its name; empty where it has none, and cannot be missing."""
    group, point, _ = name.partition(":")
    return group if point else ""


class PanelColumn(Protocol):
    """What else is known of steps, and by when: weather, events, what a feed says.

    What breaks as one is a group: a feature of one is named GROUP:WHAT; see `group_of`.
    """

    def read(
        self, panel: "Panel", ratio: Floats, targets: Integers, horizons: Integers
    ) -> Iterator[tuple[str, Floats]]:
        """Yield features by name, (N, 1) or (N, S), of `targets` as known `horizons` before them.

        ratio: the panel's log-ratios, of which it may read rows up to the origins.
        """

    def cut(self, first: int, end: int) -> "PanelColumn":
        """Return what was known of the steps from `first` on when those before `end` had passed."""

    def scrambled(self, origin: int, rng: np.random.Generator) -> "PanelColumn":
        """Return it as it might have gone on: all that nobody knew at `origin` is other."""


@dataclass(frozen=True, slots=True)
class Column:
    """A value a step that is said once.

    values: (T,) or (T, S), NaN where unknown. ahead_steps: how long before its step a value is
    known; 0 is an observation, known once its step has ended, like the counts.
    """

    name: str
    values: Floats
    ahead_steps: int

    def read(
        self,
        panel: "Panel",  # noqa: ARG002 - as of every column
        ratio: Floats,  # noqa: ARG002 - as of every column
        targets: Integers,
        horizons: Integers,
    ) -> Iterator[tuple[str, Floats]]:
        """Yield the value at the target where it is known by then, and at the origin otherwise."""
        values = self.values if self.values.ndim > 1 else self.values[:, None]
        at = np.where(horizons <= self.ahead_steps, targets, targets - horizons)
        found = values[np.clip(at, 0, len(values) - 1)].copy()
        found[(at < 0) | (at >= len(values))] = np.nan
        yield self.name, found

    def cut(self, first: int, end: int) -> "Column":
        """Return the steps from `first` on; what is known ahead stays known."""
        return replace(self, values=self.values[first : end + self.ahead_steps])

    def scrambled(self, origin: int, rng: np.random.Generator) -> "Column":
        """Return it with other values of all steps that were not known of at `origin`."""
        values = self.values.copy()
        unknown = values[origin + 1 + self.ahead_steps :]
        unknown += rng.normal(50.0, 10.0, unknown.shape).astype(np.float32)
        return replace(self, values=values)


@dataclass(frozen=True, slots=True)
class Panel:
    """Counts of S series over T steps.

    first: the first step's begin on the wall clock. counts: (T, S), NaN where nothing was counted.
    positions_m: (S, 2), metres on a plane. calendar: of each day of the panel and eight days more.
    """

    first: datetime
    step_s: int
    counts: Floats
    positions_m: Floats
    calendar: Calendar
    columns: tuple[PanelColumn, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return int(self.counts.shape[0])

    @property
    def series(self) -> int:
        """How many series there are."""
        return int(self.counts.shape[1])

    @property
    def hour(self) -> int:
        """Steps of an hour; one where a step is longer."""
        return max(HOUR_S // self.step_s, 1)

    @property
    def day(self) -> int:
        """Steps of a day."""
        return DAY_S // self.step_s

    @property
    def week(self) -> int:
        """Steps of a week."""
        return WEEK_S // self.step_s

    @property
    def offset(self) -> int:
        """Steps from midnight to the first step."""
        midnight = self.first.replace(hour=0, minute=0, second=0, microsecond=0)
        return int((self.first - midnight).total_seconds()) // self.step_s

    def cut(self, first: int, end: int) -> "Panel":
        """Return the steps from first to before end, and of the calendar eight days more.

        Of columns it keeps what is known ahead too; it is as if nothing else had ever been there.
        """
        day = self.day_of(np.array([first, end - 1]))
        return Panel(
            self.first + timedelta(seconds=first * self.step_s),
            self.step_s,
            self.counts[first:end],
            self.positions_m,
            self.calendar.cut(int(day[0]), int(day[1]) + 1 + DAYS_AHEAD),
            tuple(one.cut(first, end) for one in self.columns),
        )

    def day_of(self, steps: Integers) -> Integers:
        """Return the index of the day of each step."""
        return (steps + self.offset) // self.day

    def time_of_day(self, steps: Integers) -> Integers:
        """Return each step's place in its day, in steps."""
        return (steps + self.offset) % self.day


DAYS_AHEAD = 8
FAR_DAYS = 60


def calendar_of(first: date, days: int, special: Mapping[date, str]) -> Calendar:
    """Describe `days` days from `first` on, and eight more; special days have a name each."""
    dates = [first + timedelta(days=one) for one in range(days + DAYS_AHEAD)]
    names = sorted(set(special.values()))
    number = {name: index for index, name in enumerate(names, start=1)}
    ordinals = np.array(sorted(one.toordinal() for one in special) or [0], dtype=np.int64)
    today = np.array([one.toordinal() for one in dates], dtype=np.int64)
    place = np.searchsorted(ordinals, today, side="right")
    last = ordinals[np.maximum(place - 1, 0)]
    since = np.where(place > 0, today - last, FAR_DAYS)
    left = np.searchsorted(ordinals, today, side="left")
    following = ordinals[np.minimum(left, len(ordinals) - 1)]
    until = np.where(left < len(ordinals), following - today, FAR_DAYS)
    by_name, seen = [], dict[str, int]()
    for index, one in enumerate(dates):
        name = special.get(one)
        by_name.append(-1 if name is None else seen.get(name, -1))
        if name is not None:
            seen[name] = index
    return Calendar(
        weekday=np.array([one.weekday() for one in dates], dtype=np.int64),
        special=np.array([number.get(special.get(one, ""), 0) for one in dates], dtype=np.int64),
        since=np.clip(since, 0, FAR_DAYS),
        until=np.clip(until, 0, FAR_DAYS),
        year_day=np.array([one.timetuple().tm_yday - 1 for one in dates], dtype=np.int64),
        by_date=np.array([(_year_back(one) - first).days for one in dates], dtype=np.int64),
        by_name=np.array(by_name, dtype=np.int64),
    )


def _year_back(one: date) -> date:
    try:
        return one.replace(year=one.year - 1)
    except ValueError:  # The 29th of February.
        return one.replace(year=one.year - 1, day=28)
