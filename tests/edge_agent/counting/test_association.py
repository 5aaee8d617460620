# SPDX-License-Identifier: Apache-2.0
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from edge_agent.counting.association import assign

SIDES = st.integers(0, 6)
COSTS = st.one_of(st.floats(0.0, 2.0), st.just(np.inf))


@st.composite
def cost_matrices(draw: st.DrawFn) -> NDArray[np.float64]:
    return draw(arrays(np.float64, (draw(SIDES), draw(SIDES)), elements=COSTS))


def assigned(cost: NDArray[np.float64], cost_max: float) -> list[tuple[int, int]]:
    """Return the pairs made of those that a matrix of costs allows."""
    rows, columns = (cost <= cost_max).nonzero()
    made = assign(rows, columns, cost[rows, columns], cost_max=cost_max)
    return list(zip(rows[made].tolist(), columns[made].tolist(), strict=True))


def total(cost: NDArray[np.float64], pairs: list[tuple[int, int]], cost_max: float) -> float:
    """What an assignment costs when leaving a pair apart costs cost_max."""
    left_apart = min(cost.shape) - len(pairs)
    return sum(float(cost[pair]) for pair in pairs) + left_apart * cost_max


def least_total(cost: NDArray[np.float64], cost_max: float) -> float:
    """Try every way there is."""
    short = cost if cost.shape[0] <= cost.shape[1] else cost.T
    ways = permutations(range(short.shape[1]), short.shape[0])
    return min(
        total(
            short,
            [(row, column) for row, column in enumerate(way) if short[row, column] <= cost_max],
            cost_max,
        )
        for way in ways
    )


@settings(max_examples=100)
@given(cost=cost_matrices(), cost_max=st.floats(0.05, 1.5))
def test_no_other_assignment_costs_less(cost: NDArray[np.float64], cost_max: float) -> None:
    assert total(cost, assigned(cost, cost_max), cost_max) == pytest.approx(
        least_total(cost, cost_max), abs=1e-9
    )


@settings(max_examples=100)
@given(cost=cost_matrices(), cost_max=st.floats(0.05, 1.5))
def test_nobody_is_paired_twice_and_no_possible_pair_is_left_with_both_sides_alone(
    cost: NDArray[np.float64], cost_max: float
) -> None:
    pairs = assigned(cost, cost_max)
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    assert len(rows) == len(columns) == len(pairs)
    left = np.delete(np.delete(cost, list(rows), axis=0), list(columns), axis=1)
    assert not (left < cost_max - 1e-9).any()


def test_where_no_pair_is_possible_none_is_made() -> None:
    nothing = np.empty(0, np.intp)
    assert assign(nothing, nothing, np.empty(0), cost_max=1.0).tolist() == []


def test_the_nearest_does_not_win_where_that_costs_another_more() -> None:
    assert sorted(assigned(np.array([[0.1, 0.2], [0.15, 0.9]]), 1.0)) == [(0, 1), (1, 0)]


def test_a_crowd_of_rivals_beside_pairs_without_any_is_still_the_cheapest() -> None:
    rng = np.random.default_rng(7)
    cost = np.full((60, 60), np.inf)
    cost[np.arange(50), np.arange(50)[::-1]] = 0.5  # fifty pairs that nobody contests
    cost[50:55, 50:55] = rng.uniform(0.0, 1.0, (5, 5))
    cost[55:, 55:] = rng.uniform(0.0, 1.0, (5, 5))
    pairs = assigned(cost, 1.0)
    least = 25.0 + least_total(cost[50:55, 50:55], 1.0) + least_total(cost[55:, 55:], 1.0)
    assert total(cost, pairs, 1.0) == pytest.approx(least)
