# SPDX-License-Identifier: Apache-2.0
import json
import os
import subprocess
import sys
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edge_agent.errors import ModelError
from edge_agent.models.card import Accuracy, Card
from edge_agent.models.layouts import Channels, InputLayout, RtmdetLayout, YoloxLayout
from edge_agent.models.load import Model
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.detector import Detector, check_runtime_version
from tests.edge_agent.operations.models.tiny_models import rtmdet, rtmdet_card_of

REFERENCE = json.loads((Path(__file__).parent / "person_ssdlite_reference.json").read_text())


def detector_of(model: Model, **changes: Any) -> Detector:
    chosen: dict[str, Any] = {
        "input_width_px": model.card.input.width_px,
        "input_height_px": model.card.input.height_px,
        "confidence_min": 0.15,
        "iou_max": 0.5,
        "threads": 1,
    }
    return Detector(model, **(chosen | changes))


def tiny_yolox(
    rows: dict[int, list[float]],
    *,
    width_px: int,
    height_px: int,
    classes: int,
    strides_px: tuple[int, ...],
) -> Model:
    """Make a YOLOX of any size whose rows are known.

    Zeros but for those given, plus nothing of the picture.
    """
    cells = sum((width_px // stride) * (height_px // stride) for stride in strides_px)
    table = np.zeros((1, cells, 5 + classes), np.float32)
    for row, values in rows.items():
        table[0, row, : len(values)] = values
    image = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, height_px, width_px])
    found = helper.make_tensor_value_info("found", TensorProto.FLOAT, list(table.shape))
    nodes = [
        helper.make_node("ReduceMax", ["picture"], ["top"], keepdims=0),
        helper.make_node("Mul", ["top", "zero"], ["nothing"]),
        helper.make_node("Add", ["table", "nothing"], ["found"]),
    ]
    weights = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.float32(0), "zero"),
    ]
    graph = helper.make_graph(nodes, "tiny", [image], [found], weights)
    content = helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)]
    ).SerializeToString()
    plain: tuple[Channels, Channels] = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
    layout = InputLayout("picture", width_px, height_px, True, 8, 32, 4096, "bgr", *plain, 114)  # noqa: FBT003 - fixed
    yolox = YoloxLayout("found", classes, classes - 1, strides_px)
    accuracy = (Accuracy("made by hand", width_px, height_px, 0.5, 1.0, 1.0, 0.0, None),)
    return Model(
        Card(
            "tiny", "here", "Apache-2.0", "0" * 64, len(content), 0.5, layout, yolox, None, accuracy
        ),
        content,
    )


@pytest.mark.parametrize(
    "reference",
    REFERENCE["outputs"],
    ids=[f"{reference['width_px']}x{reference['height_px']}" for reference in REFERENCE["outputs"]],
)
def test_outputs_are_those_of_the_published_graph(
    ssd_model: Model, street_frame: NDArray[np.uint8], reference: Any
) -> None:
    detector = detector_of(
        ssd_model,
        input_width_px=reference["width_px"],
        input_height_px=reference["height_px"],
        aspect="stretch",
    )
    detector._buffers[0].fill(street_frame)
    codes, scores = detector._session.run(
        ["box_codes", "class_scores"], {"image": detector._buffers[0].tensor}
    )
    assert codes.shape == (1, reference["anchors"], 4)
    # Measured 2e-5 on the machine of the reference; another build of the resize may round a byte
    # the other way.
    np.testing.assert_allclose(codes[0, reference["rows"]], reference["codes"], atol=2e-3)
    np.testing.assert_allclose(scores[0, reference["rows"]], reference["scores"], atol=2e-3)


def test_the_whole_way_finds_what_the_published_graph_finds(
    ssd_model: Model, street_frame: NDArray[np.uint8]
) -> None:
    detector = detector_of(
        ssd_model, input_width_px=300, input_height_px=300, iou_max=0.6, aspect="stretch"
    )
    found = detector.detect(Frame(street_frame, 0.0, 0))
    wanted = np.array(REFERENCE["detections"]["boxes"])[:, [1, 0, 3, 2]] * [768, 576, 768, 576]
    np.testing.assert_allclose(found.confidences, REFERENCE["detections"]["scores"], atol=1e-3)
    np.testing.assert_allclose(found.boxes, wanted.clip(0, [768, 576, 768, 576]), atol=0.2)


