# SPDX-License-Identifier: Apache-2.0
"""Whatever an answer is, it is read or refused by name: nothing else may come out of a reader.

Tried on as many examples as any property, and on twenty times as many by scripts/campaign.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fusion_service.context.feeds.events import read_calendar
from fusion_service.context.feeds.parking import read_facility
from fusion_service.context.feeds.traffic import TrafficReading
from fusion_service.context.feeds.traffic_sites import read_sites
from fusion_service.context.feeds.transit import TransitReading
from fusion_service.context.feeds.weather_forecast import read_forecast
from fusion_service.context.feeds.weather_observed import read_coverages
from fusion_service.context.formats.json_shape import Remarks
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import IcalTable
from tests.fusion_service.context.feeds import (
    test_events,
    test_parking,
    test_traffic,
    test_transit,
    test_weather_forecast,
    test_weather_observed,
)

NOW_S = 1_790_000_000
CALENDAR = IcalTable(kind="ical", url="https://x.example/a.ics")
SITES = read_sites(
    iter([test_traffic.table(test_traffic.TWO_LANES)]), frozenset(test_traffic.SITES.values())
)


def facility(body: bytes) -> object:
    return list(read_facility(body, "strand", NOW_S, 3_600, Remarks()))


def publication(body: bytes) -> object:
    return TrafficReading(test_traffic.SITES, SITES, NOW_S, 900).read(iter([body]))


def realtime(body: bytes) -> object:
    reading = TransitReading(test_transit.STOPS, NOW_S, 900)
    for entity in reading.entities(body):
        reading.read_trip(entity)
        reading.read_vehicle(entity)
        reading.read_alert(entity)
    return reading.answer(has_trips=True, has_vehicles=True, has_alerts=True)


def transit_message() -> bytes:
    made = test_transit.message()
    test_transit.add_trip(made, "2512345", 60)
    test_transit.add_vehicle(made, "2512345", occupancy_status=2)
    return bytes(made.SerializeToString())


SOUND: list[tuple[Callable[[bytes], object], bytes]] = [
    (
        lambda body: read_coverages(body, "x", NOW_S),
        test_weather_observed.collection(test_weather_observed.coverage(ta=[9, 8]), ta="°C"),
    ),
    (lambda body: read_forecast(body, "x", NOW_S), test_weather_forecast.forecast()),
    (facility, test_parking.facility().encode()),
    (publication, test_traffic.document(test_traffic.site(test_traffic.SOUND))),
    (realtime, transit_message()),
    (lambda body: read_calendar(body, CALENDAR, NOW_S), test_events.calendar(test_events.MARKET)),
]
STRANGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def is_read_or_refused(read: Callable[[bytes], object], body: bytes) -> None:
    with suppress(FeedError):
        read(body)


@given(
    st.sampled_from(SOUND),
    st.lists(st.tuples(st.integers(0, 9_999), st.binary(max_size=4)), min_size=1, max_size=4),
    st.integers(0, 20),
)
def test_a_sound_answer_with_bytes_changed_or_lost(
    sound: tuple[Callable[[bytes], object], bytes], changes: list[tuple[int, bytes]], lost: int
) -> None:
    read, body = sound
    raw = bytearray(body)
    for at, new in changes:
        begin = at % len(raw)
        raw[begin : begin + lost] = new
    is_read_or_refused(read, bytes(raw))


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to each part of a JSON."""
    inner: list[tuple[Any, Any]] = list(tree.items()) if isinstance(tree, dict) else []
    inner += enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(way for key, value in inner for way in leaves(value, (*path, key)))]


@given(st.sampled_from(SOUND[:3]), st.integers(0, 999), STRANGE)
def test_a_sound_json_with_something_else_in_one_place(
    sound: tuple[Callable[[bytes], object], bytes], number: int, strange: object
) -> None:
    read, body = sound
    tree = json.loads(body)
    ways = leaves(tree)[1:]
    *before, last = ways[number % len(ways)]
    place = tree
    for key in before:
        place = place[key]
    place[last] = strange
    is_read_or_refused(read, json.dumps(tree).encode())


@given(
    st.sampled_from(test_events.MARKET.strip().splitlines()),
    st.sampled_from(
        ["", "x", "20260230T250000", "19000101", "99991231T235959Z", "MO;;", "FREQ=DAILY", "-P1W"]
    ),
    st.sampled_from(
        ["RDATE:20260703", "EXDATE:x", "DURATION:PT99999999H", "RECURRENCE-ID:2026", ""]
    ),
)
def test_a_calendar_with_something_else_in_one_line(line: str, strange: str, more: str) -> None:
    name = line.partition(":")[0]
    entry = test_events.MARKET.replace(line, f"{name}:{strange}") + more
    is_read_or_refused(SOUND[5][0], test_events.calendar(entry))


@given(st.sampled_from(SOUND), st.binary(max_size=300))
def test_any_bytes_at_all(sound: tuple[Callable[[bytes], object], bytes], body: bytes) -> None:
    is_read_or_refused(sound[0], body)
