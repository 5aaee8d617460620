# SPDX-License-Identifier: Apache-2.0
"""What feeds of others said, and when that was known: then and now are two questions.

A value says of when it is (valid), when its source said it (issued), when it came here (known) and
how good it is. What a source did not say is no value, and never zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

PLACE_MAX, NOTE_MAX = 80, 120


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


@dataclass(frozen=True, slots=True)
class ContextValue:
    """One thing that a feed says.

    valid_s: UTC, the moment or the beginning of what it is of, length_s long (0: a moment).
    issued_s: UTC, when its source said it. amount: in the quantity's unit, 0 of an event that was
    withdrawn. note: what a person reads beside it, the title of an event.
    """

    place: str
    quantity: Quantity
    valid_s: int
    issued_s: int
    amount: float
    length_s: int = 0
    quality: Quality = Quality.GOOD
    note: str = ""


MissingKey = tuple[str, Quantity]
"""A place and a quantity; a place that is empty stands for each of them."""


@dataclass(frozen=True, slots=True)
class ContextRow:
    """A value as it is kept: whose it is, and since when it is known (UTC, s)."""

    feed: str
    value: ContextValue
    known_s: int


@dataclass(frozen=True, slots=True)
class Revision:
    """What was said of a moment, and since when that was known (UTC, s); see `ContextValue`."""

    place: str
    valid_s: int
    length_s: int
    known_s: int
    amount: float
    note: str


@dataclass(frozen=True, slots=True)
class MissingSpell:
    """From when until when something was missing (UTC, s); until_s: None where it still is."""

    place: str
    quantity: Quantity
    from_s: int
    until_s: int | None


class ContextKnown(Protocol):
    """What was known, for who forecasts. Safe for several threads."""

    def known_at(
        self, feed: str, *, known_s: int, from_s: int, until_s: int, limit: int
    ) -> list[ContextRow]:
        """Return what a feed was known at a moment to have said of a time, in the order of time.

        Of each place, quantity and valid time the newest: what came later is not seen. A value that
        was withdrawn has the amount 0.
        """

    def missing_at(self, feed: str, *, known_s: int) -> list[MissingKey]:
        """Return what of a feed was missing at a moment: what it had said before was too old.

        Whoever forecasts does without, and widens.
        """

    def revisions(
        self, feed: str, quantity: Quantity, *, from_s: int, until_s: int, known_s: int, limit: int
    ) -> list[Revision]:
        """Return all that a feed ever said of a time up to a moment, by place, time and known.

        So a model learns from what was known then, whatever was said after.
        """

    def missing_spells(self, feed: str, *, known_s: int) -> list[MissingSpell]:
        """Return when what of a feed was missing, as it was known at a moment."""


class ContextKeeper(ContextKnown, Protocol):
    """What is kept of feeds. Each call is one commit or one look."""

    def keep(
        self, feed: str, values: Sequence[ContextValue], known_s: int, *, is_all: bool = False
    ) -> int:
        """Keep what a feed said, and return how many rows that took.

        What it said before, just so, takes none. is_all: what it said of a time that is not over
        and does not say now is withdrawn.
        """

    def note_missing(self, feed: str, missing: frozenset[MissingKey], known_s: int) -> None:
        """Keep what of a feed is missing from now on; whatever else was is back."""

    def newest_known(self, feed: str) -> int | None:
        """Return when something was last kept of a feed; None where nothing ever was."""

    def forget(self, *, before_s: int, limit: int) -> int:
        """Forget what was of before a moment, at most so many rows; return how many."""
