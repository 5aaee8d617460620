# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from edge_agent.counting.familiarity.expected_height import PEOPLE_MIN, SHARE_MIN, ExpectedHeight


def learned(rows: np.ndarray, heights: np.ndarray) -> ExpectedHeight:
    expected = ExpectedHeight()
    for _ in range(PEOPLE_MIN):
        expected.observe_people(rows, heights)
    return expected


def test_nothing_is_expected_before_enough_people_were_seen() -> None:
    assert ExpectedHeight().at(np.array([100.0])) is None


def test_people_far_away_are_expected_smaller() -> None:
    rows = np.array([100.0, 250.0, 400.0])
    found = learned(rows, 0.4 * rows).at(np.array([100.0, 400.0]))
    assert found is not None
    assert found[0] < 0.75 * found[1]


def test_people_in_one_row_say_nothing_of_other_rows() -> None:
    found = learned(np.full(3, 300.0), np.array([90.0, 100.0, 110.0])).at(np.array([0.0, 600.0]))
    assert found is not None
    assert found == pytest.approx([100.0, 100.0])


def test_nobody_is_expected_without_a_height() -> None:
    rows = np.array([300.0, 500.0])
    found = learned(rows, np.array([20.0, 300.0])).at(np.array([-900.0]))
    assert found == pytest.approx([SHARE_MIN * 160.0], rel=0.01)
