# SPDX-License-Identifier: Apache-2.0
"""Who is half seen: as tall as people there, moving, followed by nobody, not for one look."""

import numpy as np
import pytest

from edge_agent.counting.detection import Detections
from edge_agent.counting.familiarity.evidence import LOOKS_MAX, Evidence
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings

SETTINGS = TrackerSettings(confidence_high=0.5, confidence_low=0.2)
ALL_MOVES = Movement(np.ones((48, 64), np.bool_), 10.0)
NOTHING_MOVES = Movement(np.zeros((48, 64), np.bool_), 10.0)
LOOK_S = 0.5
Walker = tuple[float, float, float, float]
"""x at the beginning, y of the feet, height, pixels; and confidence."""


def watched(
    walkers: list[Walker],
    seconds: float,
    *,
    moving: Movement = ALL_MOVES,
    speed_px_s: float = 40.0,
) -> Evidence:
    """Let people walk to the right, look twice a second, and add up the evidence."""
    scene = Scene((), (), settings=SETTINGS, frame_width_px=640.0)
    seen = half_seen = 0
    for frame in range(round(seconds * 10)):
        now_s = frame / 10.0
        boxes = [
            (x + speed_px_s * now_s, y - tall, x + speed_px_s * now_s + 0.4 * tall, y)
            for x, y, tall, _ in walkers
        ]
        detections = Detections(
            np.array(boxes, np.float32).reshape(-1, 4),
            np.array([confidence for *_, confidence in walkers], np.float32),
        )
        look = moving if frame % 5 == 0 else None
        evidence = scene.observe_frame(detections, now_s, look).evidence
        seen, half_seen = seen + evidence.seen, half_seen + evidence.half_seen
    return Evidence(seen, half_seen)


SEEN: Walker = (20.0, 200.0, 100.0, 0.9)
WEAK: Walker = (20.0, 400.0, 100.0, 0.15)


def test_somebody_seen_is_seen_and_somebody_weak_is_half_seen() -> None:
    found = watched([SEEN, WEAK], 5.0)
    assert found.seen == pytest.approx(9, abs=1)
    assert found.half_seen == pytest.approx(7, abs=2)


def test_nobody_is_half_seen_where_nothing_moves() -> None:
    assert watched([SEEN, WEAK], 5.0, moving=NOTHING_MOVES) == Evidence(0, 0)


@pytest.mark.parametrize(
    "clutter",
    [
        (20.0, 400.0, 30.0, 0.15),  # a bird
        (20.0, 400.0, 300.0, 0.15),  # a tree
        (20.0, 400.0, 100.0, 0.05),  # what a network makes of anything
        (22.0, 202.0, 95.0, 0.15),  # another box of the one who is seen
    ],
)
def test_what_is_no_person_beside_one_is_not_half_seen(clutter: Walker) -> None:
    """How tall people are is not known in the first looks."""
    others = [(x, 200.0, 100.0, 0.9) for x in (20.0, 120.0, 220.0, 320.0)]
    assert watched([*others, clutter], 8.0).half_seen <= 5


def test_two_weak_boxes_of_one_person_are_one() -> None:
    once = watched([SEEN, WEAK], 5.0).half_seen
    assert watched([SEEN, WEAK, (24.0, 402.0, 100.0, 0.13)], 5.0).half_seen == once


def test_a_box_that_is_there_in_one_look_only_is_nobody() -> None:
    assert watched([WEAK], 5.0, speed_px_s=900.0).half_seen == 0


def test_somebody_who_lingers_counts_for_ten_seconds() -> None:
    found = watched([SEEN, WEAK], 40.0, speed_px_s=8.0)
    assert (found.seen, found.half_seen) == (LOOKS_MAX, LOOKS_MAX)


def test_a_crowd_of_weak_boxes_is_bounded() -> None:
    crowd = [(20.0 * number, 400.0, 50.0, 0.15) for number in range(600)]
    assert watched(crowd, 3.0).half_seen <= LOOKS_MAX * 512
