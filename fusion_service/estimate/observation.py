# SPDX-License-Identifier: Apache-2.0
"""What fusion takes in and what it gives out, as frozen values. Pure.

A sensor is one line or zone of one device, or of one source of others. People are counts, never
persons: nothing here tells one from another.
"""

from dataclasses import dataclass
from enum import StrEnum

from fusion_service.registry.site import Counter, TrustClass
from wire_contract.quality import Validity


@dataclass(frozen=True, slots=True)
class Sensor:
    """One line or zone that counts, by whom, and what of the site it looks at.

    id is `DEVICE/line/NAME` or `DEVICE/zone/NAME`, unique in a site.
    """

    id: str
    device: str
    trust: TrustClass
    counter: Counter


@dataclass(frozen=True, slots=True)
class Observation:
    """What one sensor said of one window, in whole seconds UTC.

    count is a zone's mean of people, or a line's in and out together; net is in minus out, None of
    a zone. Both may be below zero, because a disclosure rule adds noise. low and high are the ends
    of the released 80 % interval of count, which holds the rule's noise already; None is no end.

    withheld_below: the count was withheld because it was less than this; count is None then. A
    bucket is its middle with its edges as ends. code is the window's image quality.
    """

    sensor: str
    start_s: int
    length_s: int
    count: float | None
    net: float | None
    low: float | None
    high: float | None
    withheld_below: int | None
    validity: Validity
    code: int


class SensorCondition(StrEnum):
    """How a sensor fares, as fusion sees it. The worst that holds is said."""

    FINE = "fine"
    LOWER_BOUND = "lower bound"
    """It says itself that more may have been there: saturated, dark, unfamiliar and the like."""
    NOT_COUNTING = "not counting"
    """It says itself that it cannot see."""
    SILENT = "silent"
    """Nothing of it has come for three windows."""
    STUCK = "stuck"
    """It repeats one value, or zero, where others move."""
    CONFLICTING = "conflicting"
    """It contradicts the others of its zone, three or more of which look."""
    IN_DOUBT = "in doubt"
    """Two look and contradict each other: one of them is wrong."""
    LEARNING = "learning"
    """Too little of it was seen to know what is usual there."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one sensor gave to a zone's estimate.

    weight is its share of what all sensors gave, 0 to 1; age_s how long ago its newest window
    ended, None where there is none; since_s since when it is in this condition.
    """

    sensor: str
    weight: float
    age_s: int | None
    condition: SensorCondition
    since_s: int | None


class Basis(StrEnum):
    """What a zone's number of people stands on."""

    COUNTED = "counted"
    """A counter looks at the zone itself."""
    BY_FLOW = "by flow"
    """Lines around it, by Little's law: people are flow times how long they stay."""
    USUAL = "usual"
    """Nobody looks now: what is usual at this hour, and honestly wide."""


class ZoneCondition(StrEnum):
    """How far a zone's number can be believed. The worst that holds is said."""

    FINE = "fine"
    LOWER_BOUND = "lower bound"
    """Who counts here says that more may be there."""
    CONFLICT = "conflict"
    STALE = "stale"
    """Nothing has come for three windows from anybody who looks here."""
    LEARNING = "learning"
    """What is usual here is not known yet."""


NUMBERS = (
    "people",
    "low_50",
    "high_50",
    "low_80",
    "high_80",
    "low_95",
    "high_95",
    "density",
    "trend",
)
"""The numbers of an estimate, by their names."""


@dataclass(frozen=True, slots=True)
class ZoneEstimate:
    """How many people are in a zone at one moment, and how sure that is.

    low and high are quantiles of the number: 50, 80 and 95 of 100 times the truth lies between
    them. trend is people a minute; density people a square metre of usable area.
    """

    zone: str
    at_s: int
    people: float
    low_50: float
    high_50: float
    low_80: float
    high_80: float
    low_95: float
    high_95: float
    density: float
    trend: float
    basis: Basis
    condition: ZoneCondition
    contributions: tuple[Contribution, ...]

    @property
    def is_guess(self) -> bool:
        """Whether nobody counts, and what is usual was not learnt either: any number may be there.

        So it is on the first day of a drawn site.
        """
        return self.basis is Basis.USUAL and self.condition is ZoneCondition.LEARNING
