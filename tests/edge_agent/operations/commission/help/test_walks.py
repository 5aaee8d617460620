# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from edge_agent.operations.commission.help.walks import Trial, line_of_walk
from edge_agent.operations.commission.record import CELLS, rounded_by_chance


@pytest.mark.parametrize("row", [0.5657, 0.5745, 0.558])  # half way between cells, near one, near
def test_a_walk_in_one_row_says_that_row_wherever_it_lies_in_its_cell(row: float) -> None:
    rng = np.random.default_rng(2)
    columns = np.linspace(0.2, 0.8, 60)
    places = np.array(
        [
            [
                (rounded_by_chance(one, CELLS, float(rng.random())) + 0.5) / CELLS,
                (rounded_by_chance(row, CELLS, float(rng.random())) + 0.5) / CELLS,
            ]
            for one in columns
        ]
    )
    found = line_of_walk(places)
    assert found is not None
    assert (found[0][1] + found[1][1]) / 2 == pytest.approx(row, abs=0.006)


def test_a_stray_place_far_off_is_left_out() -> None:
    places = np.column_stack([np.linspace(0.2, 0.8, 40), np.full(40, 0.5)])
    places[7] = (0.4, 0.95)
    found = line_of_walk(places)
    assert found is not None
    assert found[0][1] == pytest.approx(0.5, abs=1e-6)


def test_who_turns_back_on_the_line_is_not_counted() -> None:
    trial = Trial("a", (0.0, 0.5), (1.0, 0.5))
    for y in (0.3, 0.4, 0.47, 0.5, 0.51, 0.47, 0.4, 0.3):
        trial.observe({0: (0.5, y)})
    assert (trial.entered, trial.left, trial.beside) == (0, 0, 0)
