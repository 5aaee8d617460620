# SPDX-License-Identifier: Apache-2.0
"""The route of feeds, over a real store and a real source that fails."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fusion_service.config import load
from fusion_service.context.build import feeds_of
from fusion_service.context.keeper import FeedKeeper
from fusion_service.store.sqlite.context import ContextFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.web.api import create_app
from fusion_service.web.metrics import Watching, exposition
from tests.fusion_service.context.feed_server import FeedServer, feed_server
from tests.fusion_service.web.test_api import HEALTH, ask

FAIR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:a
SUMMARY:Fair
DTSTART:20200101T100000Z
DURATION:PT2H
RRULE:FREQ=DAILY
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@pytest.fixture
def keeper(tmp_path: Path, server: FeedServer) -> Iterator[FeedKeeper]:
    tables = [
        f'[context.{name}]\nkind = "ical"\nurl = "{server.url}/{name}.ics"\n'
        for name in ("fair", "road")
    ]
    path = tmp_path / "fusion.toml"
    path.write_text('[store]\npath = "fusion.sqlite"\n' + "".join(tables))
    with ContextFile(tmp_path / "fusion.sqlite", size_mib_max=64) as file:
        feeds = feeds_of(load(path).context)
        yield FeedKeeper(feeds, file, now_s=lambda: int(time.time()), random=Random(1))


def shown(keeper: FeedKeeper, tmp_path: Path) -> dict[str, Any]:
    app = create_app(
        Reader(tmp_path / "fusion.sqlite"), lambda: HEALTH, Watching(feeds=keeper.states)
    )
    answer = ask(app, "/v1/context")
    assert answer.status_code == 200
    assert answer.json()["next"] is None
    return {one["feed"]: one for one in answer.json()["items"]}


def test_each_feed_says_how_it_fares_whose_it_is_and_what_is_missing(
    keeper: FeedKeeper, server: FeedServer, tmp_path: Path
) -> None:
    assert {one["condition"] for one in shown(keeper, tmp_path).values()} == {"waiting"}
    server.say("/fair.ics", FAIR)
    for name in ("fair", "road"):
        keeper.turn(name)
    found = shown(keeper, tmp_path)
    fair, road = found["fair"], found["road"]
    assert (fair["condition"], fair["missing"], fair["why"]) == ("fine", [], "")
    assert fair["age_s"] < 60
    assert fair["provenance"]["attribution"]
    assert fair["values"][0] | {"valid_at": "", "issued_at": ""} == {
        "place": fair["values"][0]["place"],
        "quantity": "event",
        "amount": 1.0,
        "unit": "1",
        "quality": "good",
        "valid_at": "",
        "length_s": 7_200,
        "issued_at": "",
        "note": "Fair",
    }
    assert fair["values"][0]["valid_at"].endswith("T10:00:00Z")
    assert (road["condition"], road["failures"]) == ("degraded", 1)
    assert "404" in road["why"]
    assert road["to_do"].startswith("correct the address")
    assert road["since"].endswith("Z")
    assert (road["fresh_at"], road["age_s"], road["values"]) == (None, None, [])
    assert road["missing"] == [{"place": "", "quantity": "event"}]


def test_the_metrics_count_feeds_by_how_they_fare(
    keeper: FeedKeeper, server: FeedServer, tmp_path: Path
) -> None:
    server.say("/fair.ics", FAIR)
    for name in ("fair", "road"):
        keeper.turn(name)
    reader = Reader(tmp_path / "fusion.sqlite")
    text = exposition(reader, lambda: HEALTH, Watching(feeds=keeper.states)).decode()
    assert 'fusion_feeds{condition="fine"} 1.0' in text
    assert 'fusion_feeds{condition="degraded"} 1.0' in text
    assert "fusion_feeds_missing 1.0" in text


def test_without_feeds_there_is_an_empty_page(tmp_path: Path) -> None:
    with ContextFile(tmp_path / "fusion.sqlite", size_mib_max=64) as file:
        keeper = FeedKeeper([], file, now_s=lambda: 0, random=Random(1))
        assert shown(keeper, tmp_path) == {}
