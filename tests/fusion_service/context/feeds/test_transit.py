# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest

from fusion_service.context.feeds.transit import Transit
from fusion_service.context.fetch.client import Client
from fusion_service.context.port import Answer
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import GtfsRealtimeTable
from fusion_service.store.context import Quality, Quantity
from tests.fusion_service.context.feed_server import FeedServer
from tests.fusion_service.context.realtime import FeedMessage

NOW_S = 1_790_000_000
STOPS = {"kurhaus": ("2512345", "2512346"), "harbour": ("25",)}


def message(at_s: int = NOW_S - 20, *, version: str = "2.0") -> Any:
    made = FeedMessage()
    made.header.gtfs_realtime_version = version
    made.header.timestamp = at_s
    return made


def add_trip(made: Any, stop: str, delay_s: int | None, in_s: int = 300, **update: int) -> None:
    entity = made.entity.add(id=f"trip {len(made.entity)}")
    stop_time = entity.trip_update.stop_time_update.add(stop_id=stop, stop_sequence=7, **update)
    stop_time.arrival.time = NOW_S + in_s
    if delay_s is not None:
        stop_time.arrival.delay = delay_s


def add_vehicle(made: Any, stop: str, **vehicle: Any) -> None:
    entity = made.entity.add(id=f"vehicle {len(made.entity)}")
    for name, value in ({"timestamp": NOW_S - 30} | vehicle).items():
        setattr(entity.vehicle, name, value)
    entity.vehicle.stop_id = stop
    entity.vehicle.operator_extension = "OVapi's own"


def ask(
    server: FeedServer, *, trips: Any = None, vehicles: Any = None, alerts: Any = None
) -> Answer:
    urls = {}
    for name, made in (
        ("trip_updates_url", trips),
        ("vehicle_positions_url", vehicles),
        ("alerts_url", alerts),
    ):
        raw = made if isinstance(made, bytes) else b"" if made is None else made.SerializeToString()
        urls[name] = server.say(f"/{name}.pb", raw) if made is not None else ""
    return Transit(GtfsRealtimeTable(kind="gtfs-rt", stops=STOPS, **urls), Client()).ask(NOW_S)


def said(answer: Answer, place: str = "kurhaus") -> dict[Quantity, float | None]:
    return {one.quantity: one.amount for one in answer.values if one.place == place}


def test_what_comes_how_late_and_what_is_left_out(server: FeedServer) -> None:
    trips = message()
    add_trip(trips, "2512345", 120)
    add_trip(trips, "2512346", -60)  # early: a number below zero
    add_trip(trips, "2512346", None)
    add_trip(trips, "2512345", 900, in_s=3_600)  # too far ahead
    add_trip(trips, "2512345", 0, in_s=-60)  # has gone
    add_trip(trips, "2512345", 0, schedule_relationship=1)  # passes by
    add_trip(trips, "99", 600)  # not ours
    add_trip(trips, "25123451", 600)  # begins as one of ours does
    trips.entity.add(id="off").trip_update.trip.schedule_relationship = 3
    trips.entity[-1].trip_update.stop_time_update.add(stop_id="2512345", stop_sequence=1)
    answer = ask(server, trips=trips)
    assert said(answer) == {
        Quantity.TRANSIT_ARRIVALS: 3,
        Quantity.TRANSIT_DELAY: 30,
        Quantity.TRANSIT_SKIPPED: 2,
    }
    assert said(answer, "harbour") == {
        Quantity.TRANSIT_ARRIVALS: 0,
        Quantity.TRANSIT_SKIPPED: 0,
    }
    assert answer.fresh_s == NOW_S - 20


def test_how_full_what_comes_is(server: FeedServer) -> None:
    vehicles = message()
    add_vehicle(vehicles, "2512345", occupancy_status=2)
    add_vehicle(vehicles, "2512345", occupancy_percentage=90)
    add_vehicle(vehicles, "2512345")  # says nothing of it
    add_vehicle(vehicles, "2512345", occupancy_status=7)  # no data
    add_vehicle(vehicles, "2512345", occupancy_status=5, timestamp=NOW_S - 7_200)  # long ago
    answer = ask(server, vehicles=vehicles)
    assert said(answer) == {Quantity.TRANSIT_OCCUPANCY: pytest.approx(0.7)}
    assert "too long ago" in answer.remarks[0]


def test_more_than_full_is_full_and_suspect(server: FeedServer) -> None:
    vehicles = message()
    add_vehicle(vehicles, "2512345", occupancy_percentage=140)
    (value,) = ask(server, vehicles=vehicles).values
    assert (value.amount, value.quality) == (1.0, Quality.SUSPECT)


def test_warnings_in_force_are_counted_once_a_group(server: FeedServer) -> None:
    alerts = message()
    for begin, end in ((0, 0), (NOW_S - 9, NOW_S + 9), (NOW_S + 9, 0)):
        alert = alerts.entity.add(id=str(begin)).alert
        alert.active_period.add(start=begin, end=end)
        alert.informed_entity.add(stop_id="2512345")
        alert.informed_entity.add(stop_id="2512346")
    alerts.entity.add(id="gone", is_deleted=True).alert.informed_entity.add(stop_id="2512345")
    assert said(ask(server, alerts=alerts)) == {Quantity.TRANSIT_ALERTS: 2}


def test_a_trip_that_is_said_twice_counts_once(server: FeedServer) -> None:
    trips = message()
    add_trip(trips, "2512345", 60)
    trips.entity.add().CopyFrom(trips.entity[0])
    answer = ask(server, trips=trips)
    assert said(answer)[Quantity.TRANSIT_ARRIVALS] == 1
    assert answer.remarks == ("a trip comes twice to the same stop",)


def test_one_that_is_new_is_read_with_the_other_that_is_not(server: FeedServer) -> None:
    trips, vehicles = message(), message()
    add_trip(trips, "25", 60)
    add_vehicle(vehicles, "25", occupancy_status=1)
    table = GtfsRealtimeTable(
        kind="gtfs-rt",
        stops=STOPS,
        trip_updates_url=server.say("/t", trips.SerializeToString(), etag='"1"'),
        vehicle_positions_url=server.say("/v", vehicles.SerializeToString(), etag='"1"'),
    )
    feed = Transit(table, Client())
    first = feed.ask(NOW_S)
    assert feed.ask(NOW_S + 60) == Answer((), None)
    server.say("/v", vehicles.SerializeToString(), etag='"2"')
    assert feed.ask(NOW_S + 60).values == first.values


def differential() -> Any:
    made = message()
    made.header.incrementality = 1
    return made


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!doctype html><p>busy", "a page for people"),
        (b"", "an empty answer"),
        (message(version="3.0"), "wanted 1.0 or 2.0"),
        (b'{"header": {}}', "Protocol Buffers"),
        (message(NOW_S - 3_600), "stands still"),
        (message(NOW_S + 3_600), "to come"),
        (differential(), "only what has changed"),
        (message().SerializeToString() + b"\x12\x50abc", "ends in the middle"),
    ],
)
def test_what_is_no_feed_or_of_another_time_is_refused(
    server: FeedServer, body: Any, why: str
) -> None:
    with pytest.raises(FeedError, match=why):
        ask(server, trips=body)
