# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from edge_agent.counting.detection import Detections, no_detections
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
def test_detections_of_any_other_shape_are_refused_with_both_shapes(boxes: tuple[int, ...], confidences: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError) as refused:
        Detections(np.zeros(boxes, np.float32), np.zeros(confidences, np.float32))
    assert str(boxes) in str(refused.value)
    assert str(confidences) in str(refused.value)


def test_an_empty_frame_has_no_detections() -> None:
    assert len(no_detections()) == 0


def test_as_many_detections_as_boxes() -> None:
    assert len(Detections(np.zeros((3, 4), np.float32), np.zeros(3, np.float32))) == 3
