# SPDX-License-Identifier: Apache-2.0
import itertools
import math
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.channel import RECORD_BYTES, Kind, Reader, Record, Schema, pack, unpack
from edge_agent.errors import RecordError

SCHEMA = Schema(lines=(255, 40), zones=(255,))
LINE = Record(Kind.LINE, 0, 5, 0, (3, 2, 0, 0))
ZONE = Record(Kind.ZONE, 0, 5, 1, (12, 17, 3, 2))
QUALITY = Record(Kind.IMAGE_QUALITY, 0, 5, 2, (0, 3, 2, 0))
OPEN = range(5, 7)


@st.composite
def records(draw: st.DrawFn) -> Record:
    kind, index = draw(st.sampled_from(SCHEMA.sources()))
    largest = SCHEMA.largest(kind, index) or (0, 0, 0, 0)
    a, b, c, d = (draw(st.integers(0, limit)) for limit in largest)
    return Record(
        kind, index, draw(st.integers(0, 2**32 - 1)), draw(st.integers(0, 2**32 - 1)), (a, b, c, d)
    )


@given(records())
def test_unpacking_what_was_packed_gives_it_back(record: Record) -> None:
    raw = pack(record)
    assert len(raw) == RECORD_BYTES
    assert unpack(raw, SCHEMA) == record


def test_the_layout_is_the_published_one() -> None:
    raw = pack(Record(Kind.ZONE, 0, 0x01020304, 0x0A0B0C0D, (1, 2, 3, 4)))
    assert raw[:20] == struct.pack("<HBBII4H", 1, 2, 0, 0x01020304, 0x0A0B0C0D, 1, 2, 3, 4)
    assert raw[20:] == bytes(44)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "0 bytes"),  # Nothing.
        (pack(LINE)[:63], "63 bytes"),  # One byte short.
        (pack(LINE) + b"\0", "65 bytes"),  # One byte over.
        (b"\2" + pack(LINE)[1:], "version"),  # Another version.
        (pack(LINE)[:2] + b"\0" + pack(LINE)[3:], "kind"),  # No such kind.
        (pack(LINE)[:2] + b"\4" + pack(LINE)[3:], "kind"),  # No such kind either.
        (pack(Record(Kind.LINE, 2, 5, 0, (0, 0, 0, 0))), "index"),  # Lines are 0 and 1.
        (
            pack(Record(Kind.IMAGE_QUALITY, 1, 5, 0, (0, 0, 0, 0))),
            "index",
        ),  # There is one image quality.
        (pack(Record(Kind.LINE, 1, 5, 0, (41, 0, 0, 0))), "values"),  # This line says at most 40.
        (pack(Record(Kind.LINE, 0, 5, 0, (0, 0, 1, 0))), "values"),  # A line has two values.
        (pack(Record(Kind.ZONE, 0, 5, 0, (0, 0, 5, 0))), "values"),  # Speed classes end at 4.
        (pack(Record(Kind.IMAGE_QUALITY, 0, 5, 0, (32, 0, 0, 0))), "values"),  # Codes end at 31.
        (pack(LINE)[:20] + b"\1" + pack(LINE)[21:], "padding"),  # The first byte of padding.
        (pack(LINE)[:63] + b"\1", "padding"),  # The last byte of padding.
    ],
)
def test_what_the_table_does_not_allow_is_refused_by_name(raw: bytes, word: str) -> None:
    with pytest.raises(RecordError, match=word):
        unpack(raw, SCHEMA)


def test_every_bit_of_the_padding_and_of_the_unused_values_is_dead() -> None:
    for bit in range(8 * 16, 8 * RECORD_BYTES):
        raw = bytearray(pack(LINE))
        raw[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RecordError):
            unpack(bytes(raw), SCHEMA)


def test_ten_thousand_fuzzed_records_are_refused_by_name_or_valid() -> None:
    chance = random.Random(7)
    refused = 0
    for _ in range(10_000):
        raw = bytearray(pack(chance.choice([LINE, ZONE, QUALITY])))
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(RECORD_BYTES)] = chance.randrange(256)
        try:
            record = unpack(bytes(raw), SCHEMA)
        except RecordError:
            refused += 1
        else:
            assert pack(record) == bytes(raw)
    assert refused > 8_000


