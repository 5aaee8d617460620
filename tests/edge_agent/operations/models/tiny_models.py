# SPDX-License-Identifier: Apache-2.0
"""Networks of a few bytes that see the drawn people, and the ways in which an export goes wrong.

Their outputs are a table, times how much contrast the picture has, at most once: in a picture of
one tone they say nothing. The input is a tenth of the drawn street.
"""

import hashlib
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from edge_agent.models.card import Card, read_card
from edge_agent.models.layouts import RtmdetLayout, YoloxLayout
from edge_agent.operations.models.drawn_people import HEIGHT_PX, PEOPLE, WIDTH_PX

ROOT = Path(__file__).parents[4]
SCALE = 10
STRIDE_PX = 8
SIZE = (WIDTH_PX // SCALE, HEIGHT_PX // SCALE)
CELLS = (SIZE[0] // STRIDE_PX) * (SIZE[1] // STRIDE_PX)
Floats = NDArray[np.float32]


def yolox_table(confidence: float = 0.95) -> Floats:
    """Return rows (1, CELLS, 6) that say where the drawn people are."""
    table = np.zeros((1, CELLS, 6), np.float32)
    table[..., :2] = 0.5
    for person in PEOPLE:
        left, top, right, bottom = (side / SCALE / STRIDE_PX for side in person.box)
        x, y = (left + right) / 2, (top + bottom) / 2
        row = int(y) * (SIZE[0] // STRIDE_PX) + int(x)
        sizes = log(right - left), log(bottom - top)
        table[0, row] = [x - int(x), y - int(y), *sizes, confidence, confidence]
    return table


def decoded(table: Floats) -> Floats:
    """Return the same rows with boxes in pixels, as decode_in_inference gives them."""
    rows, columns = np.mgrid[0 : SIZE[1] // STRIDE_PX, 0 : SIZE[0] // STRIDE_PX].reshape(2, -1)
    out = table.copy()
    out[0, :, 0] = (table[0, :, 0] + columns) * STRIDE_PX
    out[0, :, 1] = (table[0, :, 1] + rows) * STRIDE_PX
    out[0, :, 2:4] = np.exp(table[0, :, 2:4]) * STRIDE_PX
    return out


def with_confidence(table: Floats, row: int, value: float) -> Floats:
    """Return the same rows with one objectness that is another."""
    out = table.copy()
    out[0, row, 4] = value
    return out


def yolox(table: Floats, *, domain: str = "", looks: bool = True) -> bytes:
    """Return a YOLOX file; one that does not look says the same of every picture."""
    nodes = [
        *_contrast(),
        helper.make_node("Mul", ["table", "seen" if looks else "one"], ["output"], domain=domain),
        *([] if looks else [helper.make_node("Identity", ["seen"], ["unused"])]),
    ]
    return _file(nodes, table, [("output", TensorProto.FLOAT, list(table.shape))])


def rtmdet(table: Floats, labels: list[int]) -> bytes:
    """Return an RTMDet file that gives these rows (1, n, 5) and labels."""
    constant = numpy_helper.from_array(np.array([labels], np.int64))
    nodes = [
        *_contrast(),
        helper.make_node("Mul", ["table", "seen"], ["dets"]),
        helper.make_node("Constant", [], ["labels"], value=constant),
    ]
    outputs = [
        ("dets", TensorProto.FLOAT, list(table.shape)),
        ("labels", TensorProto.INT64, [1, len(labels)]),
    ]
    return _file(nodes, table, outputs)


def rtmdet_table(confidence: float = 0.9) -> Floats:
    """Return rows (1, people, 5) that say where the drawn people are."""
    rows = [[*(side / SCALE for side in person.box), confidence] for person in PEOPLE]
    return np.array([rows], np.float32)


def card_of(content: bytes) -> Card:
    """Return a card for a YOLOX of this module, with the bytes' own hash."""
    card = read_card(ROOT / "models/yolox-nano")
    return _fitted(replace(card, layout=YoloxLayout("output", 1, 0, (STRIDE_PX,))), content)


def rtmdet_card_of(content: bytes) -> Card:
    """Return a card for an RTMDet of this module, with the bytes' own hash."""
    card = read_card(ROOT / "models/rtmdet-nano")
    return _fitted(replace(card, layout=RtmdetLayout("dets", "labels", 0, 100)), content)


def _fitted(card: Card, content: bytes) -> Card:
    width_px, height_px = SIZE
    layout = replace(
        card.input,
        name="images",
        width_px=width_px,
        height_px=height_px,
        fixed=True,
        multiple_px=1,
        side_min_px=32,
    )
    sha256 = hashlib.sha256(content).hexdigest()
    return replace(card, sha256=sha256, size_bytes=len(content), input=layout)


def _contrast() -> list[NodeProto]:
    return [
        helper.make_node("ReduceMax", ["images"], ["high"], keepdims=0),
        helper.make_node("ReduceMin", ["images"], ["low"], keepdims=0),
        helper.make_node("Sub", ["high", "low"], ["between"]),
        helper.make_node("Clip", ["between", "zero", "one"], ["seen"]),
    ]


def _file(
    nodes: list[NodeProto], table: Floats, outputs: list[tuple[str, int, list[int]]]
) -> bytes:
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIZE[1], SIZE[0]])
    found = [helper.make_tensor_value_info(*output) for output in outputs]
    weights = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.float32(0), "zero"),
        numpy_helper.from_array(np.float32(1), "one"),
    ]
    graph = helper.make_graph(nodes, "tiny", [image], found, weights)
    operators = [helper.make_opsetid("", 13)]
    return bytes(
        helper.make_model(graph, ir_version=8, opset_imports=operators).SerializeToString()
    )
