# SPDX-License-Identifier: Apache-2.0
"""Areas of a GeoJSON file: RFC 7946, and the member `crs` of the format before it. Pure."""

import json
import math
import re

from fusion_service.errors import SiteError
from fusion_service.registry.geodesy import RD_NEW, WGS84, is_on_rd
from fusion_service.site_import.feature import (
    FEATURES_MAX,
    RING_CORNERS_MAX,
    Feature,
    Point,
    Ring,
    known_epsg,
    one_part,
)

_EPSG = re.compile(r"EPSG:(?::|[\d.]+:)?(\d{1,6})$", re.IGNORECASE)
_CRS84 = re.compile(r"CRS:?(?::|[\d.]+:)?84$", re.IGNORECASE)


def read_geojson(raw: bytes) -> list[Feature]:
    """Return the areas of a file. Raises SiteError for what is no GeoJSON of areas."""
    try:
        tree = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise SiteError(f"not JSON: {str(error)[:80]}; wanted GeoJSON; save it anew") from error
    if not isinstance(tree, dict) or not isinstance(tree.get("features"), list):
        raise SiteError(
            'got JSON without "features", wanted a FeatureCollection; save the layer as GeoJSON'
        )
    features = tree["features"]
    if len(features) > FEATURES_MAX:
        raise SiteError(
            f"got {len(features)} features, wanted at most {FEATURES_MAX}; keep the zones alone"
        )
    epsg = _epsg_of(tree.get("crs"))
    return [_feature(one, f"features[{number}]", epsg) for number, one in enumerate(features)]


def _epsg_of(crs: object) -> int:
    """Return which coordinates a file has: degrees, unless it says otherwise."""
    if crs is None:
        return WGS84
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    text = name if isinstance(name, str) else ""
    if _CRS84.search(text):
        return WGS84
    found = _EPSG.search(text)
    if found is None:
        raise SiteError(
            f"crs: got {str(name)[:60]!r}, wanted a name such as urn:ogc:def:crs:EPSG::{RD_NEW}; "
            "correct it, or leave crs out where positions are longitude and latitude"
        )
    return known_epsg(int(found[1]), "crs")


def _feature(one: object, where: str, epsg: int) -> Feature:
    geometry = one.get("geometry") if isinstance(one, dict) else None
    properties = one.get("properties") if isinstance(one, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in {"Polygon", "MultiPolygon"}:
        raise SiteError(
            f"{where}: got {str(kind or 'no geometry')[:40]}, wanted Polygon; keep the zones alone"
        )
    coordinates = geometry.get("coordinates")
    listed = coordinates if kind == "MultiPolygon" else [coordinates]
    if not isinstance(listed, list):
        raise SiteError(f"{where}: got no list of coordinates, wanted rings; save it anew")
    parts = [_rings(part, where) for part in listed]
    known = dict(properties) if isinstance(properties, dict) else {}
    if isinstance(one, dict) and "id" in one:
        known.setdefault("id", one["id"])
    rings = one_part(parts, where)
    first = rings[0][0]
    if epsg == WGS84 and is_on_rd(*first):
        raise SiteError(
            f"{where}: got {first}, metres of the Dutch grid, and no crs that says so; save the "
            f"layer as RFC 7946, or add the member crs with EPSG::{RD_NEW}"
        )
    return Feature(where, known, rings, epsg)


def _rings(part: object, where: str) -> tuple[Ring, ...]:
    if not isinstance(part, list):
        raise SiteError(f"{where}: got no list of rings, wanted a polygon; save it anew")
    return tuple(_ring(ring, where) for ring in part)


def _ring(ring: object, where: str) -> Ring:
    if not isinstance(ring, list) or not 0 < len(ring) <= RING_CORNERS_MAX:
        raise SiteError(
            f"{where}: wanted a ring of 4 to {RING_CORNERS_MAX} positions; draw it anew"
        )
    return tuple(_point(each, where) for each in ring)


def _point(each: object, where: str) -> Point:
    numbers = each[:2] if isinstance(each, list) else []
    found = [one for one in numbers if isinstance(one, int | float) and not isinstance(one, bool)]
    try:
        x, y = map(float, found)
    except (ValueError, OverflowError):
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        raise SiteError(f"{where}: got {str(each)[:40]}, wanted [x, y]; draw it anew")
    return x, y
