# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable

import onnx
import pytest
from onnx import TensorProto, helper

from edge_agent.errors import ModelError
from edge_agent.models.load import Model
from edge_agent.models.onnx_check import check_onnx


def plain() -> onnx.ModelProto:
    weights = helper.make_tensor("weights", TensorProto.FLOAT, [2], [1.0, 2.0])
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "weights"], ["y"])], "g", [value], [], [weights]
    )
    return made(graph)


def made(graph: onnx.GraphProto, *, ir_version: int = 10, operators: int = 17) -> onnx.ModelProto:
    """Make a model of versions that this box reads, whatever the installed onnx writes."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", operators)])
    model.ir_version = ir_version
    return model


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
    inner = helper.make_graph(
        [helper.make_node("Phone", ["x"], ["z"], domain="home")], "inner", [], []
    )
    model.graph.node.append(
        helper.make_node("If", ["x"], ["z"], then_branch=inner, else_branch=inner)
    )


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
        (
            with_external_weights,
            "tensor 'weights' keeps its values in another file",
        ),  # the usual way
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
def test_a_file_that_reaches_outside_is_refused(
    spoil: Callable[[onnx.ModelProto], None], said: str
) -> None:
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
        graph = helper.make_graph(
            [helper.make_node("If", ["x"], ["y"], then_branch=graph)], "g", [], []
        )
    with pytest.raises(ModelError, match="nested deeper"):
        check_onnx(made(graph).SerializeToString(), where="x")


def test_the_models_in_use_pass(ssd_model: Model, yolox_model: Model) -> None:
    check_onnx(ssd_model.content, where="ssd")
    check_onnx(yolox_model.content, where="yolox")


def taking(element: int) -> onnx.GraphProto:
    """Return a graph whose picture is of this element type."""
    picture = helper.make_tensor_value_info("images", element, [1, 3, 8, 8])
    boxes = helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 3, 8, 8])
    return helper.make_graph(
        [helper.make_node("Cast", ["images"], ["boxes"], to=TensorProto.FLOAT)],
        "g",
        [picture],
        [boxes],
    )


@pytest.mark.parametrize(
    ("element", "said", "remedy"),
    [
        (
            TensorProto.FLOAT16,
            "float16 (half precision)",
            "without half=True",
        ),  # an export for a graphics card
        (TensorProto.BFLOAT16, "bfloat16", "float32 input"),  # the other half
        (
            TensorProto.UINT8,
            "uint8",
            "without the step that takes bytes",
        ),  # one that brings its own scaling
        (TensorProto.INT8, "int8", "float32 input"),  # one for an accelerator
        (
            TensorProto.DOUBLE,
            "float64 (double precision)",
            "single precision",
        ),  # one that nobody converted
    ],
)
def test_a_picture_of_other_numbers_than_float32_is_refused_in_words(
    element: int, said: str, remedy: str
) -> None:
    with pytest.raises(ModelError) as refused:
        check_onnx(made(taking(element)).SerializeToString(), where="mine.onnx")
    assert str(refused.value).startswith(
        f"mine.onnx: input 'images' takes {said}, wanted float32; "
    )
    assert remedy in str(refused.value)


def test_a_float32_picture_passes_and_so_does_an_input_that_has_its_value_in_the_file() -> None:
    graph = taking(TensorProto.FLOAT)
    graph.input.append(helper.make_tensor_value_info("shape", TensorProto.INT64, [1]))
    graph.initializer.append(helper.make_tensor("shape", TensorProto.INT64, [1], [3]))
    check_onnx(made(graph).SerializeToString(), where="mine.onnx")


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ({"ir_version": 14}, "format version (ir_version) 14 is too new, wanted 13 or less"),
        ({"operators": 27}, "operator set 27 is too new, wanted 26 or less"),
    ],
)
def test_a_model_newer_than_any_runtime_of_a_box_is_refused_with_what_to_export(
    versions: dict[str, int], said: str
) -> None:
    with pytest.raises(ModelError, match="export the model again") as refused:
        check_onnx(
            made(taking(TensorProto.FLOAT), **versions).SerializeToString(), where="mine.onnx"
        )
    assert said in str(refused.value)
