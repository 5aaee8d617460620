# SPDX-License-Identifier: Apache-2.0
"""Buildings out of CityJSON: drawn here, so that their rims and heights are known."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_service.errors import SiteError
from fusion_service.registry.geodesy import to_rd
from fusion_service.site_import.buildings import geojson_of, read_buildings

AT = to_rd((4.28, 52.115))
WIDE, DEEP = 20.0, 10.0
RD = "https://www.opengis.net/def/crs/EPSG/0/7415"


def block(height: float, *, kind: str = "Building", lod: str = "2.2") -> dict[str, Any]:
    """Return a box as CityJSON: its corners in mm from AT, and what each surface is."""
    corners = [(x, y, z) for z in (0.0, height) for x, y in rim()]
    sides = [[[at, (at + 1) % 4, (at + 1) % 4 + 4, at + 4]] for at in range(4)]
    solid = [[[3, 2, 1, 0]], [[4, 5, 6, 7]], *sides]
    return {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": {"referenceSystem": RD},
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [*AT, 1.5]},
        "CityObjects": {
            "one": {
                "type": kind,
                "geometry": [
                    {
                        "type": "Solid",
                        "lod": lod,
                        "boundaries": [solid],
                        "semantics": {
                            "surfaces": [
                                {"type": "GroundSurface"},
                                {"type": "RoofSurface"},
                                {"type": "WallSurface"},
                            ],
                            "values": [[0, 1, 2, 2, 2, 2]],
                        },
                    }
                ],
            }
        },
        "vertices": [[round(part * 1000) for part in corner] for corner in corners],
    }


def rim() -> list[tuple[float, float]]:
    return [(0.0, 0.0), (WIDE, 0.0), (WIDE, DEEP), (0.0, DEEP)]


def read(tree: object) -> tuple[list[tuple[float, float]], float]:
    (found,) = read_buildings(json.dumps(tree).encode())
    return [to_rd(one) for one in found.ring], found.height_m


@settings(max_examples=25)
@given(st.floats(1.0, 300.0))
def test_a_building_has_its_rim_and_its_height(height: float) -> None:
    ring, height_m = read(block(height))
    assert height_m == pytest.approx(height, abs=0.002)
    assert {(round(x - AT[0], 1), round(y - AT[1], 1)) for x, y in ring} == set(rim())


def test_a_ground_that_nobody_named_is_the_lowest_level_surface() -> None:
    tree = block(12.0)
    del tree["CityObjects"]["one"]["geometry"][0]["semantics"]
    ring, _ = read(tree)
    assert len(ring) == 4


def test_the_lowest_detail_gives_the_rim_and_all_of_them_the_height() -> None:
    tree = block(12.0)
    one = tree["CityObjects"]["one"]
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2]]]}
    one["geometry"].append(flat)
    ring, height_m = read(tree)
    assert (len(ring), height_m) == (3, 12.0)


def test_a_sequence_has_a_building_a_line() -> None:
    head = block(1.0) | {"CityObjects": {}, "vertices": []}
    lines = [head]
    for height in (10.0, 20.0):
        one = block(height)
        feature = {"type": "CityJSONFeature", "id": "one"}
        lines.append(feature | {key: one[key] for key in ("CityObjects", "vertices")})
    raw = "\n".join(map(json.dumps, lines)).encode()
    assert [round(one.height_m) for one in read_buildings(raw)] == [10, 20]


def test_what_is_written_is_closed_and_small() -> None:
    told = json.loads(geojson_of(read_buildings(json.dumps(block(12.34)).encode())))
    (feature,) = told["features"]
    (ring,) = feature["geometry"]["coordinates"]
    assert (ring[0], feature["properties"]) == (ring[-1], {"h": 12.3})
    assert ring[0] == [pytest.approx(4.28, abs=1e-3), pytest.approx(52.115, abs=1e-3)]


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"no", "not JSON"),
        (b"[]", "got no object"),
        (b"{}", 'no "type": "CityJSON" first'),
        (json.dumps(block(3.0) | {"metadata": {}}).encode(), "referenceSystem"),
        (json.dumps(block(3.0) | {"vertices": [[0, 0]]}).encode(), "three numbers"),
        (json.dumps(block(3.0) | {"vertices": []}).encode(), "a corner that is not there"),
        (json.dumps(block(3.0, kind="Road")).encode(), "got no building"),
        (json.dumps(block(0.1)).encode(), "got no building"),
        (json.dumps(block(3.0)).replace("7415", "3857").encode(), "EPSG:3857"),
        (b'{"type": "CityJSON", "vertices": ' + b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_city_of_buildings_is_refused_with_what_is_wanted(
    raw: bytes, wanted: str
) -> None:
    with pytest.raises(SiteError, match=wanted.replace("(", r"\(")):
        read_buildings(raw)


@settings(max_examples=30)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3), lambda one: st.lists(one, max_size=4)
    )
)
def test_no_boundary_however_wrong_does_more_than_be_refused(boundaries: object) -> None:
    tree = block(5.0)
    tree["CityObjects"]["one"]["geometry"][0]["boundaries"] = boundaries
    try:
        read_buildings(json.dumps(tree).encode())
    except SiteError:
        return