def test_both_models_agree_on_the_street(
    ssd_model: Model, yolox_model: Model, street_frame: NDArray[np.uint8]
) -> None:
    frame = Frame(street_frame, 0.0, 0)
    ssd, yolox = (
        detector_of(ssd_model).detect(frame),
        detector_of(yolox_model, confidence_min=0.5).detect(frame),
    )
    sure = ssd.boxes[ssd.confidences > 0.5]
    assert len(sure) >= 3
    for box in sure:
        low, high = np.maximum(yolox.boxes[:, :2], box[:2]), np.minimum(yolox.boxes[:, 2:], box[2:])
        common = np.clip(high - low, 0, None).prod(axis=1)
        areas = (yolox.boxes[:, 2:] - yolox.boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
        assert (common / (areas - common)).max() > 0.5


def test_rtmdet_sees_whom_yolox_sees_on_the_street(
    rtmdet_model: Model, yolox_model: Model, street_frame: NDArray[np.uint8]
) -> None:
    frame = Frame(street_frame, 0.0, 0)
    rtmdet = detector_of(rtmdet_model, confidence_min=0.3).detect(frame)
    sure = detector_of(yolox_model, confidence_min=0.6).detect(frame).boxes
    assert len(sure) >= 3
    for box in sure:
        low = np.maximum(rtmdet.boxes[:, :2], box[:2])
        high = np.minimum(rtmdet.boxes[:, 2:], box[2:])
        common = np.clip(high - low, 0, None).prod(axis=1)
        areas = (rtmdet.boxes[:, 2:] - rtmdet.boxes[:, :2]).prod(axis=1)
        assert (common / (areas + (box[2:] - box[:2]).prod() - common)).max() > 0.5


@pytest.mark.parametrize(("width_px", "height_px"), [(320, 256), (480, 352), (960, 544)])
def test_models_of_free_size_see_people_at_any(
    yolox_model: Model,
    rtmdet_model: Model,
    street_frame: NDArray[np.uint8],
    width_px: int,
    height_px: int,
) -> None:
    for model in (yolox_model, rtmdet_model):
        size = {"input_width_px": width_px, "input_height_px": height_px}
        detector = detector_of(model, confidence_min=0.4, **size)
        assert len(detector.detect(Frame(street_frame, 0.0, 0))) >= 3


def test_an_output_of_another_type_than_its_format_has_is_refused() -> None:
    model = tiny_yolox({}, width_px=32, height_px=32, classes=1, strides_px=(8,))
    card = replace(model.card, layout=RtmdetLayout("found", "found", 0, 100))
    with pytest.raises(ModelError, match=r"found is tensor\(float\), wanted tensor\(int64\)"):
        detector_of(replace(model, card=card))


@pytest.mark.parametrize(("boxes_max", "complete_from"), [(3, 0.25), (4, 0.0)])
def test_a_network_that_tells_of_no_more_boxes_says_from_where_it_is_complete(
    boxes_max: int, complete_from: float
) -> None:
    rows = [[10.0 * place, 4.0, 10.0 * place + 8.0, 24.0, 0.25 * place] for place in (1, 2, 3)]
    content = rtmdet(np.array([rows], np.float32), [0, 0, 0])
    card = rtmdet_card_of(content)
    card = replace(card, layout=RtmdetLayout("dets", "labels", 0, boxes_max))
    detector = detector_of(Model(card, content))
    height_px, width_px = card.input.height_px, card.input.width_px
    picture = np.zeros((height_px, width_px, 3), np.uint8)
    picture[: height_px // 2] = 255
    found = detector.detect(Frame(picture, 0.0, 0))
    assert (len(found), found.complete_from) == (3, complete_from)
    assert found.at_least(0.7).complete_from == complete_from


def test_a_frame_leaves_the_result_in_its_own_pixels_and_inside(
    yolox_model: Model, street_frame: NDArray[np.uint8]
) -> None:
    found = detector_of(yolox_model, confidence_min=0.05).detect(Frame(street_frame, 0.0, 0))
    assert (found.boxes >= 0).all()
    assert (found.boxes[:, [0, 2]] <= 768).all()
    assert (found.boxes[:, [1, 3]] <= 576).all()
    assert (found.confidences >= np.float32(0.05)).all()
    assert (np.diff(found.confidences) <= 0).all()


def test_the_same_frame_gives_the_same_people(
    ssd_model: Model, street_frame: NDArray[np.uint8]
) -> None:
    detector = detector_of(ssd_model)
    first = detector.detect(Frame(street_frame, 0.0, 0))
    detector.detect(Frame(np.zeros_like(street_frame), 0.0, 1))
    again = detector.detect(Frame(street_frame, 0.0, 2))
    np.testing.assert_array_equal(first.boxes, again.boxes)


@pytest.mark.parametrize(
    ("width_px", "height_px", "classes", "strides_px", "row", "center"),
    [
        (64, 32, 1, (8,), 9, (12, 12)),  # one class, one stride: second row, second cell
        (96, 64, 3, (8, 16, 32), 121, (48, 16)),  # three strides: second cell of the last
        (32, 96, 2, (16,), 3, (24, 24)),  # upright
    ],
)
def test_any_yolox_is_read_through_its_card(
    width_px: int,
    height_px: int,
    classes: int,
    strides_px: tuple[int, ...],
    row: int,
    center: tuple[int, int],
) -> None:
    stride = strides_px[-1]
    values = [0.5, 0.5, log(16 / stride), log(8 / stride), 1.0, *([0.0] * (classes - 1)), 0.9]
    model = tiny_yolox(
        {row: values},
        width_px=width_px,
        height_px=height_px,
        classes=classes,
        strides_px=strides_px,
    )
    detector = detector_of(model)
    # The frame is twice the input, so everything is twice as large in it.
    found = detector.detect(Frame(np.zeros((2 * height_px, 2 * width_px, 3), np.uint8), 0.0, 0))
    x, y = center
    np.testing.assert_allclose(
        found.boxes, [[2 * (x - 8), 2 * (y - 4), 2 * (x + 8), 2 * (y + 4)]], atol=1e-3
    )
    np.testing.assert_allclose(found.confidences, [0.9], atol=1e-6)


def test_a_box_in_the_empty_band_is_no_person() -> None:
    values = [0.5, 0.5, 0.0, 0.0, 1.0, 0.9]
    model = tiny_yolox({63: values}, width_px=64, height_px=64, classes=1, strides_px=(8,))
    found = detector_of(model).detect(Frame(np.zeros((32, 64, 3), np.uint8), 0.0, 0))
    assert len(found) == 0


def test_a_card_with_too_few_classes_shows_at_the_first_run() -> None:
    model = tiny_yolox({}, width_px=64, height_px=32, classes=2, strides_px=(8,))
    assert isinstance(model.card.layout, YoloxLayout)
    wrong = replace(
        model,
        card=replace(model.card, layout=replace(model.card.layout, classes=1, person_column=0)),
    )
    with pytest.raises(ModelError, match="as the card says"):
        detector_of(wrong).warm_up(1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"input_width_px": 64}, "wanted exactly 32x32"),  # the file has one size only
        ({"confidence_min": 0.0}, "wanted 0..1"),  # everything would be a person
        ({"confidence_min": 1.0}, "wanted 0..1"),  # nothing would
        ({"iou_max": 1.5}, "wanted 0..1"),  # no overlap is so large
        ({"threads": 0}, "0 threads"),  # the runtime would take every core
        ({"providers": ()}, "nothing is chosen in their place"),  # no provider
        (
            {"providers": ("CUDAExecutionProvider", "CPUExecutionProvider")},
            "CUDAExecutionProvider",
        ),  # no such device here
    ],
)
def test_a_lever_that_is_not_there_is_refused(change: dict[str, Any], said: str) -> None:
    model = tiny_yolox({}, width_px=32, height_px=32, classes=1, strides_px=(8,))
    with pytest.raises(ModelError, match=said):
        detector_of(model, **change)


