# SPDX-License-Identifier: Apache-2.0
"""Points, segments, polygons and the ground plane, for many points at once.

Coordinates are pixels of the frame, x right and y down, unless a name says metres. The ground is
taken to be flat: then a homography, eight numbers from four measured points, maps each pixel of the
ground to its place in metres. Source: Hartley and Zisserman 2004 (Multiple View Geometry), sections
2.2 and 2.3. Nothing here keeps state.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.errors import ShapeError

Points = NDArray[np.float64]
"""(N, 2) float64: x, y."""


def signed_distances(points: Points, starts: Points, ends: Points) -> NDArray[np.float64]:
    """Return the distance of each of N points from each of L lines, (N, L) pixels.

    Positive is the right-hand side of someone who stands at the start and looks at the end, as seen
    in the picture. The line is taken as endless; where along it a point lies is `along`.
    """
    directions = ends - starts
    offsets = points[:, None, :] - starts[None, :, :]
    cross = directions[:, 0] * offsets[:, :, 1] - directions[:, 1] * offsets[:, :, 0]
    return np.asarray(cross / np.hypot(directions[:, 0], directions[:, 1]))


def along(points: Points, starts: Points, ends: Points) -> NDArray[np.float64]:
    """Return where each point falls along its own segment, (N,): 0 at the start, 1 at the end."""
    directions = ends - starts
    return np.asarray(
        ((points - starts) * directions).sum(axis=1) / (directions * directions).sum(axis=1)
    )


class Area:
    """The inside of a polygon by the even-odd rule; the slopes of its sides are computed once.

    Source: the crossing-number test; Shimrat 1962, Algorithm 112.
    """

    def __init__(self, polygon: Points) -> None:
        """Take the corners (N, 2), in order round the area, either way."""
        following = np.roll(polygon, -1, axis=0)
        self._x, self._top, self._bottom = polygon[:, 0], polygon[:, 1], following[:, 1]
        rise = self._bottom - self._top
        self._slope = (following[:, 0] - self._x) / np.where(rise == 0, 1.0, rise)

    def contains(self, points: Points) -> NDArray[np.bool_]:
        """Say for each point (N, 2) whether it lies inside, (N,) bool."""
        x, y = points[:, 0, None], points[:, 1, None]
        crossings = (self._top > y) != (self._bottom > y)
        crossings &= x < self._x + (y - self._top) * self._slope
        return np.asarray(np.bitwise_xor.reduce(crossings, axis=1))


def inside(points: Points, polygon: Points) -> NDArray[np.bool_]:
    """Say for each point (N, 2) whether it lies inside the polygon, (N,) bool."""
    return Area(polygon).contains(points)


@dataclass(frozen=True, slots=True)
class GroundPlane:
    """The map from the frame to the ground, from four points that were measured on the ground.

    matrix is (3, 3) float64: homogeneous pixels to homogeneous metres, the third positive on the
    ground's side of the horizon.
    """

    matrix: NDArray[np.float64]

    def metres(self, points: Points) -> Points:
        """Map foot points, (N, 2) pixels, to (N, 2) metres; NaN at or above the horizon."""
        homogeneous = np.column_stack([points, np.ones(len(points))]) @ self.matrix.T
        depth = np.where(homogeneous[:, 2:] > 0, homogeneous[:, 2:], np.nan)
        return np.asarray(homogeneous[:, :2] / depth)


def ground_plane(pixels: Points, metres: Points) -> GroundPlane:
    """Find the homography that takes four pixels to four measured ground points.

    Raises ShapeError where they are not four each, or three of them lie on one straight line.
    Source: Hartley and Zisserman 2004, section 2.2 (four correspondences, eight equations).
    """
    if pixels.shape != (4, 2) or metres.shape != (4, 2):
        raise ShapeError(
            f"ground plane: got {pixels.shape} pixels and {metres.shape} metres, wanted four "
            "points each, (4, 2)"
        )
    rows = []
    for (x, y), (u, v) in zip(pixels, metres, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    equations = np.array(rows, np.float64)
    if np.linalg.matrix_rank(equations) < len(equations):
        raise ShapeError(
            "ground plane: three of the four points lie on one straight line; measure points that "
            "span the place"
        )
    matrix = np.append(np.linalg.solve(equations, metres.reshape(-1)), 1.0).reshape(3, 3)
    if np.linalg.matrix_rank(matrix) < len(matrix):
        raise ShapeError(
            "ground plane: three of the four measured points lie on one straight line; measure "
            "points that span the place"
        )
    # The third row is positive on the ground's side of the horizon, which is where the measured
    # points must all be.
    in_front = np.column_stack([pixels, np.ones(len(pixels))]) @ matrix[2] > 0
    if in_front.any() != in_front.all():
        raise ShapeError(
            "ground plane: the horizon would run between the points; give pixels and metres in the "
            "same order"
        )
    return GroundPlane(matrix if in_front.all() else -matrix)
