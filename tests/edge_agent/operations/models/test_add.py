# SPDX-License-Identifier: Apache-2.0
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from edge_agent.errors import ModelError
from edge_agent.models.card import Card, read_card
from edge_agent.models.layouts import YoloxLayout
from edge_agent.operations.models.add import add_model

ROOT = Path(__file__).parents[4]


def tiny(*, domain: str = "") -> bytes:
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 64, 64])
    found = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 64, 6])
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
        helper.make_node("Mul", ["table", "top"], ["output"], domain=domain),
    ]
    table = numpy_helper.from_array(np.zeros((1, 64, 6), np.float32), "table")
    graph = helper.make_graph(nodes, "tiny", [image], [found], [table])
    return bytes(
        helper.make_model(
            graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)]
        ).SerializeToString()
    )


def card_of(content: bytes) -> Card:
    card = read_card(ROOT / "models/yolox-nano")
    layout = replace(card.input, width_px=64, height_px=64, side_min_px=64, side_max_px=64)
    yolox = YoloxLayout("output", 1, 0, (8,))
    return replace(
        card,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        input=layout,
        layout=yolox,
    )


def test_a_file_that_is_its_cards_is_taken(tmp_path: Path) -> None:
    (tmp_path / "brought.onnx").write_bytes(tiny())
    path = add_model(card_of(tiny()), tmp_path / "brought.onnx", tmp_path / "weights")
    assert path == tmp_path / "weights" / "yolox-nano.onnx"
    assert path.read_bytes() == tiny()


def test_the_yolox_file_itself_is_taken(tmp_path: Path) -> None:
    file = ROOT / "var/models/yolox-nano.onnx"
    if not file.exists():
        pytest.skip(
            "var/models/yolox-nano.onnx is absent: run edge-agent model add yolox-nano FILE"
        )
    path = add_model(read_card(ROOT / "models/yolox-nano"), file, tmp_path)
    assert path.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("content", "card", "said"),
    [
        (b"", card_of(tiny()), "0 bytes"),  # an empty file
        (tiny()[:-1] + b"\x00", card_of(tiny()), "sha256"),  # one byte is another
        (
            tiny(domain="home"),
            card_of(tiny(domain="home")),
            "operator 'Mul' of domain 'home'",
        ),  # the card is as wrong as the file
        (
            tiny(),
            replace(card_of(tiny()), layout=YoloxLayout("found", 1, 0, (8,))),
            "outputs",
        ),  # another name
        (
            tiny(),
            replace(card_of(tiny()), layout=YoloxLayout("output", 2, 0, (8,))),
            "as the card says",
        ),  # a class too many
        (
            tiny(),
            replace(card_of(tiny()), layout=YoloxLayout("output", 1, 0, (16,))),
            "as the card says",
        ),  # fewer cells
    ],
)
def test_a_file_that_is_not_its_cards_is_not_taken(
    tmp_path: Path, content: bytes, card: Card, said: str
) -> None:
    (tmp_path / "brought.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=said):
        add_model(card, tmp_path / "brought.onnx", tmp_path / "weights")
    assert not (tmp_path / "weights").exists()


def test_what_is_no_file_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a file, wanted the weights of yolox-nano"):
        add_model(card_of(tiny()), tmp_path, tmp_path / "weights")
