# SPDX-License-Identifier: Apache-2.0
"""Areas of a GeoJSON file."""

import json
from typing import Any

import pytest

from fusion_service.errors import SiteError
from fusion_service.site_import.geojson import read_geojson
from fusion_service.site_import.merging import merged, new_tree
from tests.fusion_service.site_import.dutch_grid import to_dutch_grid

SQUARE = [[4.280, 52.110], [4.281, 52.110], [4.281, 52.111], [4.280, 52.111], [4.280, 52.110]]


def collection(*geometries: Any, crs: str | None = None, **properties: object) -> bytes:
    features = [
        {"type": "Feature", "geometry": one, "properties": {"id": f"zone {number}"} | properties}
        for number, one in enumerate(geometries)
    ]
    tree: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs is not None:
        tree["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(tree).encode()


def square(ring: object = SQUARE) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.mark.parametrize("crs", [None, "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"])
def test_degrees_are_read_as_they_stand(crs: str | None) -> None:
    (feature,) = read_geojson(collection(square(), crs=crs))
    assert feature.rings == (tuple(map(tuple, SQUARE)),)
    assert merged(new_tree("x"), [feature]).tree["zones"] == [
        {"id": "zone-0", "polygon": SQUARE[:-1]}
    ]


@pytest.mark.parametrize("crs", ["urn:ogc:def:crs:EPSG::28992", "EPSG:28992"])
def test_the_member_of_before_says_the_dutch_grid(crs: str) -> None:
    grid = [list(to_dutch_grid(*corner)) for corner in SQUARE]
    (zone,) = merged(new_tree("x"), read_geojson(collection(square(grid), crs=crs))).tree["zones"]
    for found, drawn in zip(zone["polygon"], SQUARE, strict=False):
        assert found == pytest.approx(drawn, abs=5e-6)


def test_columns_that_the_site_has_too_go_into_the_zone() -> None:
    raw = collection(square(), naam="Pier", capacity=900, usable_m2=700)
    (zone,) = merged(new_tree("x"), read_geojson(raw)).tree["zones"]
    assert (zone["name"], zone["capacity"], zone["usable_m2"]) == ("Pier", 900, 700.0)


def test_what_the_file_says_besides_the_border_stays() -> None:
    before = {"id": "x", "zones": [{"id": "zone-0", "capacity": 50, "polygon": []}, {"id": "old"}]}
    found = merged(before, read_geojson(collection(square(), square())))
    assert found.tree["zones"][0] == {"id": "zone-0", "capacity": 50, "polygon": SQUARE[:-1]}
    assert (found.added, found.redrawn, found.untouched) == (("zone-1",), ("zone-0",), ("old",))
    assert before["zones"][0]["polygon"] == []  # type: ignore[index]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", 'got JSON without "features"'),
        (collection({"type": "Point", "coordinates": [4, 52]}), "got Point, wanted Polygon"),
        (collection(None), "got no geometry, wanted Polygon"),
        (collection({"type": "Polygon", "coordinates": []}), "got an empty area"),
        (collection({"type": "Polygon", "coordinates": [[]]}), "wanted a ring of 4"),
        (collection(square([[4.2, "52"]])), "wanted .x, y."),
        (collection(square([[float("nan"), 52]])), "wanted .x, y."),
        (collection(square(), crs="EPSG:3857"), "got coordinates of EPSG:3857"),
        (collection(square(), crs="local"), "got 'local', wanted a name such as"),
        (collection(square([[79_000, 458_000]])), "metres of the Dutch grid, and no crs"),
    ],
)
def test_what_is_no_drawing_is_named(raw: bytes, said: str) -> None:
    with pytest.raises(SiteError, match=said):
        read_geojson(raw)


@pytest.mark.parametrize(
    ("properties", "column", "said"),
    [
        ({"id": "same"}, None, "got the id 'same' again"),
        ({"id": ""}, None, "got nothing to name the zone by"),
        ({}, "vak", "got no column 'vak', wanted one of: id"),
    ],
)
def test_zones_need_names_of_their_own(
    properties: dict[str, object], column: str | None, said: str
) -> None:
    features = read_geojson(collection(square(), square(), **properties))
    with pytest.raises(SiteError, match=said):
        merged(new_tree("x"), features, id_column=column)


def test_metres_that_are_not_of_the_grid_are_named() -> None:
    features = read_geojson(collection(square([[4.2, 52.1]]), crs="EPSG:28992"))
    with pytest.raises(SiteError, match="wanted metres of the Dutch grid"):
        merged(new_tree("x"), features)


def test_a_drawing_without_areas_is_named() -> None:
    with pytest.raises(SiteError, match="without areas"):
        merged(new_tree("x"), read_geojson(collection()))
