# SPDX-License-Identifier: Apache-2.0
"""Rings on a flat map: whether one crosses itself, and how much two have in common. Pure.

Corners are (x, y) in any one unit; a ring is not closed twice. A ring as large as a site is flat
enough for longitude and latitude, because neither question changes when an axis is stretched.
"""

from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]
Ring = Sequence[Point]
Edge = tuple[Point, Point]


def bounds_of(ring: Ring) -> tuple[float, float, float, float]:
    """Return the least x and y and the greatest x and y of a ring."""
    xs, ys = zip(*ring, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def flat_area(ring: Ring) -> float:
    """Return the area inside a ring, in its own unit squared."""
    x_0, y_0 = ring[0]
    moved = [(x - x_0, y - y_0) for x, y in ring]
    following = [*moved[1:], moved[0]]
    return abs(sum(a * d - c * b for (a, b), (c, d) in zip(moved, following, strict=True))) / 2


def crossing_edges(ring: Ring) -> tuple[int, int] | None:
    """Return two edges, by their first corners, that meet where they must not; None for none."""
    edges = _edges(ring)
    order = sorted(range(len(edges)), key=lambda i: min(edges[i][0][0], edges[i][1][0]))
    open_: list[int] = []
    for index in order:
        left = min(edges[index][0][0], edges[index][1][0])
        open_ = [one for one in open_ if max(edges[one][0][0], edges[one][1][0]) >= left]
        for other in open_:
            first, second = sorted((index, other))
            if _meet(edges[first], edges[second], first, second, len(edges)):
                return first, second
        open_.append(index)
    return None


def common_area(one: Ring, other: Ring) -> float:
    """Return the area that two rings have in common, in their own unit squared.

    Cut along y wherever a corner lies or two edges cross: between two cuts every width grows or
    shrinks evenly, so the width halfway is the mean.
    """
    box = _common_box(one, other)
    if box is None:
        return 0.0
    _, low, _, high = box
    near, near_other = _edges_in(one, box), _edges_in(other, box)
    cuts = {y for _, y in (*one, *other)} | {low, high}
    cuts |= {
        y for edge in near for each in near_other if (y := _crossing_y(edge, each)) is not None
    }
    first, second = _edges(one), _edges(other)
    area = 0.0
    for lower, upper in pairwise(sorted(cut for cut in cuts if low <= cut <= high)):
        middle = (lower + upper) / 2
        width = _common(_inside(first, middle), _inside(second, middle))
        area += width * (upper - lower)
    return area


def pairs_to_compare(one: Ring, other: Ring) -> int:
    """Return how many pairs of edges `common_area` has to look at."""
    box = _common_box(one, other)
    return 0 if box is None else len(_edges_in(one, box)) * len(_edges_in(other, box))


def _common_box(one: Ring, other: Ring) -> tuple[float, float, float, float] | None:
    a, b = bounds_of(one), bounds_of(other)
    west, south = max(a[0], b[0]), max(a[1], b[1])
    east, north = min(a[2], b[2]), min(a[3], b[3])
    return (west, south, east, north) if west < east and south < north else None


def _edges_in(ring: Ring, box: tuple[float, float, float, float]) -> list[Edge]:
    """Return the edges of a ring that may pass through a box."""
    west, south, east, north = box
    return [
        (a, b)
        for a, b in _edges(ring)
        if max(a[0], b[0]) > west
        and min(a[0], b[0]) < east
        and max(a[1], b[1]) > south
        and min(a[1], b[1]) < north
    ]


def _edges(ring: Ring) -> list[Edge]:
    return list(zip(ring, [*ring[1:], ring[0]], strict=True))


def _turn(a: Point, b: Point, c: Point) -> float:
    """Return above 0 where c lies left of the way from a to b, below 0 right, 0 on it."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _meet(one: Edge, other: Edge, first: int, second: int, number: int) -> bool:
    """Say whether two edges of a ring have a point in common besides the corner they share."""
    (a, b), (c, d) = one, other
    if second == first + 1 or (first == 0 and second == number - 1):
        shared, end, far = (b, a, d) if second == first + 1 else (a, b, c)
        # Neighbours may only lie back to back: one that turns round on itself has no inside.
        back = (end[0] - shared[0]) * (far[0] - shared[0])
        back += (end[1] - shared[1]) * (far[1] - shared[1])
        return _turn(end, shared, far) == 0 and back > 0
    sides = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(side == 0 and _within(*end) for side, end in zip(sides, ends, strict=True))


def _within(a: Point, b: Point, c: Point) -> bool:
    """Say whether c, which lies on the line of a and b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _crossing_y(one: Edge, other: Edge) -> float | None:
    (a, b), (c, d) = one, other
    if max(a[1], b[1]) <= min(c[1], d[1]) or max(c[1], d[1]) <= min(a[1], b[1]):
        return None
    from_c, from_d = _turn(a, b, c), _turn(a, b, d)
    if from_c * from_d >= 0 or _turn(c, d, a) * _turn(c, d, b) >= 0:
        return None
    return c[1] + (d[1] - c[1]) * from_c / (from_c - from_d)


def _inside(edges: list[Edge], y: float) -> list[tuple[float, float]]:
    """Return from where to where a ring is crossed at a height, left to right."""
    hits = sorted(
        a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1])
        for a, b in edges
        if (a[1] <= y) != (b[1] <= y)
    )
    return list(zip(hits[::2], hits[1::2], strict=True))


def _common(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> float:
    return sum(
        max(0.0, min(right, its_right) - max(left, its_left))
        for left, right in one
        for its_left, its_right in other
    )
