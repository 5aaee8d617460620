# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.errors import CameraError
from edge_agent.vision.capture.feed import HEAD_BYTES, Head, Hello, read_head, read_hello

HELLO = Hello(768, 576, 7.0)
FIRST = Head(0, 1_000)


@given(st.integers(1, 8192), st.integers(1, 8192), st.integers(1, 240_000))
def test_a_hello_comes_through_as_it_was_sent(width_px: int, height_px: int, rate: int) -> None:
    hello = Hello(width_px, height_px, rate / 1000)
    assert len(hello.pack()) == HEAD_BYTES
    assert read_hello(hello.pack()) == hello


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1))
def test_a_head_comes_through_as_it_was_sent(index: int, captured_ns: int) -> None:
    head = Head(index, captured_ns)
    assert len(head.pack(HELLO)) == HEAD_BYTES
    assert read_head(head.pack(HELLO), HELLO, after=None, now_ns=2**64) == head


@given(st.binary(min_size=HEAD_BYTES, max_size=HEAD_BYTES))
def test_bytes_that_are_no_hello_are_refused(raw: bytes) -> None:
    with pytest.raises(CameraError, match="feed"):
        read_hello(raw)


@given(st.integers(0, HEAD_BYTES - 1), st.integers(1, 255))
def test_a_head_in_which_a_byte_was_changed_says_another_place_or_time_or_is_refused(
    place: int, change: int
) -> None:
    raw = bytearray(Head(5, 5_000).pack(HELLO))
    raw[place] ^= change
    if 12 <= place < 24:  # the index and the time; what they may be is checked against those before
        assert read_head(bytes(raw), HELLO, after=None, now_ns=2**64).pack(HELLO) == bytes(raw)
        return
    with pytest.raises(CameraError, match="not of the agreed 768x576"):
        read_head(bytes(raw), HELLO, after=None, now_ns=2**64)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (Head(0, 2_000), "comes after"),  # the same frame again
        (Head(1, 1_000), "comes after"),  # at the same time
        (Head(1, 999), "comes after"),  # back in time
        (Head(1, 3_001), "in the future"),  # ahead of the clock
    ],
)
def test_a_frame_that_is_not_the_next_is_refused(head: Head, said: str) -> None:
    with pytest.raises(CameraError, match=said):
        read_head(head.pack(HELLO), HELLO, after=FIRST, now_ns=3_000)


@pytest.mark.parametrize(
    ("width_px", "height_px", "fps"),
    [(0, 1, 1.0), (1, 0, 1.0), (8193, 1, 1.0), (1, 1, 0.0), (1, 1, 241.0), (1, 1, -1.0)],
)
def test_a_picture_that_no_camera_gives_is_refused(
    width_px: int, height_px: int, fps: float
) -> None:
    with pytest.raises(CameraError, match=r"camera\.fps"):
        Hello(width_px, height_px, fps)
