# SPDX-License-Identifier: Apache-2.0
"""Areas of a GeoPackage: an SQLite file with tables that OGC 12-128r19 fixes.

The only module besides the store's that knows SQLite. Rule 1: the file is somebody else's: it is
opened for reading alone, no function of its schema is trusted, and a question ends by itself.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fusion_service.errors import SiteError
from fusion_service.registry.geodesy import WGS84
from fusion_service.site_import.feature import FEATURES_MAX, Feature, known_epsg
from fusion_service.site_import.wkb import read_area

STEPS_MAX = 5_000
"""Of 10,000 SQLite instructions each: some seconds."""
_LAYERS = (
    "SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id FROM "
    "gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id ORDER BY 1"
)


def read_geopackage(path: Path, layer: str | None = None) -> list[Feature]:
    """Return the areas of a layer; with None of the only one. Raises SiteError."""
    with _opened(path) as connection:
        layers = connection.execute(_LAYERS).fetchall()
        table, column, epsg = _chosen(layers, layer)
        cursor = connection.execute(f"SELECT * FROM {_quoted(table)} LIMIT ?", (FEATURES_MAX + 1,))  # noqa: S608 - a name of the file's own, quoted
        names = [one[0] for one in cursor.description]
        rows = cursor.fetchall()
    if len(rows) > FEATURES_MAX:
        raise SiteError(
            f"layer {table}: got more than {FEATURES_MAX} features; keep the zones alone"
        )
    if column not in names:
        raise SiteError(f"layer {table}: got no column {column!r}; save the layer anew")
    return [
        _feature(dict(zip(names, row, strict=True)), f"layer {table}, row {number}", column, epsg)
        for number, row in enumerate(rows, 1)
    ]


def _chosen(layers: list[tuple[str, ...]], wanted: str | None) -> tuple[str, str, int]:
    """Return table, geometry column and coordinates of a layer."""
    names = ", ".join(str(one[0]) for one in layers)[:200]
    fitting = [one for one in layers if wanted in {None, one[0]}]
    if not fitting:
        got = f"layer {wanted!r}" if layers else "no layer with geometry"
        raise SiteError(f"got {got}, wanted one of: {names or 'a layer of polygons'}; name it")
    if len(fitting) > 1:
        raise SiteError(f"got {len(layers)} layers: {names}; say which with --layer")
    table, column, organization, number = fitting[0]
    where = f"layer {table}"
    if str(organization).upper() != "EPSG" or not str(number).isdecimal():
        raise SiteError(
            f"{where}: got coordinates of {str(organization)[:30]}:{str(number)[:30]}, wanted "
            f"EPSG:{WGS84} or the Dutch grid; save the layer in one of the two"
        )
    return table, column, known_epsg(int(number), where)


def _feature(row: dict[str, object], where: str, column: str, epsg: int) -> Feature:
    blob = row.pop(column)
    if not isinstance(blob, bytes):
        raise SiteError(f"{where}: got no geometry, wanted a polygon; draw it or delete the row")
    return Feature(where, row, read_area(blob, where), epsg)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    steps = iter(range(STEPS_MAX))
    try:
        opened = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        with closing(opened) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.set_progress_handler(lambda: next(steps, None) is None, 10_000)
            yield connection
    except sqlite3.Error as error:
        raise SiteError(
            f"not a GeoPackage that can be read: {error}; save the layer anew"
        ) from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
