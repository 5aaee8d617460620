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
from fusion_service.context.fetch.client import Client, Limits
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
    client = Client(_LIMITS.get(table.kind, Limits()))
    provenance, gives, ask = _built(table, client)
    every_s, stale_after_s = table.every_s, table.stale_after_s
    return Feed(name, table.kind, provenance, every_s, stale_after_s, gives, ask, client.end)


_LIMITS = {"gtfs-rt": transit.LIMITS, "ndw": traffic.LIMITS, "ical": events.LIMITS}


def _built(table: FeedTable, client: Client) -> _Built:
    if isinstance(table, KnmiTable):
        given = tuple(quantity for quantity, _ in weather_observed.READ.values())
        observed = weather_observed.WeatherObserved(table, client)
        return weather_observed.PROVENANCE, given, observed.ask
    if isinstance(table, OpenMeteoTable):
        given = tuple(quantity for quantity, _ in weather_forecast.READ.values())
        forecast = weather_forecast.WeatherForecast(table, client)
        return weather_forecast.PROVENANCE, given, forecast.ask
    if isinstance(table, GtfsRealtimeTable):
        stops = transit.Transit(table, client)
        return transit.PROVENANCE, transit.given_by(table), stops.ask
    if isinstance(table, SpdpTable):
        given = (Quantity.PARKING_VACANT, Quantity.PARKING_OCCUPANCY)
        return parking.PROVENANCE, given, parking.Parking(table, client).ask
    if isinstance(table, NdwTable):
        given = (Quantity.VEHICLE_FLOW, Quantity.VEHICLE_SPEED, Quantity.BICYCLE_FLOW)
        return traffic.PROVENANCE, given, traffic.Traffic(table, client).ask
    assert isinstance(table, IcalTable)  # noqa: S101 - the config knows no other kind
    return events.PROVENANCE, (Quantity(table.what),), events.Events(table, client).ask
