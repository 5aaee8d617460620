# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable

import onnx
import pytest
from onnx import TensorProto, helper

from edge_agent.errors import ModelError
from edge_agent.vision.model import Model
from edge_agent.vision.onnx_check import check_onnx


def plain() -> onnx.ModelProto:
    weights = helper.make_tensor("weights", TensorProto.FLOAT, [2], [1.0, 2.0])
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    graph = helper.make_graph([helper.make_node("Add", ["x", "weights"], ["y"])], "g", [value], [], [weights])
    return helper.make_model(graph)


def make_external(tensor: onnx.TensorProto) -> None:
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/hostname")


def with_external_weights(model: onnx.ModelProto) -> None:
    make_external(model.graph.initializer[0])


def with_a_location_but_no_flag(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].external_data.add(key="location", value="weights.bin")


def with_an_external_constant(model: onnx.ModelProto) -> None:
    constant = helper.make_tensor("hidden", TensorProto.FLOAT, [2], [1.0, 2.0])
    make_external(constant)
    model.graph.node.append(helper.make_node("Constant", [], ["z"], value=constant))


def with_an_external_sparse_tensor(model: onnx.ModelProto) -> None:
    values = helper.make_tensor("sparse", TensorProto.FLOAT, [1], [1.0])
    make_external(values)
    model.graph.sparse_initializer.add(values=values)


def with_a_custom_operator(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Phone", ["x"], ["z"], domain="home"))


def with_a_custom_operator_in_a_branch(model: onnx.ModelProto) -> None:
    inner = helper.make_graph([helper.make_node("Phone", ["x"], ["z"], domain="home")], "inner", [], [])
    model.graph.node.append(helper.make_node("If", ["x"], ["z"], then_branch=inner, else_branch=inner))


def with_a_custom_operator_set(model: onnx.ModelProto) -> None:
    model.opset_import.add(domain="com.microsoft", version=1)


def with_a_function(model: onnx.ModelProto) -> None:
    model.functions.add(name="f", domain="home")


def with_training(model: onnx.ModelProto) -> None:
    model.training_info.add()


def with_no_operator(model: onnx.ModelProto) -> None:
    model.graph.ClearField("node")


def test_a_plain_file_passes() -> None:
    check_onnx(plain().SerializeToString(), where="plain")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (with_external_weights, "tensor 'weights' keeps its values in another file"),  # the usual way
        (with_a_location_but_no_flag, "another file"),  # the runtime might still look
        (with_an_external_constant, "tensor 'hidden'"),  # inside an operator
        (with_an_external_sparse_tensor, "tensor 'sparse'"),  # inside a sparse one
        (with_a_custom_operator, "operator 'Phone' of domain 'home'"),  # from a shared library
        (with_a_custom_operator_in_a_branch, "operator 'Phone'"),  # one graph deeper
        (with_a_custom_operator_set, "domain 'com.microsoft'"),  # declared, whether used or not
        (with_a_function, "functions"),  # operators by another name
        (with_training, "training"),  # a second graph
        (with_no_operator, "0 operators"),  # nothing to run
    ],
)
def test_a_file_that_reaches_outside_is_refused(spoil: Callable[[onnx.ModelProto], None], said: str) -> None:
    model = plain()
    spoil(model)
    with pytest.raises(ModelError, match=said) as caught:
        check_onnx(model.SerializeToString(), where="models/x.onnx")
    assert str(caught.value).startswith("models/x.onnx: ")


@pytest.mark.parametrize(
    "content",
    [
        b"",  # nothing
        b"GIF89a",  # another kind of file
        plain().SerializeToString() * 2,  # two files in one, which the runtime would join
        plain().SerializeToString()[:-1],  # cut off
    ],
)
def test_bytes_that_are_no_single_model_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError):
        check_onnx(content, where="x")


def test_graphs_nested_without_end_are_refused() -> None:
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [], [])
    for _ in range(30):
        graph = helper.make_graph([helper.make_node("If", ["x"], ["y"], then_branch=graph)], "g", [], [])
    with pytest.raises(ModelError, match="nested deeper"):
        check_onnx(helper.make_model(graph).SerializeToString(), where="x")


def test_the_models_in_use_pass(ssd_model: Model, yolox_model: Model) -> None:
    check_onnx(ssd_model.content, where="ssd")
    check_onnx(yolox_model.content, where="yolox")
