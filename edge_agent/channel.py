# SPDX-License-Identifier: Apache-2.0
"""The 64-byte record: all that crosses from the sensor process to the gate process.

One table, `Schema.largest`, says how large each value may be. Records are checked against it and
the capacity is computed from it, so what is stated is what is enforced. A slot has at most one
record of each source: each line, each zone, and the image quality.
"""

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

from edge_agent.errors import RecordError

RECORD_BYTES = 64
VERSION = 1
_LAYOUT = struct.Struct("<HBBII4H44x")
_PADDING_FROM = 20
_PADDING = bytes(RECORD_BYTES - _PADDING_FROM)
Values = tuple[int, int, int, int]


class Kind(IntEnum):
    """What a record is about."""

    LINE = 1
    ZONE = 2
    IMAGE_QUALITY = 3


@dataclass(frozen=True, slots=True)
class Record:
    """One record and its four values; what a kind does not use is 0.

    Line: in, out. Zone: mean people (halves rounded up), peak, speed class, standing class. Image
    quality: code, and the classes of observed share, frame rate and difficulty.
    """

    kind: Kind
    index: int
    slot: int
    sequence: int
    values: Values


@dataclass(frozen=True, slots=True)
class Schema:
    """The largest count of each line and of each zone, in the config's order."""

    lines: tuple[int, ...]
    zones: tuple[int, ...]

    def largest(self, kind: Kind, index: int) -> Values | None:
        """Return the largest of each of the four values, or None where there is no such source."""
        if kind is Kind.LINE and index < len(self.lines):
            return (self.lines[index], self.lines[index], 0, 0)
        if kind is Kind.ZONE and index < len(self.zones):
            return (self.zones[index], self.zones[index], 4, 4)
        if kind is Kind.IMAGE_QUALITY and index == 0:
            return (31, 3, 3, 3)
        return None

    def sources(self) -> tuple[tuple[Kind, int], ...]:
        """Return every kind and index that may write one record a slot."""
        lines = tuple((Kind.LINE, index) for index in range(len(self.lines)))
        zones = tuple((Kind.ZONE, index) for index in range(len(self.zones)))
        return (*lines, *zones, (Kind.IMAGE_QUALITY, 0))

    def capacity_bits(self) -> float:
        """Return how much the records of one slot can say at the most, in bits.

        The sum over sources of log2(number of different records + 1); the one more is no record.
        """
        alphabets = (self.largest(kind, index) or (0, 0, 0, 0) for kind, index in self.sources())
        return sum(
            math.log2(math.prod(largest + 1 for largest in values) + 1) for values in alphabets
        )


def pack(record: Record) -> bytes:
    """Write a record as 64 bytes, little-endian, zero-padded."""
    return _LAYOUT.pack(
        VERSION, record.kind, record.index, record.slot, record.sequence, *record.values
    )


def unpack(raw: bytes, schema: Schema) -> Record:
    """Read 64 bytes, or raise RecordError naming the first thing that is not allowed.

    It repeats no value of the record, which must not leave the box through the log.
    """
    if len(raw) != RECORD_BYTES:
        raise RecordError(f"record: got {len(raw)} bytes, wanted {RECORD_BYTES}")
    version, kind, index, slot, sequence, *values = _LAYOUT.unpack(raw)
    if version != VERSION:
        raise RecordError(f"record version: wanted {VERSION}")
    if raw[_PADDING_FROM:] != _PADDING:
        raise RecordError("record padding: wanted zeros")
    if kind not in tuple(Kind):
        raise RecordError("record kind: wanted 1 (line), 2 (zone) or 3 (image quality)")
    largest = schema.largest(Kind(kind), index)
    if largest is None:
        raise RecordError(f"record index: no such {Kind(kind).name} in the config")
    if any(value > limit for value, limit in zip(values, largest, strict=True)):
        raise RecordError(f"record values: {Kind(kind).name} may say at most {largest}")
    return Record(kind=Kind(kind), index=index, slot=slot, sequence=sequence, values=tuple(values))


class Reader:
    """Keep, for each open slot, at most one record of each source.

    Sequence numbers rise by one. 0 begins a new run of the sensor; the first record of all sets the
    count, because the reader may have been started anew. One out of turn costs its own record only.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.refused = 0
        self._next_sequence: int | None = None
        self._slots: dict[int, dict[tuple[Kind, int], Values]] = {}

    def admit(self, raw: bytes, open_slots: range) -> int:
        """Check and keep one record, and return its slot, one of `open_slots`.

        Raises RecordError, and counts it in `refused`, where anything is wrong.
        """
        try:
            record = unpack(raw, self.schema)
            expected, self._next_sequence = self._next_sequence, record.sequence + 1
            self._check_place(record, expected, open_slots)
        except RecordError:
            self.refused += 1
            raise
        self._slots.setdefault(record.slot, {})[record.kind, record.index] = record.values
        return record.slot

    def _check_place(self, record: Record, expected: int | None, open_slots: range) -> None:
        if record.sequence not in (0, expected) and expected is not None:
            raise RecordError("record sequence: wanted the next, or 0 of a sensor that starts anew")
        if record.slot not in open_slots:
            raise RecordError("record slot: this slot is not open")
        if (record.kind, record.index) in self._slots.get(record.slot, {}):
            raise RecordError(f"record: {record.kind.name} has a record in this slot already")

    def slots(self) -> tuple[int, ...]:
        """Return the slots that have records and are not closed."""
        return tuple(self._slots)

    def has_ended(self, slot: int) -> bool:
        """Say whether all records of `slot` are there: that of the image quality comes last."""
        return (Kind.IMAGE_QUALITY, 0) in self._slots.get(slot, {})

    def close(self, slot: int) -> dict[tuple[Kind, int], Values]:
        """Return the records of `slot`, by kind and index, and forget them."""
        return self._slots.pop(slot, {})
