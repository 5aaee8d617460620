# SPDX-License-Identifier: Apache-2.0
"""What a client gets, over a real store."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from development.testbed.times import unix_ms, unix_s
from fusion_service.estimate.intervals import own_square
from fusion_service.ingest.examined import Received, Unusable, dead_letter
from fusion_service.store.batch import Plan
from fusion_service.store.sqlite.connection import open_reader
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.api import create_app
from fusion_service.web.form.instants import of_milliseconds, of_seconds, text_of
from fusion_service.web.views.health import (
    BrokerView,
    Condition,
    HealthView,
    OutletView,
    StoreView,
)
from tests.fusion_service.box import START_S, Box, line, zone
from tests.fusion_service.keeping import keep
from wire_contract.messages.report import Clock, ClockQuality, LineCount, Report
from wire_contract.quality import QualityCode
from wire_contract.topics import Channel

HEALTH = HealthView(
    condition=Condition.FINE,
    boot="00000000-0000-4000-8000-000000000000",
    started_at=of_milliseconds(1),
    broker=BrokerView(state="connected", detail="", since=of_milliseconds(1)),
    store=StoreView(condition=Condition.FINE, detail=""),
    inbox_depth=3,
    inbox_max=10,
    outlets=(
        OutletView(
            name="webhook", condition=Condition.DEGRADED, since=of_milliseconds(7_000), waiting=3
        ),
    ),
)


def ask(
    app: FastAPI,
    path: str,
    query: Mapping[str, str] | None = None,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send one HTTP request through the application, without a socket."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://centre"
        ) as client:
            return await client.request(method, path, params=query or None, headers=headers)

    return asyncio.run(send())


class Site:
    """A store with one box, and the API over it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.box = Box()
        self.store = Writer(path, size_mib_max=64, dead_letters_max=10)
        self.store.add_device("beach", "pier-1", self.box.public_key, test_site=False, added_ms=5)
        self.app = create_app(Reader(path), lambda: HEALTH)

    def keep(self, *reports: Report, received_ms: int = 0, late: bool = False) -> None:
        device = self.store.registry().devices["beach", "pier-1"]
        applied = keep(self.store, device.id, *reports, received_ms=received_ms, late=late)
        assert applied.batch_id is not None
        self.store.stamp(applied.batch_id, received_ms + 4)

    def get(self, path: str, status: int = 200, **query: object) -> Any:
        answer = ask(self.app, path, {key.rstrip("_"): str(value) for key, value in query.items()})
        assert answer.status_code == status, answer.text
        return answer.json()

    def lines(self, **query: object) -> Any:
        asked = {
            "site": "beach",
            "device": "pier-1",
            "line": "door",
            "from_": START_S,
            "to": START_S + 600,
            "step": 300,
        }
        return self.get("/v1/series/lines", **{**asked, **query})["steps"]

    def zones(self, **query: object) -> Any:
        asked = {
            "site": "beach",
            "device": "pier-1",
            "zone": "square",
            "from_": START_S,
            "to": START_S + 600,
            "step": 300,
        }
        return self.get("/v1/series/zones", **{**asked, **query})["steps"]


