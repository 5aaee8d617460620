# SPDX-License-Identifier: Apache-2.0
"""How many people a window can hold at a line or in a zone: from metres and the possible. Pure.

The metres come from the ground plane. Without one they come from two people who were measured in
the picture, who are taken to be 1.7 m tall: see `ground_of_heights`. Without either nobody knows
them, and the cap is the configured one, or a default. Above the physical maximum a cap leaves room
for the noise, so that no possible count is at its cap by chance.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from edge_agent.config.geometry import Polygon, area
from edge_agent.process_settings import Point
from wire_contract.messages.report import Rule, RuleName

FLOW_MAX_PER_M_S = 1.4
"""People a metre and second. Fruin 1971, Pedestrian Planning and Design: the most that a walkway
carries is 82 to 85 a metre and minute."""
DENSITY_MAX_PER_M2 = 6.0
"""People a square metre: denser than a crowd in which anybody still walks (Fruin 1971, level F)."""
COUNT_MAX_DEFAULT = 255
"""Where no metres are known."""
COUNT_MAX_LARGEST = 65_535
"""A value of the 64-byte record has 16 bits."""
PERSON_M = 1.7
"""How tall a measured person is taken to be; the same as in vision/heights.py."""
FOCAL_WIDTHS = 1.0
"""The camera's focal length in widths of the picture: a view 53 degrees wide. In a wider view the
same rows hold less ground, so the guess errs to the large side."""
WIDTH_PX_UNKNOWN = 1920.0
"""The width of a picture of which nothing tells it; of a smaller one it errs to the large side."""
NOISE_TAIL = 1e-6
"""The chance with which noise may still lift the largest possible count to its cap."""
FIGURES = 2
"""To how many figures a cap is rounded up."""

Ground = Callable[[Point], Point | None]
"""A point of the picture -> where it lies on the ground, metres; None at and above the horizon."""


class Basis(StrEnum):
    """What the metres of a line or zone come from."""

    GROUND_PLANE = "ground_plane"
    PERSON_HEIGHTS = "person_heights"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that a window can say of one number, and what it follows from.

    size is metres of a line or square metres of a zone, physical the most people that fit it; both
    None where nothing tells, or it reaches to the horizon. configured is what the config says, None
    where it leaves it open.
    is_cut: more was wanted than a record holds.
    """

    count_max: int
    physical: int | None
    size: float | None
    basis: Basis
    configured: int | None
    is_cut: bool

    @property
    def is_low(self) -> bool:
        """Whether people who are physically possible would be at the cap.

        A number there is a lower bound.
        """
        return self.physical is not None and self.count_max < self.physical


def cap_of(
    size: float | None, each: float, basis: Basis, *, rule: Rule, configured: int | None
) -> Cap:
    """Return the cap of a line or zone.

    size: metres or square metres; each: how many people a window it holds for each of them.
    """
    physical = None if size is None else max(1, math.ceil(size * each))
    wanted = COUNT_MAX_DEFAULT if physical is None else readable(physical + room(rule))
    if configured is not None:
        wanted = configured
    return Cap(
        count_max=min(wanted, COUNT_MAX_LARGEST),
        physical=physical,
        size=size,
        basis=basis,
        configured=configured,
        is_cut=wanted > COUNT_MAX_LARGEST,
    )


def room(rule: Rule) -> int:
    """Return how far the rule may lift a number, but for a chance of NOISE_TAIL."""
    if rule.name is RuleName.DISCRETE_LAPLACE:
        return math.ceil(-math.log(NOISE_TAIL) * 1000.0 / rule.parameters[0])
    return rule.parameters[0] - 1 if rule.name is RuleName.RANDOM_ROUNDING else 0


def readable(number: int) -> int:
    """Round a whole number up to two figures."""
    step = int(10 ** max(0, len(str(number)) - FIGURES))
    return -(-number // step) * step


def length_m(a: Point, b: Point, ground: Ground) -> float | None:
    """Return a line's length on the ground, metres; None where an end is not on the ground."""
    ends = [ground(point) for point in (a, b)]
    return None if ends[0] is None or ends[1] is None else math.dist(ends[0], ends[1])


def area_m2(polygon: Polygon, ground: Ground) -> float | None:
    """Return a zone's area, square metres; None where a corner is not on the ground."""
    corners = [ground(point) for point in polygon]
    seen = tuple(corner for corner in corners if corner is not None)
    return abs(area(seen)) if len(seen) == len(corners) else None


def ground_of_heights(one: Point, other: Point, *, width_px: float) -> Ground:
    """Return the ground under a level camera, from two of (row of the foot, height there), pixels.

    A person at row y is h(y) pixels tall, evenly more from the horizon down, and 1.7 m. So a pixel
    is 1.7 / h metres wide there, and the ground lies f * 1.7 / h metres before the camera, where f
    is its focal length in pixels: FOCAL_WIDTHS times the picture's width.
    Source: similar triangles, as in vision/heights.py.
    """
    (row, height_px), (other_row, other_px) = one, other
    growth, focal_px = (other_px - height_px) / (other_row - row), FOCAL_WIDTHS * width_px

    def at(point: Point) -> Point | None:
        tall_px = height_px + growth * (point[1] - row)
        return (
            (point[0] * PERSON_M / tall_px, focal_px * PERSON_M / tall_px)
            if tall_px > 0.0
            else None
        )

    return at
