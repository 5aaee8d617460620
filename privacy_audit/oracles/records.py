# SPDX-License-Identifier: Apache-2.0
"""What a record may say, written down a second time, and records that break it.

This is the contract of the 64-byte record in the audit's own words; the gate's reader has no part
in it. A mutant is bytes that the law refuses; were one taken, it would be seen in what the gate
releases, because every mutant claims other values than those that are said by the rules for the
same slot afterwards.
"""

import math
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

LAYOUT = struct.Struct("<HBBII4H")
RECORD_BYTES = 64
LINE, ZONE, IMAGE_QUALITY = 1, 2, 3
FAR_AHEAD = 20_000
"""A slot that is further ahead than this is refused under any clock."""
COUNTED_CODES = (0, 1, 3, 6, 7, 8, 9, 10, 13, 31)
"""Codes of image quality under which lines and zones are released; under every other, also a number
without a word, they are not."""
_SEQUENCES, _VALUES = 2**32, 2**16
Source = tuple[int, int]
"""Kind and index."""
Values = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class RecordRules:
    """The largest count of each line and of each zone, in the config's order."""

    lines: tuple[int, ...]
    zones: tuple[int, ...]

    def alphabets(self) -> dict[Source, Values]:
        """Return how many different things each of the four values of each source can say."""
        lines = {
            (LINE, index): (maximum + 1, maximum + 1, 1, 1)
            for index, maximum in enumerate(self.lines)
        }
        zones = {
            (ZONE, index): (maximum + 1, maximum + 1, 5, 5)
            for index, maximum in enumerate(self.zones)
        }
        return {**lines, **zones, (IMAGE_QUALITY, 0): (32, 4, 4, 4)}

    def bits_a_slot(self) -> float:
        """Return the most that one slot can say.

        One message out of all that exist, silence of a source included.
        """
        return math.log2(math.prod(math.prod(sizes) + 1 for sizes in self.alphabets().values()))

    def well_formed(self, raw: bytes) -> bool:
        """Say whether bytes are a record of this box, whatever its slot and sequence."""
        if len(raw) != RECORD_BYTES or any(raw[LAYOUT.size :]):
            return False
        version, kind, index, _, _, *values = LAYOUT.unpack_from(raw)
        sizes = self.alphabets().get((kind, index))
        return (
            version == 1
            and sizes is not None
            and all(value < size for value, size in zip(values, sizes, strict=True))
        )

    def drawn(self, rng: random.Random, source: Source, *, but: Values | None = None) -> Values:
        """Draw values of a source, evenly from all that it can say.

        Differing from `but` wherever there is a choice.
        """
        sizes = self.alphabets()[source]
        drawn = [rng.randrange(size) for size in sizes]
        if but is not None:
            for place, size in enumerate(sizes):
                if size > 1 and drawn[place] == but[place]:
                    drawn[place] = (drawn[place] + 1) % size
        return drawn[0], drawn[1], drawn[2], drawn[3]


def pack(source: Source, slot: int, sequence: int, values: Values, *, version: int = 1) -> bytes:
    """Write a record; every number is cut to its field."""
    kind, index = source
    cut = (value & 0xFFFF for value in values)
    head = LAYOUT.pack(
        version & 0xFFFF, kind & 0xFF, index & 0xFF, slot % _SEQUENCES, sequence % _SEQUENCES, *cut
    )
    return head + bytes(RECORD_BYTES - LAYOUT.size)


@dataclass(frozen=True, slots=True)
class ReaderState:
    """Where the reader is: the slot that has been spoken for, the next, and what it will say.

    expected is the sequence number that is right besides 0.
    """

    spoken: int
    coming: int
    canary: dict[Source, Values]
    expected: int


