# SPDX-License-Identifier: Apache-2.0
import numpy as np

from edge_agent.models.load import Model
from edge_agent.operations.models.drawn_people import HEIGHT_PX, PEOPLE, WIDTH_PX, street
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.detector import Detector


def people_seen(model: Model) -> int:
    layout = model.card.input
    detector = Detector(
        model,
        input_width_px=layout.width_px,
        input_height_px=layout.height_px,
        confidence_min=model.card.recommended_confidence / 2,
        iou_max=0.5,
        threads=1,
    )
    found = detector.detect(Frame(street(), 0.0, 0))
    feet = np.array([[person.x, person.y] for person in PEOPLE])
    ends = np.stack([found.boxes[:, [0, 2]].mean(axis=1), found.boxes[:, 3]], axis=1)
    away = np.hypot(*np.moveaxis(feet[:, None] - ends[None], 2, 0))
    return int((away.min(axis=1) < 20).sum())


def test_the_same_street_is_drawn_each_time_and_everybody_stands_in_it() -> None:
    picture = street()
    assert picture.shape == (HEIGHT_PX, WIDTH_PX, 3)
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(picture, street())
    boxes = np.array([person.box for person in PEOPLE])
    assert (boxes >= 0).all()
    assert (boxes <= [WIDTH_PX, HEIGHT_PX, WIDTH_PX, HEIGHT_PX]).all()


def test_the_default_model_sees_everybody(ssd_model: Model) -> None:
    assert people_seen(ssd_model) == len(PEOPLE)


def test_the_models_that_are_brought_see_everybody(yolox_model: Model, rtmdet_model: Model) -> None:
    assert people_seen(yolox_model) == people_seen(rtmdet_model) == len(PEOPLE)
