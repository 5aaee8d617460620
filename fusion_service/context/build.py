# SPDX-License-Identifier: Apache-2.0
"""Make feeds out of their tables in fusion.toml: the one place that knows every kind."""

from collections.abc import Callable, Mapping

from fusion_service.context.feeds import (
    events,
    parking,
    traffic,
    transit,
    weather_forecast,
    weather_observed,
)
from fusion_service.context.fetch.client import Client
from fusion_service.context.port import Answer, Feed, Provenance
from fusion_service.feed_config import (
    FeedTable,
    GtfsRealtimeTable,
    IcalTable,
    KnmiTable,
    NdwTable,
    OpenMeteoTable,
    SpdpTable,
)
from fusion_service.store.context import Quantity

_Built = tuple[Provenance, tuple[Quantity, ...], Callable[[int], Answer]]


def feeds_of(tables: Mapping[str, FeedTable]) -> list[Feed]:
    """Return the feeds of a config. Nothing is asked yet."""
    return [_feed(name, table) for name, table in tables.items()]


def _feed(name: str, table: FeedTable) -> Feed:
    provenance, gives, ask = _built(table)
    return Feed(name, table.kind, provenance, table.every_s, table.stale_after_s, gives, ask)


def _built(table: FeedTable) -> _Built:
    if isinstance(table, KnmiTable):
        observed = weather_observed.WeatherObserved(table, Client())
        given = tuple(quantity for quantity, _ in weather_observed.READ.values())
        return weather_observed.PROVENANCE, given, observed.ask
    if isinstance(table, OpenMeteoTable):
        forecast = weather_forecast.WeatherForecast(table, Client())
        given = tuple(quantity for quantity, _ in weather_forecast.READ.values())
        return weather_forecast.PROVENANCE, given, forecast.ask
    if isinstance(table, GtfsRealtimeTable):
        stops = transit.Transit(table, Client(transit.LIMITS))
        return transit.PROVENANCE, transit.given_by(table), stops.ask
    if isinstance(table, SpdpTable):
        car_parks = parking.Parking(table, Client())
        given = (Quantity.PARKING_VACANT, Quantity.PARKING_OCCUPANCY)
        return parking.PROVENANCE, given, car_parks.ask
    if isinstance(table, NdwTable):
        sites = traffic.Traffic(table, Client(traffic.LIMITS))
        given = (Quantity.VEHICLE_FLOW, Quantity.VEHICLE_SPEED, Quantity.BICYCLE_FLOW)
        return traffic.PROVENANCE, given, sites.ask
    assert isinstance(table, IcalTable)  # noqa: S101 - the config knows no other kind
    calendar = events.Events(table, Client(events.LIMITS))
    return events.PROVENANCE, (Quantity(table.what),), calendar.ask