class Mutants:
    """Draw records that the law refuses, a way of going wrong at a time.

    Seeded: the same seed breaks the law in the same ways.
    """

    def __init__(self, law: RecordRules, rng: random.Random) -> None:
        self._law, self._rng = law, rng
        self._ways: tuple[Callable[[ReaderState], bytes], ...] = (
            self._short,
            self._version,
            self._kind,
            self._index,
            self._past,
            self._far_ahead,
            self._out_of_turn,
            self._too_large,
            self._padding,
            self._twice,
            self._noise,
            self._flipped,
        )

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways of going wrong, in words."""
        return tuple(way.__name__.strip("_").replace("_", " ") for way in self._ways)

    def draw(self, moment: ReaderState, count: int) -> Iterator[bytes]:
        """Yield `count` records that are to be refused at this moment, one after the other."""
        expected, number = moment.expected, 0
        while number < count:
            way = self._ways[number % len(self._ways)]
            raw = way(ReaderState(moment.spoken, moment.coming, moment.canary, expected))
            if self._refused(raw, moment, expected):
                yield raw
                number += 1
                if self._law.well_formed(raw):
                    # A number out of turn, or for another slot, costs its own record; those after
                    # it go on from it.
                    expected = (LAYOUT.unpack_from(raw)[4] + 1) % _SEQUENCES

    def _refused(self, raw: bytes, moment: ReaderState, expected: int) -> bool:
        """Say whether the law refuses a record at this moment for sure."""
        if not self._law.well_formed(raw):
            return True
        _, _, _, slot, sequence, *_ = LAYOUT.unpack_from(raw)
        wrong_slot = slot <= moment.spoken or slot - moment.spoken >= FAR_AHEAD
        return wrong_slot or sequence not in {0, expected}

    def _good(self, moment: ReaderState) -> tuple[Source, int, Values]:
        """Return a source, the coming slot and values that would be taken.

        A mutation is made from these.
        """
        source = self._rng.choice(tuple(moment.canary))
        return source, moment.coming, self._law.drawn(self._rng, source, but=moment.canary[source])

    def _short(self, moment: ReaderState) -> bytes:
        return pack(*self._numbered(moment))[: self._rng.randrange(1, RECORD_BYTES)]

    def _version(self, moment: ReaderState) -> bytes:
        source, slot, sequence, values = self._numbered(moment)
        return pack(source, slot, sequence, values, version=self._other(1, 0x10000))

    def _kind(self, moment: ReaderState) -> bytes:
        (_, index), slot, sequence, values = self._numbered(moment)
        return pack((self._rng.choice((0, *range(4, 256))), index), slot, sequence, values)

    def _index(self, moment: ReaderState) -> bytes:
        (kind, _), slot, sequence, values = self._numbered(moment)
        indices = sum(1 for known, _ in moment.canary if known == kind)
        return pack((kind, self._rng.randrange(indices, 256)), slot, sequence, values)

    def _past(self, moment: ReaderState) -> bytes:
        source, _, sequence, values = self._numbered(moment)
        return pack(source, max(0, moment.spoken - self._rng.randrange(1, 50)), sequence, values)

    def _far_ahead(self, moment: ReaderState) -> bytes:
        source, slot, sequence, values = self._numbered(moment)
        return pack(source, self._rng.randrange(slot + FAR_AHEAD, _SEQUENCES), sequence, values)

    def _out_of_turn(self, moment: ReaderState) -> bytes:
        source, slot, values = self._good(moment)
        return pack(source, slot, self._other(moment.expected, _SEQUENCES), values)

    def _too_large(self, moment: ReaderState) -> bytes:
        source, slot, sequence, values = self._numbered(moment)
        place = self._rng.randrange(4)
        changed = list(values)
        size = self._law.alphabets()[source][place]
        if size < _VALUES:
            changed[place] = self._rng.choice(
                (size, _VALUES - 1, self._rng.randrange(size, _VALUES))
            )
        return pack(source, slot, sequence, (changed[0], changed[1], changed[2], changed[3]))

    def _padding(self, moment: ReaderState) -> bytes:
        raw = bytearray(pack(*self._numbered(moment)))
        for _ in range(self._rng.choice((1, 1, 44))):
            raw[self._rng.randrange(LAYOUT.size, RECORD_BYTES)] = self._rng.randrange(1, 256)
        return bytes(raw)

    def _twice(self, moment: ReaderState) -> bytes:
        source, _, sequence, values = self._numbered(moment)
        return pack(source, moment.spoken, sequence, values)

    def _noise(self, moment: ReaderState) -> bytes:
        del moment
        return self._rng.randbytes(RECORD_BYTES)

    def _flipped(self, moment: ReaderState) -> bytes:
        raw = bytearray(pack(*self._numbered(moment)))
        for _ in range(self._rng.randrange(1, 9)):
            raw[self._rng.randrange(RECORD_BYTES)] ^= 1 << self._rng.randrange(8)
        return bytes(raw)

    def _numbered(self, moment: ReaderState) -> tuple[Source, int, int, Values]:
        source, slot, values = self._good(moment)
        return source, slot, self._rng.choice((0, moment.expected)), values

    def _other(self, but: int, bound: int) -> int:
        return (but + self._rng.randrange(1, bound)) % bound
