# SPDX-License-Identifier: Apache-2.0
"""What an origin knows of a target: one row a target and series, NaN where it knows nothing.

An origin is the last step that is known; a target lies `horizon` steps after it. What is read at
the target is known ahead (calendar, the usual, columns that say so) or a whole number of days
before it, and then not after the origin. Source of what helps: the project's own measurements,
docs/FORECAST.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel
from fusion_service.estimate.forecast.inputs.tables import Tables, tables_of, trailing_mean

LAGS_H = (0, 1, 2, 3, 5)
MEANS_H = (3, 6, 24, 72, 168)
DAYS_BACK = (1, 2, 7, 14)
WEEK_D = 7


@dataclass(frozen=True, slots=True)
class Rows:
    """Features of N targets of S series each, series fastest.

    features: (N * S, F) float32. usual: (N * S,) float32, what the ratio is a ratio to.
    """

    names: tuple[str, ...]
    features: Floats
    usual: Floats


class Features:
    """The tables of one panel, and what is read from them."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.tables: Tables = tables_of(panel)
        ratio, city, near = self.tables.ratio, self.tables.city, self.tables.near
        hour = panel.hour
        self._ratio_means = {one: trailing_mean(ratio, one * hour) for one in MEANS_H}
        self._city_means = {one: trailing_mean(city, one * hour) for one in MEANS_H}
        self._near_means = {one: trailing_mean(near, one * hour) for one in (3, 24)}
        self._level = np.log1p(trailing_mean(self.tables.counts, 4 * panel.week))

    def rows(self, targets: Integers, horizons: Integers) -> Rows:
        """Return what is known `horizons` steps before `targets`; both (N,), steps."""
        if not (horizons >= 1).all() or horizons.max(initial=1) > self.panel.week:
            raise ValueError("a horizon lies between one step and a week")
        names, columns = [], []
        for name, values in self._columns(targets, horizons):
            names.append(name)
            wide = np.broadcast_to(values.reshape(len(targets), -1), (len(targets), self._series))
            columns.append(wide.astype(np.float32).reshape(-1))
        return Rows(
            tuple(names),
            np.stack(columns, axis=1) if columns else np.empty((0, 0), np.float32),
            self.tables.usual[targets].reshape(-1),
        )

    @property
    def _series(self) -> int:
        return self.panel.series

    def _columns(self, targets: Integers, horizons: Integers) -> Iterator[tuple[str, Floats]]:
        yield from self._calendar(targets, horizons)
        yield from self._usual(targets, targets - horizons)
        yield from self._recent(targets - horizons)
        yield from self._same_hour(targets, targets - horizons)
        yield from self._last_year(targets, targets - horizons)
        for column in self.panel.columns:
            yield from column.read(self.panel, self.tables.ratio, targets, horizons)

    def _calendar(self, targets: Integers, horizons: Integers) -> Iterator[tuple[str, Floats]]:
        panel, calendar = self.panel, self.panel.calendar
        day = panel.day_of(targets)
        yield "horizon", np.log2(horizons / panel.hour).astype(np.float32)
        yield "hour", (panel.time_of_day(targets) / panel.hour).astype(np.float32)
        yield "weekday", calendar.weekday[day].astype(np.float32)
        yield "special", calendar.special[day].astype(np.float32)
        yield "since", calendar.since[day].astype(np.float32)
        yield "until", calendar.until[day].astype(np.float32)
        yield "year_day", calendar.year_day[day].astype(np.float32)
        yield "series", np.arange(self._series, dtype=np.float32)[None].repeat(len(targets), 0)

    def _usual(self, targets: Integers, origins: Integers) -> Iterator[tuple[str, Floats]]:
        tables, hour = self.tables, self.panel.hour
        usual = np.log1p(np.maximum(tables.usual[targets], 0.0))
        yield "usual", usual
        yield "median", np.log1p(tables.median[targets]) - usual
        yield "long", np.log1p(tables.long[targets]) - usual
        yield "usual_rise", usual - np.log1p(tables.usual[origins])
        yield "usual_before", usual - np.log1p(_row(tables.usual, targets - hour))
        # The usual of the hour after rests on the same hour a week before, which a whole week ahead
        # has not come.
        known = (targets + hour - self.panel.week <= origins)[:, None]
        after = np.where(known, usual - np.log1p(tables.usual[targets + hour]), np.nan)
        yield "usual_after", after
        yield "level", self._level[origins]

    def _recent(self, origins: Integers) -> Iterator[tuple[str, Floats]]:
        tables, hour = self.tables, self.panel.hour
        for lag in LAGS_H:
            at = origins - lag * hour
            yield f"count_{lag}", np.log1p(_row(tables.counts, at))
            yield f"ratio_{lag}", _row(tables.ratio, at)
            yield f"city_{lag}", _row(tables.city, at)
            if lag < LAGS_H[3]:
                yield f"near_{lag}", _row(tables.near, at)
        for length in MEANS_H:
            yield f"ratio_mean_{length}", self._ratio_means[length][origins]
            yield f"city_mean_{length}", self._city_means[length][origins]
        for length, table in self._near_means.items():
            yield f"near_mean_{length}", table[origins]
        yield "silent", tables.silent[origins]

    def _same_hour(self, targets: Integers, origins: Integers) -> Iterator[tuple[str, Floats]]:
        """Read the same time of day on the days before, the first that the origin knows."""
        tables, day, hour = self.tables, self.panel.day, self.panel.hour
        first = -((origins - targets) // day)
        for back in DAYS_BACK:
            at = targets - np.maximum(first, back) * day
            yield f"count_{back}d", np.log1p(_row(tables.counts, at))
            yield f"ratio_{back}d", _row(tables.ratio, at)
            yield f"city_{back}d", _row(tables.city, at)
        at = targets - first * day
        yield "near_same", _row(tables.near, at)
        yield "ratio_before", _row(tables.ratio, at - hour)
        days = [_row(tables.ratio, at - one * day) for one in range(WEEK_D)]
        yield "ratio_week", _mean_of(days)
        yield "day_special", self._special(at)

    def _last_year(self, targets: Integers, origins: Integers) -> Iterator[tuple[str, Floats]]:
        """Read the ratio a year back: by weekday, by date, and by the special day's name."""
        panel, tables = self.panel, self.tables
        day, time = panel.day_of(targets), panel.time_of_day(targets)
        weekday = day - 364
        for name, back in (
            ("weekday", weekday),
            ("date", panel.calendar.by_date[day]),
            ("name", panel.calendar.by_name[day]),
        ):
            at = np.where(back >= 0, back * panel.day + time - panel.offset, -1)
            at = np.where(at <= origins, at, -1)
            yield f"ratio_{name}", _row(tables.ratio, at)
            yield f"city_{name}", _row(tables.city, at)
            later = np.where((at >= 0) & (at + panel.day // 2 <= origins), at + panel.day // 2, -1)
            yield f"city_mean_{name}", _row(self._city_means[24], later)

    def _special(self, steps: Integers) -> Floats:
        day = np.clip(self.panel.day_of(steps), 0, len(self.panel.calendar.special) - 1)
        return self.panel.calendar.special[day].astype(np.float32)


def _row(table: Floats, steps: Integers) -> Floats:
    """Return the table's rows at steps, NaN before its first."""
    found = table[np.maximum(steps, 0)]
    found[steps < 0] = np.nan
    return found


def _mean_of(many: list[Floats]) -> Floats:
    stack = np.stack(many)
    known = np.isfinite(stack)
    number = known.sum(axis=0)
    total = np.where(known, stack, 0.0).sum(axis=0)
    return np.asarray(np.where(number > 0, total / np.maximum(number, 1), np.nan), np.float32)
