# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from edge_agent.counting.detection import Detections, covered_shares, no_detections
from edge_agent.errors import ShapeError


@pytest.mark.parametrize(
    ("boxes", "confidences"),
    [
        ((3, 4), (2,)),  # one confidence short
        ((3, 5), (3,)),  # five numbers a box
        ((4,), (1,)),  # one box without its row
        ((1, 2, 4), (1,)),  # a batch
        ((3, 4), (3, 1)),  # a column of confidences
        ((0, 4), (1,)),  # a confidence without a box
    ],
)
def test_detections_of_any_other_shape_are_refused_with_both_shapes(
    boxes: tuple[int, ...], confidences: tuple[int, ...]
) -> None:
    with pytest.raises(ShapeError) as refused:
        Detections(np.zeros(boxes, np.float32), np.zeros(confidences, np.float32))
    assert str(boxes) in str(refused.value)
    assert str(confidences) in str(refused.value)


def test_an_empty_frame_has_no_detections() -> None:
    assert len(no_detections()) == 0


def test_as_many_detections_as_boxes() -> None:
    assert len(Detections(np.zeros((3, 4), np.float32), np.zeros(3, np.float32))) == 3


def test_the_share_that_another_covers_is_that_of_the_own_box() -> None:
    boxes = np.array([[0, 0, 100, 100], [0, 0, 50, 50], [500, 0, 600, 100]], np.float32)
    assert covered_shares(boxes).tolist() == pytest.approx([0.25, 1.0, 0.0])


@pytest.mark.parametrize("covered", [0.0, 0.25, 0.5, 1.0])
def test_the_covered_share_is_that_of_the_worst_neighbour(covered: float) -> None:
    left = np.arange(20) * 40.0 * (1.0 - covered)
    row = np.column_stack([left, np.zeros(20), left + 40.0, np.full(20, 100.0)]).astype(np.float32)
    assert covered_shares(row).tolist() == pytest.approx([covered] * 20, abs=1e-6)


@pytest.mark.parametrize("people", [0, 1])
def test_nobody_covers_one_alone(people: int) -> None:
    assert (
        covered_shares(np.full((people, 4), [0, 0, 40, 100], np.float32)).tolist() == [0.0] * people
    )


def test_a_box_of_no_area_leaves_numbers_finite() -> None:
    assert covered_shares(np.zeros((3, 4), np.float32)).tolist() == [0.0] * 3
