# SPDX-License-Identifier: Apache-2.0
import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from edge_agent.errors import RecordError
from edge_agent.operations.commission.record import (
    CELLS,
    HEIGHT_STEPS,
    PEOPLE_MAX,
    RATE_HZ,
    RECORD_BYTES,
    Body,
    State,
    Survey,
    bits_per_second,
    capacity_bits,
    pack,
    place_of,
    rounded_by_chance,
    stepped_by_chance,
    unpack,
)

BODIES = some.one_of(
    some.none(),
    some.builds(
        Body,
        some.integers(0, CELLS - 1),
        some.integers(0, CELLS - 1),
        some.integers(1, HEIGHT_STEPS),
    ),
)
SURVEYS = some.builds(
    Survey,
    some.integers(0, 31),
    some.sampled_from(State),
    some.tuples(*[BODIES] * PEOPLE_MAX),
    some.just((1280, 720)),
)
EMPTY = Survey(0, State.FINE, (None,) * PEOPLE_MAX, (1280, 720))


@given(SURVEYS)
def test_what_is_written_is_read(survey: Survey) -> None:
    raw = pack(survey)
    assert len(raw) == RECORD_BYTES
    assert unpack(raw) == survey


@given(some.binary(min_size=RECORD_BYTES, max_size=RECORD_BYTES))
def test_whatever_is_read_could_have_been_written(raw: bytes) -> None:
    # No two records say the same: what is admitted carries no bit beside what it says.
    try:
        survey = unpack(raw)
    except RecordError:
        return
    assert pack(survey) == raw


@pytest.mark.parametrize("place", [*range(8), *range(12, RECORD_BYTES)])  # 8: the size
def test_a_byte_out_of_its_range_is_refused(place: int) -> None:
    raw = bytearray(pack(EMPTY))
    raw[place] ^= 0xFF
    with pytest.raises(RecordError):
        unpack(bytes(raw))


def test_the_bound_is_that_of_all_the_records_that_can_be_read() -> None:
    # Counted apart from the code: one place alone, and the head alone.
    def count(change: list[bytes], at: int) -> int:
        found = 0
        for one in change:
            raw = bytearray(pack(EMPTY))
            raw[at : at + len(one)] = one
            try:
                unpack(bytes(raw))
            except RecordError:
                continue
            found += 1
        return found

    columns = count([bytes((column, 0, 1)) for column in range(256)], 12)
    rows = count([bytes((0, row, 1)) for row in range(256)], 12)
    heights = count([bytes((0, 0, tall)) for tall in range(256)], 12)
    heads = count([bytes(pair) for pair in product(range(256), repeat=2)], 4)
    # A height of nought says that nobody is there: with one place only.
    bodies = columns * rows * (heights - 1) + 1
    assert (columns, rows, heights, heads) == (30, 30, 61, 32 * 8)
    assert capacity_bits() == pytest.approx(8 * math.log2(bodies) + math.log2(heads))
    assert bits_per_second() == RATE_HZ * capacity_bits() == pytest.approx(267.5, abs=1.0)


@pytest.mark.parametrize("share", [0.1, 0.333, 0.5, 0.777])
def test_one_record_says_the_cell_and_the_mean_of_many_the_place(share: float) -> None:
    chances = np.random.default_rng(1).random(4000)
    cells = [rounded_by_chance(share, CELLS, float(one)) for one in chances]
    steps = [stepped_by_chance(share, float(one)) for one in chances]
    assert len(set(cells)) <= 2
    assert len(set(steps)) <= 2
    places = [place_of(Body(one, one, tall)) for one, tall in zip(cells, steps, strict=True)]
    assert np.mean([one[0] for one in places]) == pytest.approx(share, abs=0.001)
    assert np.mean([one[2] for one in places]) == pytest.approx(share, abs=0.001)
