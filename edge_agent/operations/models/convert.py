# SPDX-License-Identifier: Apache-2.0
"""Turn the frozen pedestrian network into ONNX, the same bytes on every machine.

Rule 1: what is not known is refused, never guessed. Rule 2: the bytes depend on the graph alone.
Hence the messages are filled field by field instead of through onnx.helper, whose defaults change
between releases, and the only arithmetic (folding a batch norm into its convolution) is element by
element in float64, which IEEE 754 fixes to the last bit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import onnx
from numpy.typing import NDArray

from edge_agent.errors import ModelError
from edge_agent.operations.models.graph_def import Node, read_graph_def

# Its output is x / 127.5 - 1 of an RGB image; everything before it is resizing.
INPUT_NODE = "Preprocessor/sub"
BOX_CODES_NODE = "concat"
CLASS_SCORES_NODE = "concat_1"
INPUT_NAME = "image"
BOX_CODES_NAME = "box_codes"
CLASS_SCORES_NAME = "class_scores"

IR_VERSION = 8  # The format that opset 13 came with; every onnxruntime since 1.9 reads it.
OPSET = 13
PRODUCER = "people-count model_making"
PRODUCER_VERSION = "1"  # Raised when the bytes change, never with a release of the package.

Floats = NDArray[np.float32]

_CONVOLUTIONS = {"Conv2D", "DepthwiseConv2dNative"}
_ALIASES = {"Identity"}
# Every operation that is known, and the fewest inputs it has.
_INPUTS_MIN = {
    "Add": 2,
    "AddV2": 2,
    "BiasAdd": 2,
    "ConcatV2": 2,
    "Conv2D": 2,
    "DepthwiseConv2dNative": 2,
    "FusedBatchNorm": 5,
    "Identity": 1,
    "Relu6": 1,
    "Reshape": 2,
}
_NHWC = b"NHWC"
_SQUARE = 4  # Sizes of an NHWC stride: batch, height, width, channel.


def convert(graph_def: bytes, *, where: str) -> bytes:
    """Return the ONNX file of the network between INPUT_NODE and the two concatenations.

    Input `image`: (1, 3, height, width) float32, RGB, each value x / 127.5 - 1; height and width
    are free. Output `box_codes`: (1, N, 4) float32, (ty, tx, th, tw) against the anchors; output
    `class_scores`: (1, N, 2) float32, column 1 the person, as logits: the sigmoid is not inside.
    Padding is SAME_UPPER, as TensorFlow pads, at every size.

    Raises ModelError, beginning with `where`, for a graph with anything in it that this converter
    does not know.
    """
    nodes = read_graph_def(graph_def, where=where)
    writer = _Writer(nodes, where)
    for name in _in_order(nodes, (BOX_CODES_NODE, CLASS_SCORES_NODE), where):
        writer.write_node(nodes[name])
    return writer.finish()


@dataclass(frozen=True, slots=True)
class _Convolution:
    """A convolution that is not written yet, so that what follows can still be folded into it.

    source is the ONNX name of its input; weights is (out, in / groups, height, width).
    """

    source: str
    weights: Floats
    bias: Floats | None
    stride: tuple[int, int]
    groups: int


def _in_order(nodes: Mapping[str, Node], outputs: Iterable[str], where: str) -> list[str]:
    """Return the nodes that the outputs need, each after its inputs.

    Weights and shape arithmetic are not among them.
    """
    done: dict[str, None] = {}
    opened: set[str] = set()
    stack = list(reversed(tuple(outputs)))
    while stack:
        name = stack[-1]
        if name in done:
            stack.pop()
            continue
        if name not in nodes:
            raise ModelError(
                f"{where}: node {name!r} is missing; wanted the frozen graph that the card names: "
                "fetch it again"
            )
        waiting = [
            source
            for source in _sources(nodes[name])
            if source not in done and source != INPUT_NODE
        ]
        if not waiting:
            done[stack.pop()] = None
        elif name in opened:
            raise ModelError(
                f"{where}: node {name!r} needs its own output; wanted a graph without a circle: "
                "fetch it again"
            )
        else:
            opened.add(name)
            stack.extend(reversed(waiting))
    return list(done)


def _sources(node: Node) -> Sequence[str]:
    """Return the inputs that carry a picture.

    The last inputs of the others are weights, a shape or an axis.
    """
    if node.op == "ConcatV2":
        return node.inputs[:-1]
    if node.op in {"Add", "AddV2"}:
        return node.inputs
    return node.inputs[:1]


class _Writer:
    """Gathers the ONNX graph, one TensorFlow node after the other."""

    def __init__(self, nodes: Mapping[str, Node], where: str) -> None:
        self._nodes = nodes
        self._where = where
        self._graph = onnx.GraphProto(name="person-ssdlite")
        self._pending: dict[str, _Convolution] = {}
        self._initializers: set[str] = set()
        # What a TensorFlow name is called in the ONNX graph.
        self._names = {INPUT_NODE: INPUT_NAME}

    def write_node(self, node: Node) -> None:
        """Write one node, or hold it back while something may still be folded into it."""
        if node.op not in _INPUTS_MIN:
            raise self._fault(node, f"operation {node.op!r} is not known to this converter")
        if len(node.inputs) < _INPUTS_MIN[node.op]:
            raise self._fault(
                node, f"{node.op} with {len(node.inputs)} inputs, wanted {_INPUTS_MIN[node.op]}"
            )
        if node.op in _CONVOLUTIONS:
            self._pending[node.name] = self._convolution(node)
        elif node.op == "FusedBatchNorm":
            self._pending[node.name] = self._folded(node)
        elif node.op == "BiasAdd":
            self._pending[node.name] = self._biased(node)
        elif node.op in _ALIASES:
            self._names[node.name] = self._tensor(node.inputs[0])
        elif node.op == "Relu6":
            self._add_node(
                "Clip",
                node.name,
                [self._tensor(node.inputs[0]), self._scalar("zero", 0), self._scalar("six", 6)],
            )
        elif node.op in {"Add", "AddV2"}:
            self._add_node("Add", node.name, [self._tensor(name) for name in node.inputs])
        elif node.op == "Reshape":
            self._flattened(node)
        else:
            self._concatenated(node)

    def finish(self) -> bytes:
        """Return the file, after onnx's own checker has passed it."""
        self._graph.input.append(_value(INPUT_NAME, (1, 3, "height", "width")))
        self._graph.output.append(_value(BOX_CODES_NAME, (1, "anchors", 4)))
        self._graph.output.append(_value(CLASS_SCORES_NAME, (1, "anchors", 2)))
        model = onnx.ModelProto(
            ir_version=IR_VERSION, producer_name=PRODUCER, producer_version=PRODUCER_VERSION
        )
        model.opset_import.append(onnx.OperatorSetIdProto(domain="", version=OPSET))
        model.graph.CopyFrom(self._graph)
        try:
            onnx.checker.check_model(model, full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise ModelError(
                f"{self._where}: the converted network is not valid ONNX: {error}"
            ) from error
        return bytes(model.SerializeToString(deterministic=True))

    def _convolution(self, node: Node) -> _Convolution:
        strides = node.integers.get("strides", ())
        if (
            len(strides) != _SQUARE
            or strides[0] != 1
            or strides[3] != 1
            or node.texts.get("padding") != b"SAME"
        ):
            raise self._fault(
                node,
                f"strides {strides} and padding {node.texts.get('padding')!r}, wanted (1, h, w, "
                "1) and SAME",
            )
        if node.texts.get("data_format", _NHWC) != _NHWC or set(
            node.integers.get("dilations", (1,))
        ) != {1}:
            raise self._fault(node, "data format or dilations, wanted NHWC without dilation")
        weights = self._constant(node, 1, dimensions=4)
        source = self._tensor(node.inputs[0])
        if node.op == "Conv2D":
            return _Convolution(
                source, weights.transpose(3, 2, 0, 1), None, (strides[1], strides[2]), 1
            )
        if weights.shape[3] != 1:
            raise self._fault(node, f"depth multiplier {weights.shape[3]}, wanted 1")
        return _Convolution(
            source, weights.transpose(2, 3, 0, 1), None, (strides[1], strides[2]), weights.shape[2]
        )

    def _folded(self, node: Node) -> _Convolution:
        """Fold scale * (x - mean) / sqrt(variance + epsilon) + offset into its convolution."""
        before = self._held_back(node)
        if (
            before.bias is not None
            or node.integers.get("is_training", (1,)) != (0,)
            or "epsilon" not in node.floats
        ):
            raise self._fault(
                node,
                "a batch norm after a bias, in training or without epsilon, wanted a frozen one",
            )
        scale, offset, mean, variance = (
            self._constant(node, index, dimensions=1).astype(np.float64) for index in range(1, 5)
        )
        factor = scale / np.sqrt(variance + node.floats["epsilon"])
        weights = before.weights.astype(np.float64) * factor[:, None, None, None]
        return replace(
            before,
            weights=weights.astype(np.float32),
            bias=(offset - mean * factor).astype(np.float32),
        )

    def _biased(self, node: Node) -> _Convolution:
        before = self._held_back(node)
        if before.bias is not None or node.texts.get("data_format", _NHWC) != _NHWC:
            raise self._fault(node, "a second bias or another layout than NHWC")
        return replace(before, bias=self._constant(node, 1, dimensions=1))

    def _flattened(self, node: Node) -> None:
        """Bring the channels last and make each anchor a row, as the graph does for one image."""
        shape = self._nodes.get(node.inputs[1])
        columns = (
            self._nodes.get(shape.inputs[-1])
            if shape is not None and shape.op == "Pack" and shape.inputs
            else None
        )
        if columns is None or columns.constant is None or columns.constant.size != 1:
            raise self._fault(node, "a reshape whose last size is no constant")
        size = int(columns.constant.reshape(-1)[0])
        transposed = f"{node.name}/channels_last"
        self._add_node("Transpose", transposed, [self._tensor(node.inputs[0])], perm=(0, 2, 3, 1))
        rows = self._initializer(f"rows_of_{size}", np.array([1, -1, size], np.int64))
        self._add_node("Reshape", node.name, [transposed, rows])

    def _concatenated(self, node: Node) -> None:
        axis = self._nodes[node.inputs[-1]].constant if node.inputs[-1] in self._nodes else None
        if axis is None or axis.size != 1 or int(axis.reshape(-1)[0]) != 1:
            raise self._fault(node, "a concatenation along another axis than 1")
        output = {BOX_CODES_NODE: BOX_CODES_NAME, CLASS_SCORES_NODE: CLASS_SCORES_NAME}.get(
            node.name
        )
        if output is not None:
            self._names[node.name] = output
        self._add_node(
            "Concat", output or node.name, [self._tensor(name) for name in node.inputs[:-1]], axis=1
        )

    def _held_back(self, node: Node) -> _Convolution:
        before = self._pending.get(node.inputs[0])
        if before is None:
            raise self._fault(node, f"{node.op} after something that is no convolution")
        return before

    def _constant(self, node: Node, index: int, *, dimensions: int) -> Floats:
        """Return a float32 input of a node, through the Identity nodes that freezing leaves."""
        name = node.inputs[index] if index < len(node.inputs) else ""
        for _ in range(len(self._nodes)):
            if name not in self._nodes or self._nodes[name].op not in _ALIASES:
                break
            name = self._nodes[name].inputs[0]
        constant = self._nodes[name].constant if name in self._nodes else None
        if constant is None or constant.dtype != np.float32 or constant.ndim != dimensions:
            raise self._fault(
                node, f"input {index} is no float32 constant of {dimensions} dimensions"
            )
        return constant.astype(np.float32, copy=False)

    def _tensor(self, name: str) -> str:
        """Return the ONNX name of a value; a convolution that was held back is written now."""
        if name in self._names:
            return self._names[name]
        held_back = self._pending.get(name)
        if held_back is None:
            raise ModelError(
                f"{self._where}: node {name!r} has no value; wanted the frozen graph that the card "
                "names"
            )
        inputs = [held_back.source, self._initializer(f"{name}/weights", held_back.weights)]
        if held_back.bias is not None:
            inputs.append(self._initializer(f"{name}/bias", held_back.bias))
        self._add_node(
            "Conv",
            name,
            inputs,
            auto_pad=b"SAME_UPPER",
            group=held_back.groups,
            kernel_shape=held_back.weights.shape[2:],
            strides=held_back.stride,
        )
        return name

    def _scalar(self, name: str, value: float) -> str:
        return self._initializer(name, np.array(value, np.float32))

    def _initializer(self, name: str, value: Floats | NDArray[np.int64]) -> str:
        if name not in self._initializers:
            self._initializers.add(name)
            kind = onnx.TensorProto.INT64 if value.dtype == np.int64 else onnx.TensorProto.FLOAT
            content = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes()
            self._graph.initializer.append(
                onnx.TensorProto(dims=value.shape, data_type=kind, name=name, raw_data=content)
            )
        return name

    def _add_node(
        self, op: str, name: str, inputs: Sequence[str], **attributes: int | bytes | Sequence[int]
    ) -> None:
        node = onnx.NodeProto(op_type=op, name=name, input=inputs, output=[name])
        for key, value in sorted(attributes.items()):
            if isinstance(value, int):
                node.attribute.append(
                    onnx.AttributeProto(name=key, type=onnx.AttributeProto.INT, i=value)
                )
            elif isinstance(value, bytes):
                node.attribute.append(
                    onnx.AttributeProto(name=key, type=onnx.AttributeProto.STRING, s=value)
                )
            else:
                node.attribute.append(
                    onnx.AttributeProto(name=key, type=onnx.AttributeProto.INTS, ints=value)
                )
        self._graph.node.append(node)
        self._names.setdefault(name, name)

    def _fault(self, node: Node, what: str) -> ModelError:
        return ModelError(
            f"{self._where}: node {node.name!r}: {what}; wanted the frozen graph that the card "
            "names: fetch it again"
        )


def _value(name: str, sizes: Sequence[int | str]) -> onnx.ValueInfoProto:
    value = onnx.ValueInfoProto(name=name)
    value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    for size in sizes:
        dimension = value.type.tensor_type.shape.dim.add()
        if isinstance(size, int):
            dimension.dim_value = size
        else:
            dimension.dim_param = size
    return value