OWN = own_square("discrete_laplace", "1000")
REACH = (2 * OWN + (2 * (3**2 - OWN) ** 0.5) ** 2) ** 0.5
"""Of a sum of two windows whose intervals reach three to either side: noise as squares, the rest in
full."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "fusion.sqlite")
    with made.store:
        yield made


def test_a_step_without_a_window_is_absent_and_not_zero(site: Site) -> None:
    site.keep(site.box.report(1, start_s=START_S), site.box.report(2, start_s=START_S + 60))
    first, second = site.lines()
    assert first == {
        "start": text_of(of_seconds(START_S)),
        "end": text_of(of_seconds(START_S + 300)),
        "coverage": {
            "windows": 2,
            "covered_s": 120,
            "observed_s_min": 114,
            "at_least": 0,
            "not_counted": 0,
        },
        "in_windows": 2,
        "in_sum": 2,
        "in_low": pytest.approx(4 - REACH, abs=0.001),  # two middles of 2
        "in_high": pytest.approx(4 + REACH, abs=0.001),
        "out_windows": 2,
        "out_sum": 4,
        "out_low": pytest.approx(6 - REACH, abs=0.001),
        "out_high": pytest.approx(6 + REACH, abs=0.001),
    }
    assert second["coverage"] == {
        "windows": 0,
        "covered_s": 0,
        "observed_s_min": 0,
        "at_least": 0,
        "not_counted": 0,
    }
    assert (second["in_windows"], second["in_sum"], second["in_low"], second["in_high"]) == (
        0,
        None,
        None,
        None,
    )


def test_live_windows_of_one_time_are_all_added_and_those_that_came_later_say_so(
    site: Site,
) -> None:
    stepped = replace(site.box.report(3, start_s=START_S), clock_quality=ClockQuality.STEPPED)
    site.keep(
        site.box.report(1, start_s=START_S),
        site.box.report(2, start_s=START_S + 20, length_s=40),
        stepped,
    )
    site.box.boot = "00000000-0000-4000-8000-000000000001"
    site.keep(
        site.box.report(4, start_s=START_S + 59, length_s=1),
        site.box.report(5, start_s=START_S + 60),
    )
    assert (site.lines()[0]["coverage"]["windows"], site.lines()[0]["in_sum"]) == (5, 5)
    windows = site.get("/v1/windows")["items"]
    assert [window["overlaps"] for window in windows] == [
        None,
        "other boot",
        "same boot",
        "same boot",
        None,
    ]
    assert [window["boot"] == site.box.boot for window in windows] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert {(window["superseded"], window["set_apart"]) for window in windows} == {(False, None)}
    assert site.get("/v1/outcomes")["repeated_windows"] == 3


def test_a_window_weighs_in_the_mean_of_a_step_as_much_as_it_is_long(site: Site) -> None:
    cut = site.box.report(1, start_s=START_S, length_s=20, zones=(zone(mean=40, peak=50),))
    site.keep(
        cut,
        site.box.report(2, start_s=START_S + 60),
        site.box.report(3, start_s=START_S + 120, zones=()),
    )
    step = site.zones()[0]
    assert (step["mean"], step["mean_windows"]) == (pytest.approx((20 * 40 + 60 * 10) / 80), 2)
    own, in_full = OWN * (20**2 + 60**2), (20 + 60) * (3**2 - OWN) ** 0.5
    assert step["mean_high"] - step["mean_low"] == pytest.approx(
        2 * (own + in_full**2) ** 0.5 / 80, abs=0.002
    )


def test_a_clock_that_was_ahead_once_does_not_freeze_the_last_window(site: Site) -> None:
    site.keep(site.box.report(1, start_s=START_S + 10**6), site.box.report(2, start_s=START_S))
    assert site.get("/v1/devices/beach/pier-1")["last_window"]["sequence"] == 2
    site.keep(site.box.report(4))
    site.keep(site.box.report(3, start_s=START_S + 10**7))
    assert site.get("/v1/devices/beach/pier-1")["last_window"]["sequence"] == 4, (
        "signed last, whatever came last"
    )
    site.keep(Box(key=site.box.key).report(1, start_s=0))
    assert site.get("/v1/devices/beach/pier-1")["last_window"]["start"] == "1970-01-01T00:00:00Z", (
        "a new ledger begins with 1"
    )


def test_a_report_that_stands_for_several_windows_says_how_long_it_covers(site: Site) -> None:
    site.keep(replace(site.box.report(1, start_s=START_S), length_s=240))
    assert site.lines()[0]["coverage"]["covered_s"] == 240


def test_a_lower_bound_among_the_windows_leaves_the_sum_without_a_high_end(site: Site) -> None:
    full = site.box.report(
        2,
        start_s=START_S + 60,
        code=QualityCode.SATURATED,
        lines=(line(above=None),),
        zones=(zone(above=None),),
    )
    site.keep(site.box.report(1, start_s=START_S), full)
    (first, _), (occupancy, _) = site.lines(), site.zones()
    assert (first["coverage"]["at_least"], first["in_sum"], first["in_high"]) == (1, 2, None)
    below = (2**2 - OWN) ** 0.5 * 2
    assert first["in_low"] == pytest.approx(2 - (2 * OWN + below**2) ** 0.5, abs=0.001)
    assert (occupancy["mean_high"], occupancy["peak_low"], occupancy["peak_high"]) == (
        None,
        10,
        None,
    )
    (window, _) = site.get("/v1/devices/beach/pier-1/windows")["items"]
    assert (window["validity"], window["lines"][0]["in_low"], window["lines"][0]["in_high"]) == (
        "at least",
        -1,
        None,
    )


@pytest.mark.parametrize(
    "lines", [(), (line(in_count=7),)]
)  # as our boxes send it, and from one that counts and cannot see
def test_what_a_blind_eye_counted_is_not_counted_and_not_zero(
    site: Site, lines: tuple[LineCount, ...]
) -> None:
    blind = site.box.report(
        2, start_s=START_S + 60, code=QualityCode.BLOCKED, lines=lines, zones=()
    )
    site.keep(site.box.report(1, start_s=START_S, lines=(line(in_count=5),)), blind)
    first, _ = site.lines()
    assert (
        first["coverage"]["windows"],
        first["coverage"]["not_counted"],
        first["coverage"]["observed_s_min"],
    ) == (2, 1, 57)
    assert (first["in_windows"], first["in_sum"]) == (1, 5)
    validities = [
        window["validity"] for window in site.get("/v1/devices/beach/pier-1/windows")["items"]
    ]
    assert validities == ["not counted", "counted"]


def test_windows_without_intervals_leave_a_sum_without_ends(site: Site) -> None:
    bare = LineCount("door", 3, 4)  # from before boxes said how sure they are
    site.keep(
        site.box.report(1, start_s=START_S), site.box.report(2, start_s=START_S + 60, lines=(bare,))
    )
    first, _ = site.lines()
    assert (first["in_sum"], first["in_low"], first["in_high"]) == (4, None, None)


def test_withheld_counts_are_not_summed_as_zero_and_negative_ones_are_not_clamped(
    site: Site,
) -> None:
    counts = [line(in_count=None, out_count=-2), line(in_count=5, out_count=-3)]
    site.keep(
        *(
            site.box.report(n, start_s=START_S + 60 * n, lines=(count,))
            for n, count in enumerate(counts, 1)
        )
    )
    first, _ = site.lines()
    assert (
        first["coverage"]["windows"],
        first["in_windows"],
        first["in_sum"],
        first["out_sum"],
    ) == (2, 1, 5, -5)


def test_a_line_that_a_window_does_not_name_is_covered_but_not_counted(site: Site) -> None:
    site.keep(
        site.box.report(1, start_s=START_S, lines=()), site.box.report(2, start_s=START_S + 900)
    )
    first, _ = site.lines()
    assert (first["coverage"]["windows"], first["in_windows"], first["in_sum"]) == (1, 0, None)


def test_a_zone_shows_the_mean_of_means_and_the_most_of_mosts(site: Site) -> None:
    zones = [zone(mean=10, peak=12), zone(mean=11, peak=20), zone(mean=None, peak=None)]
    site.keep(
        *(
            site.box.report(n, start_s=START_S + 60 * n, zones=(one,))
            for n, one in enumerate(zones, 1)
        )
    )
    first, second = site.zones()
    assert (first["mean_windows"], first["mean"], first["peak_windows"], first["peak"]) == (
        2,
        10.5,
        2,
        20,
    )
    assert (first["peak_low"], first["peak_high"]) == (18, 24)
    assert first["mean_low"] == pytest.approx((23 - REACH) / 2, abs=0.001)
    assert first["mean_high"] == pytest.approx((23 + REACH) / 2, abs=0.001)
    assert (second["mean"], second["peak"]) == (None, None)


@pytest.mark.parametrize(
    ("observed", "seconds"),
    [
        (0, 0),  # under half: nothing is certain
        (1, 30),  # half
        (2, 48),  # 80 %
        (3, 57),  # 95 %
    ],
)
def test_observed_seconds_are_the_least_that_the_class_promises(
    site: Site, observed: int, seconds: int
) -> None:
    site.keep(site.box.report(1, start_s=START_S, observed=observed))
    assert site.lines()[0]["coverage"]["observed_s_min"] == seconds


def test_of_a_file_that_was_replayed_again_what_came_last_counts(site: Site) -> None:
    again, replay = Box(key=site.box.key), Clock.REPLAY
    site.keep(
        site.box.report(1, start_s=START_S, clock=replay),
        site.box.report(2, start_s=START_S + 60, clock=replay),
    )
    site.keep(
        again.report(1, start_s=START_S, length_s=30, clock=replay, lines=(line(in_count=4),))
    )
    first, _ = site.lines()
    assert (first["coverage"]["windows"], first["in_sum"]) == (2, 1 + 4)
    windows = site.get("/v1/windows")["items"]
    assert [window["set_apart"] for window in windows] == [None, None, "superseded"]
    site.keep(site.box.report(3, start_s=START_S))
    assert site.lines()[0]["in_sum"] == 1 + 4 + 1, "a live window and a replay are two things"


def test_steps_are_counted_from_from_and_the_last_ends_at_to(site: Site) -> None:
    site.keep(site.box.report(1, start_s=START_S + 119), site.box.report(2, start_s=START_S + 120))
    steps = site.lines(from_=START_S + 20, to=START_S + 250, step=100)
    assert [(unix_s(step["start"]), unix_s(step["end"])) for step in steps] == [
        (START_S + 20, START_S + 120),
        (START_S + 120, START_S + 220),
        (START_S + 220, START_S + 250),
    ]
    assert [step["coverage"]["windows"] for step in steps] == [1, 1, 0]


@pytest.mark.parametrize(
    ("query", "where", "wanted"),
    [
        ({"from_": "noon"}, "query.from", "RFC 3339"),  # not a time
        ({"from_": "2026-06-21T14:00:00"}, "query.from", "with an offset"),  # of which place?
        ({"step": 0}, "query.step", "greater than or equal to 1"),  # no step
        ({"step": "1.5"}, "query.step", "integer"),  # not whole seconds
        ({"line": "Door"}, "query.line", "pattern"),  # not a name
        ({"colour": "red"}, "query.colour", "Extra inputs"),  # not a parameter
    ],
)
def test_a_bad_query_is_told_what_was_wanted(
    site: Site, query: dict[str, object], where: str, wanted: str
) -> None:
    asked = {
        "site": "beach",
        "device": "pier-1",
        "line": "door",
        "from_": START_S,
        "to": START_S + 600,
        "step": 300,
    }
    (problem,) = site.get("/v1/series/lines", 400, **{**asked, **query})["problems"]
    assert problem["where"] == where
    assert wanted in problem["wanted"]


def test_what_is_not_there_is_404_in_the_same_shape(site: Site) -> None:
    assert (
        site.get("/v1/devices/beach/pier-9", 404)["problems"][0]["wanted"]
        == "an enrolled device; see /v1/devices"
    )
    assert site.get("/v1/devices/beach/pier-9/windows", 404)["problems"][0]["got"] == "beach/pier-9"
    assert site.get("/v2/devices", 404)["problems"][0]["got"] == "GET /v2/devices"
    refused = ask(site.app, "/v1/devices", method="POST")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert "GET, HEAD" in refused.json()["problems"][0]["wanted"]


def test_every_list_is_paged_to_its_end(site: Site) -> None:
    site.keep(*(site.box.report(n, start_s=START_S + 60 * (n % 7)) for n in range(1, 24)))
    for number in range(2, 6):
        site.store.add_device(
            f"site-{number}", "one", Box().public_key, test_site=False, added_ms=1
        )
    site.keep(*(site.box.report(n, start_s=START_S) for n in range(30, 50, 2)))
    for path, cursor, total in (
        ("/v1/gaps", "after", 10),
        ("/v1/windows", "before", 33),
        ("/v1/devices/beach/pier-1/windows", "before", 33),
        ("/v1/devices", "after", 5),
        ("/v1/sites", "after", 5),
    ):
        seen, query = [], {"limit": 3}
        while True:
            page = site.get(path, **query)
            seen.extend(str(item) for item in page["items"])
            assert len(page["items"]) <= 3
            if page["next"] is None:
                break
            query = {"limit": 3, cursor: page["next"]}
        assert len(seen) == len(set(seen)) == total, path
        site.get(path, 400, limit=501)


def test_what_is_missing_is_shown_until_it_comes(site: Site) -> None:
    site.keep(*(site.box.report(sequence) for sequence in (1, 2, 5)), received_ms=1_000)
    site.keep(site.box.report(9), received_ms=2_000)
    place = {"site": "beach", "device": "pier-1", "stream": site.box.stream}
    assert site.get("/v1/gaps")["items"] == [
        {**place, "first": 3, "last": 4, "missing": 2, "since": "1970-01-01T00:00:01Z"},
        {**place, "first": 6, "last": 8, "missing": 3, "since": "1970-01-01T00:00:02Z"},
    ]
    assert site.get("/v1/devices/beach/pier-1")["missing"] == 5
    lines = ask(site.app, "/metrics").text.splitlines()
    assert "fusion_missing 5.0" in lines
    assert "fusion_gaps 2.0" in lines
    assert "fusion_oldest_gap_timestamp_seconds 1.0" in lines
    assert 'fusion_device_missing{device="pier-1",site="beach"} 5.0' in lines
    site.keep(*(site.box.report(sequence) for sequence in (3, 4, 7)), received_ms=3_000)
    gaps = site.get("/v1/gaps")["items"]
    assert [(gap["first"], gap["last"], unix_ms(gap["since"])) for gap in gaps] == [
        (6, 6, 2_000),
        (8, 8, 2_000),
    ]
    site.keep(*(site.box.report(sequence) for sequence in (6, 8)))
    assert site.get("/v1/gaps") == {"items": [], "next": None}
    assert site.get("/v1/devices/beach/pier-1")["missing"] == 0
    assert not any(
        "fusion_oldest_gap" in line for line in ask(site.app, "/metrics").text.splitlines()
    )


def test_late_windows_are_flagged_counted_and_can_be_asked_for(site: Site) -> None:
    site.keep(site.box.report(1), site.box.report(3))
    site.keep(site.box.report(2), late=True)
    assert [
        (window["sequence"], window["late"])
        for window in site.get("/v1/windows", late="true")["items"]
    ] == [(2, True)]
    assert len(site.get("/v1/windows")["items"]) == 3
    assert site.get("/v1/devices/beach/pier-1")["late_reports"] == 1


def test_of_a_window_that_came_again_the_one_that_does_not_count_says_so(site: Site) -> None:
    replays = [
        site.box.report(n, start_s=START_S + 60 * n - 60, clock=Clock.REPLAY) for n in (1, 2)
    ]
    site.keep(*replays)
    assert site.get("/v1/outcomes")["repeated_windows"] == 0
    site.keep(site.box.report(3, start_s=START_S, clock=Clock.REPLAY))
    windows = site.get("/v1/windows")["items"]
    assert [(window["sequence"], window["superseded"]) for window in windows] == [
        (3, False),
        (2, False),
        (1, True),
    ]
    assert site.get("/v1/outcomes")["repeated_windows"] == 1
    lines = ask(site.app, "/metrics").text.splitlines()
    assert "fusion_repeated_windows_total 1.0" in lines
    assert 'fusion_reports_set_apart_total{reason="superseded"} 1.0' in lines


def test_windows_come_latest_first(site: Site) -> None:
    site.keep(site.box.report(2, start_s=START_S + 60))
    site.keep(site.box.report(1, start_s=START_S))
    assert [window["sequence"] for window in site.get("/v1/windows")["items"]] == [
        1,
        2,
    ]  # by commit
    assert [
        window["sequence"] for window in site.get("/v1/devices/beach/pier-1/windows")["items"]
    ] == [2, 1]  # by start


def test_the_delay_from_release_to_commit_can_be_computed(site: Site) -> None:
    end_ms = (START_S + 60) * 1000
    site.keep(site.box.report(1, start_s=START_S), received_ms=end_ms + 30)
    (window,) = site.get("/v1/windows")["items"]
    assert (
        unix_ms(window["committed_at"]) - (unix_s(window["start"]) + window["length_s"]) * 1000
        == 34
    )


def test_a_dead_letter_shows_nothing_of_its_content(site: Site) -> None:
    received = Received(site.box.topic(), site.box.seal_bytes(b"content of no use"), 7)
    device = site.store.registry().devices["beach", "pier-1"]
    letter = dead_letter(received, Unusable(device, Channel.REPORT, None, b"", "not a report", 2))
    with site.store.transaction() as transaction:
        transaction.apply(Plan(0, letters=[letter]))
    answer = ask(site.app, "/v1/dead-letters")
    assert "content" not in answer.text
    (shown,) = answer.json()["items"]
    assert (shown["reason"], shown["authentic"], shown["length"]) == (
        "unusable",
        True,
        len(received.payload),
    )


def test_a_new_device_shows_what_is_not_known_as_null(site: Site) -> None:
    device = site.get("/v1/devices/beach/pier-1")
    unknown = ("last_seen_at", "link_at", "level", "stream", "last_window", "meta")
    assert {key: device[key] for key in unknown} == dict.fromkeys(unknown)
    assert (device["link"], device["reports"], device["test_site"]) == ("unknown", 0, False)


def test_metrics_are_prometheus_text(site: Site) -> None:
    site.keep(site.box.report(1))
    lines = ask(site.app, "/metrics").text.splitlines()
    assert 'fusion_messages_total{channel="report",outcome="accepted"} 1.0' in lines
    assert "fusion_inbox_depth 3.0" in lines
    assert "fusion_broker_connected 1.0" in lines
    assert "fusion_devices 1.0" in lines


def test_every_route_is_described(site: Site) -> None:
    description = site.get("/v1/openapi.json")
    paths = description["paths"]
    assert description["servers"] == [{"url": "/v1"}]
    assert sorted(paths) == [
        "/context",
        "/dead-letters",
        "/devices",
        "/devices/{site}/{device}",
        "/devices/{site}/{device}/windows",
        "/gaps",
        "/health",
        "/lost",
        "/outcomes",
        "/series/lines",
        "/series/zones",
        "/sites",
        "/sites/{site}/days",
        "/windows",
    ]
    for path in paths.values():
        assert path["get"]["responses"]["200"]["content"]["application/json"]["schema"]


def test_a_store_that_is_gone_is_503(tmp_path: Path) -> None:
    answer = ask(create_app(Reader(tmp_path / "gone.sqlite"), lambda: HEALTH), "/v1/sites")
    assert answer.status_code == 503
    assert answer.json()["problems"][0]["where"] == "store"


def test_a_series_is_found_through_an_index(site: Site) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT max(id) FROM report WHERE device_id = 1 AND start_s >= 1 AND "
        "start_s < 2 GROUP BY start_s"
    )
    with closing(open_reader(site.path)) as connection:
        plan = " ".join(row[3] for row in connection.execute(query))
    assert "report_by_start" in plan
    assert "SCAN" not in plan
