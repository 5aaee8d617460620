# SPDX-License-Identifier: Apache-2.0
"""Footprints and heights of buildings, out of CityJSON or CityJSONSeq. Pure.

A building's geometry is of one or more levels of detail: its footprint is read from the lowest that
has surfaces, as those that are its ground, else as the lowest level ones; its height is from its
lowest to its highest corner, whatever the level. https://www.cityjson.org/specs/2.0.1
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fusion_service.errors import SiteError
from fusion_service.registry.geodesy import RD_NEW, WGS84, from_rd, is_on_rd
from fusion_service.site_import.feature import known_epsg

BYTES_MAX = 64 * 2**20
WRITTEN_BYTES_MAX = 16 * 2**20
"""What a centre serves at most: web/picture."""
BUILDINGS_MAX = 50_000
CORNERS_MAX = 500
"""Of a footprint; a cathedral has a fifth of it."""
HEIGHT_MAX_M = 1_000.0
LEVEL_M = 0.5
"""A surface whose corners lie no further apart than this is level."""
DEGREE_PLACES, METRE_PLACES = 7, 1
_KINDS = frozenset({"Building", "BuildingPart"})
_CRS = re.compile(r"(\d{4,6})/?$")
_RD_WITH_HEIGHTS = 7415
"""The Dutch grid with heights over NAP; its flat part is 28992."""
Corner = tuple[float, float, float]
Surface = tuple[Corner, ...]


@dataclass(frozen=True, slots=True)
class Footprint:
    """A building on the ground: its rim (longitude, latitude) and its height, metres."""

    ring: tuple[tuple[float, float], ...]
    height_m: float


def read_buildings(raw: bytes) -> list[Footprint]:
    """Return the buildings of a file. Raises SiteError for what is no CityJSON of buildings."""
    if len(raw) > BYTES_MAX:
        wanted = f"at most {BYTES_MAX // 2**20} MiB; cut out what lies around the site"
        raise SiteError(f"got {len(raw) // 2**20} MiB, wanted {wanted}")
    found: list[Footprint] = []
    for epsg, scale, shift, part in _parts(raw):
        vertices = _vertices(part.get("vertices"), scale, shift)
        for name, one in _objects(part):
            footprint = _footprint(one, vertices, epsg, name)
            if footprint is not None:
                found.append(footprint)
            if len(found) > BUILDINGS_MAX:
                wanted = f"at most {BUILDINGS_MAX}; cut out what lies around the site"
                raise SiteError(f"got more than {BUILDINGS_MAX} buildings, wanted {wanted}")
    if not found:
        raise SiteError(
            "got no building with a ground and a height, wanted CityJSON with objects of type "
            "Building or BuildingPart; choose another file"
        )
    return found


def geojson_of(buildings: Sequence[Footprint]) -> bytes:
    """Return buildings as compact GeoJSON: a polygon each, and its height in metres as `h`.

    Raises SiteError where that is more than a centre serves.
    """
    features = [
        {
            "type": "Feature",
            "properties": {"h": round(one.height_m, METRE_PLACES)},
            "geometry": {"type": "Polygon", "coordinates": [_rounded(one.ring)]},
        }
        for one in buildings
    ]
    told = {"type": "FeatureCollection", "features": features}
    content = json.dumps(told, separators=(",", ":")).encode()
    if len(content) > WRITTEN_BYTES_MAX:
        wanted = f"at most {WRITTEN_BYTES_MAX // 2**20} MiB; cut out what lies around the site"
        raise SiteError(f"comes to {len(content) // 2**20} MiB, wanted {wanted}")
    return content


Tree = Mapping[str, object]


def _parts(raw: bytes) -> Iterator[tuple[int, Corner, Corner, Tree]]:
    """Yield each part with its coordinates, scale and shift: a file, or a line of a sequence."""
    lines = raw.splitlines() if b"CityJSONFeature" in raw else [raw]
    head: Tree | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            tree = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SiteError(f"line {number}: not JSON: {str(error)[:80]}; save it anew") from error
        if not isinstance(tree, dict):
            raise SiteError(f"line {number}: got no object, wanted CityJSON; save it anew")
        if tree.get("type") == "CityJSON":
            head = tree
        if head is None:
            raise SiteError('got no "type": "CityJSON" first, wanted CityJSON or CityJSONSeq')
        transform = _table(head.get("transform"))
        scale = _triple(transform.get("scale", [1, 1, 1]), "transform.scale")
        shift = _triple(transform.get("translate", [0, 0, 0]), "transform.translate")
        yield _epsg(head), scale, shift, tree


def _epsg(head: Tree) -> int:
    said = str(_table(head.get("metadata")).get("referenceSystem", ""))
    found = _CRS.search(said)
    if found is None:
        raise SiteError(
            f"metadata.referenceSystem: got {said[:60]!r}, wanted one of EPSG:{RD_NEW}, "
            f"EPSG:{_RD_WITH_HEIGHTS} or EPSG:{WGS84}; save it in one of these"
        )
    epsg = int(found[1])
    return RD_NEW if epsg == _RD_WITH_HEIGHTS else known_epsg(epsg, "metadata.referenceSystem")


def _vertices(given: object, scale: Corner, shift: Corner) -> list[Corner]:
    if not isinstance(given, list):
        raise SiteError("vertices: got none, wanted a list of corners; save it anew")
    found = []
    for one in given:
        x, y, z = _triple(one, "vertices")
        found.append((x * scale[0] + shift[0], y * scale[1] + shift[1], z * scale[2] + shift[2]))
    return found


def _triple(given: object, where: str) -> Corner:
    if isinstance(given, list) and len(given) == 3:  # noqa: PLR2004 - x, y and z
        numbers = [float(one) for one in given if isinstance(one, int | float)]
        if len(numbers) == 3 and all(map(math.isfinite, numbers)):  # noqa: PLR2004 - the same
            return numbers[0], numbers[1], numbers[2]
    raise SiteError(f"{where}: got {str(given)[:40]}, wanted three numbers; save it anew")


def _table(given: object) -> Tree:
    return given if isinstance(given, dict) else {}


def _objects(part: Tree) -> Iterator[tuple[str, Tree]]:
    for name, one in _table(part.get("CityObjects")).items():
        if isinstance(one, dict) and one.get("type") in _KINDS:
            yield name, one


def _footprint(one: Tree, vertices: Sequence[Corner], epsg: int, name: str) -> Footprint | None:
    """Return a building's footprint; None of one without surfaces, or without a height."""
    geometries = one.get("geometry")
    if not isinstance(geometries, list):
        return None
    heights: list[float] = []
    grounds: list[tuple[float, list[Surface]]] = []
    for geometry in filter(None, map(_table, geometries)):
        surfaces = list(_surfaces(geometry.get("boundaries"), vertices, name))
        heights += [corner[2] for _, ring in surfaces for corner in ring]
        ground = _ground(geometry, surfaces)
        if ground:
            grounds.append((_detail(geometry), ground))
    if not grounds:
        return None
    height_m = max(heights) - min(heights)
    if not LEVEL_M < height_m <= HEIGHT_MAX_M:
        return None
    _, ground = min(grounds, key=lambda each: each[0])
    ring = max(ground, key=lambda each: abs(_area(each)))
    if not 3 <= len(ring) <= CORNERS_MAX:  # noqa: PLR2004 - a triangle
        return None
    return Footprint(tuple(_placed(corner, epsg, name) for corner in ring), height_m)


