# SPDX-License-Identifier: Apache-2.0
"""Field numbers of onnx.proto (ONNX 1.x), so that a box needs no onnx package."""

from enum import IntEnum


class Model(IntEnum):
    """ModelProto."""

    IR_VERSION = 1
    GRAPH = 7
    OPSET = 8
    TRAINING = 20
    FUNCTION = 25


class Graph(IntEnum):
    """GraphProto."""

    NODE = 1
    INITIALIZER = 5
    INPUT = 11
    OUTPUT = 12
    VALUE = 13
    SPARSE_INITIALIZER = 15


class Node(IntEnum):
    """NodeProto."""

    INPUT = 1
    OUTPUT = 2
    OP = 4
    ATTRIBUTE = 5
    DOMAIN = 7


class Attribute(IntEnum):
    """AttributeProto."""

    TENSOR = 5
    GRAPH = 6
    TENSORS = 10
    GRAPHS = 11
    SPARSE = 22
    SPARSES = 23


class Tensor(IntEnum):
    """TensorProto."""

    DIMS = 1
    ELEMENT = 2
    INT64 = 7
    NAME = 8
    RAW = 9
    EXTERNAL = 13
    LOCATION = 14


class Value(IntEnum):
    """ValueInfoProto, and what its type nests: TypeProto, its tensor, the shape, one size of it."""

    NAME = 1
    TYPE = 2
    TYPE_TENSOR = 1
    TENSOR_ELEMENT = 1
    TENSOR_SHAPE = 2
    SHAPE_SIZE = 1
    SIZE_VALUE = 1
    SIZE_NAME = 2


OPSET_DOMAIN, OPSET_VERSION = 1, 2
FLOAT32, INT64 = 1, 7
"""Element types of TensorProto.DataType."""
