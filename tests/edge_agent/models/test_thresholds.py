# SPDX-License-Identifier: Apache-2.0
"""From which confidence on a detection counts, by the size of the input."""

import pytest

from edge_agent.models.card_table import CardTable
from edge_agent.models.thresholds import Thresholds, read_thresholds, thresholds_at

STATED = (Thresholds(960, 480, 0.3, 0.1), Thresholds(480, 240, 0.5, 0.2))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((480, 240), (0.5, 0.2)),  # a size that is stated
        ((960, 480), (0.3, 0.1)),
        ((240, 120), (0.5, 0.2)),  # beyond them the nearest holds
        ((1920, 1080), (0.3, 0.1)),
        ((480, 480), (0.4, 0.15)),  # twice the area of one, half of the other's
        ((240, 480), (0.5, 0.2)),  # the area tells, not the shape
    ],
)
def test_in_between_the_thresholds_change_evenly(
    size: tuple[int, int], wanted: tuple[float, float]
) -> None:
    assert thresholds_at(STATED, width_px=size[0], height_px=size[1]) == pytest.approx(wanted)


def test_one_size_holds_for_all() -> None:
    assert thresholds_at(STATED[:1], width_px=96, height_px=96) == (0.3, 0.1)


def test_a_card_states_them_in_tables() -> None:
    mistakes: list[str] = []
    table = CardTable(
        {"width_px": 960, "height_px": 480, "high": 0.3, "low": 0.1}, "thresholds", mistakes
    )
    assert read_thresholds([table]) == STATED[:1]
    assert mistakes == []


def test_a_low_threshold_above_the_high_one_is_a_mistake() -> None:
    mistakes: list[str] = []
    table = CardTable(
        {"width_px": 960, "height_px": 480, "high": 0.3, "low": 0.4, "hihg": 0.5}, "t", mistakes
    )
    read_thresholds([table])
    assert mistakes == ["t.low is 0.4, wanted at most `high`", "t.hihg is not known"]