@pytest.mark.parametrize(
    ("width_px", "height_px"),
    [
        (90, 300),  # too narrow
        (300, 2000),  # too high
    ],
)
def test_an_input_size_beyond_the_card_is_refused(
    ssd_model: Model, width_px: int, height_px: int
) -> None:
    with pytest.raises(ModelError, match=r"wanted sides of 96\.\.1920 pixels"):
        detector_of(ssd_model, input_width_px=width_px, input_height_px=height_px)


def test_a_model_that_is_loaded_for_the_detector_is_not_held_by_it() -> None:
    model = tiny_yolox({}, width_px=32, height_px=32, classes=1, strides_px=(8,))
    card, content = model.card, bytes(bytearray(model.content))
    size = {"input_width_px": 32, "input_height_px": 32}
    before = sys.getrefcount(content)
    detector = Detector(
        lambda: Model(card, content), **size, confidence_min=0.5, iou_max=0.5, threads=1
    )
    after = sys.getrefcount(content)
    detector.warm_up(1)
    assert after == before


def test_names_that_are_not_the_cards_are_refused() -> None:
    model = tiny_yolox({}, width_px=32, height_px=32, classes=1, strides_px=(8,))
    card = replace(model.card, input=replace(model.card.input, name="image"))
    with pytest.raises(ModelError, match=r"inputs \['picture'\].*the card says \['image'\]"):
        detector_of(replace(model, card=card))


