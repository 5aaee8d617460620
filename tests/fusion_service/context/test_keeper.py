# SPDX-License-Identifier: Apache-2.0
import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fusion_service.config import load
from fusion_service.context.build import feeds_of
from fusion_service.context.keeper import ROWS_OF_A_DAY_MAX, FeedKeeper
from fusion_service.context.port import Answer, Feed
from fusion_service.context.state import FeedCondition, FeedState
from fusion_service.errors import StoreError
from fusion_service.store.context import ContextValue, Quantity
from fusion_service.store.sqlite.context import ContextFile
from tests.fusion_service.context.feed_server import FeedServer

START_S = 1_790_000_000
HOUR_S = 3_600


class Clock:
    def __init__(self) -> None:
        self.now_s = START_S

    def __call__(self) -> int:
        return self.now_s


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[ContextFile]:
    with ContextFile(tmp_path / "fusion.sqlite", size_mib_max=64) as file:
        yield file


def forecast(at_s: int, *amounts: float) -> bytes:
    times = [at_s - at_s % HOUR_S + number * HOUR_S for number in range(len(amounts))]
    hourly = {"time": times, "temperature_2m": list(amounts)}
    return json.dumps({"hourly": hourly, "hourly_units": {"temperature_2m": "°C"}}).encode()


def feeds(tmp_path: Path, server: FeedServer, *extra: str) -> list[Feed]:
    path = tmp_path / "fusion.toml"
    weather = f'kind = "open-meteo"\nlatitude = 52.1\nlongitude = 4.3\nurl = "{server.url}/w"'
    path.write_text(
        "\n".join(['[store]\npath = "fusion.sqlite"\n[context.weather]', weather, *extra])
    )
    return feeds_of(load(path).context)


def keeper_of(feeds: list[Feed], kept: Any, clock: Clock) -> FeedKeeper:
    return FeedKeeper(feeds, kept, now_s=clock, random=Random(7))


def state_of(keeper: FeedKeeper, name: str = "weather") -> FeedState:
    return next(state for feed, state in keeper.states() if feed.name == name)


def known(kept: ContextFile, feed: str = "weather", at_s: int = 2**40) -> list[float]:
    rows = kept.known_at(feed, known_s=at_s, from_s=0, until_s=2**40, limit=1_000)
    return [row.value.amount for row in rows]


