# SPDX-License-Identifier: Apache-2.0
"""A video file as a camera, through OpenCV. No frame is dropped, however slowly it is read.

Each frame is at its own time, as the container has it. Where camera.fps says that the container's
rate is wrong, its times are stretched by the two rates: frames stay as far apart in proportion, and
holes stay holes.
"""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2

from edge_agent.errors import CameraError
from edge_agent.vision.capture.bgr import as_bgr
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.capture.recording.avi_index import FrameNumbers, lost_frames
from edge_agent.vision.capture.recording.frame_order import FrameOrder, Image, TimedImage
from edge_agent.vision.capture.recording.opening import open_recording, read_container
from edge_agent.vision.capture.recording.shortfall import COMPLETE, Played, Shortfall, shortfall

FAILED_RUN_MIN, FAILED_RUN_MAX = 512, 100_000
"""How often in a row the decoder may fail before a file is held to be over: as often as its
container says that frames are left, within these. At the end it fails at once, in microseconds."""
ROUNDED_S = 0.0006
"""A time this near to a whole number of frames is that: Matroska rounds to milliseconds."""


class FileCamera:
    """A video file.

    More than ten attributes: six are the port's, and the others are how the file is read.
    """

    skipped = 0

    def __init__(
        self,
        path: Path,
        *,
        fps: float | None,
        paced: bool,
        loss_after_s: float,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a regular file.

        fps overrides what the container says, which may be wrong; None believes it. Paced, a frame
        is handed out not before the first read() + its own time, and captured_s is the clock at
        that instant; otherwise frames come as fast as they are asked for, and captured_s is the
        frame's own time. A frame that takes longer than loss_after_s to decode is a loss.

        Raises CameraError for anything but a regular file of a known container with a picture size
        and a rate.
        """
        self._path, self._paced, self._loss_after_s = path, paced, loss_after_s
        self._monotonic, self._sleep = monotonic, sleep
        self._capture = open_recording(path)
        self._closed = False
        self.ended = False
        self.captured = 0
        self.shortfall: Shortfall = COMPLETE
        """What of the file could not be had; known once it has ended."""
        self._origin_s: float | None = None
        try:
            self._container = read_container(self._capture, fps=fps, where=str(path))
        except CameraError:
            self.close()
            raise
        self.frame_width_px = self._container.width_px
        self.frame_height_px = self._container.height_px
        self.fps = self._container.fps if fps is None else fps
        self.frames_stated = self._container.frames
        """How many frames the container says there are, 0 where it does not say."""
        self._numbers = FrameNumbers(lost_frames(path))
        self._order = FrameOrder(
            frame_s=1.0 / self._container.fps, length_s=self._container.length_s
        )
        self._ready: deque[TimedImage] = deque()
        self._decoded = self._failed = 0

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame; None at the end, or where a paced one is not due in timeout_s.

        Raises CameraError where not a single frame can be decoded, where a frame has another size
        than the file said, and where decoding took longer than loss_after_s.
        """
        if self.ended or self._closed:
            return None
        started_s = self._monotonic()
        if self._origin_s is None:
            self._origin_s = started_s
        while not self._ready and not self.ended:
            self._decode_next()
        # The last frame of a paced file stands for its time, too.
        own_s = (
            self._time_of(self._ready[0].at_s)
            if self._ready
            else self._time_of(self._order.last_s) + 1.0 / self.fps
        )
        due_s = self._origin_s + own_s
        if self._paced and due_s > started_s:
            self._sleep(min(due_s - started_s, max(timeout_s, 0.0)))
            if due_s - started_s > timeout_s and self._ready:
                return None
        if not self._ready:
            return None
        captured_s = max(due_s, self._monotonic()) if self._paced else own_s
        frame = Frame(self._ready.popleft().image, captured_s, self.captured)
        self.captured += 1
        return frame

    def close(self) -> None:
        """Close the file."""
        self._closed = True
        self._capture.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _time_of(self, at_s: float) -> float:
        """Return the time of a frame that the container puts at `at_s`, by the rate that holds."""
        number = at_s * self._container.fps
        whole = round(number)
        if abs(number - whole) < ROUNDED_S * self._container.fps:
            number = whole
        return number / self.fps

    def _decode_next(self) -> None:
        """Decode the next image that can be, and put it in order; at the end, say how it was."""
        image = self._decode()
        if image is None:
            self._ready.extend(self._order.finish())
            self._end()
            return
        own_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        counted = round(own_s * self._container.fps)
        own_s += (self._numbers.own(counted) - counted) / self._container.fps
        self._ready.extend(self._order.put(image, own_s))

    def _decode(self) -> Image | None:
        """Return the next image, past what cannot be decoded; None at the end."""
        started_s = self._monotonic()
        in_a_row = 0
        left = self._container.frames - self._decoded - self._failed
        while in_a_row <= min(max(left, FAILED_RUN_MIN), FAILED_RUN_MAX):
            ok, image = self._capture.read()
            took_s = self._monotonic() - started_s
            if took_s > self._loss_after_s:
                raise CameraError(
                    f"{self._path}: frame {self.captured} took {took_s:.1f} s, wanted at most "
                    f"{self._loss_after_s} s; look at the disk"
                )
            if ok:
                self._decoded += 1
                self._failed += in_a_row
                return as_bgr(
                    image,
                    width_px=self.frame_width_px,
                    height_px=self.frame_height_px,
                    where=str(self._path),
                )
            in_a_row += 1
        return None

    def _end(self) -> None:
        self.ended = not self._ready
        if self._decoded == 0:
            raise CameraError(
                f"{self._path}: not one frame can be decoded; wanted a video: play the file "
                "elsewhere"
            )
        played = Played(self._decoded, self._failed, self._order.last_s, self._order.unseen_s)
        self.shortfall = shortfall(self._container, played, str(self._path))
