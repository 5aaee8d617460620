# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.models.protobuf_wire import Kind, WireReader
from edge_agent.models.protobuf_write import nested, unchanged, varint

numbers = st.integers(1, 2**29 - 1)
contents = st.binary(max_size=300)


@given(st.lists(st.tuples(numbers, contents), max_size=5))
def test_what_is_written_is_read_again(fields: list[tuple[int, bytes]]) -> None:
    message = b"".join(
        part for number, content in fields for part in nested(number, [content[:7], content[7:]])
    )
    read = list(WireReader("x").fields(memoryview(message)))
    assert [(field.number, bytes(field.content)) for field in read] == fields
    assert b"".join(part for field in read for part in unchanged(field)) == message


@given(numbers, st.integers(0, 2**64 - 1), st.binary(min_size=8, max_size=8))
def test_every_kind_of_field_stays_as_it_was(number: int, value: int, eight: bytes) -> None:
    message = b"".join(
        [
            varint(number << 3 | Kind.VARINT) + varint(value),
            varint(number << 3 | Kind.FIXED64) + eight,
            varint(number << 3 | Kind.FIXED32) + eight[:4],
        ]
    )
    read = list(WireReader("x").fields(memoryview(message)))
    assert read[0].integer == value
    assert b"".join(part for field in read for part in unchanged(field)) == message
