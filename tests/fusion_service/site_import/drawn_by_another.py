# SPDX-License-Identifier: Apache-2.0
"""A GeoPackage as another program writes it: by struct and sqlite3, and the Dutch grid by its own
formula. Nothing here is of the code that reads it.
"""

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from tests.fusion_service.site_import.dutch_grid import to_dutch_grid

Ring = Sequence[tuple[float, float]]

SIX = {
    f"Vak {number + 1}": [
        (4.2700 + 0.0012 * number, 52.1080 + 0.0010 * number),
        (4.2704 + 0.0012 * number, 52.1078 + 0.0010 * number),
        (4.2714 + 0.0012 * number, 52.1086 + 0.0010 * number),
        (4.2710 + 0.0012 * number, 52.1088 + 0.0010 * number),
    ]
    for number in range(6)
}
"""Six zones in a row, by name, in degrees."""

_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
  description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
  identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT '',
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL,
  m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name));
"""


def polygon(*rings: Ring, big_endian: bool = False, height: float | None = None) -> bytes:
    """Return the well-known binary of a polygon, each ring closed."""
    order, kind = (">" if big_endian else "<"), 3 if height is None else 1003
    parts = [struct.pack(order + "BII", not big_endian, kind, len(rings))]
    for ring in rings:
        parts.append(struct.pack(order + "I", len(ring) + 1))
        for x, y in [*ring, ring[0]]:
            numbers = (x, y) if height is None else (x, y, height)
            parts.append(struct.pack(f"{order}{len(numbers)}d", *numbers))
    return b"".join(parts)


def several(*polygons: bytes) -> bytes:
    """Return the well-known binary of a multipolygon."""
    return struct.pack("<BII", 1, 6, len(polygons)) + b"".join(polygons)


def blob(wkb: bytes, srs_id: int, envelope: Sequence[float] = ()) -> bytes:
    """Return a geometry as a GeoPackage keeps it."""
    flags = 1 | (1 << 1 if envelope else 0)
    header = struct.pack("<2sBBi", b"GP", 0, flags, srs_id)
    return header + struct.pack(f"<{len(envelope)}d", *envelope) + wkb


def write_geopackage(
    path: Path,
    rows: Mapping[str, bytes],
    *,
    layer: str = "vakken",
    organization: str = "EPSG",
    number: int = 28992,
    srs_id: int = 28992,
) -> Path:
    """Write a layer whose rows have a name and a geometry; a further one where there is a file."""
    is_new = not path.exists()
    with closing(sqlite3.connect(path)) as connection:
        if is_new:
            connection.execute("PRAGMA application_id = 0x47504B47")
            connection.executescript(_TABLES)
        connection.execute(
            "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES ('any', ?, ?, ?, 'undefined', '')",
            (srs_id, organization, number),
        )
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES (?, 'features', ?, ?)",
            (layer, layer, srs_id),
        )
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POLYGON', ?, 0, 0)",
            (layer, srs_id),
        )
        connection.execute(
            f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY, geom BLOB, naam TEXT)'
        )
        connection.executemany(
            f'INSERT INTO "{layer}" (geom, naam) VALUES (?, ?)',  # noqa: S608 - our own name
            [(geometry, name) for name, geometry in rows.items()],
        )
        connection.commit()
    return path


def six_zones(path: Path) -> Path:
    """Write the six zones in metres of the Dutch grid, every other one in another byte order."""
    rows = {}
    for number, (name, ring) in enumerate(SIX.items()):
        grid = [to_dutch_grid(*corner) for corner in ring]
        xs, ys = zip(*grid, strict=True)
        envelope = (min(xs), max(xs), min(ys), max(ys)) if number % 3 else ()
        rows[name] = blob(polygon(grid, big_endian=number % 2 == 1), 28992, envelope)
    return write_geopackage(path, rows)
