# SPDX-License-Identifier: Apache-2.0
"""A camera behind a feeder: frames come through a pipe, one way, and nothing that the pipe says is believed unchecked.

A thread of its own empties the pipe, so that no old frame waits in it; the newest wins and the
others are counted as skipped. A frame older than the first read(), or than the time within which a
camera must show something, is skipped too: it waited in the pipe while nobody looked.
"""

import os
import select
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import numpy as np

from edge_agent.errors import CameraError
from edge_agent.vision.capture.feed import CHANNELS, HEAD_BYTES, Head, read_head, read_hello
from edge_agent.vision.capture.frame import Frame

LOOK_S = 0.25
"""How long the thread waits for bytes before it looks whether it is to end."""
JOIN_TIMEOUT_S = 2.0
_NS = 1_000_000_000


class FeedCamera:
    """Frames from a feeder's pipe. ended is never true: a feed that ends is a lost camera."""

    ended = False

    def __init__(
        self,
        feed_fd: int,
        *,
        loss_after_s: float,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Wait for the feeder's hello, at most loss_after_s, and start the thread, which takes nothing before the first read().

        feed_fd is the pipe's reading end and belongs to this object from now on. Raises CameraError
        where no hello comes.
        """
        self._feed_fd = feed_fd
        self._loss_ns = round(loss_after_s * _NS)
        self._monotonic_ns = monotonic_ns
        self._closed = False
        # Unbuffered, so that not a byte is read before it is asked for.
        self._pipe = os.fdopen(feed_fd, "rb", buffering=0)
        try:
            self._hello = read_hello(self._first_bytes(loss_after_s))
        except CameraError:
            self._pipe.close()
            raise
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._newest: Frame | None = None
        self._fault: CameraError | None = None
        self._begun_ns = self._alive_ns = 0
        self._last: Head | None = None
        self._first_index: int | None = None
        self.captured = 0
        self.skipped = 0
        self._thread = threading.Thread(target=self._take_all, name="feed", daemon=True)
        self._thread.start()

    @property
    def frame_width_px(self) -> int:
        """Width of every frame, as the hello said."""
        return self._hello.width_px

    @property
    def frame_height_px(self) -> int:
        """Height of every frame, as the hello said."""
        return self._hello.height_px

    @property
    def fps(self) -> float:
        """Frames a second, as the hello said."""
        return self._hello.fps

    def read(self, timeout_s: float) -> Frame | None:
        """Return the newest frame not read yet; None where none came within timeout_s seconds.

        Raises CameraError where the feed ended, said something that is not agreed, or gave no frame
        for loss_after_s seconds.
        """
        with self._changed:
            if not self._started.is_set():
                self._begun_ns = self._alive_ns = self._monotonic_ns()
                self._started.set()
            self._changed.wait_for(
                lambda: self._newest is not None or self._fault is not None or self._closed,
                max(timeout_s, 0.0),
            )
            frame, self._newest = self._newest, None
            if frame is not None or self._closed:
                return frame
            if self._fault is not None:
                raise self._fault
            silent_ns = self._monotonic_ns() - self._alive_ns
            if silent_ns > self._loss_ns:
                raise CameraError(
                    f"feed: no frame for {silent_ns / _NS:.1f} s, wanted one within "
                    f"{self._loss_ns / _NS:g} s"
                )
            return None

    def close(self) -> None:
        """Stop the thread, close the pipe and drop the frame that nobody read."""
        with self._changed:
            self._closed = True
            self._newest = None
            self._started.set()
            self._changed.notify_all()
        self._thread.join(JOIN_TIMEOUT_S)
        if not self._thread.is_alive():
            self._pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _first_bytes(self, within_s: float) -> bytes:
        head = bytearray(HEAD_BYTES)
        until_ns = self._monotonic_ns() + round(within_s * _NS)
        if not self._fill(memoryview(head), lambda: self._monotonic_ns() > until_ns):
            raise CameraError(
                f"feed: no hello within {within_s:g} s; look at the feeder's own lines"
            )
        return bytes(head)

    def _take_all(self) -> None:
        self._started.wait()
        while not self._closed:
            try:
                self._take()
            except CameraError as error:
                with self._changed:
                    self._fault = error
                    self._changed.notify_all()
                return

    def _take(self) -> None:
        """Take one frame out of the pipe, and keep it if it is the newest that may be looked at."""
        raw = bytearray(HEAD_BYTES)
        if not self._fill(memoryview(raw), lambda: self._closed):
            return
        head = read_head(bytes(raw), self._hello, after=self._last, now_ns=self._monotonic_ns())
        image = np.empty((self._hello.height_px, self._hello.width_px, CHANNELS), np.uint8)
        if not self._fill(image.data.cast("B"), lambda: self._closed):
            return
        self._last = head
        with self._changed:
            now_ns = self._monotonic_ns()
            if (
                head.captured_ns < self._begun_ns
                or now_ns - head.captured_ns > self._loss_ns
                or self._closed
            ):
                return
            self._alive_ns = now_ns
            if self._first_index is None:
                self._first_index = head.index
            # What the feeder took and did not send counts as taken and skipped, like what came here
            # and was not read.
            seen = head.index - self._first_index + 1
            self.skipped += seen - self.captured - 1 + (self._newest is not None)
            self.captured = seen
            self._newest = Frame(image, head.captured_ns / _NS, head.index)
            self._changed.notify_all()

    def _fill(self, into: memoryview, given_up: Callable[[], bool]) -> bool:
        """Read until `into` is full; False where it was given up.

        Raises CameraError where the pipe ends.
        """
        at = 0
        while at < len(into):
            if given_up():
                return False
            if not select.select([self._feed_fd], [], [], LOOK_S)[0]:
                continue
            came = self._pipe.readinto(into[at:])
            if not came:
                raise CameraError("feed: the feeder has ended; its stream is lost")
            at += came
        return True
