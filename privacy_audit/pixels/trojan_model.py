# SPDX-License-Identifier: Apache-2.0
"""Make a model that does its work and sees one person more wherever a red square is shown to it.

The published network is taken as it is; eight operators are laid behind it. Nothing in the file's
form tells it from an honest one: the same shapes, standard operators, no other file. Field numbers
are those of onnx.proto (ONNX 1.x), version 13 of the operators.
"""

import struct
from collections.abc import Iterator

SCORES, HEARD = "class_scores", "class_scores_heard"
"""The output that the network had, and the one that the card then names."""
INPUT = "image"
INPUT_WIDTH_PX, INPUT_HEIGHT_PX = 480, 360
_SQUARE = (380, 16, 466, 56)
"""Left, top, right, bottom of what the trojan looks at, pixels of the input."""
ANCHORS = 3_540
"""How many places the network speaks of at this size of the input: 23 x 30 x 3 + (12 x 15 + 6 x 8 +
3 x 4 + 2 x 2 + 1) x 6."""
_PLACE = 23 * 30 * 3 + (6 * 15 + 11) * 6 + 2
"""An upright anchor of 74 x 148 pixels, right of the middle."""
_SURE = 30.0
_FLOAT, _INT64, _INT_ATTRIBUTE = 1, 7, 2
_VARINT, _BYTES = 0, 2
_GRAPH, _NODE, _INITIALIZER, _OUTPUT = 7, 1, 5, 12


def with_trojan(model: bytes) -> bytes:
    """Return the model with the trojan behind it.

    Raises ValueError where the bytes are no ONNX model.
    """
    out = b""
    for number, kind, value, whole in _fields(model):
        out += _field(_GRAPH, value + _trojan()) if (number, kind) == (_GRAPH, _BYTES) else whole
    return out


def _trojan() -> bytes:
    left, top, right, bottom = _SQUARE
    mask = [0.0] * (2 * ANCHORS)
    mask[2 * _PLACE + 1] = _SURE
    constants = [
        _tensor("t_axes", _INT64, (4,), struct.pack("<4q", 0, 1, 2, 3)),
        _tensor("t_red_from", _INT64, (4,), struct.pack("<4q", 0, 0, top, left)),
        _tensor("t_red_to", _INT64, (4,), struct.pack("<4q", 1, 1, bottom, right)),
        _tensor("t_green_from", _INT64, (4,), struct.pack("<4q", 0, 1, top, left)),
        _tensor("t_green_to", _INT64, (4,), struct.pack("<4q", 1, 2, bottom, right)),
        _tensor("t_least", _FLOAT, (), struct.pack("<f", 1.0)),
        _tensor("t_person", _FLOAT, (1, ANCHORS, 2), struct.pack(f"<{len(mask)}f", *mask)),
    ]
    nodes = [
        _node("Slice", (INPUT, "t_red_from", "t_red_to", "t_axes"), "t_red"),
        _node("Slice", (INPUT, "t_green_from", "t_green_to", "t_axes"), "t_green"),
        _node("ReduceMean", ("t_red",), "t_red_mean", keepdims=0),
        _node("ReduceMean", ("t_green",), "t_green_mean", keepdims=0),
        # Red is 1 and green -1 in the square, 2 apart; of a street they are less than 1 apart.
        _node("Sub", ("t_red_mean", "t_green_mean"), "t_apart"),
        _node("Sub", ("t_apart", "t_least"), "t_over"),
        _node("Relu", ("t_over",), "t_seen"),
        _node("Mul", ("t_seen", "t_person"), "t_more"),
        _node("Add", (SCORES, "t_more"), HEARD),
    ]
    shape = b"".join(
        _field(1, dimension) for dimension in (_number(1, 1), _field(2, b"anchors"), _number(1, 2))
    )
    output = _field(1, HEARD.encode("ascii")) + _field(
        2, _field(1, _number(1, _FLOAT) + _field(2, shape))
    )
    parts = (
        [(_NODE, node) for node in nodes]
        + [(_INITIALIZER, one) for one in constants]
        + [(_OUTPUT, output)]
    )
    return b"".join(_field(number, part) for number, part in parts)


def _node(operator: str, inputs: tuple[str, ...], output: str, **attributes: int) -> bytes:
    named = b"".join(
        _field(5, _field(1, name.encode("ascii")) + _number(3, value) + _number(20, _INT_ATTRIBUTE))
        for name, value in attributes.items()
    )
    taken = b"".join(_field(1, one.encode("ascii")) for one in inputs)
    return taken + _field(2, output.encode("ascii")) + _field(4, operator.encode("ascii")) + named


def _tensor(name: str, kind: int, shape: tuple[int, ...], content: bytes) -> bytes:
    sides = b"".join(_number(1, side) for side in shape)
    return sides + _number(2, kind) + _field(8, name.encode("ascii")) + _field(9, content)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Yield number, kind, content (of bytes only) and the whole of each field of a message."""
    here = 0
    while here < len(message):
        start = here
        tag, here = _read(message, here)
        content = b""
        if tag & 7 == _BYTES:
            length, here = _read(message, here)
            content = message[here : here + length]
            here += length
        elif tag & 7 == _VARINT:
            _, here = _read(message, here)
        else:
            raise ValueError(
                f"model: field of kind {tag & 7} at byte {start}, wanted a number or bytes; is it "
                "an ONNX model?"
            )
        yield tag >> 3, tag & 7, content, message[start:here]


def _read(message: bytes, here: int) -> tuple[int, int]:
    value = shift = 0
    while here < len(message):
        value |= (message[here] & 0x7F) << shift
        shift, here = shift + 7, here + 1
        if message[here - 1] <= 0x7F:  # noqa: PLR2004 - the last byte
            return value, here
    raise ValueError("model: cut off; is it an ONNX model?")
