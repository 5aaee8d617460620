# SPDX-License-Identifier: Apache-2.0
"""Counts of a site's places, a quarter of an hour each, over a bounded number of UTC days.

Memory is places times days times 384 bytes: 9 MB for 60 places and 400 days. The oldest day goes
when another begins.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Floats
from fusion_service.store.forecast.kept import DayRow
from fusion_service.store.forecast.steps import QUARTER_S

DAY_S = 86_400
QUARTERS = DAY_S // QUARTER_S
ON_DISK = np.dtype("<f4")
Flags = NDArray[np.bool_]


class Quarters:
    """What is known of each quarter, and which days were read whole.

    counts: (days * 96, S), NaN where nothing is known: people of a line, the mean of a zone.
    """

    def __init__(self, places: Sequence[str], *, last_day: int, days: int) -> None:
        """Begin with nothing; days are counted from 1970, in UTC, and end with `last_day`."""
        self.places = tuple(places)
        self.first_day = last_day - days + 1
        self.days = days
        self.counts: Floats = np.full((days * QUARTERS, len(self.places)), np.nan, np.float32)
        self.is_read: Flags = np.zeros((days, len(self.places)), np.bool_)
        self._index = {place: index for index, place in enumerate(self.places)}

    @property
    def last_day(self) -> int:
        """The newest day that there is room for."""
        return self.first_day + self.days - 1

    def move_to(self, day: int) -> None:
        """Let the days end with this one; what is before the first goes."""
        by = day - self.last_day
        if by <= 0:
            return
        kept = max(self.days - by, 0)
        counts, is_read = np.full_like(self.counts, np.nan), np.zeros_like(self.is_read)
        counts[: kept * QUARTERS] = self.counts[len(counts) - kept * QUARTERS :]
        is_read[:kept] = self.is_read[self.days - kept :]
        self.counts, self.is_read, self.first_day = counts, is_read, self.first_day + by

    def restore(self, rows: Sequence[DayRow]) -> None:
        """Take back days that were kept; of other places and times they are passed over."""
        for row in rows:
            index, day = self._index.get(row.place), row.day - self.first_day
            if index is None or not 0 <= day < self.days:
                continue
            if row.counts:
                self._day(row.day)[:, index] = np.frombuffer(row.counts, ON_DISK)
            self.is_read[day, index] = True

    def put(self, place: str, start_s: int, people: float) -> None:
        """Put one quarter; of another time than there is room for it is passed over."""
        at = start_s // QUARTER_S - self.first_day * QUARTERS
        if 0 <= at < len(self.counts):
            self.counts[at, self._index[place]] = people

    def clear(self, place: str, from_s: int, to_s: int) -> None:
        """Forget what was known of a place over a time, which is to be read anew."""
        first = from_s // QUARTER_S - self.first_day * QUARTERS
        end = to_s // QUARTER_S - self.first_day * QUARTERS
        self.counts[max(first, 0) : max(end, 0), self._index[place]] = np.nan

    def newest_unread(self, before_day: int) -> int | None:
        """Return the newest day before one of which some place was not read whole."""
        found = np.flatnonzero(~self.is_read[: before_day - self.first_day].all(axis=1))
        return self.first_day + int(found[-1]) if len(found) else None

    def unread(self, day: int) -> list[str]:
        """Return the places of which a day was not read whole."""
        read = self.is_read[day - self.first_day]
        return [place for place, is_read in zip(self.places, read, strict=True) if not is_read]

    def note_read(self, day: int, places: Sequence[str]) -> list[DayRow]:
        """Note that a day was read whole of some places, and return it to be kept."""
        rows = []
        for place in places:
            index = self._index[place]
            self.is_read[day - self.first_day, index] = True
            values = self._day(day)[:, index]
            is_known = bool(np.isfinite(values).any())
            rows.append(DayRow(place, day, values.astype(ON_DISK).tobytes() if is_known else b""))
        return rows

    def _day(self, day: int) -> Floats:
        first = (day - self.first_day) * QUARTERS
        return self.counts[first : first + QUARTERS]
