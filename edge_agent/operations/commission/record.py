# SPDX-License-Identifier: Apache-2.0
"""The 64 bytes that leave the surveyor: where people stand, roughly, and how sharp the picture is.

Places are cells of a grid, heights are steps, both rounded by chance: one record says the cell and
no more, the mean of many says the place. One table of bounds, and the capacity is computed from it.
"""

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

from edge_agent.errors import RecordError

RECORD_BYTES = 64
RATE_HZ = 2
"""Records a second, at the most. A walker goes .7 m between two."""
CELLS = 30
"""The grid's cells across the picture, and down it."""
HEIGHT_STEPS = 60
"""Steps of a body's height, in the picture's height."""
PEOPLE_MAX = 8
SHARPNESS_STEPS, STATES = 32, 8
_VERSION = 1
_HEAD = struct.Struct("<HHBBBBHH")
_BEFORE_PEOPLE = _HEAD.size
_AFTER_PEOPLE = _BEFORE_PEOPLE + 3 * PEOPLE_MAX
_PADDING = bytes(RECORD_BYTES - _AFTER_PEOPLE)
_SIDE_PX_MAX = 8192


class State(IntEnum):
    """What the image quality says, in eight words."""

    FINE = 0
    DARK = 1
    OVEREXPOSED = 2
    FROZEN = 3
    BLOCKED = 4
    MOVED = 5
    BLURRED = 6
    RAIN = 7


@dataclass(frozen=True, slots=True)
class Body:
    """Column and row of the foot point's cell, and the height in steps (1..HEIGHT_STEPS)."""

    column: int
    row: int
    height: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What one record says. A person keeps their place among `people` while they are seen.

    sharpness: 0..SHARPNESS_STEPS - 1.
    """

    sharpness: int
    state: State
    people: tuple[Body | None, ...]
    frame_px: tuple[int, int]
    """Width and height of the picture: the same in all records of a session."""


def capacity_bits() -> float:
    """Return what one record can say at the most, bits.

    The picture's size is said by the first record of a session, and may not change.
    """
    one = 1 + CELLS * CELLS * HEIGHT_STEPS
    return PEOPLE_MAX * math.log2(one) + math.log2(SHARPNESS_STEPS * STATES)


def bits_per_second() -> float:
    """Return the bound of a session: what the reader lets through, bits a second."""
    return RATE_HZ * capacity_bits()


def pack(survey: Survey) -> bytes:
    """Write a record: 64 bytes, little-endian, zero-padded."""
    head = _HEAD.pack(_VERSION, 0, survey.sharpness, survey.state, 0, 0, *survey.frame_px)
    bodies = b"".join(
        bytes(3) if one is None else bytes((one.column, one.row, one.height))
        for one in survey.people
    )
    return head + bodies + _PADDING


def unpack(raw: bytes) -> Survey:
    """Read 64 bytes, or raise RecordError; it repeats nothing of what the record says."""
    if len(raw) != RECORD_BYTES:
        raise RecordError(f"survey: got {len(raw)} bytes, wanted {RECORD_BYTES}")
    version, zero, sharpness, state, *frame = _HEAD.unpack(raw[:_BEFORE_PEOPLE])
    if version != _VERSION or zero or any(frame[:2]) or raw[_AFTER_PEOPLE:] != _PADDING:
        raise RecordError("survey: wanted version 1, and zeros where nothing is said")
    if sharpness >= SHARPNESS_STEPS or state >= STATES:
        raise RecordError("survey: sharpness or state is out of its range")
    if not all(0 < side <= _SIDE_PX_MAX for side in frame[2:]):
        raise RecordError("survey: the picture's size is out of its range")
    triples = [raw[place : place + 3] for place in range(_BEFORE_PEOPLE, _AFTER_PEOPLE, 3)]
    people = tuple(_body(*triple) for triple in triples)
    return Survey(sharpness, State(state), people, (frame[2], frame[3]))


def _body(column: int, row: int, height: int) -> Body | None:
    if height == 0 and (column or row):
        raise RecordError("survey: a place without a body")
    if column >= CELLS or row >= CELLS or height > HEIGHT_STEPS:
        raise RecordError("survey: a body is out of its range")
    return Body(column, row, height) if height else None


def rounded_by_chance(share: float, steps: int, chance: float) -> int:
    """Return a cell of `steps`, whose middle is `share` (0..1) in the mean; chance: 0..1, uniform.

    Within half a cell of the picture's edge the mean is that of the last cell.
    """
    return min(steps - 1, max(0, math.floor(share * steps - 0.5 + chance)))


def stepped_by_chance(share: float, chance: float) -> int:
    """Return a height's step, whose size is `share` (0..1) in the mean, at least 1."""
    return min(HEIGHT_STEPS, max(1, math.floor(share * HEIGHT_STEPS + chance)))


def place_of(body: Body) -> tuple[float, float, float]:
    """Return the middle of a body's cell and its height, shares of the picture."""
    return (body.column + 0.5) / CELLS, (body.row + 0.5) / CELLS, body.height / HEIGHT_STEPS
