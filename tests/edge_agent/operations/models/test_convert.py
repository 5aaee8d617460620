# SPDX-License-Identifier: Apache-2.0
import hashlib

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from edge_agent.errors import ModelError
from edge_agent.models.card import Card
from edge_agent.models.onnx_check import check_onnx
from edge_agent.operations.models import convert as converter
from edge_agent.operations.models.convert import convert
from tests.edge_agent.operations.models.graph_bytes import attribute, field, node, shape

Floats = NDArray[np.float32]


def weights(name: str, values: Floats) -> bytes:
    content = values.astype("<f4").tobytes()
    return node(
        name,
        "Const",
        attribute("value", field(8, b"\x08\x01" + shape(*values.shape) + field(4, content))),
    )


def number(name: str, value: int) -> bytes:
    return node(name, "Const", attribute("value", field(8, b"\x08\x03" + field(7, value))))


def inputs(*names: str) -> bytes:
    return b"".join(field(3, name.encode()) for name in names)


def convolution(name: str, op: str, *sources: str, stride: int, padding: bytes = b"SAME") -> bytes:
    strides = attribute("strides", field(1, field(3, bytes([1, stride, stride, 1]))))
    return node(name, op, inputs(*sources), strides, attribute("padding", field(2, padding)))


def rows_of(name: str, source: str, columns: int) -> bytes:
    packed = node(f"{name}/shape", "Pack", inputs("ignored", "minus_one", f"{name}/columns"))
    return (
        number(f"{name}/columns", columns)
        + packed
        + node(name, "Reshape", inputs(source, f"{name}/shape"))
    )


def small_graph(
    *, padding: bytes = b"SAME", training: int = 0, activation: str = "Relu6", axis: int = 1
) -> bytes:
    """Write a network: a strided convolution with its norm, a depthwise one, and two heads."""
    randomness = np.random.default_rng(3)
    of = lambda *sizes: randomness.normal(size=sizes).astype(np.float32)  # noqa: E731 - five calls in a row read better so
    norm = attribute("epsilon", b"\x25" + np.float32(0.001).tobytes()) + attribute(
        "is_training", field(5, training)
    )
    parts = [
        weights("w1", of(3, 3, 3, 4)),
        convolution("c1", "Conv2D", "Preprocessor/sub", "w1", stride=2, padding=padding),
        *(weights(name, abs(of(4)) + 0.5) for name in ("scale", "offset", "mean", "variance")),
        node("scale/read", "Identity", inputs("scale")),
        node(
            "n1", "FusedBatchNorm", inputs("c1", "scale/read", "offset", "mean", "variance"), norm
        ),
        node("r1", activation, inputs("n1")),
        weights("w2", of(3, 3, 4, 1)),
        convolution("c2", "DepthwiseConv2dNative", "r1", "w2", stride=1, padding=padding),
        node("sum", "Add", inputs("r1", "c2")),
        weights("w3", of(1, 1, 4, 4)),
        weights("b3", of(4)),
        convolution("c3", "Conv2D", "sum", "w3", stride=1),
        node("a3", "BiasAdd", inputs("c3", "b3")),
        weights("w4", of(1, 1, 4, 2)),
        convolution("c4", "Conv2D", "sum", "w4", stride=1),
        rows_of("boxes", "a3", 4),
        rows_of("scores", "c4", 2),
        number("axis", axis),
        node("concat", "ConcatV2", inputs("boxes", "boxes", "axis")),
        node("concat_1", "ConcatV2", inputs("scores", "scores", "axis")),
        node("Preprocessor/sub", "Sub"),
    ]
    return b"".join(parts)


