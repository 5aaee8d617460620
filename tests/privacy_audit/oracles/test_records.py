# SPDX-License-Identifier: Apache-2.0
import itertools
import math
import random
from collections import Counter

import pytest

from edge_agent.channel import Schema, unpack
from edge_agent.errors import RecordError
from privacy_audit.oracles.records import (
    LAYOUT,
    RECORD_BYTES,
    Mutants,
    ReaderState,
    RecordRules,
    pack,
)

LAW, SCHEMA = RecordRules((255, 3), (7,)), Schema((255, 3), (7,))


def taken_by_the_reader(raw: bytes) -> bool:
    try:
        unpack(raw, SCHEMA)
    except RecordError:
        return False
    return True


def moment(rng: random.Random) -> ReaderState:
    return ReaderState(
        spoken=40,
        coming=41,
        canary={source: LAW.drawn(rng, source) for source in LAW.alphabets()},
        expected=4,
    )


def test_two_hands_that_wrote_the_law_agree_on_every_mutant() -> None:
    rng = random.Random(1)
    for raw in Mutants(LAW, rng).draw(moment(rng), 5_000):
        assert LAW.well_formed(raw) == taken_by_the_reader(raw)


def test_they_agree_on_every_good_record_too() -> None:
    rng = random.Random(2)
    for source in LAW.alphabets():
        for _ in range(200):
            raw = pack(source, 7, 0, LAW.drawn(rng, source))
            assert LAW.well_formed(raw)
            assert taken_by_the_reader(raw)


def test_the_bits_of_a_slot_are_those_of_counting_every_message() -> None:
    small = RecordRules((1,), (1,))
    messages = [
        [None, *itertools.product(*map(range, sizes))] for sizes in small.alphabets().values()
    ]
    assert small.bits_a_slot() == pytest.approx(math.log2(math.prod(map(len, messages))))
    assert small.bits_a_slot() == pytest.approx(Schema((1,), (1,)).capacity_bits())


def test_a_mutant_would_be_seen_were_it_taken() -> None:
    rng = random.Random(3)
    now = moment(rng)
    for raw in Mutants(LAW, rng).draw(now, 3_000):
        if len(raw) != RECORD_BYTES:
            continue
        _, kind, index, slot, _, *values = LAYOUT.unpack_from(raw)
        if slot == now.coming and (kind, index) in now.canary and LAW.well_formed(raw):
            assert tuple(values) != now.canary[kind, index]


def test_every_way_of_going_wrong_is_drawn_and_the_same_seed_draws_the_same() -> None:
    one, two = (
        list(Mutants(LAW, random.Random(4)).draw(moment(random.Random(5)), 600)) for _ in range(2)
    )
    assert one == two
    faults = Counter(len(raw) == RECORD_BYTES and LAW.well_formed(raw) for raw in one)
    assert faults[True] > 100  # out of turn, or for a slot that is not open
    assert faults[False] > 300
    assert len(Mutants(LAW, random.Random(4)).ways) == 12
