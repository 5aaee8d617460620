# SPDX-License-Identifier: Apache-2.0
"""The reader against the library of Protocol Buffers itself, which only tests load."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.context.formats.protobuf import Message
from fusion_service.context.trouble import FeedError
from tests.fusion_service.context.realtime import FeedMessage


@given(
    delay=st.integers(-(2**31), 2**31 - 1),
    at_s=st.integers(0, 2**63 - 1),
    stop=st.text(max_size=20),
)
def test_it_reads_what_the_library_writes(delay: int, at_s: int, stop: str) -> None:
    message = FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    entity = message.entity.add(id="1")
    update = entity.trip_update.stop_time_update.add(stop_id=stop)
    update.arrival.delay = delay
    update.arrival.time = at_s
    read = next(next(Message(message.SerializeToString()).messages(2)).messages(3))
    event = next(read.messages(2))
    arrival = event.message(2)
    assert arrival is not None
    assert (arrival.integer(1), arrival.integer(2)) == (delay, at_s)
    assert event.text(4) == stop


def test_a_message_that_is_said_in_parts_is_joined() -> None:
    first, second = FeedMessage(), FeedMessage()
    first.header.gtfs_realtime_version = "2.0"
    second.header.timestamp = 5
    header = Message(first.SerializePartialToString() + second.SerializePartialToString()).message(
        1
    )
    assert header is not None
    assert (header.text(1), header.integer(3)) == ("2.0", 5)


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    try:
        for number, value in Message(data).fields():
            assert number > 0
            assert isinstance(value, int | bytes)
    except FeedError:
        pass


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # a length without end
        b"\x0a\x05abc",  # ends in the middle
        b"\x0b",  # a group, which nobody uses any more
        b"\x00\x00",  # field 0
    ],
)
def test_what_is_damaged_is_refused(data: bytes) -> None:
    with pytest.raises(FeedError):
        list(Message(data).fields())