def _detail(geometry: Tree) -> float:
    try:
        return float(str(geometry.get("lod", "9")))
    except ValueError:
        return 9.0


def _surfaces(
    given: object, vertices: Sequence[Corner], name: str, place: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], Surface]]:
    """Yield the outer rim of each surface with its place, however deep surfaces lie."""
    if not isinstance(given, list) or not given:
        return
    rings = given[0]
    if isinstance(rings, list) and rings and isinstance(rings[0], int):
        if not all(isinstance(one, int) and 0 <= one < len(vertices) for one in rings):
            raise SiteError(f"{name}: names a corner that is not there; save the file anew")
        yield place, tuple(vertices[one] for one in rings)
        return
    for number, inner in enumerate(given):
        yield from _surfaces(inner, vertices, name, (*place, number))


def _ground(geometry: Tree, surfaces: Sequence[tuple[tuple[int, ...], Surface]]) -> list[Surface]:
    """Return the surfaces that are the ground: as it is said, else the lowest level ones."""
    semantics = _table(geometry.get("semantics"))
    kinds = semantics.get("surfaces")
    if isinstance(kinds, list):
        said = [
            ring
            for place, ring in surfaces
            if _kind(semantics.get("values"), place, kinds) == "GroundSurface"
        ]
        if said:
            return said
    level = [ring for _, ring in surfaces if _rise(ring) <= LEVEL_M]
    lowest = min((ring[0][2] for ring in level), default=0.0)
    return [ring for ring in level if ring[0][2] - lowest <= LEVEL_M]


def _kind(values: object, place: tuple[int, ...], kinds: Sequence[object]) -> object:
    for at in place:
        if not isinstance(values, list) or at >= len(values):
            return None
        values = values[at]
    if not isinstance(values, int) or not 0 <= values < len(kinds):
        return None
    return _table(kinds[values]).get("type")


def _rise(ring: Surface) -> float:
    heights = [corner[2] for corner in ring]
    return max(heights) - min(heights)


def _area(ring: Surface) -> float:
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    return sum(one[0] * other[1] - other[0] * one[1] for one, other in pairs) / 2


def _placed(corner: Corner, epsg: int, name: str) -> tuple[float, float]:
    x, y, _ = corner
    if epsg == WGS84:
        if not (-180 <= x <= 180 and -90 <= y <= 90):  # noqa: PLR2004 - degrees
            raise SiteError(f"{name}: got {x}, {y}, wanted degrees; save the file anew")
        return x, y
    if not is_on_rd(x, y):
        raise SiteError(f"{name}: got {x:.0f}, {y:.0f}, wanted metres of the Dutch grid")
    return from_rd(x, y)


def _rounded(ring: Sequence[tuple[float, float]]) -> list[list[float]]:
    closed = (*ring, ring[0]) if ring[0] != ring[-1] else ring
    return [[round(x, DEGREE_PLACES), round(y, DEGREE_PLACES)] for x, y in closed]
