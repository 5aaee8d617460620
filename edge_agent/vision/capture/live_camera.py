# SPDX-License-Identifier: Apache-2.0
"""What every live camera does: a thread captures each frame, and whoever reads gets the newest.

No old frame ever waits in a driver or a pipe, because the thread captures as fast as frames come.
A frame that a newer one replaced is counted as skipped. The thread begins in the constructor,
before the process is locked, and captures nothing before the first read().
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from edge_agent.errors import CameraError
from edge_agent.vision.capture.frame import Frame

JOIN_TIMEOUT_S = 2.0


class FrameSource(Protocol):
    """Where the frames of one live camera come from; only the camera's thread captures."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def advice(self) -> str:
        """Where to look when it falls silent."""
        ...

    @property
    def frame_width_px(self) -> int:
        """Width of every frame."""
        ...

    @property
    def frame_height_px(self) -> int:
        """Height of every frame."""
        ...

    @property
    def fps(self) -> float:
        """Frames a second that the source is set to."""
        ...

    def begin(self) -> None:
        """Hear of the first read(): from now on somebody wants frames."""
        ...

    def capture(self, stopped: Callable[[], bool]) -> Frame | None:
        """Wait for the next frame; None where it must not be shown, or once stopped() says so.

        Indices rise; where they jump, the source itself has skipped frames. Raises CameraError
        where the source fails.
        """
        ...

    def release(self) -> None:
        """Give the device or the pipe back."""
        ...


class NewestFrame:
    """The one frame between the capturing thread and the reader; a newer one replaces it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._fault: CameraError | None = None
        self._first_index: int | None = None
        self.closed = False
        self.captured = 0
        self.skipped = 0

    def put(self, frame: Frame) -> None:
        """Replace the frame, unless nobody wants one any more."""
        with self._changed:
            if self.closed:
                return
            if self._first_index is None:
                self._first_index = frame.index
            captured = frame.index - self._first_index + 1
            self.skipped += captured - self.captured - 1 + (self._frame is not None)
            self.captured = captured
            self._frame = frame
            self._changed.notify_all()

    def fail(self, fault: CameraError) -> None:
        """Let every get() from now on raise the fault, once the last frame is out."""
        with self._changed:
            self._fault = fault
            self._changed.notify_all()

    def get(self, timeout_s: float) -> Frame | None:
        """Return the frame not read yet; None where none came in time, or after close()."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._frame is not None or self._fault is not None or self.closed,
                max(timeout_s, 0.0),
            )
            frame, self._frame = self._frame, None
            if frame is None and self._fault is not None and not self.closed:
                raise self._fault
            return frame

    def close(self) -> None:
        """Drop the frame that nobody read, and want no other."""
        with self._changed:
            self.closed = True
            self._frame = None
            self._changed.notify_all()


class LiveCamera:
    """A source with a thread of its own. ended is never true: a source that ends is lost."""

    ended = False

    def __init__(
        self,
        source: FrameSource,
        *,
        loss_after_s: float,
        monotonic: Callable[[], float],
        thread_name: str,
    ) -> None:
        """Start the thread. Without a frame for loss_after_s seconds of `monotonic` it is lost."""
        self._source = source
        self._loss_after_s = loss_after_s
        self._monotonic = monotonic
        self._newest = NewestFrame()
        self._begun = threading.Event()
        self._alive_s = 0.0
        self._thread = threading.Thread(target=self._capture_all, name=thread_name, daemon=True)
        self._thread.start()

    @property
    def captured(self) -> int:
        """Frames captured so far, skipped ones included."""
        return self._newest.captured

    @property
    def skipped(self) -> int:
        """Frames that a newer one replaced before they were read."""
        return self._newest.skipped

    @property
    def frame_width_px(self) -> int:
        """Width of every frame."""
        return self._source.frame_width_px

    @property
    def frame_height_px(self) -> int:
        """Height of every frame."""
        return self._source.frame_height_px

    @property
    def fps(self) -> float:
        """Frames a second that the source is set to."""
        return self._source.fps

    def read(self, timeout_s: float) -> Frame | None:
        """Return the newest frame not read yet; None where none came within timeout_s seconds.

        Raises CameraError where the source fails, or gave no frame for loss_after_s seconds.
        """
        if not self._begun.is_set():
            self._alive_s = self._monotonic()
            self._source.begin()
            self._begun.set()
        frame = self._newest.get(timeout_s)
        if frame is not None or self._newest.closed:
            return frame
        silent_s = self._monotonic() - self._alive_s
        if silent_s > self._loss_after_s:
            raise CameraError(
                f"{self._source.name}: no frame for {silent_s:.1f} s, wanted one within "
                f"{self._loss_after_s} s; {self._source.advice}"
            )
        return None

    def close(self) -> None:
        """Stop the thread, give the source back and drop the frame that nobody read."""
        self._newest.close()
        self._begun.set()
        self._thread.join(JOIN_TIMEOUT_S)
        # A thread that still waits inside a driver owns the source; the end of the process closes
        # it.
        if not self._thread.is_alive():
            self._source.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _capture_all(self) -> None:
        self._begun.wait()
        while not self._newest.closed:
            try:
                frame = self._source.capture(lambda: self._newest.closed)
            except CameraError as error:
                self._newest.fail(error)
                return
            if frame is not None:
                # Before it is handed out: whoever has read it may look at the time at once.
                self._alive_s = self._monotonic()
                self._newest.put(frame)
