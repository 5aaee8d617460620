# SPDX-License-Identifier: Apache-2.0
"""How many people are usual in a zone at each hour of the week, and what stands in for it. Pure.

The same hour of weeks before knows most; before there is one, the same hour of days before; before
that, the zone's share of the site by capacity, times how busy the counted zones are now. Each
takes over from the next as it is seen more often: after k times it weighs k / (k + 1).
"""

import math
from array import array
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOURS_OF_DAY, HOURS_OF_WEEK = 24, 168
WORKING_DAYS = 5
HOUR_S = 3600
MEMORY_TIMES = 8.0
"""An hour of the week is a mean over some eight weeks, an hour of the day over eight days."""
LEVEL_HOURS = 6.0
PEOPLE_MIN = 0.2


class Calendar:
    """Which hour of the local week a moment is in; a zone's offset is looked up once an hour."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)
        self._hour = -1
        self._offset = 0

    def hour_of_week(self, at_s: float) -> float:
        """Return hours since Monday 00:00 local time, 0 to 168, with its fraction."""
        hour = int(at_s // HOUR_S)
        if hour != self._hour:
            offset = datetime.fromtimestamp(at_s, UTC).astimezone(self._zone).utcoffset()
            self._offset = int((offset or timedelta(0)).total_seconds())
            self._hour = hour
        # 1970-01-01 was a Thursday, the fourth day.
        return ((at_s + self._offset) / HOUR_S + 3 * HOURS_OF_DAY) % HOURS_OF_WEEK


def hour_of_days(hour_of_week: float) -> int:
    """Return the hour of a working day, 0 to 23, or of a day of the weekend, 24 to 47."""
    is_weekend = hour_of_week >= WORKING_DAYS * HOURS_OF_DAY
    return int(hour_of_week) % HOURS_OF_DAY + (HOURS_OF_DAY if is_weekend else 0)


class UsualOfZone:
    """Means of people by hour of day and of week, each with how often it was seen."""

    __slots__ = ("day", "day_seen", "level", "level_seen", "week", "week_seen")

    def __init__(self) -> None:
        self.day, self.day_seen = array("d", [0.0] * 24), array("d", [0.0] * 24)
        self.week, self.week_seen = array("d", [0.0] * 168), array("d", [0.0] * 168)
        self.level = 0.0
        """Logarithm of the zone's people over its share by capacity."""
        self.level_seen = 0.0
        """Hours from which it was learnt, up to LEVEL_HOURS."""

    def learn(self, hour: float, people: float, duration_s: float, shared: float) -> None:
        """Take in what a counted zone had for a while; shared is its share by capacity then."""
        times = duration_s / HOUR_S
        place = int(hour) % HOURS_OF_WEEK
        for means, seen, at in (
            (self.day, self.day_seen, place % HOURS_OF_DAY),
            (self.week, self.week_seen, place),
        ):
            seen[at] = min(seen[at] + times, MEMORY_TIMES)
            means[at] += (people - means[at]) * min(times / seen[at], 1.0)
        apart = math.log(max(people, PEOPLE_MIN) / max(shared, PEOPLE_MIN))
        self.level_seen = min(self.level_seen + times, LEVEL_HOURS)
        self.level += (apart - self.level) * min(times / self.level_seen, 1.0)

    def expect(self, hour: float, stand_in: float) -> float:
        """Return how many are usual at an hour of the week, between the middles of two hours.

        stand_in: how many, as far as the hour is not known.
        """
        before = math.floor(hour - 0.5)
        part = hour - 0.5 - before
        return (1.0 - part) * self._at(before, stand_in) + part * self._at(before + 1, stand_in)

    def times_seen(self, hour: float) -> float:
        """Return how often the hour of the day was seen."""
        return self.day_seen[int(hour) % HOURS_OF_DAY]

    def _at(self, place: int, stand_in: float) -> float:
        place %= HOURS_OF_WEEK
        by_day = self.day_seen[place % HOURS_OF_DAY]
        by_week = self.week_seen[place]
        found = stand_in
        found += (self.day[place % HOURS_OF_DAY] - found) * by_day / (by_day + 1.0)
        found += (self.week[place] - found) * by_week / (by_week + 1.0)
        return max(found, PEOPLE_MIN)
