# SPDX-License-Identifier: Apache-2.0
"""The days that are looked at, in the site's own time. Pure."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS_MAX = 731
"""Two years: more is no season."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, both ends within. begins: when each day begins, unix s, and the next."""

    first: date
    last: date
    time_zone: str
    begins: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        zone = ZoneInfo(self.time_zone)
        days = (self.last - self.first).days + 2
        moments = (
            datetime.combine(self.first + timedelta(days=day), time(), zone) for day in range(days)
        )
        object.__setattr__(self, "begins", tuple(int(one.timestamp()) for one in moments))

    @property
    def from_s(self) -> int:
        """When it begins."""
        return self.begins[0]

    @property
    def to_s(self) -> int:
        """When it has ended."""
        return self.begins[-1]

    @property
    def hours(self) -> float:
        """How long it is."""
        return (self.to_s - self.from_s) / 3600

    @property
    def days(self) -> int:
        """How many days it has."""
        return len(self.begins) - 1

    def day_of(self, at_s: int) -> int:
        """Return on which day a moment lies, from 0."""
        return bisect_right(self.begins, at_s) - 1

    def date_of(self, day: int) -> date:
        """Return the date of a day."""
        return self.first + timedelta(days=day)
