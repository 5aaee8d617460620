# SPDX-License-Identifier: Apache-2.0
"""What a map is drawn of: a site's file as GeoJSON, and every zone at another moment than now."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fusion_service.web.picture.map_shapes import map_of
from tests.fusion_service.web.picture.drawn import AT_S, Drawn, estimate

ROOT = Path(__file__).parents[4]
DRAWING = ROOT / "dashboard" / "src" / "map" / "draw" / "drawings" / "scheveningen.json"
MOMENT = "/v1/sites/scheveningen/moment"
Ring = list[tuple[float, float]]


@pytest.fixture(name="drawn")
def _drawn(tmp_path: Path) -> Iterator[Drawn]:
    made = Drawn(tmp_path)
    with made.file:
        yield made


def of_kind(features: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in features if one["properties"]["kind"] == kind]


def test_all_that_the_file_draws_is_on_the_map(drawn: Drawn) -> None:
    features = drawn.get("/v1/sites/scheveningen/map.geojson")["features"]
    site = drawn.site
    zones, links = of_kind(features, "zone"), of_kind(features, "link")
    assert [one["properties"]["zone"] for one in zones] == drawn.zones
    assert [one["properties"]["link"] for one in links] == [one.id for one in site.links]
    inward = next(one for one in links if one["properties"]["link"] == "kurhaus-access")
    assert inward["properties"]["from_zone"] is None
    assert inward["geometry"]["coordinates"] == [[4.281044, 52.112927], [4.280028, 52.113509]]
    routes = of_kind(features, "route")
    assert [one["properties"]["width_m"] for one in routes] == [4.0, 3.5, 3.5]
    devices = {one["properties"]["device"]: one for one in of_kind(features, "device")}
    assert len(devices) == 14
    box = devices["box-09"]
    assert box["geometry"] == {"type": "Point", "coordinates": [4.279539, 52.113161]}
    assert box["properties"]["zones"] == ["kurhaus"]
    assert box["properties"]["lines"] == [
        {"line": "way", "link": "kurhaus-access", "in_toward": "kurhaus"}
    ]


def test_rings_are_closed_and_turn_against_the_clock(drawn: Drawn) -> None:
    for one in of_kind(drawn.get("/v1/sites/scheveningen/map.geojson")["features"], "zone"):
        (ring,) = one["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        assert sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(ring)) < 0


def test_whoever_sees_one_zone_is_shown_nothing_around_it(drawn: Drawn) -> None:
    features = map_of(drawn.site, {"pier", "pier-square"}.__contains__).model_dump()["features"]
    assert {one["properties"]["zone"] for one in of_kind(features, "zone")} == {
        "pier",
        "pier-square",
    }
    assert {one["properties"]["link"] for one in of_kind(features, "link")} == {
        "pier-square-pier",
        "square-access",
        "north-access",
    }
    assert of_kind(features, "route") == []
    assert {one["properties"]["device"] for one in of_kind(features, "device")} == {
        "box-12",
        "box-13",
        "box-14",
    }


def test_a_device_without_a_place_is_told_all_the_same(drawn: Drawn) -> None:
    placements = tuple(replace(one, position=None) for one in drawn.site.placements)
    features = map_of(replace(drawn.site, placements=placements), None).model_dump()["features"]
    devices = of_kind(features, "device")
    assert len(devices) == 14
    assert {one["geometry"] for one in devices} == {None}


def test_a_moment_is_each_zones_newest_up_to_it(drawn: Drawn) -> None:
    first, second, *_ = drawn.zones
    drawn.know(1_000, [estimate(first, AT_S + 60 * n, 10.0 * n) for n in range(1, 5)])
    drawn.know(1_000, [estimate(second, AT_S - 1_200)])
    told = drawn.get(MOMENT, at=AT_S + 150)
    # What is a quarter of an hour older than the moment is none of it.
    assert [(one["zone"], one["people"]) for one in told["zones"]] == [(first, 20.0)]
    assert told["known_by"] is None
    assert told["zones"][0]["contributions"][0]["sensor"] == "pier-1/line/door"
    assert drawn.get(MOMENT, at=AT_S + 180)["zones"][0]["people"] == 30.0
    assert drawn.get(MOMENT, at=AT_S)["zones"] == []


def test_a_moment_is_as_known_now_or_as_known_then(drawn: Drawn) -> None:
    zone = drawn.zones[0]
    drawn.know(1_000, [estimate(zone, AT_S, 100.0)])
    drawn.know(5_000, [estimate(zone, AT_S, 300.0)], in_place=False)
    assert drawn.get(MOMENT, at=AT_S)["zones"][0]["people"] == 300.0
    then = drawn.get(MOMENT, at=AT_S, knownBy="1970-01-01T00:00:04Z")
    assert then["zones"][0]["people"] == 100.0
    assert then["known_by"] == "1970-01-01T00:00:04Z"
    assert drawn.get(MOMENT, at=AT_S, knownBy=0)["zones"] == []


@pytest.mark.parametrize("query", [{}, {"at": "soon"}, {"at": AT_S, "zone": "pier"}])
def test_a_moment_has_to_be_said(drawn: Drawn, query: dict[str, object]) -> None:
    drawn.get(MOMENT, status=400, **query)


def is_inside(ring: Ring, position: tuple[float, float]) -> bool:
    """Say whether a ray from a position crosses a ring an odd number of times."""
    x, y = position
    crossed = False
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            crossed = not crossed
    return crossed


def test_the_shipped_site_lies_on_the_drawing_as_it_is_named(drawn: Drawn) -> None:
    features = json.loads(DRAWING.read_text("utf-8"))["features"]
    rings = {
        kind: [one["geometry"]["coordinates"][0] for one in of_kind(features, kind)]
        for kind in ("boulevard", "pier", "beach", "sea", "block")
    }

    def lies_on(kind: str, corner: tuple[float, float]) -> bool:
        return any(is_inside(ring, corner) for ring in rings[kind])

    for zone in drawn.site.zones:
        ground = "pier" if zone.id == "pier" else "boulevard"
        assert all(lies_on(ground, corner) for corner in zone.polygon), zone.id
        assert not any(lies_on("block", corner) for corner in zone.polygon), zone.id
    head = drawn.site.zone("pier").polygon[2]
    assert lies_on("sea", head), "the pier ends over the sea"
    for device in drawn.site.placements:
        assert device.position is not None
        assert not lies_on("sea", device.position), device.device
