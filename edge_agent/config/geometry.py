# SPDX-License-Identifier: Apache-2.0
"""Polygons as a config draws them, and where they lie on the ground.

Plain points, one at a time, without numpy.
"""

from collections.abc import Callable
from itertools import combinations, pairwise

from edge_agent.process_settings import Point

Polygon = tuple[Point, ...]


def edges(polygon: Polygon) -> list[tuple[Point, Point]]:
    """Return the sides of a polygon, the closing one included."""
    return list(zip(polygon, polygon[1:] + polygon[:1], strict=True))


def area(polygon: Polygon) -> float:
    """Return the signed area by the shoelace formula."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in edges(polygon)) / 2.0


def cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Say whether the segments a-b and c-d cross at a point inside both.

    Touching ends and shared edges do not count.
    """

    def turn(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0


def overlap(one: Polygon, two: Polygon) -> bool:
    """Say whether two polygons share area.

    They do where edges cross, or where a point well inside one lies in the other.
    """
    if any(cross(*edge, *other) for edge in edges(one) for other in edges(two)):
        return True
    return any(contains(two, point) for point in _inner_points(one)) or any(
        contains(one, point) for point in _inner_points(two)
    )


def _inner_points(polygon: Polygon) -> list[Point]:
    """Return points just inside each corner and each edge's middle, clear of the border."""
    points = [*polygon, *(((x0 + x1) / 2, (y0 + y1) / 2) for (x0, y0), (x1, y1) in edges(polygon))]
    nudged = [(x + dx, y + dy) for x, y in points for dx in (-0.01, 0.01) for dy in (-0.01, 0.01)]
    return [point for point in nudged if contains(polygon, point)]


def contains(polygon: Polygon, point: Point) -> bool:
    """Even-odd rule, as `counting.geometry.inside` has it for many points."""
    x, y = point
    crossings = 0
    for (x0, y0), (x1, y1) in edges(polygon):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            crossings += 1
    return crossings % 2 == 1


def to_ground(pixels: Polygon, metres: Polygon) -> Callable[[Point], Point]:
    """Return the map to the ground that takes four pixels to four measured points, metres.

    The same homography as `counting.geometry.ground_plane`, for one point at a time (Hartley and
    Zisserman 2004, section 2.2). Beyond the horizon it is a number without a meaning. Raises
    ZeroDivisionError where three points lie on one straight line.
    """
    mapped = _homography(pixels, metres)

    def ground(point: Point) -> Point:
        x, y, depth = mapped(point)
        return x / depth, y / depth

    return ground


def to_seen_ground(pixels: Polygon, metres: Polygon) -> Callable[[Point], Point | None]:
    """Return the same map, but None at the horizon and beyond it."""
    mapped = _homography(pixels, metres)

    def ground(point: Point) -> Point | None:
        x, y, depth = mapped(point)
        return (x / depth, y / depth) if depth > 0.0 else None

    return ground


def depth_of(pixels: Polygon, metres: Polygon) -> Callable[[Point], float]:
    """Return what is 0 on the horizon of the same map, and above 0 on the ground.

    Raises ZeroDivisionError like it.
    """
    mapped = _homography(pixels, metres)
    return lambda point: mapped(point)[2]


def _homography(pixels: Polygon, metres: Polygon) -> Callable[[Point], tuple[float, float, float]]:
    """Return the map to homogeneous metres; the third is above 0 below the horizon.

    Pixels are counted from the first point: it is not on the horizon, so that the last of the nine
    numbers can be 1.
    """
    origin_x, origin_y = pixels[0]
    rows = []
    for (column, row), (u, v) in zip(pixels, metres, strict=True):
        x, y = column - origin_x, row - origin_y
        rows.append([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u])
        rows.append([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v])
    a, b, c, d, e, f, g, h = _solve(rows)

    def mapped(point: Point) -> tuple[float, float, float]:
        x, y = point[0] - origin_x, point[1] - origin_y
        return a * x + b * y + c, d * x + e * y + f, g * x + h * y + 1.0

    return mapped


def _solve(rows: list[list[float]]) -> list[float]:
    """Solve linear equations by Gauss-Jordan, greatest pivot first.

    Each row: its coefficients and then its right-hand side.
    """
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = rows[column][column]
        rows[column] = [value / scale for value in rows[column]]
        for row in range(size):
            if row != column:
                factor = rows[row][column]
                rows[row] = [
                    value - factor * above
                    for value, above in zip(rows[row], rows[column], strict=True)
                ]
    return [row[-1] for row in rows]


def filled_area(polygon: Polygon) -> float:
    """Return the area inside by the even-odd rule, as a zone counts and a mask blanks.

    Each place counts at most once.

    Between two neighbouring heights of corners and crossings no two sides meet, so the area there
    is a sum of trapezoids.
    """
    sides = [
        (low, high) if low[1] < high[1] else (high, low)
        for low, high in edges(polygon)
        if low[1] != high[1]
    ]
    heights = sorted({y for _, y in polygon} | _crossing_heights(sides))
    total = 0.0
    for low, high in pairwise(heights):
        middle = (low + high) / 2.0
        xs = sorted(_x_at(side, middle) for side in sides if side[0][1] <= middle <= side[1][1])
        total += (high - low) * sum(
            right - left for left, right in zip(xs[::2], xs[1::2], strict=False)
        )
    return total


def area_mistake(polygon: Polygon) -> str:
    """Say why a polygon is no area that a person can have meant; empty where it is one.

    A corner given twice is none.
    """
    if filled_area(polygon) < 1.0:
        return "polygon encloses nothing; give corners that go round an area"
    crossed = any(cross(*one, *two) for one, two in combinations(edges(polygon), 2))
    # Going round once, each place inside counts once; what is passed the other way round, or twice,
    # makes the two differ.
    if crossed or abs(filled_area(polygon) - abs(area(polygon))) >= 1.0:
        return "polygon crosses itself; give its corners in order, going round once"
    return ""


def clipped(polygon: Polygon, *, width: float, height: float) -> Polygon:
    """Return the part of a polygon within 0..width and 0..height (Sutherland and Hodgman 1974).

    Empty where there is none.
    """
    part = list(polygon)
    for axis, bound, sign in ((0, 0.0, 1.0), (0, width, -1.0), (1, 0.0, 1.0), (1, height, -1.0)):
        kept: list[Point] = []
        for one, two in zip(part, part[1:] + part[:1], strict=True):
            depth, after = sign * (one[axis] - bound), sign * (two[axis] - bound)
            if depth >= 0:
                kept.append(one)
            if depth * after < 0:
                share = depth / (depth - after)
                kept.append(
                    (one[0] + share * (two[0] - one[0]), one[1] + share * (two[1] - one[1]))
                )
        part = kept
    return tuple(part)


def _crossing_heights(sides: list[tuple[Point, Point]]) -> set[float]:
    """Return the heights at which two sides cross."""
    found = set()
    for ((x0, y0), (x1, y1)), ((u0, v0), (u1, v1)) in combinations(sides, 2):
        slope, other = (x1 - x0) / (y1 - y0), (u1 - u0) / (v1 - v0)
        if slope != other:
            height = (u0 - x0 + slope * y0 - other * v0) / (slope - other)
            if max(y0, v0) < height < min(y1, v1):
                found.add(height)
    return found


def _x_at(side: tuple[Point, Point], y: float) -> float:
    (x0, y0), (x1, y1) = side
    return x0 + (y - y0) * (x1 - x0) / (y1 - y0)
