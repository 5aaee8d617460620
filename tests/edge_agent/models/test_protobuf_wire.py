# SPDX-License-Identifier: Apache-2.0
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from edge_agent.errors import ModelError
from edge_agent.models.onnx_check import check_onnx
from edge_agent.models.protobuf_wire import DEPTH_MAX, Kind, WireReader, signed
from edge_agent.operations.models.graph_def import read_graph_def

MUTATIONS = 2_000


def varint(value: int) -> bytes:
    """Write a number as protobuf does; the plainest way, to check the reader with."""
    groups = []
    while True:
        groups.append(value & 0x7F)
        value >>= 7
        if not value:
            break
    return bytes([group | 0x80 for group in groups[:-1]] + [groups[-1]])


def walk(message: bytes, *, fields_max: int = 1000) -> list[tuple[int, Kind, int, bytes]]:
    reader = WireReader("file", fields_max=fields_max)
    return [
        (field.number, field.kind, field.integer, bytes(field.content))
        for field in reader.fields(memoryview(message))
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 2**29 - 1), st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=300))
        )
    )
)
def test_what_is_written_is_read(fields: list[tuple[int, int | bytes]]) -> None:
    message = b""
    for number, value in fields:
        if isinstance(value, int):
            message += varint(number << 3) + varint(value)
        else:
            message += varint(number << 3 | 2) + varint(len(value)) + value
    got = walk(message)
    assert [
        (number, integer if kind is Kind.VARINT else content)
        for number, kind, integer, content in got
    ] == fields


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(message: bytes) -> None:
    try:
        walk(message)
    except ModelError as error:
        assert str(error).startswith("file: ")  # noqa: PT017 - not to fail is as right as to fail with the name


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"\x08", "no whole number"),  # a tag and no value
        (b"\x80\x80", "no whole number"),  # a tag that does not end
        (b"\x08" + b"\xff" * 9 + b"\x02", "no whole number"),  # 65 bits
        (b"\x08" + b"\x80" * 10 + b"\x01", "no whole number"),  # eleven bytes
        (b"\x0a\x05abcd", "wants 5 bytes, 4 are left"),  # a string that is cut off
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "are left"),  # a string of 2^63 bytes
        (b"\x0d\x00\x00\x00", "wants 4 bytes, 3 are left"),  # a float that is cut off
        (b"\x09\x00", "wants 8 bytes, 1 are left"),  # a double that is cut off
        (b"\x00\x00", "field number 0"),  # there is no field 0
        (varint(1 << 33) + b"\x00", "field number"),  # more than 29 bits
        (b"\x0b", "wire type 3"),  # the start of a group
        (b"\x0c", "wire type 4"),  # the end of a group
        (b"\x0f", "wire type 7"),  # never existed
    ],
)
def test_a_broken_message_is_refused(message: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        walk(message)


def test_the_budget_holds_for_all_walks_of_one_reader_together() -> None:
    reader = WireReader("file", fields_max=5)
    message = memoryview(b"\x08\x01" * 3)
    list(reader.fields(message))
    with pytest.raises(ModelError, match="more than 5 fields"):
        list(reader.fields(message))


def test_packed_numbers_count_against_the_budget() -> None:
    reader = WireReader("file", fields_max=5)
    (field,) = reader.fields(memoryview(b"\x0a\x06" + b"\x01" * 6))
    with pytest.raises(ModelError, match="more than 5 fields"):
        list(reader.integers(field))


def test_depth_is_bounded() -> None:
    with pytest.raises(ModelError, match="nested deeper"):
        list(WireReader("file").fields(memoryview(b""), depth=DEPTH_MAX + 1))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (0, 0),  # nothing
        (2**63 - 1, 2**63 - 1),  # the greatest
        (2**63, -(2**63)),  # the least
        (2**64 - 1, -1),  # all bits
    ],
)
def test_signed_numbers_are_read_as_twos_complement(value: int, wanted: int) -> None:
    assert signed(value) == wanted


def small_onnx() -> bytes:
    weights = helper.make_tensor("w", TensorProto.FLOAT, [4], [1.0, 2.0, 3.0, 4.0])
    inner = helper.make_graph([helper.make_node("Identity", ["x"], ["z"])], "inner", [], [])
    nodes = [
        helper.make_node("Add", ["x", "w"], ["y"]),
        helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner),
    ]
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])
    model = helper.make_model(
        helper.make_graph(nodes, "g", [value], [value], [weights]),
        ir_version=10,
        opset_imports=[helper.make_opsetid("", 17)],
    )
    return bytes(model.SerializeToString())


def small_graph_def() -> bytes:
    def field(number: int, content: bytes) -> bytes:
        return varint(number << 3 | 2) + varint(len(content)) + content

    shape = field(2, field(2, b"\x08\x02"))
    tensor = b"\x08\x01" + shape + field(4, b"\0" * 8)
    strides = field(5, field(1, b"strides") + field(2, field(1, field(3, b"\x01\x02\x02\x01"))))
    value = field(5, field(1, b"value") + field(2, field(8, tensor)))
    weights = field(1, field(1, b"w") + field(2, b"Const") + value)
    return weights + field(
        1, field(1, b"c") + field(2, b"Conv2D") + field(3, b"x") + field(3, b"w") + strides
    )


def mutated(source: bytes, randomness: random.Random) -> bytes:
    content = bytearray(source)
    for _ in range(randomness.randint(1, 8)):
        place = randomness.randrange(len(content))
        match randomness.randrange(4):
            case 0:
                content[place] = randomness.randrange(256)
            case 1:
                content[place] ^= 1 << randomness.randrange(8)
            case 2:
                del content[place : place + randomness.randint(1, 16)]
            case _:
                content[place:place] = randomness.randbytes(randomness.randint(1, 16))
        if not content:
            return b""
    return bytes(content)


def test_mutated_model_files_are_read_or_refused_by_name_and_never_slow() -> None:
    randomness = random.Random(20261122)
    sources = [(small_onnx(), check_onnx), (small_graph_def(), read_graph_def)]
    for source, read in sources:
        read(source, where="whole")
    refused, slowest_s = 0, 0.0
    for index in range(MUTATIONS):
        source, read = sources[index % 2]
        content = mutated(source, randomness)
        started_s = time.process_time()
        try:
            read(content, where="mutated")
        except ModelError as error:
            refused += 1
            assert str(error).startswith("mutated: ")  # noqa: PT017 - not to fail is as right as to fail with the name
        slowest_s = max(slowest_s, time.process_time() - started_s)
    assert refused > MUTATIONS / 4
    assert slowest_s < 0.5
