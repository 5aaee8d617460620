# SPDX-License-Identifier: Apache-2.0
"""Choose among possible pairs of tracks and detections, each with a cost, those that together cost least."""

import lap
import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]
Costs = NDArray[np.float64]

ALL_APART: Indices = np.empty(0, np.intp)


def assign(rows: Indices, columns: Indices, costs: Costs, *, cost_max: float) -> Indices:
    """Return which of K possible pairs are made, places in (K,), so that no row or column is in two and the total cost is least.

    rows, columns, costs: (K,) and in step; no pair twice. Leaving a row and a column apart costs `cost_max`, and no pair more.
    Pairs that compete with no other are made at once; only rivals go to the solver.
    Source: Jonker and Volgenant 1987, as solved by lapx.
    """
    if not len(rows):
        return ALL_APART
    per_row, per_column = np.bincount(rows), np.bincount(columns)
    if per_row.max() == 1 and per_column.max() == 1:
        return np.arange(len(rows))
    contested = per_row.take(rows) + per_column.take(columns) > 2  # noqa: PLR2004 - more than the pair itself
    rivals = contested.nonzero()[0]
    at_row, at_column = _numbered(rows[rivals]), _numbered(columns[rivals])
    shape = at_row.max() + 1, at_column.max() + 1
    cost, pair = np.full(shape, 2.0 * cost_max + 1.0), np.zeros(shape, np.intp)
    cost[at_row, at_column], pair[at_row, at_column] = costs[rivals], rivals
    _, column_of_row, _ = lap.lapjv(cost, extend_cost=True, cost_limit=cost_max)
    won = (column_of_row >= 0).nonzero()[0]
    return np.concatenate([(~contested).nonzero()[0], pair[won, column_of_row[won]]])


def _numbered(names: Indices) -> Indices:
    """Return for each name its place among the different ones, rising."""
    there = np.zeros(names.max() + 1, np.intp)
    there[names] = 1
    return (np.cumsum(there) - 1).take(names)
