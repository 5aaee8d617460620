# SPDX-License-Identifier: Apache-2.0
"""What each scope is shown by a running centre with two drawn sites, and when it ends."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from development.testbed.program import until
from fusion_service.access.roles import Scope
from fusion_service.web.access.reach import covered_rows
from tests.broker import Broker
from tests.fusion_service.access.people import Browser, Centre, add_key, run
from tests.fusion_service.centre import ReadyCentre

SHIPPED = Path(__file__).parents[3] / "firmware_configs/sites/scheveningen.toml"
REST = 3
"""Rows in a page."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    folder = tmp_path_factory.mktemp("scopes")
    other = folder / "other.toml"
    drawn = SHIPPED.read_text("utf-8")
    other.write_text(drawn.replace('id = "scheveningen"', 'id = "harbour"', 1), "utf-8")
    with (
        Broker(folder / "broker") as broker,
        ReadyCentre(folder / "centre", broker.port) as running,
    ):
        for path in (SHIPPED, other):
            running.draw(path)
        everybody = Browser(running, key=(running.folder / "local.key").read_text().strip())
        until(lambda: len(zones_of(everybody)) >= 2 * REST, "numbers of both sites")
        yield running


def asker(centre: Centre, name: str, *scope: str) -> Browser:
    return Browser(centre, key=add_key(centre, name, "operator", *scope))


def zones_of(browser: Browser) -> set[str]:
    """Return which zones `latest` shows, as SITE/ZONE."""
    sites = browser.get("/v1/latest").said["sites"]
    return {f"{site['site']}/{zone['zone']}" for site in sites for zone in site["zones"]}


def test_who_may_see_one_site_is_shown_that_one(centre: Centre) -> None:
    everybody = zones_of(asker(centre, "all", "*"))
    one = asker(centre, "one-site", "harbour")
    assert zones_of(one) == {zone for zone in everybody if zone.startswith("harbour/")}
    assert one.get("/v1/sites/scheveningen/latest").status == 403
    items = one.get("/ogc/collections/zones/items?limit=500").said["features"]
    assert {item["properties"]["site"] for item in items} == {"harbour"}
    assert one.get("/ogc/collections/zones/items?site=scheveningen").status == 404


def test_who_may_see_one_zone_is_shown_that_one_everywhere(centre: Centre) -> None:
    place = min(zones_of(asker(centre, "all-again", "*")))
    site, zone = place.split("/")
    one = asker(centre, "one-zone", place)
    assert zones_of(one) == {place}
    shown = one.get(f"/v1/sites/{site}/latest").said["zones"]
    assert [each["zone"] for each in shown] == [zone]
    drawn = one.get(f"/v1/sites/{site}").said
    assert [each["zone"] for each in drawn["zones"]] == [zone]
    looked_at = [{c["at_zone"] for c in each["counters"]} for each in drawn["devices"]]
    assert all(zone in at for at in looked_at), looked_at
    features = one.get(f"/v1/sites/{site}/zones.geojson").said["features"]
    assert [each["properties"]["zone"] for each in features] == [zone]
    items = one.get("/ogc/collections/zones/items").said["features"]
    assert [each["id"] for each in items] == [f"{site}.{zone}"]
    drawn = one.get(f"/v1/sites/{site}").said
    assert [each["zone"] for each in drawn["zones"]] == [zone]
    looking = [each for device in drawn["devices"] for each in device["counters"]]
    assert {(each["at_zone"], each["at_link"]) for each in looking} <= {(zone, None)}
    headers = {"Authorization": f"Bearer {one.key}"}
    with httpx.stream(
        "GET", f"{centre.url}/v1/sites/{site}/stream", headers=headers, timeout=20
    ) as answer:
        # The clock comes first.
        data = next(line for line in answer.iter_lines() if line.startswith('data: {"site"'))
    assert {each["zone"] for each in json.loads(data.removeprefix("data: "))["zones"]} == {zone}


def test_an_open_stream_ends_within_ten_seconds_of_a_revoked_key(centre: Centre) -> None:
    headers = {"Authorization": f"Bearer {asker(centre, 'short', 'harbour').key}"}
    url = f"{centre.url}/v1/sites/harbour/stream"
    with httpx.stream("GET", url, headers=headers, timeout=20) as answer:
        lines = answer.iter_lines()
        next(lines)
        run(centre, "key", "revoke", "short")
        revoked_s = time.monotonic()
        for _ in lines:
            assert time.monotonic() - revoked_s < 10.0
    assert time.monotonic() - revoked_s < 10.0
    assert httpx.get(url, headers=headers).status_code == 401


@dataclass(frozen=True)
class Row:
    site: str
    number: int


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        ("*", [0, 1, 2]),
        ("b", [1, 3, 5]),  # over three pages
        ("a b", [0, 1, 2]),
        ("b/pier", []),  # a zone of it is not the whole of it
        ("c", []),
        ("", []),
    ],
)
def test_a_page_is_filled_from_the_rows_that_a_scope_covers(scope: str, shown: list[int]) -> None:
    rows = [Row("ab"[number % 2], number) for number in range(10)]

    def read(after: str) -> list[Row]:
        return rows[int(after) + 1 :][:REST]

    found = covered_rows(Scope.of(scope), read, lambda row: str(row.number), after="-1", limit=REST)
    assert [row.number for row in found] == shown
