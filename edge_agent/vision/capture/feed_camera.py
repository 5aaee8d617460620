# SPDX-License-Identifier: Apache-2.0
"""A network camera behind its feeder: frames come through a pipe, one way.

Nothing that the pipe says is believed unchecked. A frame older than the first read(), or than the
time within which a camera must show something, is skipped: it waited in the pipe while nobody read.
"""

import os
import select
import time
from collections.abc import Callable

import numpy as np

from edge_agent.errors import CameraError
from edge_agent.vision.capture.feed import CHANNELS, HEAD_BYTES, Head, read_head, read_hello
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.capture.live_camera import LiveCamera

POLL_S = 0.25
"""How long the thread waits for bytes before it asks whether it is to end."""
_NS = 1_000_000_000


class FeedCamera(LiveCamera):
    """Frames from a feeder's pipe. ended is never true: a feed that ends is a lost camera."""

    def __init__(
        self,
        feed_fd: int,
        *,
        loss_after_s: float,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Wait for the feeder's hello, at most loss_after_s, and capture nothing before read().

        feed_fd is the pipe's reading end and belongs to this object from now on. Raises CameraError
        where no hello comes.
        """
        source = _Feed(feed_fd, loss_after_s, monotonic_ns)
        super().__init__(
            source,
            loss_after_s=loss_after_s,
            monotonic=lambda: monotonic_ns() / _NS,
            thread_name="feed",
        )


class _Feed:
    """The frames of one pipe, each checked against the hello and against the head before it."""

    name = "feed"
    advice = "look at the feeder's own lines"

    def __init__(self, feed_fd: int, loss_after_s: float, monotonic_ns: Callable[[], int]) -> None:
        self._feed_fd = feed_fd
        self._loss_ns = round(loss_after_s * _NS)
        self._monotonic_ns = monotonic_ns
        # Unbuffered, so that not a byte is read before it is asked for.
        self._pipe = os.fdopen(feed_fd, "rb", buffering=0)
        try:
            self._hello = read_hello(self._first_bytes(loss_after_s))
        except CameraError:
            self._pipe.close()
            raise
        self.frame_width_px = self._hello.width_px
        self.frame_height_px = self._hello.height_px
        self.fps = self._hello.fps
        self._begun_ns = 0
        self._last: Head | None = None

    def begin(self) -> None:
        """Skip every frame from before now."""
        self._begun_ns = self._monotonic_ns()

    def capture(self, stopped: Callable[[], bool]) -> Frame | None:
        """Read one frame; None where it is too old to be shown. See FrameSource."""
        raw = bytearray(HEAD_BYTES)
        if not self._fill(memoryview(raw), stopped):
            return None
        head = read_head(bytes(raw), self._hello, after=self._last, now_ns=self._monotonic_ns())
        image = np.empty((self.frame_height_px, self.frame_width_px, CHANNELS), np.uint8)
        if not self._fill(image.data.cast("B"), stopped):
            return None
        self._last = head
        age_ns = self._monotonic_ns() - head.captured_ns
        if head.captured_ns < self._begun_ns or age_ns > self._loss_ns:
            return None
        # What the feeder captured and did not send shows as a jump of the index.
        return Frame(image, head.captured_ns / _NS, head.index)

    def release(self) -> None:
        """Close the pipe."""
        self._pipe.close()

    def _first_bytes(self, within_s: float) -> bytes:
        head = bytearray(HEAD_BYTES)
        until_ns = self._monotonic_ns() + round(within_s * _NS)
        if not self._fill(memoryview(head), lambda: self._monotonic_ns() > until_ns):
            raise CameraError(
                f"feed: no hello within {within_s:g} s; look at the feeder's own lines"
            )
        return bytes(head)

    def _fill(self, into: memoryview, given_up: Callable[[], bool]) -> bool:
        """Read until `into` is full; False where it was given up.

        Raises CameraError where the pipe ends.
        """
        at = 0
        while at < len(into):
            if given_up():
                return False
            if not select.select([self._feed_fd], [], [], POLL_S)[0]:
                continue
            came = self._pipe.readinto(into[at:])
            if not came:
                raise CameraError("feed: the feeder has ended; its stream is lost")
            at += came
        return True
