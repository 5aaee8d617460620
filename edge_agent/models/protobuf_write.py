# SPDX-License-Identifier: Apache-2.0
"""Write the protobuf wire format: the few fields that are changed, and the others as they were.

The same fields always give the same bytes. Source of the format: protobuf.dev, "Encoding".
"""

from collections.abc import Iterable

from edge_agent.models.protobuf_wire import Field, Kind

Part = bytes | memoryview


def unchanged(field: Field) -> list[Part]:
    """Return the bytes of a field that was read."""
    tag = varint(field.number << 3 | field.kind)
    if field.kind is Kind.VARINT:
        return [tag, varint(field.integer)]
    if field.kind is Kind.BYTES:
        return [tag, varint(len(field.content)), field.content]
    return [tag, field.content]


def nested(number: int, parts: Iterable[Part]) -> list[Part]:
    """Return the bytes of a field that holds a message, a text or bytes, made of these parts."""
    kept = list(parts)
    return [varint(number << 3 | Kind.BYTES), varint(sum(map(len, kept))), *kept]


def varint(value: int) -> bytes:
    """Return a whole number 0..2^64-1 in groups of seven bits, the least first."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F)
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])
