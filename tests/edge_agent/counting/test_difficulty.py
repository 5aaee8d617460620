# SPDX-License-Identifier: Apache-2.0
import pytest

from development.fakes.street import Flaws, StreetFrame, SyntheticStreet
from edge_agent.counting.detection import Detections
from edge_agent.counting.difficulty import Difficulty
from edge_agent.counting.line import Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.zone import Zone
from tests.edge_agent.counting.scenes import detections

LINE = Line("middle", (384.0, 0.0), (384.0, 576.0))
ZONE = Zone("all", ((0.0, 0.0), (768.0, 0.0), (768.0, 576.0), (0.0, 576.0)))
HARD = Flaws(missed_share=0.15, box_jitter_heights=0.03, low_share=0.15, people_hide_people=True)


def scene() -> Scene:
    return Scene((LINE,), (ZONE,), settings=TrackerSettings())


def score(frames: tuple[StreetFrame, ...]) -> float:
    one = scene()
    for frame in frames:
        one.observe_frame(Detections(frame.boxes, frame.confidences), frame.at_s)
    return one.difficulty.score()


def test_without_a_frame_nothing_is_known() -> None:
    assert scene().difficulty.close_window() is Difficulty.UNKNOWN


def test_few_people_apart_are_easy_and_a_crowd_is_hard() -> None:
    classes = []
    for people in (1, 100):
        one = scene()
        for frame in SyntheticStreet.busy(3, people=people, seconds=20.0).frames(10.0, HARD):
            one.observe_frame(Detections(frame.boxes, frame.confidences), frame.at_s)
        classes.append(one.difficulty.close_window())
    assert classes == [Difficulty.EASY, Difficulty.HARD]


def test_difficulty_rises_with_the_people() -> None:
    scores = [
        score(SyntheticStreet.busy(5, people=people, seconds=20.0).frames(10.0, HARD))
        for people in (3, 30, 100)
    ]
    assert scores == sorted(scores)


@pytest.mark.parametrize(
    ("easy", "hard"),
    [
        (
            detections((100, 300), (300, 300)),
            detections((100, 300), (110, 300)),
        ),  # one covers the other
        (detections((100, 300)), detections((100, 300), confidence=0.2)),  # the model was unsure
        (detections((100, 300)), detections((100, 300), height_px=30.0)),  # small
    ],
)
def test_what_makes_counting_go_wrong_makes_a_window_harder(
    easy: Detections, hard: Detections
) -> None:
    scores = []
    for found in (easy, hard):
        one = scene()
        for turn in range(8):
            one.observe_frame(found, turn / 10)
        scores.append(one.difficulty.score())
    assert scores[0] < scores[1]


def test_somebody_lost_beside_the_line_makes_a_window_harder_than_one_who_walks_on() -> None:
    def walks(until_s: float) -> float:
        one = Scene((LINE,), (), settings=TrackerSettings())
        for turn in range(80):
            at_s = turn / 10
            here = detections((330.0 + 5.0 * turn, 300.0)) if at_s < until_s else detections()
            one.observe_frame(here, at_s)
        return one.difficulty.score()

    assert walks(1.0) > walks(8.0)


def test_a_window_begins_anew() -> None:
    one = scene()
    for turn in range(20):
        one.observe_frame(detections((100, 300), (105, 300), (110, 300)), turn / 10)
    assert one.difficulty.close_window() is not Difficulty.EASY
    for turn in range(20, 40):
        one.observe_frame(detections((100, 300)), turn / 10)
    assert one.difficulty.score() < 0.1
