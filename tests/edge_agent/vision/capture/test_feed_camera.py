# SPDX-License-Identifier: Apache-2.0
"""The sensor's end of a feed, over a real pipe."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest

from edge_agent.errors import CameraError
from edge_agent.vision.capture.feed import Head, Hello
from edge_agent.vision.capture.feed_camera import FeedCamera
from edge_agent.vision.capture.frame import Frame

HELLO = Hello(64, 48, 10.0)


class Pipe:
    """The writing end, as a feeder or something worse holds it."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()

    def say(self, raw: bytes) -> None:
        os.write(self.writing, raw)

    def send(self, index: int, *, captured_ns: int | None = None, shade: int = 0) -> None:
        """Send a frame of one shade."""
        head = Head(index, time.monotonic_ns() if captured_ns is None else captured_ns)
        self.say(head.pack(HELLO) + bytes([shade]) * HELLO.image_bytes)

    def end(self) -> None:
        with suppress(OSError):
            os.close(self.writing)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    one = Pipe()
    yield one
    one.end()


@pytest.fixture
def camera(pipe: Pipe) -> Iterator[FeedCamera]:
    pipe.say(HELLO.pack())
    with FeedCamera(pipe.reading, loss_after_s=1.0) as one:
        assert one.read(0.0) is None
        yield one


def read(camera: FeedCamera) -> Frame:
    frame = camera.read(5.0)
    assert frame is not None
    return frame


def test_the_hello_says_the_size_and_rate_before_any_frame(camera: FeedCamera) -> None:
    assert (camera.frame_width_px, camera.frame_height_px, camera.fps, camera.ended) == (
        64,
        48,
        10.0,
        False,
    )


def test_a_frame_comes_through_with_its_time(pipe: Pipe, camera: FeedCamera) -> None:
    taken_ns = time.monotonic_ns()
    pipe.send(0, captured_ns=taken_ns, shade=7)
    frame = read(camera)
    assert (frame.image.shape, frame.index, frame.captured_s) == ((48, 64, 3), 0, taken_ns / 1e9)
    assert np.all(frame.image == 7)
    assert (camera.captured, camera.skipped) == (1, 0)


def test_the_newest_wins_and_what_the_feeder_or_the_pipe_dropped_counts_as_skipped(
    pipe: Pipe, camera: FeedCamera
) -> None:
    pipe.send(3, shade=1)
    assert read(camera).index == 3
    for index in (4, 5, 9):
        pipe.send(index, shade=index)
    while camera.captured < 7:
        time.sleep(0.001)
    assert read(camera).image[0, 0, 0] == 9
    assert (camera.captured, camera.skipped) == (7, 5)


def test_a_frame_from_before_the_first_look_is_not_shown(pipe: Pipe) -> None:
    pipe.say(HELLO.pack())
    pipe.send(0, shade=1)
    with FeedCamera(pipe.reading, loss_after_s=1.0) as camera:
        time.sleep(0.05)
        assert camera.captured == 0
        assert camera.read(0.3) is None
        pipe.send(1, shade=2)
        assert read(camera).image[0, 0, 0] == 2


def test_a_frame_in_pieces_is_one_frame(pipe: Pipe, camera: FeedCamera) -> None:
    raw = Head(0, time.monotonic_ns()).pack(HELLO) + bytes(range(256)) * (HELLO.image_bytes // 256)

    def drip() -> None:
        for start in range(0, len(raw), 1000):
            pipe.say(raw[start : start + 1000])
            time.sleep(0.001)

    dripping = threading.Thread(target=drip)
    dripping.start()
    frame = read(camera)
    dripping.join()
    assert frame.image.tobytes() == raw[32:]


def test_a_feed_that_ends_is_a_lost_camera(pipe: Pipe, camera: FeedCamera) -> None:
    pipe.send(0)
    read(camera)
    pipe.end()
    with pytest.raises(CameraError, match="the feeder has ended"):
        camera.read(5.0)


def test_a_feed_that_falls_silent_is_a_lost_camera(camera: FeedCamera) -> None:
    looks = [camera.read(0.1) for _ in range(3)]  # far below its second: a machine at load waits
    assert looks == [None] * 3
    time.sleep(0.9)
    with pytest.raises(CameraError, match="no frame for"):
        camera.read(0.0)


@pytest.mark.parametrize(
    "raw",
    [
        Hello(65, 48, 10.0).pack(),  # a second hello
        Head(0, 1).pack(Hello(48, 64, 10.0)),  # as many bytes, another shape
        Head(0, 1).pack(Hello(8192, 8192, 10.0)),  # a frame of 200 MB
        Head(0, 2**63).pack(HELLO),  # from the future
        b"\xff" * 32,
    ],
)
def test_what_was_not_agreed_is_refused_before_a_byte_of_it_is_read(
    pipe: Pipe, camera: FeedCamera, raw: bytes
) -> None:
    pipe.say(raw)
    with pytest.raises(CameraError, match="feed"):
        camera.read(5.0)
    pipe.say(b"left alone")
    assert os.read(pipe.reading, 100) == b"left alone"


def test_a_stale_frame_is_not_shown(pipe: Pipe, camera: FeedCamera) -> None:
    begun_ns = time.monotonic_ns()
    time.sleep(1.1)
    pipe.send(0, captured_ns=begun_ns + 1)
    with pytest.raises(CameraError, match="no frame for"):
        camera.read(0.3)


@pytest.mark.parametrize("begun", [b"", b"PCH1"])
def test_without_a_hello_there_is_no_camera(pipe: Pipe, begun: bytes) -> None:
    if begun:
        pipe.say(begun)
    with pytest.raises(CameraError, match="no hello within"):
        FeedCamera(pipe.reading, loss_after_s=0.3)


def test_closing_ends_the_thread_and_the_pipe_while_nothing_comes(pipe: Pipe) -> None:
    pipe.say(HELLO.pack())
    camera = FeedCamera(pipe.reading, loss_after_s=1.0)
    camera.read(0.0)
    camera.close()
    camera.close()
    assert not camera._thread.is_alive()
    assert camera.read(0.0) is None
    with pytest.raises(BrokenPipeError):
        pipe.say(b"x")
