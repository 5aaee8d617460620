# SPDX-License-Identifier: Apache-2.0
"""Pair tracks with detections: a cost for every pair at once, a gate, and the cheapest assignment."""

from dataclasses import dataclass

import lap
import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which row goes with which column; both (K,) and in step. Rows and columns not named stay alone."""

    rows: Indices
    columns: Indices


def overlaps(a: Matrix, b: Matrix) -> Matrix:
    """Intersection over union of each pair of boxes: (N, 4) and (M, 4) xyxy pixels to (N, M) in 0..1."""
    left_top = np.maximum(a[:, None, :2], b[None, :, :2])
    right_bottom = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.maximum(right_bottom - left_top, 0.0)
    intersection = sides[..., 0] * sides[..., 1]
    area_a = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
    area_b = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    union = area_a[:, None] + area_b[None, :] - intersection
    return np.asarray(intersection / np.maximum(union, np.finfo(np.float64).tiny))


def likeness(a: Matrix, b: Matrix) -> Matrix:
    """Overlap of each pair of boxes, less where their heights differ: (N, 4) and (M, 4) xyxy pixels to (N, M) in 0..1.

    Two people one behind the other overlap and differ in height; one person from frame to frame does not. The idea of height as
    a cue is of Yang et al. 2024 (Hybrid-SORT), section 3.2; here it is a plain ratio, shorter by taller.
    """
    height_a, height_b = (a[:, 3] - a[:, 1])[:, None], (b[:, 3] - b[:, 1])[None, :]
    taller = np.maximum(np.maximum(height_a, height_b), np.finfo(np.float64).tiny)
    return np.asarray(overlaps(a, b) * np.minimum(height_a, height_b) / taller)


def assign(cost: Matrix, *, cost_max: float) -> Assignment:
    """Pair rows and columns of (N, M) so that the total cost is least; a pair above `cost_max` is never made.

    Leaving a pair apart costs `cost_max`. Pairs that compete with no other are made at once; only rivals go to the solver.
    Source: Jonker and Volgenant 1987, as solved by lapx.
    """
    allowed = cost <= cost_max
    per_row, per_column = allowed.sum(axis=1), allowed.sum(axis=0)
    rows, columns = np.nonzero(allowed)
    alone = (per_row[rows] == 1) & (per_column[columns] == 1)
    if alone.all():
        return Assignment(rows, columns)
    rivals_r, rivals_c = np.unique(rows[~alone]), np.unique(columns[~alone])
    contest = np.where(allowed, cost, 2.0 * cost_max + 1.0)[np.ix_(rivals_r, rivals_c)]
    _, column_of_row, _ = lap.lapjv(contest, extend_cost=True, cost_limit=cost_max)
    won = np.flatnonzero(column_of_row >= 0)
    return Assignment(np.concatenate([rows[alone], rivals_r[won]]), np.concatenate([columns[alone], rivals_c[column_of_row[won]]]))
