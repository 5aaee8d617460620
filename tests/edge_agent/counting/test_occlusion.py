# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from development.fakes.street import HARD, SyntheticStreet
from edge_agent.counting.detection import Detections, no_detections
from edge_agent.counting.line import Line
from edge_agent.counting.occlusion import (
    PEOPLE_MIN,
    SATURATED_FROM,
    SATURATED_UNTIL,
    UNSEEN_WEIGHT,
    OcclusionMeter,
)
from tests.edge_agent.counting.scenes import count_windows, tracks_at


def row(people: int, covered: float, *, confidence: float = 0.9) -> Detections:
    """Return people side by side, each covered by the next to this share."""
    left = np.arange(people) * 40.0 * (1.0 - covered)
    boxes = np.column_stack([left, np.zeros(people), left + 40.0, np.full(people, 100.0)]).astype(
        np.float32
    )
    return Detections(boxes, np.full(people, confidence, np.float32))


def stand(
    occlusion: OcclusionMeter,
    detections: Detections,
    *,
    from_s: float,
    seconds: float,
    unseen_s: float = 0.0,
) -> bool:
    """Let as many be tracked as are detected; all of them were seen in the frames, or none."""
    followed, full = tracks_at([(10.0, 10.0)] * len(detections), unseen_s=unseen_s), False
    for number in range(round(seconds * 10)):
        full = occlusion.observe_frame(detections, followed, from_s + number / 10)
    return full


def test_a_full_eye_is_said_and_taken_back_with_hysteresis() -> None:
    occlusion = OcclusionMeter(0.15)
    between = (SATURATED_FROM + SATURATED_UNTIL) / 2
    assert not stand(occlusion, row(40, between), from_s=0.0, seconds=30.0)
    assert stand(occlusion, row(40, SATURATED_FROM + 0.1), from_s=30.0, seconds=30.0)
    assert stand(occlusion, row(40, between), from_s=60.0, seconds=30.0)
    assert not stand(occlusion, row(40, SATURATED_UNTIL - 0.1), from_s=90.0, seconds=30.0)


def test_one_crowded_moment_does_not_make_the_eye_full() -> None:
    occlusion = OcclusionMeter(0.15)
    stand(occlusion, row(40, 0.1), from_s=0.0, seconds=20.0)
    assert not occlusion.observe_frame(row(40, 0.9), tracks_at([]), 20.0)


def test_people_who_are_followed_and_not_seen_fill_the_eye_sooner() -> None:
    covered = SATURATED_FROM - UNSEEN_WEIGHT / 2
    assert not stand(OcclusionMeter(0.15), row(40, covered), from_s=0.0, seconds=30.0)
    assert stand(OcclusionMeter(0.15), row(40, covered), from_s=0.0, seconds=30.0, unseen_s=0.5)


@pytest.mark.parametrize(
    "detections",
    [
        row(PEOPLE_MIN - 1, 0.9),  # a group
        row(40, 0.9, confidence=0.1),  # too weak to be looked at
        no_detections(),  # nobody
    ],
)
def test_what_is_no_crowd_does_not_make_the_eye_full(detections: Detections) -> None:
    assert not stand(OcclusionMeter(0.15), detections, from_s=0.0, seconds=30.0)


@pytest.mark.parametrize(
    ("people", "saturated"),
    [
        (30, False),  # counted within a few per cent
        (100, False),  # the same
        (350, True),  # half of them are never seen
    ],
)
def test_a_street_is_called_saturated_where_it_can_no_longer_be_counted(
    people: int,
    saturated: bool,  # noqa: FBT001 - the table's expectation
) -> None:
    street = SyntheticStreet.busy(5, people=people, seconds=20.0)
    sums = count_windows(
        street.stream(5.0, HARD, seed=5), Line("middle", (384, -60), (384, 640)), length_s=10.0
    )
    assert [window.saturated for window in sums] == [saturated, saturated]