def test_a_reader_keeps_what_each_source_says_of_a_slot() -> None:
    reader = Reader(SCHEMA)
    for record in (LINE, ZONE, QUALITY):
        assert reader.admit(pack(record), OPEN) == 5
    assert reader.slots() == (5,)
    assert reader.close(5) == {
        (Kind.LINE, 0): (3, 2, 0, 0),
        (Kind.ZONE, 0): (12, 17, 3, 2),
        (Kind.IMAGE_QUALITY, 0): (0, 3, 2, 0),
    }
    assert reader.close(5) == {}


@pytest.mark.parametrize(
    ("record", "word"),
    [
        (
            Record(Kind.LINE, 0, 5, 1, (9, 9, 0, 0)),
            "already",
        ),  # A second word in the same slot.
        (Record(Kind.LINE, 1, 4, 1, (0, 0, 0, 0)), "slot"),  # A slot that is closed.
        (Record(Kind.LINE, 1, 7, 1, (0, 0, 0, 0)), "slot"),  # A slot that has not begun.
        (Record(Kind.LINE, 1, 5, 2, (0, 0, 0, 0)), "sequence"),  # One left out.
        (Record(Kind.LINE, 1, 5, 2**32 - 1, (0, 0, 0, 0)), "sequence"),  # Far off.
    ],
)
def test_a_reader_refuses_what_is_out_of_place_and_counts_it(record: Record, word: str) -> None:
    reader = Reader(SCHEMA)
    reader.admit(pack(LINE), OPEN)
    with pytest.raises(RecordError, match=word):
        reader.admit(pack(record), OPEN)
    assert reader.refused == 1
    assert reader.close(5) == {(Kind.LINE, 0): (3, 2, 0, 0)}


def test_a_sensor_that_starts_anew_begins_its_sequence_anew() -> None:
    reader = Reader(SCHEMA)
    reader.admit(pack(LINE), OPEN)
    reader.admit(pack(Record(Kind.LINE, 1, 6, 0, (1, 1, 0, 0))), OPEN)
    assert reader.close(6) == {(Kind.LINE, 1): (1, 1, 0, 0)}


@pytest.mark.parametrize("schema", [Schema((2,), ()), Schema((), (1,)), Schema((1, 2), (1,))])
def test_the_capacity_is_what_counting_every_possible_slot_gives(schema: Schema) -> None:
    """Enumerate: each source is silent or says one of the values that `unpack` lets through."""
    possible = 1
    for kind, index in schema.sources():
        accepted = 0
        for values in itertools.product(range(35), range(7), range(7), range(7)):
            try:
                unpack(pack(Record(kind, index, 0, 0, values)), schema)
            except RecordError:
                continue
            accepted += 1
        possible *= accepted + 1
    assert schema.capacity_bits() == pytest.approx(math.log2(possible))


def test_the_demonstrations_capacity_is_about_64_bits() -> None:
    assert Schema((255, 255), (255,)).capacity_bits() == pytest.approx(63.6, abs=0.05)


def test_a_reader_that_starts_anew_takes_a_sensor_in_the_middle_of_its_run() -> None:
    reader = Reader(SCHEMA)
    reader.admit(pack(Record(Kind.LINE, 0, 5, 4711, (3, 2, 0, 0))), OPEN)
    reader.admit(pack(Record(Kind.LINE, 1, 5, 4712, (1, 0, 0, 0))), OPEN)
    assert len(reader.close(5)) == 2


def test_a_record_refused_costs_itself_and_not_those_after_it() -> None:
    reader = Reader(SCHEMA)
    for record in (
        Record(Kind.LINE, 0, 9, 0, (3, 2, 0, 0)),
        Record(Kind.LINE, 0, 5, 7, (3, 2, 0, 0)),
    ):
        with pytest.raises(RecordError):
            reader.admit(pack(record), OPEN)
    reader.admit(pack(Record(Kind.LINE, 0, 5, 8, (3, 2, 0, 0))), OPEN)
    assert reader.close(5) == {(Kind.LINE, 0): (3, 2, 0, 0)}
