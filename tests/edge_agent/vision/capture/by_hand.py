# SPDX-License-Identifier: Apache-2.0
"""A clock and a camera device that go only when a test says so, and small videos."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.capture.camera import Camera
from edge_agent.vision.capture.file_camera import FileCamera
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.capture.v4l2_camera import V4l2Parameters

MakeVideo = Callable[[Sequence[NDArray[np.uint8]], float], Path]

PARAMETERS = V4l2Parameters(Path("/dev/video0"), width_px=32, height_px=24, fps=30.0, fourcc="MJPG")


class HandClock:
    """A clock that goes only when someone sleeps or says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.slept_s: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.slept_s.append(duration_s)
        self.now_s += duration_s


class HandCapture:
    """A camera device that gives an image whenever the test says so."""

    def __init__(self) -> None:
        self._given: list[tuple[bool, object]] = []
        self._changed = threading.Condition()
        self.reads = 0
        self.released = False

    def give(self, *images: object) -> None:
        with self._changed:
            self._given.extend((image is not None, image) for image in images)
            self._changed.notify_all()

    def read(self) -> tuple[bool, object]:
        with self._changed:
            self.reads += 1
            self._changed.wait_for(lambda: self._given or self.released, 5)
            return self._given.pop(0) if self._given else (False, None)

    def release(self) -> None:
        with self._changed:
            self.released = True
            self._changed.notify_all()


def plain(level: int, *, width_px: int = 32, height_px: int = 24) -> NDArray[np.uint8]:
    return np.full((height_px, width_px, 3), level, np.uint8)


def file_camera(path: Path, **changes: object) -> FileCamera:
    chosen: dict[str, object] = {"fps": None, "paced": False, "loss_after_s": 30.0}
    return FileCamera(path, **(chosen | changes))  # type: ignore[arg-type]  # one place for what every test leaves alone


def read_all(camera: Camera) -> list[Frame]:
    frames = []
    while (frame := camera.read(1.0)) is not None:
        frames.append(Frame(frame.image[:1, :1], frame.captured_s, frame.index))
    return frames


def wait_until(true: Callable[[], bool]) -> None:
    limit_s = time.monotonic() + 5
    while not true():
        assert time.monotonic() < limit_s
        time.sleep(0.001)
