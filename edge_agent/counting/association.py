# SPDX-License-Identifier: Apache-2.0
"""Pair tracks with detections so that the pairs together cost least.

This is the linear assignment problem: of K possible pairs, each with a cost, choose those that use
no track and no detection twice and have the least total cost. Source: Jonker and Volgenant 1987
(A Shortest Augmenting Path Algorithm for Dense and Sparse Linear Assignment Problems), as
implemented by lapx.
"""

import numpy as np
from lap import lapjv
from numpy.typing import NDArray

Indices = NDArray[np.intp]
Costs = NDArray[np.float64]


def assign(rows: Indices, columns: Indices, costs: Costs, *, cost_max: float) -> Indices:
    """Return which of K possible pairs are made, as places in (K,).

    rows, columns, costs: (K,) and in step; no pair twice. Leaving a row and a column apart costs
    `cost_max`, and no pair costs more. Pairs that compete with no other are made at once; only
    rivals go to the solver.
    """
    # A handful of small numbers: Python has looked through them before numpy begins.
    of_row, of_column = rows.tolist(), columns.tolist()
    if len(set(of_row)) == len(rows) == len(set(of_column)):
        return np.arange(len(rows))
    rows_twice, columns_twice = _repeated(of_row), _repeated(of_column)
    alone: list[int] = []
    rivals: list[int] = []
    for pair, (row, column) in enumerate(zip(of_row, of_column, strict=True)):
        (rivals if row in rows_twice or column in columns_twice else alone).append(pair)
    return np.array(alone + _cheapest(of_row, of_column, costs, rivals, cost_max))


def _cheapest(
    of_row: list[int], of_column: list[int], costs: Costs, rivals: list[int], cost_max: float
) -> list[int]:
    """Return those of the rivals that together cost least."""
    place_of_row = {
        row: place for place, row in enumerate(dict.fromkeys(of_row[pair] for pair in rivals))
    }
    place_of_column = {
        column: place
        for place, column in enumerate(dict.fromkeys(of_column[pair] for pair in rivals))
    }
    if len(place_of_row) == 1 or len(place_of_column) == 1:
        return [rivals[int(costs[rivals].argmin())]]
    cost = np.full((len(place_of_row), len(place_of_column)), 2.0 * cost_max + 1.0)
    places = (
        [place_of_row[of_row[pair]] for pair in rivals],
        [place_of_column[of_column[pair]] for pair in rivals],
    )
    cost[places] = costs[rivals]
    _, column_of_row, _ = lapjv(cost, extend_cost=True, cost_limit=cost_max)
    return [
        pair
        for pair, row, column in zip(rivals, *places, strict=True)
        if column_of_row[row] == column
    ]


def _repeated(names: list[int]) -> set[int]:
    """Return those that are there more than once."""
    once: set[int] = set()
    again: set[int] = set()
    for name in names:
        (again if name in once else once).add(name)
    return again
