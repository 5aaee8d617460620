# SPDX-License-Identifier: Apache-2.0
"""The most that a window may say of each line and zone, worked out once more from the config.

The law is that of docs/CONFIGURATION.md ("Caps"), in this file's own words; of the box's code only
what reads the config is asked.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_agent.config.schema import Config
from wire_contract.messages.report import RuleName

FLOW, DENSITY = 1.4, 6.0
"""People a metre and second, and people a square metre."""
PERSON_M, WIDE_PX = 1.7, 1920
UNKNOWN, LARGEST = 255, 2**16 - 1
ONE_IN = 10**6
"""The noise may lift a possible count to its cap once in so many numbers."""

Points = NDArray[np.float64]
"""(N, 2)."""


def line_count_maxima(config: Config) -> tuple[int, ...]:
    """Return the most crossings that a window says of each line, each way."""
    sizes = (_on_ground(config, (line.a, line.b)) for line in config.lines)
    lengths = [
        None if found is None else float(np.hypot(*(found[1] - found[0]))) for found in sizes
    ]
    each = FLOW * config.window.length_s
    return tuple(
        _count_max(config, size, each, line.count_max)
        for size, line in zip(lengths, config.lines, strict=True)
    )


def zone_count_maxima(config: Config) -> tuple[int, ...]:
    """Return the most people that a window says of each zone."""
    sizes = (_on_ground(config, zone.polygon) for zone in config.zones)
    areas = [None if found is None else _area(found) for found in sizes]
    return tuple(
        _count_max(config, size, DENSITY, zone.count_max)
        for size, zone in zip(areas, config.zones, strict=True)
    )


def _count_max(config: Config, size: float | None, each: float, configured: int | None) -> int:
    if configured is not None:
        return min(configured, LARGEST)
    if size is None:
        return UNKNOWN
    people = max(1, math.ceil(size * each)) + _lift(config)
    # To two figures, upwards: 854 is 860.
    unit = 1 if people < 100 else 10 ** (math.floor(math.log10(people)) - 1)  # noqa: PLR2004 - two figures
    return min(math.ceil(people / unit) * unit, LARGEST)


def _lift(config: Config) -> int:
    """Return how far the rule lifts a number at most, in all but one of ONE_IN numbers."""
    rule, parameters = config.disclosure.rule, config.disclosure.parameters()
    if rule is RuleName.DISCRETE_LAPLACE:
        return math.ceil(math.log(ONE_IN) / (parameters[0] / 1000))
    return parameters[0] - 1 if rule is RuleName.RANDOM_ROUNDING else 0


def _on_ground(config: Config, drawn: Sequence[tuple[float, float]]) -> Points | None:
    """Return drawn points on the ground, metres.

    None where nothing tells or one is not below the horizon.
    """
    points = np.array(drawn, np.float64)
    if config.ground_plane is not None:
        return _by_plane(
            np.array(config.ground_plane.pixels), np.array(config.ground_plane.metres), points
        )
    if not config.person_heights:
        return None
    rows, heights = (
        np.array([getattr(one, name) for one in config.person_heights])
        for name in ("row_px", "height_px")
    )
    slope, offset = np.polyfit(rows, heights, 1)
    tall = slope * points[:, 1] + offset
    if tall.min() <= 0:
        return None
    pixels: Points = np.column_stack([points[:, 0], np.full(len(points), _width(config))])
    return np.asarray(pixels * (PERSON_M / tall)[:, None])


def _by_plane(pixels: Points, metres: Points, points: Points) -> Points | None:
    """Map points by the homography that the smallest singular vector of the four pairs gives."""
    middle, spread = pixels.mean(axis=0), pixels.std()
    rows = []
    for (x, y), (u, v) in zip((pixels - middle) / spread, metres, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, -u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, -v])
    matrix = np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)
    near, far = (_mapped(matrix, (some - middle) / spread) for some in (pixels, points))
    depth = far[:, 2] * np.sign(near[0, 2])
    ground: Points = np.divide(far[:, :2], far[:, 2:])
    return ground if depth.min() > 0 else None


def _mapped(matrix: Points, points: Points) -> Points:
    return np.asarray(np.column_stack([points, np.ones(len(points))]) @ matrix.T)


def _area(corners: Points) -> float:
    x, y = corners.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _width(config: Config) -> float:
    if config.view is not None:
        return float(config.view.frame_width_px)
    drawn = [x for line in config.lines for x, _ in (line.a, line.b)] + [
        x for zone in config.zones for x, _ in zone.polygon
    ]
    return max(float(config.camera.width_px or WIDE_PX), *drawn)
