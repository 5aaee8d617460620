# SPDX-License-Identifier: Apache-2.0
import json
from typing import Any

import pytest

from fusion_service.context.feeds.parking import Parking
from fusion_service.context.fetch.client import Client
from fusion_service.context.port import Answer
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import SpdpTable
from fusion_service.store.context import Quality, Quantity
from tests.fusion_service.context.feed_server import FeedServer

NOW_S = 1_790_000_000
SOUND = {
    "open": True,
    "full": False,
    "parkingCapacity": 400,
    "vacantSpaces": 100,
    "lastUpdated": NOW_S - 60,
}


def facility(**changed: Any) -> str:
    status = {name: value for name, value in (SOUND | changed).items() if value != "left out"}
    return json.dumps(
        {
            "parkingFacilityDynamicInformation": {
                "identifier": "x",
                "name": "Strand",
                "facilityActualStatus": status,
            }
        }
    )


def feed(server: FeedServer, *places: str) -> Parking:
    table = SpdpTable(kind="spdp", url=server.url, facilities={one: f"id-{one}" for one in places})
    return Parking(table, Client())


def ask(server: FeedServer, **changed: Any) -> Answer:
    server.say("/dynamic/id-strand", facility(**changed))
    return feed(server, "strand").ask(NOW_S)


def said(answer: Answer) -> dict[Quantity, tuple[float | None, Quality]]:
    return {one.quantity: (one.amount, one.quality) for one in answer.values}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"vacantSpaces": "100", "parkingCapacity": "400", "full": "false"},  # texts
        {"vacantSpaces": 100.0, "lastUpdated": str(NOW_S - 60)},
        {"lastUpdated": (NOW_S - 60) * 1_000},  # milliseconds
        {"open": None},
    ],
)
def test_a_car_park_is_read_whatever_its_types(server: FeedServer, changed: dict[str, Any]) -> None:
    assert said(ask(server, **changed)) == {
        Quantity.PARKING_VACANT: (100, Quality.GOOD),
        Quantity.PARKING_OCCUPANCY: (0.75, Quality.GOOD),
    }


@pytest.mark.parametrize(
    ("changed", "vacant", "share"),
    [
        ({"vacantSpaces": 450}, 400, 0.0),  # more than there are
        ({"vacantSpaces": -1}, 0, 1.0),
        ({"vacantSpaces": -20}, 0, 1.0),  # more cars than places
        ({"full": True}, 100, 0.75),  # contradicts itself
    ],
)
def test_what_cannot_be_is_brought_into_bounds_and_suspect(
    server: FeedServer, changed: dict[str, Any], vacant: float, share: float
) -> None:
    answer = ask(server, **changed)
    assert said(answer) == {
        Quantity.PARKING_VACANT: (vacant, Quality.SUSPECT),
        Quantity.PARKING_OCCUPANCY: (share, Quality.SUSPECT),
    }
    assert answer.remarks


@pytest.mark.parametrize("capacity", [None, 0, "many"])
def test_without_a_capacity_there_is_no_share(server: FeedServer, capacity: object) -> None:
    found = said(ask(server, parkingCapacity=capacity))
    assert set(found) <= {Quantity.PARKING_VACANT}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"lastUpdated": NOW_S - 86_400 * 90}, "older than 3600 s"),
        ({"lastUpdated": NOW_S + 86_400}, "to come"),
        ({"lastUpdated": "left out"}, "of None"),
        ({"lastUpdated": "2026-09-21T12:00:00"}, "of None"),
        ({"vacantSpaces": None}, "no number of vacant"),
        ({"vacantSpaces": "unknown"}, "no number of vacant"),
        ({"vacantSpaces": True}, "no number of vacant"),
    ],
)
def test_a_car_park_that_stands_still_or_says_nothing_is_told(
    server: FeedServer, changed: dict[str, Any], why: str
) -> None:
    with pytest.raises(FeedError, match=why):
        ask(server, **changed)


def test_one_that_fails_costs_its_own_values(server: FeedServer) -> None:
    server.say("/dynamic/id-strand", facility(), etag='"1"')
    server.say("/dynamic/id-locked", status=401)
    server.say("/dynamic/id-page", "<html>moved</html>")
    three = feed(server, "strand", "locked", "gone", "page")
    answer = three.ask(NOW_S)
    assert {one.place for one in answer.values} == {"strand"}
    told = "; ".join(answer.remarks)
    for word in ("locked: it answers 401", "gone: it answers 404", "page: a page for people"):
        assert word in told
    assert three.ask(NOW_S).values == ()  # nothing new of the one, and the others are no reason


def test_where_none_can_be_read_the_feed_says_so(server: FeedServer) -> None:
    with pytest.raises(
        FeedError, match="none of 2 car parks can be read; the last: it answers 404"
    ):
        feed(server, "gone", "away").ask(NOW_S)
