# SPDX-License-Identifier: Apache-2.0
"""Areas of a GeoPackage that another hand wrote."""

import sqlite3
from contextlib import closing
from math import cos, hypot, radians
from pathlib import Path

import pytest

from fusion_service.errors import SiteError
from fusion_service.registry.site_file.reading import read_site
from fusion_service.registry.site_file.writing import written
from fusion_service.site_import.geopackage import read_geopackage
from fusion_service.site_import.merging import merged, new_tree
from tests.fusion_service.site_import.drawn_by_another import (
    SIX,
    blob,
    polygon,
    several,
    six_zones,
    write_geopackage,
)

SQUARE = [(4.280, 52.110), (4.281, 52.110), (4.281, 52.111), (4.280, 52.111)]


def apart_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = (one[0] - other[0]) * cos(radians(one[1])) * 111_320
    return hypot(east, (one[1] - other[1]) * 111_270)


def in_degrees(path: Path, **rows: bytes) -> Path:
    return write_geopackage(path, rows, number=4326, srs_id=4326)


def test_six_zones_of_the_dutch_grid_lie_within_a_metre_of_where_they_were_drawn(
    tmp_path: Path,
) -> None:
    features = read_geopackage(six_zones(tmp_path / "six.gpkg"))
    found = merged(new_tree("beach"), features)
    site = read_site(written(found.tree).encode())
    assert found.added == tuple(f"vak-{number}" for number in range(1, 7))
    assert [zone.name for zone in site.zones] == list(SIX)
    for zone, corners in zip(site.zones, SIX.values(), strict=True):
        distances = [apart_m(*pair) for pair in zip(zone.polygon, corners, strict=True)]
        assert max(distances) < 1.0


def test_a_layer_in_degrees_is_read_as_it_stands(tmp_path: Path) -> None:
    path = in_degrees(tmp_path / "d.gpkg", square=blob(polygon(SQUARE), 4326))
    (feature,) = read_geopackage(path, "vakken")
    assert feature.rings == ((*SQUARE, SQUARE[0]),)


def test_the_number_that_counts_is_of_the_organisation_not_of_the_file(tmp_path: Path) -> None:
    rows = {"square": blob(polygon(SQUARE), 100_001)}
    path = write_geopackage(tmp_path / "d.gpkg", rows, number=4326, srs_id=100_001)
    assert read_geopackage(path)[0].epsg == 4326


def test_heights_are_left_out_and_one_part_is_a_polygon(tmp_path: Path) -> None:
    high = several(polygon(SQUARE, height=3.5))
    (feature,) = read_geopackage(in_degrees(tmp_path / "d.gpkg", square=blob(high, 4326)))
    assert feature.rings == ((*SQUARE, SQUARE[0]),)


def test_a_hole_is_ground_where_nobody_can_stand(tmp_path: Path) -> None:
    hole = [(4.2803, 52.1103), (4.2807, 52.1103), (4.2807, 52.1107), (4.2803, 52.1107)]
    path = in_degrees(tmp_path / "d.gpkg", square=blob(polygon(SQUARE, hole), 4326))
    (zone,) = read_site(written(merged(new_tree("x"), read_geopackage(path)).tree).encode()).zones
    assert len(zone.polygon) == 4
    assert zone.usable_m2 == pytest.approx(0.84 * 68.5 * 111.27, rel=0.01)


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        (several(polygon(SQUARE), polygon(SQUARE)), "got an area of 2 parts, wanted one"),
        (polygon(SQUARE)[:-3], "cut short or damaged"),
        (b"\1\1\0\0\0" + bytes(16), "got geometry type 1, wanted a polygon"),
        (b"\1\3\0\0\0\xff\xff\xff\x7f", "cut short or damaged"),
        (b"\1\3\0\0\0\0\0\0\0", "got an empty area"),
        (b"\1\3\0\0\0\1\0\0\0\0\0\0\0", "cut short or damaged"),
    ],
)
def test_what_is_no_area_is_named(tmp_path: Path, geometry: bytes, said: str) -> None:
    path = in_degrees(tmp_path / "d.gpkg", square=blob(geometry, 4326))
    with pytest.raises(SiteError, match=said) as raised:
        read_geopackage(path)
    assert str(raised.value).startswith("layer vakken, row 1: ")


def test_a_geometry_of_another_kind_of_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="got no geometry of a GeoPackage"):
        read_geopackage(in_degrees(tmp_path / "d.gpkg", square=polygon(SQUARE)))


def test_an_unknown_grid_is_named(tmp_path: Path) -> None:
    rows = {"square": blob(polygon(SQUARE), 25831)}
    path = write_geopackage(tmp_path / "d.gpkg", rows, number=25831, srs_id=25831)
    with pytest.raises(SiteError, match="got coordinates of EPSG:25831, wanted EPSG:4326"):
        read_geopackage(path)
    other = write_geopackage(tmp_path / "e.gpkg", rows, organization="NONE", srs_id=25831)
    with pytest.raises(SiteError, match="got coordinates of NONE"):
        read_geopackage(other)


def test_two_layers_ask_for_one(tmp_path: Path) -> None:
    path = in_degrees(tmp_path / "d.gpkg", square=blob(polygon(SQUARE), 4326))
    rows = {"other": blob(polygon(SQUARE), 4326)}
    write_geopackage(path, rows, layer="weirs; --", number=4326, srs_id=4326)
    with pytest.raises(SiteError, match="got 2 layers: vakken, weirs; --; say which with --layer"):
        read_geopackage(path)
    assert read_geopackage(path, "weirs; --")[0].properties["naam"] == "other"
    with pytest.raises(SiteError, match="got layer 'none', wanted one of"):
        read_geopackage(path, "none")


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "d.gpkg"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(SiteError, match="not a GeoPackage that can be read"):
        read_geopackage(path)
    with pytest.raises(SiteError, match="not a GeoPackage that can be read"):
        read_geopackage(tmp_path / "absent.gpkg")


def test_a_layer_that_never_ends_is_ended(tmp_path: Path) -> None:
    path = in_degrees(tmp_path / "d.gpkg")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE vakken")
        connection.execute(
            "CREATE VIEW vakken AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i, NULL AS geom FROM n WHERE i < 0"
        )
        connection.commit()
    with pytest.raises(SiteError, match="interrupted"):
        read_geopackage(path)
