# SPDX-License-Identifier: Apache-2.0
"""The zones on a map: GeoJSON, and OGC API Features in the Dutch grid."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from fusion_service.registry.geodesy import from_rd, length_m
from fusion_service.web.picture.queries import CRS84, RD_NEW
from tests.fusion_service.web.picture.drawn import Drawn, estimate
from tests.fusion_service.web.test_api import ask

ITEMS = "/ogc/collections/zones/items"


@pytest.fixture(name="drawn", scope="module")
def _drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawn]:
    made = Drawn(tmp_path_factory.mktemp("ogc"))
    with made.file:
        made.know(1_000, [estimate(zone) for zone in made.zones[1:]])
        yield made


def test_zones_are_geojson_with_their_numbers(drawn: Drawn) -> None:
    answer = ask(drawn.app, "/v1/sites/scheveningen/zones.geojson")
    assert answer.headers["Content-Type"] == "application/geo+json"
    features = answer.json()["features"]
    assert [one["properties"]["zone"] for one in features] == drawn.zones
    assert "now" not in features[0]["properties"]
    assert features[1]["properties"]["now"]["people"] == 100.0
    for feature, zone in zip(features, drawn.site.zones, strict=True):
        (ring,) = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        assert len(ring) == len(zone.polygon) + 1
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
        assert area > 0, "against the clock"


def test_the_way_from_the_landing_page_to_a_zone(drawn: Drawn) -> None:
    landing = drawn.get("/ogc")
    links = {link["rel"]: link["href"] for link in landing["links"]}
    assert links["service-desc"] == "http://centre/v1/openapi.json"
    assert RD_NEW in drawn.get("/ogc/collections")["collections"][0]["crs"]
    assert drawn.get("/ogc/collections/zones")["storageCrs"] == CRS84
    assert any("features-2" in one for one in drawn.get("/ogc/conformance")["conformsTo"])
    items = {link["rel"]: link["href"] for link in drawn.get("/ogc/collections/zones")["links"]}
    page = drawn.get(items["items"].removeprefix("http://centre"))
    assert page["numberMatched"] == page["numberReturned"] == len(drawn.zones)
    one = drawn.get(f"{ITEMS}/{page['features'][0]['id']}")
    assert one == page["features"][0]


def test_items_are_paged_by_links(drawn: Drawn) -> None:
    path, seen = f"{ITEMS}?limit=3", []
    while path:
        page = drawn.get(path)
        seen += [one["id"] for one in page["features"]]
        links = {link["rel"]: link["href"] for link in page["links"]}
        path = links.get("next", "").removeprefix("http://centre")
    assert seen == [f"scheveningen.{zone}" for zone in drawn.zones]


def test_the_dutch_grid_is_answered_and_named(drawn: Drawn) -> None:
    answer = ask(drawn.app, ITEMS, {"crs": RD_NEW})
    assert answer.headers["Content-Crs"] == f"<{RD_NEW}>"
    assert ask(drawn.app, ITEMS).headers["Content-Crs"] == f"<{CRS84}>"
    for feature, zone in zip(answer.json()["features"], drawn.site.zones, strict=True):
        (ring,) = feature["geometry"]["coordinates"]
        corners = {tuple(corner) for corner in ring}
        assert len(corners) == len(zone.polygon)
        for x, y in corners:
            assert 70_000 < x < 90_000
            assert 450_000 < y < 470_000
            assert min(length_m([from_rd(x, y), corner]) for corner in zone.polygon) < 0.05


def test_a_box_finds_what_it_touches_in_either_system(drawn: Drawn) -> None:
    zone = drawn.site.zones[0]
    west, south = (min(corner[axis] for corner in zone.polygon) for axis in (0, 1))
    east, north = (max(corner[axis] for corner in zone.polygon) for axis in (0, 1))
    middle = f"{west},{south},{east},{north}"
    found = [one["properties"]["zone"] for one in drawn.get(ITEMS, bbox=middle)["features"]]
    assert zone.id in found
    assert len(found) < len(drawn.zones)
    assert drawn.get(ITEMS, bbox="4.0,51.0,4.1,51.1")["numberMatched"] == 0
    everything = ask(
        drawn.app, ITEMS, {"bbox": "70000,450000,90000,470000", "bbox-crs": RD_NEW}
    ).json()
    assert everything["numberMatched"] == len(drawn.zones)


@pytest.mark.parametrize(
    "query",
    [
        {"bbox": "1,2,3"},
        {"bbox": "a,b,c,d"},
        {"crs": "http://www.opengis.net/def/crs/EPSG/0/3857"},
        {"limit": "0"},
        {"colour": "red"},
    ],
)
def test_what_is_not_understood_is_400(drawn: Drawn, query: dict[str, str]) -> None:
    assert ask(drawn.app, ITEMS, query).status_code == 400
