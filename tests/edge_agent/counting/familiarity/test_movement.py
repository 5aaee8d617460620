# SPDX-License-Identifier: Apache-2.0
import numpy as np

from edge_agent.counting.familiarity.movement import Movement


def test_the_share_of_a_box_that_moved() -> None:
    moved = np.zeros((6, 8), np.bool_)
    moved[2:4, 2:4] = True
    boxes = np.array(
        [
            (20.0, 20.0, 40.0, 40.0),  # all of it
            (20.0, 20.0, 60.0, 40.0),  # its left half
            (0.0, 0.0, 20.0, 20.0),  # none
            (-50.0, -50.0, 200.0, 200.0),  # beyond every side: of what is in the picture
            (75.0, 55.0, 75.0, 55.0),  # a box without a size is in one place
        ]
    )
    assert Movement(moved, 10.0).shares(boxes).tolist() == [1.0, 0.5, 0.0, 4 / 48, 0.0]


def test_no_boxes_have_no_shares() -> None:
    assert len(Movement(np.ones((6, 8), np.bool_), 10.0).shares(np.empty((0, 4)))) == 0
