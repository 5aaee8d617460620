# SPDX-License-Identifier: Apache-2.0
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edge_agent.errors import ModelError
from edge_agent.models.card import Card
from edge_agent.models.free_size import free_size
from edge_agent.models.layouts import YoloxLayout
from edge_agent.models.onnx_check import check_onnx

ROOT = Path(__file__).parents[3]
LAYOUT = YoloxLayout("found", 1, 0, (8, 16))
COLUMNS = 6


def exported(
    side_px: int, *, as_constants: bool = False, says_cells: bool = True
) -> onnx.ModelProto:
    """Make a small network of two strides, bound to one size as an exporter binds it.

    The shapes of its reshapes are initializers, or constants among the operators; they say how many
    cells there are, or leave it open. What lies between is noted with its sizes.
    """
    randomness = np.random.default_rng(1)
    nodes, weights, notes, lines = [], [], [], []
    for stride in LAYOUT.strides_px:
        cells = side_px // stride
        kernel = randomness.normal(size=(COLUMNS, 3, stride, stride)).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, f"kernel{stride}"))
        shape = np.array([1, COLUMNS, cells * cells if says_cells else -1], np.int64)
        tensor = numpy_helper.from_array(shape, f"shape{stride}")
        if as_constants:
            nodes.append(helper.make_node("Constant", [], [f"shape{stride}"], value=tensor))
        else:
            weights.append(tensor)
        nodes += [
            helper.make_node(
                "Conv", ["images", f"kernel{stride}"], [f"map{stride}"], strides=[stride, stride]
            ),
            helper.make_node("Reshape", [f"map{stride}", f"shape{stride}"], [f"line{stride}"]),
        ]
        size = [1, COLUMNS, cells, cells]
        notes.append(helper.make_tensor_value_info(f"map{stride}", TensorProto.FLOAT, size))
        lines.append(f"line{stride}")
    nodes += [
        helper.make_node("Concat", lines, ["all"], axis=2),
        helper.make_node("Transpose", ["all"], ["found"], perm=[0, 2, 1]),
    ]
    total = sum((side_px // stride) ** 2 for stride in LAYOUT.strides_px)
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side_px, side_px])
    found = helper.make_tensor_value_info("found", TensorProto.FLOAT, [1, total, COLUMNS])
    graph = helper.make_graph(nodes, "g", [image], [found], weights, value_info=notes)
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])


def freed(model: onnx.ModelProto) -> bytes:
    return free_size(model.SerializeToString(), input_name="images", layout=LAYOUT, where="x")


def run(content: bytes, picture: NDArray[np.float32], name: str = "images") -> Sequence[object]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return list(session.run(None, {name: picture}))


def picture(width_px: int, height_px: int) -> NDArray[np.float32]:
    shape = (1, 3, height_px, width_px)
    return np.random.default_rng(2).integers(0, 256, shape).astype(np.float32)


@pytest.mark.parametrize("as_constants", [False, True])
@pytest.mark.parametrize("says_cells", [False, True])
def test_a_network_of_one_size_runs_at_any_and_as_before_at_its_own(
    *, as_constants: bool, says_cells: bool
) -> None:
    model = exported(64, as_constants=as_constants, says_cells=says_cells)
    content = freed(model)
    check_onnx(content, where="x")
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    before, after = (run(one, picture(64, 64))[0] for one in (model.SerializeToString(), content))
    np.testing.assert_array_equal(before, after)  # type: ignore[arg-type]  # the runtime's outputs have no type
    wide = np.asarray(run(content, picture(96, 32))[0])
    assert wide.shape == (1, 12 * 4 + 6 * 2, COLUMNS)


def test_only_declarations_change() -> None:
    model = exported(64)
    after = onnx.load_from_string(freed(model))
    sizes = [size.dim_param or size.dim_value for size in _sizes(after.graph.input[0])]
    assert sizes == [1, 3, "height", "width"]
    assert [size.dim_param for size in _sizes(after.graph.output[0])] == ["", "cells", ""]
    assert not after.graph.value_info
    assert after.graph.node == model.graph.node
    kernels = [one for one in model.graph.initializer if one.name.startswith("kernel")]
    assert [one for one in after.graph.initializer if one.name.startswith("kernel")] == kernels


def _sizes(value: onnx.ValueInfoProto) -> list[onnx.TensorShapeProto.Dimension]:
    return list(value.type.tensor_type.shape.dim)


def test_the_same_file_gives_the_same_bytes_and_a_free_one_stays_as_it_is() -> None:
    content = freed(exported(64))
    assert content == freed(exported(64))
    assert free_size(content, input_name="images", layout=LAYOUT, where="x") == content


def test_what_is_reshaped_for_another_reason_is_left_alone() -> None:
    model = exported(64)
    shape = numpy_helper.from_array(np.array([1, 3, 64 * 64], np.int64), "flat")
    model.graph.initializer.append(shape)
    model.graph.node.append(helper.make_node("Reshape", ["images", "flat"], ["unused"]))
    after = onnx.load_from_string(freed(model))
    assert shape in after.graph.initializer


@pytest.mark.parametrize("content", [b"GIF89a", exported(64).SerializeToString()[:-1]])
def test_bytes_that_are_no_model_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"^x: "):
        free_size(content, input_name="images", layout=LAYOUT, where="x")


def test_the_published_yolox_gives_the_same_at_its_size_and_the_hash_of_the_card(
    yolox_card: Card,
) -> None:
    path = ROOT / "var/models" / yolox_card.onnx_name
    if not path.exists():
        pytest.skip(f"{path.relative_to(ROOT)} is absent: run {yolox_card.mending_command}")
    layout, content = yolox_card.layout, path.read_bytes()
    assert isinstance(layout, YoloxLayout)
    after = free_size(content, input_name="images", layout=layout, where="x")
    assert hashlib.sha256(after).hexdigest() == layout.free_size_sha256
    square = picture(416, 416)
    before_out, after_out = (np.asarray(run(one, square)[0]) for one in (content, after))
    np.testing.assert_array_equal(before_out, after_out)
    assert np.asarray(run(after, picture(480, 352))[0]).shape == (1, 3465, 85)
