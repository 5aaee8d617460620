# SPDX-License-Identifier: Apache-2.0
"""A figure: what it is of, over how many, and from how many on it is said at all. Pure.

Rule 1: a figure says over how many it is. Rule 2: over fewer than its least it has no value, so
that nobody reads two evenings as a season.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

LEAST = 5
"""Of a median or a share. Below five one more or less changes it by a fifth."""
LEAST_OF_A_TENTH = 10
"""Of what nine of ten stay under."""
LEAST_OF_COVERAGE = 20
"""Of a coverage: four of five of fewer is within what chance does."""


class Unit(StrEnum):
    """What a value is measured in."""

    NUMBER = "number"
    SHARE = "share"
    SECONDS = "s"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. name: which, a word of `words`; of: of which level, organisation, horizon.

    value: None where it is over too few. over: how many of what its words say.
    """

    name: str
    of: str
    value: float | None
    unit: Unit
    over: int
    least: int

    @property
    def is_too_few(self) -> bool:
        """Whether too few are there to say it."""
        return self.value is None


def number_of(name: str, value: float, over: int, *, of: str = "") -> Figure:
    """Return a count, which is what it is whatever it is over."""
    return Figure(name, of, value, Unit.NUMBER, over, 0)


def rate_of(name: str, value: float, over: float, *, of: str = "") -> Figure:
    """Return how many there were for each of `over`, at least one."""
    whole = int(over)
    return Figure(name, of, value / over if whole else None, Unit.NUMBER, whole, 1)


def share_of(name: str, part: int, over: int, *, of: str = "", least: int = LEAST) -> Figure:
    """Return which share of `over` it was."""
    return Figure(name, of, part / over if over >= least else None, Unit.SHARE, over, least)


def median_of(
    name: str, values: Collection[float], *, of: str = "", unit: Unit = Unit.SECONDS
) -> Figure:
    """Return the middle value."""
    value = float(median(values)) if len(values) >= LEAST else None
    return Figure(name, of, value, unit, len(values), LEAST)


def nine_of_ten(name: str, values: Collection[float], *, of: str = "") -> Figure:
    """Return what nine of ten values stay at or under, by nearest rank; seconds."""
    rank = math.ceil(0.9 * len(values)) - 1
    value = sorted(values)[rank] if len(values) >= LEAST_OF_A_TENTH else None
    return Figure(name, of, value, Unit.SECONDS, len(values), LEAST_OF_A_TENTH)


def longest(name: str, values: Collection[float], *, of: str = "") -> Figure:
    """Return the longest, seconds; nothing where there is none."""
    return Figure(name, of, max(values, default=None), Unit.SECONDS, len(values), 1)


def total_s(name: str, values: Collection[float], *, of: str = "") -> Figure:
    """Return how long all took together, seconds."""
    return Figure(name, of, float(sum(values)), Unit.SECONDS, len(values), 0)
