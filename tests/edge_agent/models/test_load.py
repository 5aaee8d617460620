# SPDX-License-Identifier: Apache-2.0
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from edge_agent.errors import ModelError
from edge_agent.models.card import Card
from edge_agent.models.layouts import YoloxLayout
from edge_agent.models.load import Model, load_model

ROOT = Path(__file__).parents[3]


def test_a_file_that_is_not_there_names_the_command(tmp_path: Path, ssd_card: Card) -> None:
    with pytest.raises(ModelError, match=r"No such file.*edge-agent model fetch person-ssdlite"):
        load_model(ssd_card, tmp_path / "person-ssdlite.onnx")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0 bytes, wanted 10"),  # a download that broke off at once
        (b"short", "5 bytes, wanted 10"),  # a download that broke off later
        (b"longer than ten", "more than 10 bytes"),  # another file; it is not read to its end
        (b"ten bytes!", "sha256"),  # the right size, the wrong bytes
    ],
)
def test_a_file_that_is_not_the_cards_names_the_command(
    tmp_path: Path, yolox_card: Card, content: bytes, said: str
) -> None:
    path = tmp_path / "yolox-nano.onnx"
    path.write_bytes(content)
    card = replace(yolox_card, size_bytes=10)
    with pytest.raises(ModelError, match=f"{said}.*edge-agent model add yolox-nano FILE"):
        load_model(card, path)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path, ssd_card: Card) -> None:
    with pytest.raises(ModelError, match="not a regular file"):
        load_model(ssd_card, tmp_path)


def test_a_file_with_the_right_hash_must_still_stand_by_itself(
    tmp_path: Path, ssd_card: Card
) -> None:
    graph = helper.make_graph([helper.make_node("Phone", ["x"], ["y"], domain="home")], "g", [], [])
    graph.input.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, [1]))
    content = helper.make_model(graph).SerializeToString()
    path = tmp_path / "custom.onnx"
    path.write_bytes(content)
    card = replace(ssd_card, size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ModelError, match="'Phone'"):
        load_model(card, path)


def test_a_yolox_whose_size_is_free_is_freed_on_loading(
    tmp_path: Path, yolox_model: Model, yolox_card: Card
) -> None:
    path = tmp_path / "yolox-nano.onnx"
    path.write_bytes((ROOT / "var/models/yolox-nano.onnx").read_bytes())
    bound = load_model(replace(yolox_card, input=replace(yolox_card.input, fixed=True)), path)
    assert bound.content == path.read_bytes()
    assert yolox_model.content != bound.content
    layout = yolox_card.layout
    assert isinstance(layout, YoloxLayout)
    other = replace(yolox_card, layout=replace(layout, free_size_sha256="0" * 64))
    with pytest.raises(
        ModelError, match=f"with its input size freed .* not {'0' * 64} of the card"
    ):
        load_model(other, path)