def test_a_file_of_another_size_than_its_card_is_refused() -> None:
    model = tiny_yolox({}, width_px=32, height_px=32, classes=1, strides_px=(8,))
    card = replace(model.card, input=replace(model.card.input, width_px=64))
    with pytest.raises(ModelError, match=r"its input is tensor\(float\) \[1, 3, 32, 32\]"):
        detector_of(replace(model, card=card), input_width_px=64)


def test_bytes_that_the_runtime_refuses_name_the_command() -> None:
    model = tiny_yolox({}, width_px=32, height_px=32, classes=1, strides_px=(8,))
    with pytest.raises(ModelError, match=r"onnxruntime refuses it.*edge-agent model add tiny FILE"):
        detector_of(replace(model, content=model.content[:-20]))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((32, 32), np.uint8),  # grey
        np.zeros((32, 32, 4), np.uint8),  # transparent
        np.zeros((32, 32, 3), np.float32),  # not bytes
    ],
)
def test_a_frame_that_is_no_colour_picture_is_refused(image: NDArray[np.uint8]) -> None:
    model = tiny_yolox({}, width_px=32, height_px=32, classes=1, strides_px=(8,))
    with pytest.raises(ModelError, match=r"wanted uint8 \(H, W, 3\)"):
        detector_of(model).detect(Frame(image, 0.0, 0))


@pytest.mark.parametrize(
    "version",
    [
        "1.29.0",  # the first that speaks
        "1.30",  # a later one
        "2.0.0",  # much later
        "1.29.0.dev1",  # before a release
        "nightly",  # no telling
    ],
)
def test_a_runtime_that_sends_telemetry_is_refused(version: str) -> None:
    with pytest.raises(ModelError, match="sends telemetry"):
        check_runtime_version(version)


@pytest.mark.parametrize(
    "version",
    [
        "1.28.0",  # the last that is silent
        "1.9.1",  # 9 is less than 29
        onnxruntime.__version__,  # the one that is here
    ],
)
def test_a_silent_runtime_is_taken(version: str) -> None:
    check_runtime_version(version)


def test_warming_up_and_closing_leave_no_picture(
    ssd_model: Model, street_frame: NDArray[np.uint8]
) -> None:
    detector = detector_of(ssd_model)
    detector.warm_up(2)
    assert not detector._buffers[0].tensor.any()
    detector.detect(Frame(street_frame, 0.0, 0))
    assert detector._buffers[0].tensor.any()
    detector.close()
    assert not detector._buffers[0].tensor.any()


def test_telemetry_is_off_before_the_runtime_is_there_and_nothing_is_printed(
    tmp_path: Path,
) -> None:
    model = tiny_yolox({}, width_px=32, height_px=32, classes=1, strides_px=(8,))
    (tmp_path / "tiny.onnx").write_bytes(model.content)
    program = f"""
import os, sys
from pathlib import Path
import edge_agent.vision
assert os.environ["ORT_DISABLE_TELEMETRY"] == "1" and "onnxruntime" not in sys.modules
from edge_agent.models.card import Card
from edge_agent.models.layouts import InputLayout, YoloxLayout
from edge_agent.vision.detector import Detector
from edge_agent.models.load import Model
layouts = ({model.card.input!r}, {model.card.layout!r})
card = Card("tiny", "here", "x", "0" * 64, 1, 0.5, *layouts, None, ())
model = Model(card, Path({str(tmp_path / "tiny.onnx")!r}).read_bytes())
sizes = dict(input_width_px=32, input_height_px=32)
detector = Detector(model, **sizes, confidence_min=0.5, iou_max=0.5, threads=2)
detector.warm_up(3)
"""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("ORT_", "OPENCV_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=False,
        env=environment,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
