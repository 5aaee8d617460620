# SPDX-License-Identifier: Apache-2.0
"""Read a TensorFlow GraphDef without TensorFlow.

Only what a frozen convolutional network needs: nodes, their inputs, whole-number, text and float
attributes, and constants. Field numbers are those of graph.proto, node_def.proto, attr_value.proto,
tensor.proto and tensor_shape.proto of TensorFlow.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import prod

import numpy as np
from numpy.typing import NDArray

from edge_agent.models.protobuf_wire import Field, Kind, WireReader

Constant = NDArray[np.float32] | NDArray[np.int32]

NODES_MAX = 20_000
ELEMENTS_MAX = (
    16_000_000  # 64 MB of float32; the greatest constant of the pedestrian graph has 737,280.
)
_DIMENSIONS_MAX = 8
_GRAPH_NODE = 1
_FLOAT_BYTES = 4


class _NodeField(IntEnum):
    NAME = 1
    OP = 2
    INPUT = 3
    ATTRIBUTE = 5


class _MapField(IntEnum):
    KEY = 1
    VALUE = 2


class _ValueField(IntEnum):
    LIST = 1
    TEXT = 2
    INTEGER = 3
    FLOAT = 4
    BOOLEAN = 5
    TENSOR = 8


class _TensorField(IntEnum):
    TYPE = 1
    SHAPE = 2
    CONTENT = 4
    FLOATS = 5
    INTEGERS = 7


_LIST_INTEGER = 3
_SHAPE_DIMENSION = 2
_SHAPE_UNKNOWN = 3
_DIMENSION_SIZE = 1
_TYPE_FLOAT = 1  # DT_FLOAT
_TYPE_INT32 = 3  # DT_INT32


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of the graph.

    inputs are names of nodes, `name:1` for a second output, `^name` for an order without a value.
    integers holds whole numbers, booleans and lists of whole numbers alike; constant is the value
    of a Const of float32 or int32, None for all else.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    integers: Mapping[str, tuple[int, ...]]
    texts: Mapping[str, bytes]
    floats: Mapping[str, float]
    constant: Constant | None


def read_graph_def(graph: bytes, *, where: str) -> dict[str, Node]:
    """Return the nodes of a serialised GraphDef by name.

    Raises ModelError, beginning with `where`, for bytes that are no GraphDef, for a name used twice
    and beyond the bounds above.
    """
    reader = WireReader(where)
    nodes: dict[str, Node] = {}
    for field in reader.fields(memoryview(graph)):
        if field.number != _GRAPH_NODE or field.kind is not Kind.BYTES:
            continue
        node = _read_node(reader, field)
        if not node.name or node.name in nodes:
            raise reader.fault(f"node {node.name!r} has no name or one that is taken")
        nodes[node.name] = node
        if len(nodes) > NODES_MAX:
            raise reader.fault(f"more than {NODES_MAX} nodes")
    if not nodes:
        raise reader.fault("no node in the graph")
    return nodes


@dataclass(slots=True)
class _Attributes:
    """What is gathered while the attributes of one node are read."""

    integers: dict[str, tuple[int, ...]]
    texts: dict[str, bytes]
    floats: dict[str, float]
    constant: Constant | None = None


def _read_node(reader: WireReader, node: Field) -> Node:
    name = op = ""
    inputs: list[str] = []
    attributes = _Attributes({}, {}, {})
    for field in reader.fields(node.content, depth=1):
        match field.number:
            case _NodeField.NAME:
                name = reader.text(field)
            case _NodeField.OP:
                op = reader.text(field)
            case _NodeField.INPUT:
                inputs.append(reader.text(field))
            case _NodeField.ATTRIBUTE:
                _read_attribute(reader, field, attributes)
    return Node(
        name,
        op,
        tuple(inputs),
        attributes.integers,
        attributes.texts,
        attributes.floats,
        attributes.constant,
    )


def _read_attribute(reader: WireReader, entry: Field, attributes: _Attributes) -> None:
    key = ""
    values: list[Field] = []
    for field in reader.fields(entry.content, depth=2):
        if field.number == _MapField.KEY:
            key = reader.text(field)
        elif field.number == _MapField.VALUE:
            values.extend(reader.fields(field.content, depth=3))
    for field in values:
        match field.number:
            case _ValueField.LIST:
                parts = (
                    part
                    for part in reader.fields(field.content, depth=4)
                    if part.number == _LIST_INTEGER
                )
                attributes.integers[key] = tuple(
                    value for part in parts for value in reader.integers(part)
                )
            case _ValueField.INTEGER | _ValueField.BOOLEAN:
                attributes.integers[key] = tuple(reader.integers(field))
            case _ValueField.TEXT:
                attributes.texts[key] = bytes(field.content)
            case _ValueField.FLOAT if field.kind is Kind.FIXED32:
                attributes.floats[key] = struct.unpack("<f", field.content)[0]
            case _ValueField.TENSOR if key == "value":
                attributes.constant = _read_tensor(reader, field)


def _read_tensor(reader: WireReader, tensor: Field) -> Constant | None:
    """Return a float32 or int32 tensor.

    None for the other types, which the network itself does not use.
    """
    element_type = 0
    shape: tuple[int, ...] = ()
    content = b""
    floats: list[bytes] = []
    integers: list[int] = []
    for field in reader.fields(tensor.content, depth=4):
        match field.number:
            case _TensorField.TYPE:
                element_type = field.integer
            case _TensorField.SHAPE:
                shape = _read_shape(reader, field)
            case _TensorField.CONTENT:
                content = bytes(field.content)
            case _TensorField.FLOATS:
                floats.append(bytes(field.content))
            case _TensorField.INTEGERS:
                integers.extend(reader.integers(field))
    if element_type == _TYPE_FLOAT:
        return _filled(reader, content or b"".join(floats), shape).view(np.float32)
    if element_type == _TYPE_INT32:
        content = content or np.array([value & 0xFFFFFFFF for value in integers], "<u4").tobytes()
        return _filled(reader, content, shape).view(np.int32)
    return None


def _read_shape(reader: WireReader, shape: Field) -> tuple[int, ...]:
    sizes: list[int] = []
    for field in reader.fields(shape.content, depth=5):
        if field.number == _SHAPE_DIMENSION:
            parts = [
                part
                for part in reader.fields(field.content, depth=6)
                if part.number == _DIMENSION_SIZE
            ]
            sizes.append(next(reader.integers(parts[-1]), 0) if parts else 0)
        elif field.number == _SHAPE_UNKNOWN and field.integer:
            raise reader.fault("a constant of unknown rank")
    if (
        len(sizes) > _DIMENSIONS_MAX
        or any(size < 0 for size in sizes)
        or prod(sizes) > ELEMENTS_MAX
    ):
        raise reader.fault(
            f"a constant of shape {sizes}, wanted at most {_DIMENSIONS_MAX} sizes and "
            f"{ELEMENTS_MAX} elements"
        )
    return tuple(sizes)


def _filled(reader: WireReader, content: bytes, shape: tuple[int, ...]) -> NDArray[np.uint32]:
    """Return the little-endian 32-bit words in their shape.

    A single word fills it, as TensorFlow abbreviates equal elements.
    """
    wanted = prod(shape)
    if len(content) == _FLOAT_BYTES:
        return np.full(shape, np.frombuffer(content, "<u4")[0], np.uint32)
    if len(content) != wanted * _FLOAT_BYTES:
        raise reader.fault(
            f"a constant of shape {shape} has {len(content)} bytes, wanted {wanted * _FLOAT_BYTES}"
        )
    return np.frombuffer(content, "<u4").astype(np.uint32).reshape(shape)
