# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from development.fakes.street import SyntheticStreet, boxes_at
from edge_agent.counting.detection import Detections
from edge_agent.counting.height_filter import SAMPLES_MIN, height_law
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.zone import Zone

ALL = Zone("all", ((0.0, 0.0), (768.0, 0.0), (768.0, 600.0), (0.0, 600.0)))
STREET = SyntheticStreet.busy(3, people=6, seconds=20.0)


def counted(things: np.ndarray, *, walkers: bool = True) -> list[int]:
    """Count a street in which things (N, 4) xyxy are taken for people in every frame.

    Return what is too many, frame by frame.
    """
    scene, more = Scene((), (ALL,), settings=TrackerSettings()), []
    for frame in STREET.frames(10.0):
        people = frame.boxes if walkers else np.empty((0, 4), np.float32)
        boxes = np.concatenate([people, things.astype(np.float32)])
        counts = scene.observe_frame(
            Detections(boxes, np.full(len(boxes), 0.9, np.float32)), frame.at_s
        )
        more.append(counts.occupancies[0].people - len(people))
    return more


def box(x: float, y: float, height: float, width: float | None = None) -> np.ndarray:
    left, top, right, bottom = boxes_at(np.array([[x, y]]), np.array([height]))[0]
    middle, half = (left + right) / 2, ((right - left) if width is None else width) / 2
    return np.array([[middle - half, top, middle + half, bottom]])


@pytest.mark.parametrize(
    "thing",
    [
        box(400, 560, 30),  # a hydrant in front, where people are a hundred pixels tall
        box(400, 300, 290),  # a lamp post far away
        box(400, 500, 90, width=80),  # as tall as a person, as wide as a sign
    ],
)
def test_what_never_walks_and_is_not_as_tall_as_a_person_is_not_counted(thing: np.ndarray) -> None:
    assert max(counted(thing)[100:]) <= 0


def test_a_person_who_stands_still_is_counted() -> None:
    there = 0.25 * 576 + 0.6 * 432  # As tall as the walkers of the same row are.
    assert np.mean(counted(box(400, there, 30 + 80 * there / 576))[100:]) > 0.5


def test_where_nobody_walks_everyone_is_counted() -> None:
    assert counted(box(400, 560, 30), walkers=False)[-1] == 1


def test_the_law_of_heights_is_found_among_boxes_that_are_wrong() -> None:
    rng = np.random.default_rng(1)
    rows = rng.uniform(100, 500, 200)
    heights = 0.2 * rows + 10 + rng.normal(0, 2, 200)
    heights[::5] *= rng.uniform(2.0, 3.0, 40)
    growth, offset = height_law(rows, heights)
    assert growth * 300 + offset == pytest.approx(70, rel=0.1)


@pytest.mark.parametrize(
    ("rows", "heights"),
    [
        (np.full(SAMPLES_MIN, 300.0), np.linspace(60, 80, SAMPLES_MIN)),  # all in one row
        (
            np.linspace(100, 500, SAMPLES_MIN),
            np.linspace(80, 60, SAMPLES_MIN),
        ),  # they seem to shrink
    ],
)
def test_where_rows_say_nothing_people_are_as_tall_as_the_middle_one(
    rows: np.ndarray, heights: np.ndarray
) -> None:
    assert height_law(rows, heights) == (0.0, pytest.approx(70.0, abs=1.0))
