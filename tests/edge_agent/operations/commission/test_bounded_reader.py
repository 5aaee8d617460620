# SPDX-License-Identifier: Apache-2.0
import dataclasses

from edge_agent.operations.commission.bounded_reader import BURST, BoundedReader
from edge_agent.operations.commission.record import PEOPLE_MAX, RATE_HZ, State, Survey, pack

SURVEY = Survey(7, State.FINE, (None,) * PEOPLE_MAX, (1280, 720))


def test_a_surveyor_that_floods_gets_through_no_more_than_the_bound() -> None:
    reader, seconds = BoundedReader(), 30
    for place in range(1000 * seconds):
        reader.admit(pack(SURVEY), place / 1000.0)
    assert RATE_HZ * (seconds - 1) <= reader.admitted <= RATE_HZ * seconds + BURST
    assert reader.admitted + reader.dropped == 1000 * seconds


def test_after_a_pause_it_says_no_more_at_once_than_a_burst() -> None:
    reader = BoundedReader()
    reader.admit(pack(SURVEY), 0.0)
    assert [reader.admit(pack(SURVEY), 600.0) is not None for _ in range(5)] == [
        *[True] * BURST,
        *[False] * (5 - BURST),
    ]


def test_what_is_refused_has_used_up_its_turn() -> None:
    reader = BoundedReader()
    assert [reader.admit(b"x" * 64, 0.0) for _ in range(BURST)] == [None] * BURST
    assert reader.admit(pack(SURVEY), 0.0) is None
    assert (reader.admitted, reader.refused, reader.dropped) == (0, BURST, 1)


def test_the_pictures_size_carries_nothing_after_the_first_record() -> None:
    reader = BoundedReader()
    assert reader.admit(pack(SURVEY), 0.0) is not None
    assert reader.admit(pack(dataclasses.replace(SURVEY, frame_px=(1280, 721))), 0.0) is None
    assert reader.refused == 1
