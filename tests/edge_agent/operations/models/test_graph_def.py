# SPDX-License-Identifier: Apache-2.0
import struct

import numpy as np
import pytest

from edge_agent.errors import ModelError
from edge_agent.operations.models.graph_def import ELEMENTS_MAX, Node, read_graph_def
from tests.edge_agent.operations.models.graph_bytes import attribute, field, node, shape


def constant(tensor: bytes) -> Node:
    return read_graph_def(node("w", "Const", attribute("value", field(8, tensor))), where="g")["w"]


def test_a_node_is_read_whole() -> None:
    strides = attribute("strides", field(1, field(3, b"\x01\x02\x02\x01")))
    unpacked = attribute("dilations", field(1, field(3, 1) + field(3, 1)))
    padding = attribute("padding", field(2, b"SAME"))
    epsilon = attribute("epsilon", b"\x25" + struct.pack("<f", 0.5))
    training = attribute("is_training", field(5, 0))
    minus = attribute("axis", field(3, -1))
    graph = node(
        "c",
        "Conv2D",
        field(3, b"x"),
        field(3, b"w:1"),
        strides,
        unpacked,
        padding,
        epsilon,
        training,
        minus,
    )
    got = read_graph_def(graph, where="g")["c"]
    assert (got.op, got.inputs, got.constant) == ("Conv2D", ("x", "w:1"), None)
    assert got.integers == {
        "strides": (1, 2, 2, 1),
        "dilations": (1, 1),
        "is_training": (0,),
        "axis": (-1,),
    }
    assert got.texts == {"padding": b"SAME"}
    assert got.floats == {"epsilon": 0.5}


@pytest.mark.parametrize(
    ("tensor", "wanted"),
    [
        (
            b"\x08\x01" + shape(2, 1) + field(4, struct.pack("<2f", 1, 2)),
            [[1.0], [2.0]],
        ),  # raw bytes
        (
            b"\x08\x01" + shape(3) + field(5, struct.pack("<3f", 1, 2, 3)),
            [1.0, 2.0, 3.0],
        ),  # a packed list
        (
            b"\x08\x01"
            + shape(2)
            + b"\x2d"
            + struct.pack("<f", 1)
            + b"\x2d"
            + struct.pack("<f", 2),
            [1.0, 2.0],
        ),  # one by one
        (
            b"\x08\x01" + shape(2, 2) + field(5, struct.pack("<f", 7)),
            [[7.0, 7.0], [7.0, 7.0]],
        ),  # equal elements, written once
        (b"\x08\x01" + field(5, struct.pack("<f", 7)), 7.0),  # a single number
        (b"\x08\x03" + shape(2) + field(7, -1) + field(7, 5), [-1, 5]),  # whole numbers
        (b"\x08\x03" + field(4, struct.pack("<i", -1)), -1),  # a whole number in raw bytes
        (b"\x08\x01" + shape(0), []),  # nothing at all
    ],
)
def test_a_constant_is_read_in_every_way_it_is_written(tensor: bytes, wanted: object) -> None:
    got = constant(tensor).constant
    assert got is not None
    assert got.tolist() == wanted


def test_a_constant_of_a_type_that_no_weight_has_is_left_out() -> None:
    assert constant(b"\x08\x07" + shape(1) + field(8, b"text")).constant is None


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        (
            b"\x08\x01" + shape(3) + field(4, b"\0" * 8),
            r"shape \(3,\) has 8 bytes, wanted 12",
        ),  # cut off
        (b"\x08\x01" + shape(3) + field(4, b"\0" * 13), "13 bytes"),  # no whole words
        (
            b"\x08\x01" + shape(2**40) + field(5, b"\0" * 4),
            f"{ELEMENTS_MAX} elements",
        ),  # four bytes that fill a terabyte
        (b"\x08\x01" + shape(2**62, 2**62), "elements"),  # more than any number of bits
        (b"\x08\x01" + shape(-1), "constant of shape"),  # a free size
        (b"\x08\x01" + field(2, field(3, 1)), "unknown rank"),  # a free shape
        (b"\x08\x01" + shape(*[1] * 9), "at most 8 sizes"),  # nine dimensions
    ],
)
def test_a_constant_that_does_not_fit_its_shape_is_refused(tensor: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        constant(tensor)


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (b"", "no node"),  # nothing
        (node("a", "Const") * 2, "'a' has no name or one that is taken"),  # a name twice
        (node("", "Const"), "has no name"),  # no name
        (field(1, field(1, b"\xff\xfe")), "not UTF-8"),  # no text
        (node("a", "Const")[:-1], "are left"),  # cut off
    ],
)
def test_bytes_that_are_no_graph_are_refused(graph: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        read_graph_def(graph, where="graph.pb")
    assert str(caught.value).startswith("graph.pb: ")


def test_words_are_little_endian_whatever_the_machine() -> None:
    got = constant(b"\x08\x01" + shape(2) + field(4, b"\x00\x00\x80\x3f\x00\x00\x00\x40")).constant
    assert got is not None
    assert got.dtype == np.float32
    assert got.tolist() == [1.0, 2.0]