def same_padding(picture: Floats, size: int, stride: int) -> Floats:
    """Pad (height, width, channels) as TensorFlow's SAME does.

    What is odd goes below and to the right.
    """
    pads = []
    for side in picture.shape[:2]:
        total = max((-(-side // stride) - 1) * stride + size - side, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(picture, [*pads, (0, 0)])


def convolved(picture: Floats, kernel: Floats, stride: int) -> Floats:
    """Convolve (height, width, channels) with (height, width, in, out), the plainest way."""
    size = kernel.shape[0]
    padded = same_padding(picture, size, stride)
    rows, columns = -(-picture.shape[0] // stride), -(-picture.shape[1] // stride)
    out = np.zeros((rows, columns, kernel.shape[3]))
    for row in range(rows):
        for column in range(columns):
            window = padded[
                row * stride : row * stride + size, column * stride : column * stride + size
            ]
            out[row, column] = np.tensordot(window, kernel, axes=3)
    return out.astype(np.float32)


def by_loops(picture: Floats) -> tuple[Floats, Floats]:
    """Compute the small network in numpy, with the same draws of weights as small_graph."""
    randomness = np.random.default_rng(3)
    of = lambda *sizes: randomness.normal(size=sizes).astype(np.float32)  # noqa: E731 - five calls in a row read better so
    first = convolved(picture, of(3, 3, 3, 4), 2)
    scale, offset, mean, variance = (abs(of(4)) + 0.5 for _ in range(4))
    active = np.clip((first - mean) / np.sqrt(variance + 0.001) * scale + offset, 0, 6)
    kernel = of(3, 3, 4, 1)
    deep = np.concatenate(
        [convolved(active[..., k : k + 1], kernel[:, :, k : k + 1], 1) for k in range(4)], axis=2
    )
    total = active + deep
    boxes = convolved(total, of(1, 1, 4, 4), 1) + of(4)
    scores = convolved(total, of(1, 1, 4, 2), 1)
    return np.tile(boxes.reshape(-1, 4), (2, 1)), np.tile(scores.reshape(-1, 2), (2, 1))


def test_the_same_graph_gives_the_bytes_of_the_card_twice(graph: bytes, card: Card) -> None:
    once = convert(graph, where="graph.pb")
    assert once == convert(graph, where="graph.pb")
    assert (hashlib.sha256(once).hexdigest(), len(once)) == (card.sha256, card.size_bytes)


def test_the_file_says_what_made_it_and_nothing_of_the_machine(graph: bytes) -> None:
    model = onnx.load_from_string(convert(graph, where="graph.pb"))
    assert (model.ir_version, [(entry.domain, entry.version) for entry in model.opset_import]) == (
        8,
        [("", 13)],
    )
    assert (model.producer_name, model.producer_version) == ("people-count model_making", "1")
    assert {entry.op_type for entry in model.graph.node} == {
        "Add",
        "Clip",
        "Concat",
        "Conv",
        "Reshape",
        "Transpose",
    }
    assert not model.metadata_props


@pytest.mark.parametrize(
    ("height", "width"),
    [
        (6, 8),  # even sides: SAME pads only below and to the right
        (7, 9),  # odd sides: it pads all round
        (5, 12),  # one of each
    ],
)
def test_a_small_network_computes_what_plain_loops_compute(height: int, width: int) -> None:
    content = convert(small_graph(), where="small")
    check_onnx(content, where="small")
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    picture = np.random.default_rng(4).uniform(-1, 1, (height, width, 3)).astype(np.float32)
    boxes, scores = session.run(
        ["box_codes", "class_scores"], {"image": picture.transpose(2, 0, 1)[None]}
    )
    wanted_boxes, wanted_scores = by_loops(picture)
    np.testing.assert_allclose(boxes[0], wanted_boxes, atol=1e-4)
    np.testing.assert_allclose(scores[0], wanted_scores, atol=1e-4)


def test_the_padding_is_left_to_the_runtime_so_that_every_size_works() -> None:
    model = onnx.load_from_string(convert(small_graph(), where="small"))
    padding = {
        entry.s
        for made in model.graph.node
        if made.op_type == "Conv"
        for entry in made.attribute
        if entry.name == "auto_pad"
    }
    assert padding == {b"SAME_UPPER"}


def test_a_norm_disappears_into_its_convolution() -> None:
    model = onnx.load_from_string(convert(small_graph(), where="small"))
    assert [made.op_type for made in model.graph.node].count("Conv") == 4
    assert "BatchNormalization" not in {made.op_type for made in model.graph.node}


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (
            small_graph(padding=b"VALID"),
            "'c1'.*wanted.*SAME",
        ),  # another padding would shift the anchors
        (small_graph(training=1), "'n1'.*wanted a frozen one"),  # a norm that still learns
        (
            small_graph(activation="Selu"),
            "'r1': operation 'Selu' is not known",
        ),  # an operation not seen before
        (small_graph(axis=2), "along another axis"),  # columns side by side
        (node("concat", "ConcatV2", inputs("x", "axis")), "node 'x' is missing"),  # half a graph
        (node("concat", "Identity", inputs("concat")), "needs its own output"),  # a circle
        (node("other", "Const"), "node 'concat' is missing"),  # another graph
        (
            node("concat", "Relu6") + node("concat_1", "Relu6"),
            "node 'concat'",
        ),  # an operation without its input
        (
            node("concat", "Reshape", inputs("Preprocessor/sub")) + node("concat_1", "Add"),
            "node 'concat'",
        ),  # a missing shape
    ],
)
def test_a_graph_that_is_not_understood_is_refused_by_node(graph: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        convert(graph, where="graph.pb")


def test_a_very_long_chain_is_no_danger() -> None:
    chain = b"".join(node(f"i{k}", "Identity", inputs(f"i{k - 1}")) for k in range(1, 5000))
    graph = (
        node("i0", "Identity", inputs("Preprocessor/sub"))
        + chain
        + node("concat", "Identity", inputs("i4999"))
    )
    with pytest.raises(ModelError):
        convert(graph, where="chain")


def test_the_cut_is_where_the_card_cuts(card: Card) -> None:
    assert card.input.name == converter.INPUT_NAME
    assert card.layout.__class__.__name__ == "SsdLayout"