def test_a_feed_that_breaks_is_named_waited_for_and_recovers_by_itself(
    tmp_path: Path, server: FeedServer, kept: ContextFile, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    keeper = keeper_of(feeds(tmp_path, server), kept, clock)
    assert state_of(keeper).condition is FeedCondition.WAITING
    server.say("/w", forecast(START_S, 20.0, 21.0))
    wait_s = keeper.turn("weather")
    assert state_of(keeper).condition is FeedCondition.FINE
    assert 0.9 * 10_800 <= wait_s <= 10_800
    assert known(kept) == [20.0, 21.0]

    server.say("/w", "<html>busy</html>", status=200)
    clock.now_s += 600
    with caplog.at_level(logging.INFO):
        waits = [keeper.turn("weather") for _ in range(12)]
    state = state_of(keeper)
    assert (state.condition, state.since_s) == (FeedCondition.DEGRADED, START_S + 600)
    assert "a page for people" in state.why
    assert state.to_do
    assert state.failures == 12
    assert all(5 <= one <= 10_800 for one in waits)
    assert len(set(waits)) > 6  # drawn
    assert max(waits[8:]) > 60  # and longer each time
    assert [record.message for record in caplog.records if "degraded" in record.message] == [
        f"feed weather is degraded: {state.why}; {state.to_do}"
    ]
    assert known(kept) == [20.0, 21.0]  # nothing stops, and what was known holds

    server.say("/w", forecast(clock.now_s, 22.0, 23.0))
    with caplog.at_level(logging.INFO):
        keeper.turn("weather")
    assert state_of(keeper).condition is FeedCondition.FINE
    assert state_of(keeper).why == ""
    assert known(kept) == [22.0, 23.0]
    assert "feed weather is fine again" in caplog.text


def test_what_is_away_for_too_long_is_missing_and_that_is_kept(
    tmp_path: Path, server: FeedServer, kept: ContextFile
) -> None:
    clock = Clock()
    (feed,) = feeds(tmp_path, server)
    keeper = keeper_of([feed], kept, clock)
    assert state_of(keeper).missing(feed, START_S) == tuple(("", one) for one in feed.gives)
    server.say("/w", forecast(START_S, 20.0))
    keeper.turn("weather")
    assert state_of(keeper).missing(feed, clock.now_s) == ()
    server.say("/w", status=503, headers={"Retry-After": "7200"})
    clock.now_s += 6 * HOUR_S
    assert keeper.turn("weather") >= 7_200  # as long as it asks for
    assert state_of(keeper).missing(feed, clock.now_s) == ()  # this morning's forecast still holds
    clock.now_s += 7 * HOUR_S
    for _ in range(3):
        keeper.turn("weather")
    assert state_of(keeper).missing(feed, clock.now_s) == (
        ("52.1000,4.3000", Quantity.TEMPERATURE),
    )
    assert known(kept) == [20.0]
    away = [("52.1000,4.3000", Quantity.TEMPERATURE)]
    assert kept.missing_at("weather", known_s=clock.now_s) == away
    assert kept.missing_at("weather", known_s=clock.now_s - 1) == []
    server.say("/w", forecast(clock.now_s, 9.0))
    clock.now_s += 60
    keeper.turn("weather")
    assert state_of(keeper).missing(feed, clock.now_s) == ()
    assert kept.missing_at("weather", known_s=clock.now_s) == []
    assert kept.missing_at("weather", known_s=clock.now_s - 60) == away


def test_one_that_never_answers_is_missing_once_it_could_have_been_stale(
    tmp_path: Path, server: FeedServer, kept: ContextFile
) -> None:
    clock = Clock()
    (feed,) = feeds(tmp_path, server)
    kept.note_missing("weather", frozenset({("p", Quantity.TEMPERATURE)}), START_S - 60)
    keeper = keeper_of([feed], kept, clock)
    keeper.turn("weather")
    # What was missing before this start still is, as far as anybody knows.
    assert kept.missing_at("weather", known_s=START_S) == [("p", Quantity.TEMPERATURE)]
    clock.now_s += feed.stale_after_s + 1
    keeper.turn("weather")
    found = kept.missing_at("weather", known_s=clock.now_s)
    assert set(found) == {("", quantity) for quantity in feed.gives}
    server.say("/w", forecast(clock.now_s, 9.0))
    keeper.turn("weather")
    assert kept.missing_at("weather", known_s=clock.now_s) == []


def test_a_source_that_stands_still_is_degraded_though_it_answers(
    tmp_path: Path, server: FeedServer, kept: ContextFile
) -> None:
    status = {"vacantSpaces": 3, "parkingCapacity": 9, "lastUpdated": START_S}
    body = json.dumps({"parkingFacilityDynamicInformation": {"facilityActualStatus": status}})
    server.say("/dynamic/u-1", body, etag='"1"')
    table = f'[context.cars]\nkind = "spdp"\nfacilities = {{ s = "u-1" }}\nurl = "{server.url}"'
    clock = Clock()
    keeper = keeper_of(feeds(tmp_path, server, table), kept, clock)
    keeper.turn("cars")
    assert state_of(keeper, "cars").condition is FeedCondition.FINE
    clock.now_s += 3_601
    assert state_of(keeper, "cars").condition is FeedCondition.DEGRADED  # nobody has asked since
    keeper.turn("cars")
    state = state_of(keeper, "cars")
    assert "older than 3600 s" in state.why
    assert state.failures == 0


def test_one_that_is_slow_or_broken_holds_up_no_other(
    tmp_path: Path, server: FeedServer, kept: ContextFile
) -> None:
    now_s = int(time.time())
    server.say("/w", forecast(now_s, 20.0))
    server.say("/slow.ics", b"BEGIN:VCALENDAR\r\n" * 99, drip_s=0.2)
    tables = [
        f'[context.{name}]\nkind = "ical"\nurl = "{server.url}/{name}.ics"'
        for name in ("slow", "gone")
    ]
    keeper = FeedKeeper(
        feeds(tmp_path, server, *tables),
        kept,
        now_s=lambda: int(time.time()),
        random=Hurried(),
    )
    stop = threading.Event()
    running = threading.Thread(target=keeper.run, args=(stop,))
    running.start()
    try:
        until_s = time.monotonic() + 30
        while time.monotonic() < until_s and not (
            known(kept) and state_of(keeper, "gone").failures
        ):
            time.sleep(0.01)
        assert known(kept) == [20.0]
        assert state_of(keeper, "slow").condition is FeedCondition.WAITING
    finally:
        begun_s = time.monotonic()
        stop.set()
        running.join(30)
    assert time.monotonic() - begun_s < 10  # what is being asked is cut off
    assert state_of(keeper, "slow").condition is FeedCondition.WAITING
    assert "404" in state_of(keeper, "gone").why


class Hurried(Random):
    """Draws the shortest wait."""

    def uniform(self, a: float, b: float) -> float:
        del b
        return a


def test_an_answer_that_nobody_foresaw_costs_its_feed_alone(
    tmp_path: Path, server: FeedServer, kept: ContextFile
) -> None:
    def ask(_: int) -> Answer:
        raise KeyError("strange")

    (feed,) = feeds(tmp_path, server)
    keeper = keeper_of([replace(feed, ask=ask)], kept, Clock())
    keeper.turn("weather")
    assert "not foreseen: KeyError" in state_of(keeper).why


def test_what_the_store_refuses_is_kept_with_the_next_answer(
    tmp_path: Path, server: FeedServer, kept: ContextFile
) -> None:
    clock, full = Clock(), FullStore(kept)
    keeper = keeper_of(feeds(tmp_path, server), full, clock)
    server.say("/w", forecast(START_S, 20.0), etag='"1"')
    keeper.turn("weather")
    assert "disk is full" in keeper.fault
    assert state_of(keeper).condition is FeedCondition.FINE  # the feed is not at fault
    full.is_full = False
    clock.now_s += 600
    keeper.turn("weather")
    assert keeper.fault == ""
    assert known(kept, at_s=START_S) == [20.0]  # known since it was heard


class FullStore:
    """A store whose disk is full until it is not."""

    def __init__(self, kept: ContextFile) -> None:
        self.kept, self.is_full = kept, True

    def keep(self, *arguments: Any, **options: Any) -> int:
        if self.is_full:
            raise StoreError("the disk is full")
        return self.kept.keep(*arguments, **options)

    def note_missing(self, *arguments: Any) -> None:
        self.kept.note_missing(*arguments)

    def forget(self, **options: Any) -> int:
        return self.kept.forget(**options)


def test_one_feed_cannot_fill_the_store_in_a_day(
    tmp_path: Path, server: FeedServer, kept: ContextFile
) -> None:
    clock = Clock()
    (feed,) = feeds(tmp_path, server)
    asked = iter(range(100))

    def ask(now_s: int) -> Answer:
        number = next(asked)
        values = [
            ContextValue("p", Quantity.TEMPERATURE, now_s + each, now_s, float(number))
            for each in range(5_000)
        ]
        return Answer(tuple(values), now_s)

    keeper = keeper_of([replace(feed, ask=ask)], kept, clock)
    for _ in range(6):
        clock.now_s += 1
        keeper.turn("weather")
    (rows,) = kept._connection.execute("SELECT count(*) FROM context_value").fetchone()
    assert rows == ROWS_OF_A_DAY_MAX
    clock.now_s += 86_400
    keeper.turn("weather")
    (rows,) = kept._connection.execute("SELECT count(*) FROM context_value").fetchone()
    assert rows == ROWS_OF_A_DAY_MAX + 5_000
