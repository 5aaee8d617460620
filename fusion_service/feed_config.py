# SPDX-License-Identifier: Apache-2.0
"""The tables [context.NAME] of fusion.toml: which feed, of what, how often.

Addresses have their usual value, so that a table says only what is its own. A key is a file's path.
"""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from fusion_service.config_fields import ConfigPath, ConfigTable, refuse

FEEDS_MAX = 16
PLACES_MAX = 50


def _of_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no time zone") from error
    return name


Address = Annotated[
    str,
    Field(
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])[!-~]{1,1000}$",
        description="an address with https://, or with http:// of this machine",
    ),
]
AddressOrNone = Annotated[
    str,
    Field(
        pattern=r"^(|https://[!-~]{1,1000}|http://(127\.0\.0\.1|localhost|\[::1\])[:/][!-~]{1,1000})$",
        description='an address with https://, or with http:// of this machine, or ""',
    ),
]
Every = Annotated[int, Field(ge=60, le=86_400, description="a whole number from 60 to 86400")]
Stale = Annotated[int, Field(ge=120, le=604_800, description="a whole number from 120 to 604800")]
PlaceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,80}$")]
Zone = Annotated[
    str,
    Field(max_length=64, description="a time zone, such as Europe/Amsterdam"),
    AfterValidator(_of_zone),
]
Stops = Annotated[
    dict[
        PlaceName,
        Annotated[tuple[Identifier, ...], Field(strict=False, min_length=1, max_length=100)],
    ],
    Field(
        min_length=1,
        max_length=PLACES_MAX,
        description="1 to 50 groups, each a name and a list of 1 to 100 stop ids",
    ),
]
Identifiers = Annotated[
    dict[PlaceName, Identifier],
    Field(
        min_length=1,
        max_length=PLACES_MAX,
        description="1 to 50 names, each with the id that the source gives it",
    ),
]


class KnmiTable(ConfigTable):
    """Observations of one station."""

    kind: Literal["knmi"]
    location: Annotated[
        Identifier, Field(description="a station's id, such as 0-20000-0-06330 (Hoek van Holland)")
    ]
    key_file: ConfigPath
    """A file with the key of the KNMI Data Platform on one line."""
    url: Address = "https://api.dataplatform.knmi.nl/edr/v1"
    every_s: Every = 600
    """As often as the stations are read."""
    stale_after_s: Stale = 2_400
    """Observations come about a quarter of an hour late; two of them may be left out."""


class OpenMeteoTable(ConfigTable):
    """The forecast at one position."""

    kind: Literal["open-meteo"]
    latitude: Annotated[float, Field(ge=-90, le=90, description="degrees from -90 to 90")]
    longitude: Annotated[float, Field(ge=-180, le=180, description="degrees from -180 to 180")]
    days: Annotated[int, Field(ge=1, le=16, description="a whole number from 1 to 16")] = 7
    """As far as people are forecast."""
    url: Address = "https://api.open-meteo.com/v1/forecast"
    every_s: Every = 10_800
    """Its models are run every one to six hours; each run is over a thousand numbers to keep."""
    stale_after_s: Stale = 43_200
    """The forecast of this morning is still worth more than none."""


class GtfsRealtimeTable(ConfigTable):
    """Public transport at groups of stops; an address that is empty is not asked."""

    kind: Literal["gtfs-rt"]
    stops: Stops
    trip_updates_url: AddressOrNone = "https://gtfs.ovapi.nl/nl/tripUpdates.pb"
    vehicle_positions_url: AddressOrNone = "https://gtfs.ovapi.nl/nl/vehiclePositions.pb"
    alerts_url: AddressOrNone = ""
    """Off: a warning seldom names a stop."""
    every_s: Every = 300
    """A country's file is some MB, and its server is run by volunteers."""
    stale_after_s: Stale = 900
    """A vehicle's delay of a quarter of an hour ago says nothing of now."""

    @model_validator(mode="after")
    def _ask_something(self) -> Self:
        if not (self.trip_updates_url or self.vehicle_positions_url or self.alerts_url):
            refuse("trip_updates_url", "no address at all", "one of the three addresses")
        return self


class SpdpTable(ConfigTable):
    """Car parks by the Dutch standard for parking data."""

    kind: Literal["spdp"]
    facilities: Identifiers
    url: Address = "https://npropendata.rdw.nl/parkingdata/v2"
    every_s: Every = 300
    """One request for each car park."""
    stale_after_s: Stale = 3_600
    """Many stand still for months."""


class NdwTable(ConfigTable):
    """Traffic and cyclists at measuring sites."""

    kind: Literal["ndw"]
    sites: Identifiers
    url: Address = "https://opendata.ndw.nu/trafficspeed.xml.gz"
    sites_url: Address = "https://opendata.ndw.nu/measurement_current.xml.gz"
    """What the indices of a site mean; read once a day."""
    every_s: Every = 300
    """The file of the whole country is new each minute; reading it takes some seconds."""
    stale_after_s: Stale = 900
    """Three that were left out."""


class IcalTable(ConfigTable):
    """A calendar of events, or of closures."""

    kind: Literal["ical"]
    url: Address
    what: Annotated[Literal["event", "closure"], Field(description='"event" or "closure"')] = (
        "event"
    )
    """What its entries are."""
    place: Annotated[PlaceName, Field(description="1 to 64 of A-Z a-z 0-9 . _ -")] = "site"
    """Where they are: a zone's id, or any word."""
    time_zone: Zone = "Europe/Amsterdam"
    """Of entries that name none."""
    days: Annotated[int, Field(ge=1, le=60, description="a whole number from 1 to 60")] = 14
    """How far ahead its entries are read."""
    every_s: Every = 3_600
    """An event is seldom called off within the hour."""
    stale_after_s: Stale = 172_800
    """What was planned two days ago mostly holds."""


FeedTable = Annotated[
    KnmiTable | OpenMeteoTable | GtfsRealtimeTable | SpdpTable | NdwTable | IcalTable,
    Field(discriminator="kind"),
]
FEED_TABLES: dict[str, type[ConfigTable]] = {
    "knmi": KnmiTable,
    "open-meteo": OpenMeteoTable,
    "gtfs-rt": GtfsRealtimeTable,
    "spdp": SpdpTable,
    "ndw": NdwTable,
    "ical": IcalTable,
}
"""The tables by their kind."""
FEEDS_WANTED = f"at most {FEEDS_MAX} tables [context.NAME], NAME of A-Z a-z 0-9 . _ -"
FEED_WANTED = f"a table with kind = one of {', '.join(FEED_TABLES)}"
Feeds = Annotated[
    dict[PlaceName, FeedTable],
    Field(max_length=FEEDS_MAX, description=FEEDS_WANTED),
]
