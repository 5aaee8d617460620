# SPDX-License-Identifier: Apache-2.0
"""A video file as a camera, through OpenCV. No frame is dropped, however slowly it is read."""

import os
import re
import stat
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.errors import CameraError, CameraFault
from edge_agent.vision.capture.bgr import as_bgr
from edge_agent.vision.capture.frame import FPS_MAX, SIDE_MAX_PX, Frame

FPS_MIN = 0.1  # Slower, nobody is seen twice; and a time that a container says may be any number.
SIDE_MIN_PX = 16
PIXELS_MAX = 8192 * 4320  # One frame of the largest cameras is 106 MB.
FRAMES_MAX = 2**53

_PATTERN = re.compile(r"%0?\d*d")


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

        fps overrides what the container says, which may be wrong; None believes it. Paced, frame i
        is handed out not before the first read() + i / fps, and captured_s is the clock at that
        instant; otherwise frames come as fast as they are asked for, and captured_s is i / fps. A
        frame that takes longer than loss_after_s to decode is a loss.

        Raises CameraError for anything but a regular file of a known container with a picture size
        and a rate.
        """
        self._path = path
        self._paced = paced
        self._loss_after_s = loss_after_s
        self._monotonic = monotonic
        self._sleep = sleep
        self._capture = _open_file(path)
        self._closed = False
        self.ended = False
        self.captured = 0
        self._origin_s: float | None = None
        try:
            self.frame_width_px, self.frame_height_px = _size(self._capture, str(path))
            self.fps = _file_fps(self._capture, fps, str(path))
            self.frames_stated = _file_frames(self._capture)
            """How many frames the container says there are, 0 where it does not say."""
        except CameraError:
            self.close()
            raise

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame; None at the end, or where a paced one is not due in timeout_s.

        A file that breaks off ends where it breaks off. Raises CameraError where not a single frame
        can be decoded, where a frame has another size than the file said, and where decoding took
        longer than loss_after_s.
        """
        if self.ended or self._closed:
            return None
        started_s = self._monotonic()
        if self._origin_s is None:
            self._origin_s = started_s
        due_s = self._origin_s + self.captured / self.fps
        if self._paced and due_s > started_s:
            self._sleep(min(due_s - started_s, max(timeout_s, 0.0)))
            if due_s - started_s > timeout_s:
                return None
        image = self._decode()
        if image is None:
            return None
        captured_s = max(due_s, self._monotonic()) if self._paced else self.captured / self.fps
        frame = Frame(image, captured_s, self.captured)
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

    def _decode(self) -> NDArray[np.uint8] | None:
        started_s = self._monotonic()
        ok, image = self._capture.read()
        took_s = self._monotonic() - started_s
        if took_s > self._loss_after_s:
            raise CameraError(
                f"{self._path}: frame {self.captured} took {took_s:.1f} s, wanted at most "
                f"{self._loss_after_s} s; look at the disk"
            )
        if not ok:
            self.ended = True
            if self.captured == 0:
                raise CameraError(
                    f"{self._path}: not one frame can be decoded; wanted a video: play the file "
                    "elsewhere"
                )
            return None
        return as_bgr(
            image,
            width_px=self.frame_width_px,
            height_px=self.frame_height_px,
            where=str(self._path),
        )


def _open_file(path: Path) -> cv2.VideoCapture:
    # OpenCV reads such a name as a series of pictures, and a name with :// as an address.
    if "://" in str(path) or _PATTERN.search(str(path)):
        raise CameraError(
            f"{path}: an address or a pattern, wanted the path of one video file; correct the "
            "config",
            fault=CameraFault.NOT_A_CAMERA,
        )
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
        absolute = str(path.resolve(strict=True))
    except (OSError, ValueError) as error:
        raise CameraError(
            f"{path}: {error}; wanted a video file: correct the config", fault=_file_fault(error)
        ) from error
    if not regular:
        raise CameraError(
            f"{path}: not a regular file, wanted a video file; a camera is configured as one, by "
            "its device",
            fault=CameraFault.NOT_A_CAMERA,
        )
    if not os.access(path, os.R_OK, effective_ids=True):
        raise CameraError(
            f"{path}: this user may not read it; run: chmod o+r {path}",
            fault=CameraFault.NO_PERMISSION,
        )
    # One thread: the decoder of a small picture is not the bottleneck, and no thread may be born
    # after the process is locked.
    capture = cv2.VideoCapture(
        absolute,
        cv2.CAP_FFMPEG,
        [cv2.CAP_PROP_N_THREADS, 1, cv2.CAP_PROP_HW_ACCELERATION, cv2.VIDEO_ACCELERATION_NONE],
    )
    if not capture.isOpened():
        raise CameraError(
            f"{path}: not one frame can be decoded; wanted a video file (AVI, MP4, Matroska, "
            "MPEG): play it elsewhere",
            fault=CameraFault.NOT_DECODED,
        )
    return capture


def _file_fault(error: OSError | ValueError) -> CameraFault:
    if isinstance(error, FileNotFoundError):
        return CameraFault.MISSING
    return (
        CameraFault.NO_PERMISSION
        if isinstance(error, PermissionError)
        else CameraFault.NOT_A_CAMERA
    )


def _size(capture: cv2.VideoCapture, where: str) -> tuple[int, int]:
    width_px, height_px = (
        round(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    sides = range(SIDE_MIN_PX, SIDE_MAX_PX + 1)
    if width_px not in sides or height_px not in sides or width_px * height_px > PIXELS_MAX:
        raise CameraError(
            f"{where}: frames of {width_px}x{height_px}, wanted sides of "
            f"{SIDE_MIN_PX}..{SIDE_MAX_PX} pixels, 8192x4320 together;"
            " not a usable video"
        )
    return width_px, height_px


def _file_fps(capture: cv2.VideoCapture, override: float | None, where: str) -> float:
    fps = capture.get(cv2.CAP_PROP_FPS) if override is None else override
    if not FPS_MIN <= fps <= FPS_MAX:
        said = "the container says" if override is None else "the config says"
        raise CameraError(
            f"{where}: {said} {fps:g} frames/s, wanted {FPS_MIN:g} to {FPS_MAX:.0f}; set "
            "camera.fps in the config"
        )
    return fps


def _file_frames(capture: cv2.VideoCapture) -> int:
    frames = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    return round(frames) if 0 < frames < FRAMES_MAX else 0
