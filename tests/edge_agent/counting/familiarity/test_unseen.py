# SPDX-License-Identifier: Apache-2.0
"""Who is unseen: an upright movement without a box that walks; no tree, no car, nobody seen."""

import numpy as np
import pytest

from edge_agent.counting.detection import Detections, no_detections
from edge_agent.counting.familiarity.evidence import LOOKS_MAX
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.counting.familiarity.unseen import UnseenMeter
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings

ROWS, COLUMNS, CELL_PX, LOOK_S = 96, 128, 6.0, 0.5
Part = tuple[float, float, float]
"""Width and height, places, and speed to the right, places a second."""
PERSON: Part = (5.0, 12.0, 8.0)


def looked(part: Part, looks: int, *, from_x: float = 10.0, covers: float | None = None) -> int:
    """Let a movement go to the right, and return how many looks of it are somebody unseen.

    covers: so far above it, places, lies a box of its size.
    """
    meter, found = UnseenMeter(), 0
    width, height, speed = part
    for look in range(looks):
        at_s = LOOK_S * look
        x = from_x + speed * at_s
        box = np.array([[x, 30.0, x + width, 30.0 + height]], np.float32)
        above = np.array([[0.0, covers or 0.0, 0.0, covers or 0.0]], np.float32)
        boxes = CELL_PX * (box - above) if covers is not None else np.empty((0, 4), np.float32)
        moving = Movement(np.zeros((ROWS, COLUMNS), np.bool_), CELL_PX, box)
        found += meter.observe_look(moving, boxes, at_s)
    return found


def test_an_upright_movement_that_walks_is_somebody_unseen() -> None:
    assert looked(PERSON, 12) == pytest.approx(9, abs=1)


@pytest.mark.parametrize(
    "part",
    [
        (10.0, 12.0, 8.0),  # a car, wide
        (5.0, 12.0, 24.0),  # a car's end, quick
        (5.0, 12.0, 0.0),  # leaves
        (2.0, 4.0, 3.0),  # a bird
        (20.0, 62.0, 14.0),  # light that changes
    ],
)
def test_what_does_not_walk_upright_is_nobody(part: Part) -> None:
    assert looked(part, 12, from_x=2.0) == 0


def test_what_sways_over_its_own_width_is_nobody() -> None:
    meter, found = UnseenMeter(), 0
    for look in range(60):
        x = 40.0 + 5.0 * np.sin(0.9 * look)
        box = np.array([[x, 40.0, x + 5.0, 52.0]], np.float32)
        moving = Movement(np.zeros((ROWS, COLUMNS), np.bool_), CELL_PX, box)
        found += meter.observe_look(moving, np.empty((0, 4), np.float32), LOOK_S * look)
    assert found == 0


def test_a_movement_at_the_edge_of_the_picture_has_no_shape() -> None:
    assert looked((5.0, 12.0, 0.8), 60, from_x=-20.0) == 0


def test_whom_a_box_covers_is_not_unseen() -> None:
    assert looked(PERSON, 12, covers=2.0) == 0
    assert looked(PERSON, 12, covers=14.0) > 0


def test_somebody_who_lingers_counts_for_ten_seconds() -> None:
    assert looked((5.0, 12.0, 1.0), 120) == LOOKS_MAX


def test_after_a_cut_a_walk_begins_anew() -> None:
    meter, found = UnseenMeter(), 0
    for look in range(12):
        meter.cut()
        x = 10.0 + 4.0 * look
        box = np.array([[x, 40.0, x + 5.0, 52.0]], np.float32)
        moving = Movement(np.zeros((ROWS, COLUMNS), np.bool_), CELL_PX, box)
        found += meter.observe_look(moving, np.empty((0, 4), np.float32), LOOK_S * look)
    assert found == 0


def test_a_scene_in_which_a_blind_detector_sees_nobody_has_people_unseen() -> None:
    """The meter is asked by the scene: without a box, and with one that follows the movement."""
    found = []
    for seen in (False, True):
        scene = Scene((), (), settings=TrackerSettings(), frame_width_px=COLUMNS * CELL_PX)
        unseen = 0
        for look in range(12):
            # A movement is of the look before.
            here, before = (10.0 + 4.0 * place for place in (look, look - 1))
            box = np.array([[here, 40.0, here + 5.0, 52.0]], np.float32)
            part = np.array([[before, 40.0, before + 5.0, 52.0]], np.float32)
            detections = Detections(CELL_PX * box, np.array([0.9], np.float32))
            moving = Movement(np.zeros((ROWS, COLUMNS), np.bool_), CELL_PX, part)
            unseen += scene.observe_frame(
                detections if seen else no_detections(), LOOK_S * look, moving
            ).evidence.unseen
        found.append(unseen)
    assert found[0] > 0
    assert found[1] == 0
