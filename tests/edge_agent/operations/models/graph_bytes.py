# SPDX-License-Identifier: Apache-2.0
"""Write a TensorFlow GraphDef byte by byte, to read it back with the code under test."""


def varint(value: int) -> bytes:
    """Write a number as protobuf does."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F)
    return bytes([group | 0x80 for group in groups[:-1]] + [groups[-1]])


def field(number: int, content: bytes | int) -> bytes:
    """Write one field: a varint, or bytes with their length."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content & 0xFFFFFFFFFFFFFFFF)
    return varint(number << 3 | 2) + varint(len(content)) + content


def shape(*sizes: int) -> bytes:
    """Write the shape of a tensor."""
    return field(2, b"".join(field(2, field(1, size)) for size in sizes))


def attribute(key: str, value: bytes) -> bytes:
    """Write one attribute of a node."""
    return field(5, field(1, key.encode()) + field(2, value))


def node(name: str, op: str, *rest: bytes) -> bytes:
    """Write one node of a graph."""
    return field(1, field(1, name.encode()) + field(2, op.encode()) + b"".join(rest))
