# SPDX-License-Identifier: Apache-2.0
"""Read Protocol Buffers without a schema: fields by number, the rest passed over. Pure.

The encoding has four kinds of fields, and a feed uses a dozen of them, so the reader is smaller
than the library, and an extension that a library's schema lacks is no matter.
Source: https://protobuf.dev/programming-guides/encoding
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from fusion_service.context.trouble import FeedError

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_VARINT_BYTES_MAX = 10
_SIGN = 1 << 63
_TO_DO = "see whether the address gives GTFS-Realtime; where it does, wait: it is asked again"


@dataclass(frozen=True, slots=True)
class Message:
    """A message's bytes, read when it is asked for a field."""

    data: bytes

    def fields(self) -> Iterator[tuple[int, int | bytes]]:
        """Yield the number and the value of each field. Raises FeedError where it is damaged.

        A varint is an integer without sign, anything else the bytes of it.
        """
        data, at, end = self.data, 0, len(self.data)
        while at < end:
            key, at = _varint(data, at)
            number, kind = key >> 3, key & 7
            if kind == VARINT and number:
                value, at = _varint(data, at)
                yield number, value
                continue
            length = {FIXED64: 8, FIXED32: 4}.get(kind)
            if kind == LENGTH:
                length, at = _varint(data, at)
            if length is None or number == 0:
                raise FeedError(f"byte {at} begins no field of Protocol Buffers", _TO_DO)
            if at + length > end:
                raise FeedError("its last field ends in the middle", _TO_DO)
            yield number, data[at : at + length]
            at += length

    def messages(self, number: int) -> "Iterator[Message]":
        """Yield each message in a repeated field."""
        return (
            Message(value)
            for found, value in self.fields()
            if found == number and isinstance(value, bytes)
        )

    def message(self, number: int) -> "Message | None":
        """Return the message in a field, joined as the encoding says; None where it is not set."""
        parts = [one.data for one in self.messages(number)]
        return Message(b"".join(parts)) if parts else None

    def integer(self, number: int) -> int | None:
        """Return the last integer of a field, with its sign; None where it is not set."""
        found = None
        for field, value in self.fields():
            if field == number and isinstance(value, int):
                found = value - (1 << 64) if value & _SIGN else value
        return found

    def text(self, number: int) -> str | None:
        """Return the last text of a field; None where it is not set, or is none."""
        found = None
        for field, value in self.fields():
            if field == number and isinstance(value, bytes):
                found = value
        try:
            return None if found is None else found.decode("utf-8")
        except UnicodeDecodeError:
            return None


def float32(value: bytes) -> float:
    """Return a float of four bytes. Raises FeedError."""
    if len(value) != struct.calcsize("<f"):
        raise FeedError("a number of another length", _TO_DO)
    found = struct.unpack("<f", value)[0]
    assert isinstance(found, float)  # noqa: S101 - what the format says
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer and the byte behind it."""
    value = shift = 0
    for place in range(at, min(at + _VARINT_BYTES_MAX, len(data))):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says whether more follows
            return value & 0xFFFF_FFFF_FFFF_FFFF, place + 1
        shift += 7
    raise FeedError("an integer of it does not end", _TO_DO)
