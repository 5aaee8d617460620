# SPDX-License-Identifier: Apache-2.0
"""Read the protobuf wire format without any protobuf library.

A model file is the one hostile input of this room besides the picture. Rule 1: nothing is copied,
every field is a window into the bytes. Rule 2: every length is checked against what is left. Rule
3: the number of fields and the depth are bounded, so that no file makes the reader slow. Source of
the format: protobuf.dev, "Encoding".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from edge_agent.errors import ModelError

# An ONNX file nests model, graph, node, attribute, tensor: 5, and 3 more for each graph inside an
# attribute.
DEPTH_MAX = 16
FIELDS_MAX = 500_000  # The pedestrian graph of 2,790 nodes has about 60,000.

_VARINT_BYTES_MAX = 10  # 64 bits in groups of 7.
_TAG_MAX = (1 << 32) - 1
_UINT64_MAX = (1 << 64) - 1
_NOTHING = memoryview(b"")


class Kind(IntEnum):
    """The four wire types in use; the two group types are long deprecated and refused."""

    VARINT = 0
    FIXED64 = 1
    BYTES = 2
    FIXED32 = 5


_FIXED_BYTES = {Kind.FIXED64: 8, Kind.FIXED32: 4}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message.

    integer is the value of a varint (0..2^64-1), 0 for every other kind; content is the bytes of
    every other kind.
    """

    number: int
    kind: Kind
    integer: int
    content: memoryview


class WireReader:
    """Walk messages of one file, with one budget for all of them."""

    def __init__(self, where: str, *, fields_max: int = FIELDS_MAX) -> None:
        """Read at most fields_max fields in all walks together; where names the file."""
        self._where = where
        self._fields_left = fields_max
        self._fields_max = fields_max

    def fields(self, message: memoryview, *, depth: int = 0) -> Iterator[Field]:
        """Yield the fields of one message in the order of the bytes.

        Raises ModelError where the bytes are no protobuf message, where the depth passes DEPTH_MAX
        or the fields the budget.
        """
        if depth > DEPTH_MAX:
            raise self.fault(f"messages nested deeper than {DEPTH_MAX}")
        position, end = 0, len(message)
        while position < end:
            self._spend()
            tag, position = self._varint(message, position)
            number, kind = tag >> 3, tag & 7
            if number == 0 or tag > _TAG_MAX:
                raise self.fault(
                    f"field number {number} at byte {position} of a message, wanted 1..2^29-1"
                )
            if kind == Kind.VARINT:
                integer, position = self._varint(message, position)
                yield Field(number, Kind.VARINT, integer, _NOTHING)
                continue
            if kind == Kind.BYTES:
                size, position = self._varint(message, position)
            elif kind in _FIXED_BYTES:
                size = _FIXED_BYTES[Kind(kind)]
            else:
                raise self.fault(
                    f"wire type {kind} of field {number} at byte {position}, wanted 0, 1, 2 or 5"
                )
            if size > end - position:
                raise self.fault(
                    f"field {number} at byte {position} wants {size} bytes, {end - position} are "
                    "left"
                )
            yield Field(number, Kind(kind), 0, message[position : position + size])
            position += size

    def integers(self, field: Field) -> Iterator[int]:
        """Yield the values of a repeated integer field, packed or not, as signed 64-bit numbers."""
        if field.kind is Kind.VARINT:
            yield signed(field.integer)
            return
        position = 0
        while position < len(field.content):
            self._spend()
            value, position = self._varint(field.content, position)
            yield signed(value)

    def text(self, field: Field) -> str:
        """Return a string field. Raises ModelError where it is not UTF-8."""
        try:
            return bytes(field.content).decode()
        except UnicodeDecodeError as error:
            raise self.fault(
                f"field {field.number} is not UTF-8: {error.reason} at byte {error.start}"
            ) from error

    def fault(self, what: str) -> ModelError:
        """Return, for the caller to raise, the error that names the file."""
        return ModelError(
            f"{self._where}: {what}; the file is damaged or not what it is said to be: fetch it "
            "again"
        )

    def _spend(self) -> None:
        self._fields_left -= 1
        if self._fields_left < 0:
            raise self.fault(f"more than {self._fields_max} fields")

    def _varint(self, message: memoryview, position: int) -> tuple[int, int]:
        value = 0
        for index, byte in enumerate(message[position : position + _VARINT_BYTES_MAX]):
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follows
                if value > _UINT64_MAX:
                    break
                return value, position + index + 1
        raise self.fault(f"no whole number of at most 64 bits at byte {position}")


def signed(value: int) -> int:
    """Read 64 bits as a signed number, as int32 and int64 fields are written."""
    return value - (1 << 64) if value >> 63 else value
