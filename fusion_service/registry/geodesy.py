# SPDX-License-Identifier: Apache-2.0
"""Lengths and areas on the earth, and the Dutch grid. Pure.

Positions are (longitude, latitude) in degrees, WGS84; on a grid they are (x, y) in metres.

pyproj does the arithmetic. It is loaded where it is used, because that takes a third of a second.
Rule 1: nothing is fetched: without grid files the Dutch grid is right within a metre.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from fusion_service.registry.site import Position

WGS84, RD_NEW = 4326, 28992
"""EPSG's numbers: longitude and latitude, and the Dutch grid (Amersfoort / RD New)."""
RD_X = (-7_000.0, 300_000.0)
RD_Y = (289_000.0, 629_000.0)
"""Where the Dutch grid holds, metres: EPSG's area of use of 28992."""


def area_m2(ring: Sequence[Position]) -> float:
    """Return the area inside a ring, square metres, whichever way round it is drawn."""
    from pyproj import Geod  # noqa: PLC0415 - see above

    longitudes, latitudes = zip(*ring, strict=True)
    area, _ = Geod(ellps="WGS84").polygon_area_perimeter(longitudes, latitudes)
    return abs(float(area))


def length_m(path: Sequence[Position]) -> float:
    """Return the length of a path, metres."""
    from pyproj import Geod  # noqa: PLC0415 - see above

    longitudes, latitudes = zip(*path, strict=True)
    return float(Geod(ellps="WGS84").line_length(longitudes, latitudes))


def from_rd(x: float, y: float) -> Position:
    """Return where a point of the Dutch grid lies."""
    return _transform(RD_NEW, WGS84)(x, y)


def to_rd(position: Position) -> tuple[float, float]:
    """Return where a position lies on the Dutch grid, metres."""
    return _transform(WGS84, RD_NEW)(*position)


def is_on_rd(x: float, y: float) -> bool:
    """Say whether two numbers can be a point of the Dutch grid."""
    return RD_X[0] <= x <= RD_X[1] and RD_Y[0] <= y <= RD_Y[1]


def middle_of(ring: Sequence[Position]) -> Position:
    """Return the middle of a ring: its centre of area, on a map that is flat around it."""
    twice, x, y = 0.0, 0.0, 0.0
    x_0, y_0 = ring[0]
    # Measured from the first corner: the products of nearly equal numbers would lose their digits.
    moved = [(a - x_0, b - y_0) for a, b in ring]
    for (a, b), (c, d) in zip(moved, [*moved[1:], moved[0]], strict=True):
        cross = a * d - c * b
        twice, x, y = twice + cross, x + (a + c) * cross, y + (b + d) * cross
    if twice == 0.0:
        return (
            x_0 + sum(a for a, _ in moved) / len(moved),
            y_0 + sum(b for _, b in moved) / len(moved),
        )
    return x_0 + x / (3 * twice), y_0 + y / (3 * twice)


@lru_cache(maxsize=2)
def _transform(source: int, target: int) -> Callable[[float, float], tuple[float, float]]:
    from pyproj import Transformer  # noqa: PLC0415 - see above
    from pyproj.network import (  # type: ignore[attr-defined]  # noqa: PLC0415 - see above; its stub exports nothing
        set_network_enabled,
    )

    set_network_enabled(active=False)
    transformer = Transformer.from_crs(source, target, always_xy=True)

    def transform(x: float, y: float) -> tuple[float, float]:
        a, b = transformer.transform(x, y)
        return float(a), float(b)

    return transform
