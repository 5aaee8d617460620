# SPDX-License-Identifier: Apache-2.0
"""The 64-byte record: all that crosses from the sensor to the gate.

One table, `Schema.largest`, says how large each value may be. The gate validates with it and the
capacity is computed from it, so the printed bound is the enforced one. At most one record per line
and zone and one eye record per slot.
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
    EYE = 3


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Its values for a line: in, out. For a zone: mean people (a half upwards), most people at once,
    speed class, standing class. For the eye: code, observed share class, frame rate class,
    difficulty class. What a kind does not use is 0.
    """

    kind: Kind
    index: int
    slot: int
    sequence: int
    values: Values


@dataclass(frozen=True, slots=True)
class Schema:
    """What this box's config lets a record say.

    The largest count of each line and of each zone, in the config's order.
    """

    lines: tuple[int, ...]
    zones: tuple[int, ...]

    def largest(self, kind: Kind, index: int) -> Values | None:
        """Return the largest of each of the four values, or None where no such line, zone or eye exists."""
        if kind is Kind.LINE and index < len(self.lines):
            return (self.lines[index], self.lines[index], 0, 0)
        if kind is Kind.ZONE and index < len(self.zones):
            return (self.zones[index], self.zones[index], 4, 4)
        if kind is Kind.EYE and index == 0:
            return (31, 3, 3, 3)
        return None

    def sources(self) -> tuple[tuple[Kind, int], ...]:
        """Return every kind and index that may write one record a slot."""
        lines = tuple((Kind.LINE, index) for index in range(len(self.lines)))
        zones = tuple((Kind.ZONE, index) for index in range(len(self.zones)))
        return (*lines, *zones, (Kind.EYE, 0))

    def capacity_bits(self) -> float:
        """Return the most that the records of one slot can say, in bits.

        The sum over sources of log2(product of the alphabets + 1); the one more is saying nothing.
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
    """Read 64 bytes, or raise RecordError naming the first thing that the table does not allow.

    The message holds numbers' names, not the numbers' bulk: a refused record must not become a way
    out through the log.
    """
    if len(raw) != RECORD_BYTES:
        raise RecordError(f"record: got {len(raw)} bytes, wanted {RECORD_BYTES}")
    version, kind, index, slot, sequence, *values = _LAYOUT.unpack(raw)
    if version != VERSION:
        raise RecordError(f"record version: wanted {VERSION}")
    if raw[_PADDING_FROM:] != _PADDING:
        raise RecordError("record padding: wanted zeros")
    if kind not in tuple(Kind):
        raise RecordError("record kind: wanted 1 (line), 2 (zone) or 3 (eye)")
    largest = schema.largest(Kind(kind), index)
    if largest is None:
        raise RecordError(f"record index: no such {Kind(kind).name.lower()} in the config")
    if any(value > most for value, most in zip(values, largest, strict=True)):
        raise RecordError(f"record values: a {Kind(kind).name.lower()} may say at most {largest}")
    return Record(kind=Kind(kind), index=index, slot=slot, sequence=sequence, values=tuple(values))


class Reader:
    """Take records as they come and keep, for each open slot, at most one of each source.

    `open_slots` are the slots that have begun and are not closed; a record for any other is
    refused. Sequence numbers rise by one; 0 begins a new run of the sensor, and the first record of
    all sets the count, because a reader may itself have started anew. A number out of turn costs
    its own record, not those after it.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.refused = 0
        self._next_sequence: int | None = None
        self._slots: dict[int, dict[tuple[Kind, int], Values]] = {}

    def take(self, raw: bytes, open_slots: range) -> int:
        """Take one record and return its slot.

        Raises RecordError and counts it in `refused` where anything is wrong.
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
            raise RecordError(
                "record sequence: wanted the next one, or 0 from a sensor that starts anew"
            )
        if record.slot not in open_slots:
            raise RecordError("record slot: this slot is not open")
        if (record.kind, record.index) in self._slots.get(record.slot, {}):
            raise RecordError(
                f"record: this {record.kind.name.lower()} has already spoken in this slot"
            )

    def slots(self) -> tuple[int, ...]:
        """Return the slots that have been spoken for and are not closed."""
        return tuple(self._slots)

    def has_ended(self, slot: int) -> bool:
        """Say whether all has been said for `slot`: the eye speaks last."""
        return (Kind.EYE, 0) in self._slots.get(slot, {})

    def close(self, slot: int) -> dict[tuple[Kind, int], Values]:
        """Return what was said for `slot`, by kind and index, and forget it."""
        return self._slots.pop(slot, {})
