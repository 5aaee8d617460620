# SPDX-License-Identifier: Apache-2.0
"""The newest numbers and series of them, over a real store."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from development.testbed.program import until
from development.testbed.times import unix_s
from fusion_service.web.picture.zone_view import (
    EstimateSeriesView,
    SiteNowView,
    SitesNowView,
    counted_s,
)
from tests.fusion_service.web.picture.drawn import AT_S, Drawn, estimate
from tests.fusion_service.web.test_api import ask


@pytest.fixture(name="drawn")
def _drawn(tmp_path: Path) -> Iterator[Drawn]:
    made = Drawn(tmp_path)
    with made.file:
        yield made


def test_the_newest_of_every_zone_is_one_answer(drawn: Drawn) -> None:
    drawn.know(1_000, [estimate(zone) for zone in drawn.zones])
    drawn.know(2_000, [estimate(drawn.zones[0], AT_S + 60, 150.0)])
    now = SiteNowView.model_validate(drawn.get("/v1/sites/scheveningen/latest"))
    assert [zone.zone for zone in now.zones] == sorted(drawn.zones)
    (first,) = [zone for zone in now.zones if zone.zone == drawn.zones[0]]
    assert (first.people, first.low_80, first.high_80) == (150.0, 120.0, 180.0)
    assert [one.weight for one in first.contributions] == [0.75, 0.25]
    assert drawn.get("/v1/sites/scheveningen/latest")["known_at"] == "1970-01-01T00:00:02Z"
    everything = SitesNowView.model_validate(drawn.get("/v1/latest"))
    assert everything.sites == (now,)


def test_a_number_says_when_the_newest_window_in_it_ended(drawn: Drawn) -> None:
    given = estimate(drawn.zones[0])
    quiet = tuple(replace(one, weight=0.0) for one in given.contributions)
    never = tuple(replace(one, age_s=None) for one in quiet)
    for contributions, age_s in ((given.contributions, 12), (quiet, 12), (never, None), ((), None)):
        zone = replace(given, contributions=contributions)
        assert counted_s(zone) == (None if age_s is None else AT_S - age_s)
    drawn.know(1_000, [given])
    (shown,) = drawn.get("/v1/sites/scheveningen/latest")["zones"]
    assert unix_s(shown["counted_at"]) == AT_S - 12


def test_a_site_is_told_as_its_file_draws_it(drawn: Drawn) -> None:
    told = drawn.get("/v1/sites/scheveningen")
    assert (told["name"], told["time_zone"]) == ("Scheveningen boulevard", "Europe/Amsterdam")
    assert [zone["zone"] for zone in told["zones"]] == drawn.zones
    kurhaus = next(zone for zone in told["zones"] if zone["zone"] == "kurhaus")
    assert (kurhaus["name"], kurhaus["capacity"]) == ("Kurhaus terrace", 7550)
    assert kurhaus["thresholds"][0] == {"level": "yellow", "people": 3350, "density": 0.7}
    assert {one["device"] for one in told["devices"]} == {
        one.device for one in drawn.site.placements
    }
    drawn.get("/v1/sites/nowhere", status=404)


def test_before_anything_is_worked_out_a_site_has_no_numbers(drawn: Drawn) -> None:
    assert drawn.get("/v1/sites/scheveningen/latest") == {
        "site": "scheveningen",
        "known_at": None,
        "zones": [],
    }


def test_a_late_window_that_revises_the_past_leaves_the_newest_as_it_is(drawn: Drawn) -> None:
    zone = drawn.zones[0]
    drawn.know(1_000, [estimate(zone, AT_S - 60), estimate(zone, AT_S, 50.0)])
    assert drawn.get("/v1/sites/scheveningen/latest")["zones"][0]["people"] == 50.0
    drawn.know(2_000, [estimate(zone, AT_S - 60, 999.0)], in_place=False)
    drawn.live.refresh("scheveningen")
    assert drawn.get("/v1/sites/scheveningen/latest")["zones"][0]["people"] == 50.0


def test_a_client_that_has_it_already_is_told_so(drawn: Drawn) -> None:
    drawn.know(1_000, [estimate(drawn.zones[0])])
    for path in ("/v1/sites/scheveningen/latest", "/v1/latest"):
        first = ask(drawn.app, path)
        again = ask(drawn.app, path, headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    with drawn.live.running():
        drawn.know(2_000, [estimate(drawn.zones[0], AT_S + 60)])
        until(lambda: ask(drawn.app, path).headers["ETag"] != first.headers["ETag"], "what is new")
        other = ask(drawn.app, path, headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/sites/nowhere/latest", "site"),
        ("/v1/sites/nowhere/stream", "site"),
        ("/v1/sites/nowhere/zones.geojson", "site"),
        ("/v1/sites/nowhere/zones/pier/series?from=0&to=1", "site"),
        ("/v1/sites/scheveningen/zones/moon/series?from=0&to=1", "zone"),
        ("/ogc/collections/zones/items?site=nowhere", "query.site"),
        ("/ogc/collections/zones/items/scheveningen.moon", "zone"),
    ],
)
def test_a_site_or_zone_that_is_not_drawn_is_not_there(drawn: Drawn, path: str, where: str) -> None:
    answer = ask(drawn.app, path)
    assert answer.status_code == 404, answer.text
    assert answer.json()["problems"][0]["where"] == where


def test_a_series_is_as_known_now_or_as_known_then(drawn: Drawn) -> None:
    zone = drawn.zones[0]
    path = f"/v1/sites/scheveningen/zones/{zone}/series"
    drawn.know(1_000, [estimate(zone, AT_S + 60 * n) for n in range(5)])
    drawn.know(5_000, [estimate(zone, AT_S + 60, 300.0)], in_place=False)
    span = {"from_": "2026-06-21T14:00:00+02:00", "to": "2026-06-21T14:03:00+02:00"}
    now = EstimateSeriesView.model_validate(drawn.get(path, **span))
    assert [one.people for one in now.estimates] == [100.0, 300.0, 100.0]
    then = drawn.get(path, **span, knownBy="1970-01-01T00:00:04Z")
    assert [one["people"] for one in then["estimates"]] == [100.0, 100.0, 100.0]
    assert then["known_by"] == "1970-01-01T00:00:04Z"
    assert drawn.get(path, **span, knownBy=0)["estimates"] == []


def test_a_series_is_paged_to_its_end(drawn: Drawn) -> None:
    zone = drawn.zones[0]
    path = f"/v1/sites/scheveningen/zones/{zone}/series"
    drawn.know(1_000, [estimate(zone, AT_S + 60 * n, float(n)) for n in range(7)])
    start, seen = "2026-06-21T12:00:00Z", []
    while start is not None:
        page = drawn.get(path, from_=start, to=AT_S + 3_600, limit=3)
        seen += [one["people"] for one in page["estimates"]]
        start = page["next"]
    assert seen == [float(n) for n in range(7)]


@pytest.mark.parametrize(
    ("query", "accept"), [("&format=csv", "*/*"), ("", "text/csv"), ("", "text/csv, */*;q=0.1")]
)
def test_a_series_is_a_table_where_that_is_asked(drawn: Drawn, query: str, accept: str) -> None:
    zone = drawn.zones[0]
    path = f"/v1/sites/scheveningen/zones/{zone}/series?from={AT_S}&to={AT_S + 600}&limit=2{query}"
    drawn.know(1_000, [estimate(zone, AT_S + 60 * n) for n in range(3)])
    answer = ask(drawn.app, path, headers={"Accept": accept})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["at"] for row in rows] == ["2026-06-21T12:00:00Z", "2026-06-21T12:01:00Z"]
    assert (rows[0]["people"], rows[0]["basis"], rows[0]["level"]) == ("100.0", "counted", "green")
    assert "contributions" not in rows[0]
    assert 'rel="next"' in answer.headers["Link"]
    assert "from=2026-06-21T12%3A01%3A01Z" in answer.headers["Link"]


def test_a_level_is_proposed_by_the_thresholds_of_the_file(drawn: Drawn) -> None:
    zone = drawn.site.zones[0]
    for threshold in zone.thresholds:
        assert threshold.people is not None or threshold.density is not None
        people = float(threshold.people or 0)
        at_s = AT_S + 60 * threshold.level
        drawn.know(1_000 + threshold.level, [estimate(zone.id, at_s, people)])
        drawn.live.refresh("scheveningen")
        found = drawn.get("/v1/sites/scheveningen/latest")["zones"][0]
        if threshold.people is not None:
            assert found["level"] == threshold.level.name.lower()
