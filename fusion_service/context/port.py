# SPDX-License-Identifier: Apache-2.0
"""What every feed is and says: values with their own times, units, quality, and whose they are.

A value says of when it is (valid), when its source said it (issued) and how good it is. What a
source did not say is no value, and never zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

PLACE_MAX, NOTE_MAX = 80, 120
VALUES_MAX = 5_000
"""In one answer: a week of hours of six quantities at four places."""
REMARKS_MAX = 5


class Unit(StrEnum):
    """In what a quantity is said here, whatever its source uses."""

    CELSIUS = "degC"
    METRES_A_SECOND = "m/s"
    MILLIMETRES = "mm"
    WATTS_A_SQUARE_METRE = "W/m2"
    PERCENT = "%"
    DEGREES = "deg"
    SECONDS = "s"
    VEHICLES_AN_HOUR = "veh/h"
    KILOMETRES_AN_HOUR = "km/h"
    ONE = "1"
    """A number of something, or a share."""


class Quantity(StrEnum):
    """What a value is of."""

    TEMPERATURE = "temperature"
    APPARENT_TEMPERATURE = "apparent_temperature"
    WIND_SPEED = "wind_speed"
    WIND_GUST = "wind_gust"
    WIND_FROM = "wind_from"
    PRECIPITATION = "precipitation"
    PRECIPITATION_CHANCE = "precipitation_chance"
    CLOUD_COVER = "cloud_cover"
    HUMIDITY = "humidity"
    RADIATION = "radiation"
    TRANSIT_ARRIVALS = "transit_arrivals"
    TRANSIT_DELAY = "transit_delay"
    TRANSIT_SKIPPED = "transit_skipped"
    TRANSIT_OCCUPANCY = "transit_occupancy"
    TRANSIT_ALERTS = "transit_alerts"
    PARKING_VACANT = "parking_vacant"
    PARKING_OCCUPANCY = "parking_occupancy"
    VEHICLE_FLOW = "vehicle_flow"
    VEHICLE_SPEED = "vehicle_speed"
    BICYCLE_FLOW = "bicycle_flow"
    EVENT = "event"
    CLOSURE = "closure"

    @property
    def unit(self) -> Unit:
        """Return in what it is said."""
        return _UNITS.get(self, Unit.ONE)


_UNITS = {
    Quantity.TEMPERATURE: Unit.CELSIUS,
    Quantity.APPARENT_TEMPERATURE: Unit.CELSIUS,
    Quantity.WIND_SPEED: Unit.METRES_A_SECOND,
    Quantity.WIND_GUST: Unit.METRES_A_SECOND,
    Quantity.WIND_FROM: Unit.DEGREES,
    Quantity.PRECIPITATION: Unit.MILLIMETRES,
    Quantity.PRECIPITATION_CHANCE: Unit.PERCENT,
    Quantity.CLOUD_COVER: Unit.PERCENT,
    Quantity.HUMIDITY: Unit.PERCENT,
    Quantity.RADIATION: Unit.WATTS_A_SQUARE_METRE,
    Quantity.TRANSIT_DELAY: Unit.SECONDS,
    Quantity.VEHICLE_FLOW: Unit.VEHICLES_AN_HOUR,
    Quantity.VEHICLE_SPEED: Unit.KILOMETRES_AN_HOUR,
    Quantity.BICYCLE_FLOW: Unit.VEHICLES_AN_HOUR,
}


class Quality(StrEnum):
    """How far a value is to be believed."""

    GOOD = "good"
    SUSPECT = "suspect"
    """It contradicts itself or its bounds, and was brought into them; or was said twice."""
    MISSING = "missing"
    """There is none, where there was one before: whoever forecasts does without and widens."""


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that a feed says.

    valid_s: UTC, the moment or the beginning of what it is of, length_s long (0: a moment).
    issued_s: UTC, when its source said it. amount: in the quantity's unit; None where it is
    missing. note: what a person reads beside it, the title of an event.
    """

    place: str
    quantity: Quantity
    valid_s: int
    issued_s: int
    amount: float | None
    length_s: int = 0
    quality: Quality = Quality.GOOD
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a feed says now.

    fresh_s: UTC, as of when its source stands; None where nothing is new and nothing confirms what
    was said before. remarks: what in it was of no use, for people. is_all: it holds all that its
    source says of the time to come, so that what it said before and says no more is withdrawn.
    """

    values: tuple[Value, ...]
    fresh_s: int | None
    remarks: tuple[str, ...] = ()
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whose the values are: what must be said wherever they are shown, and under which licence."""

    source: str
    licence: str
    attribution: str
    documentation: str


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: what it is, how often it is asked, and the asking.

    name: its own in fusion.toml. stale_after_s: how long what it said is good without anything new.
    gives: what it may say. ask: asks its source once, at a time (UTC, s); raises FeedError.
    """

    name: str
    kind: str
    provenance: Provenance
    every_s: int
    stale_after_s: int
    gives: tuple[Quantity, ...]
    ask: Callable[[int], Answer]
