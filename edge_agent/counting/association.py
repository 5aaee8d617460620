# SPDX-License-Identifier: Apache-2.0
"""Pair tracks with detections: a cost for every pair, a gate, and the cheapest assignment."""

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


def assign(cost: Matrix, *, cost_max: float) -> Assignment:
    """Pair rows and columns of (N, M) so that the total cost is least; a pair above `cost_max` is never made.

    Leaving a pair apart costs `cost_max`. Pairs that compete with no other are made at once; only rivals go to the solver.
    Source: Jonker and Volgenant 1987, as solved by lapx.
    """
    allowed = cost <= cost_max
    rows, columns = allowed.nonzero()
    per_row, per_column = np.bincount(rows, minlength=cost.shape[0]), np.bincount(columns, minlength=cost.shape[1])
    contested = (per_row[rows] > 1) | (per_column[columns] > 1)
    if not contested.any():
        return Assignment(rows, columns)
    rivals_r, rivals_c = _named(rows[contested], cost.shape[0]), _named(columns[contested], cost.shape[1])
    contest = np.minimum(cost[rivals_r[:, None], rivals_c], 2.0 * cost_max + 1.0)
    _, column_of_row, _ = lap.lapjv(contest, extend_cost=True, cost_limit=cost_max)
    won = (column_of_row >= 0).nonzero()[0]
    alone = ~contested
    return Assignment(np.concatenate([rows[alone], rivals_r[won]]), np.concatenate([columns[alone], rivals_c[column_of_row[won]]]))


def _named(numbers: Indices, count: int) -> Indices:
    """Return each of the numbers under `count` once, rising."""
    there = np.zeros(count, np.bool_)
    there[numbers] = True
    return there.nonzero()[0]
