# SPDX-License-Identifier: Apache-2.0
"""Where frames come from: a video file or one attached camera, both through OpenCV.

Rule 1: what is opened is named by its path and nothing else; no address, no pipeline, no pattern.
Rule 2: everything that needs the system (the file, the device, the thread) is made in the
constructor and the first frame is taken at the first read(), so that a process can lock itself in
between. Rule 3: a camera that is lost is an error, never a wait without end.
"""

import os
import re
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.errors import CameraError, CameraFault
from edge_agent.vision.capture.device import look
from edge_agent.vision.capture.frame import Frame

FPS_MAX = 240.0  # Beyond it a container does not tell its rate but its time base.
FPS_MIN = 0.1  # Slower, nobody is seen twice; and a time that a container says may be any number.
SIDE_MIN_PX, SIDE_MAX_PX = 16, 8192
PIXELS_MAX = 8192 * 4320  # One frame of the largest cameras is 106 MB.
FRAMES_MAX = 2**53
JOIN_TIMEOUT_S = 2.0

_DEVICE = re.compile(r"/dev/video\d{1,3}")
_FOURCC = re.compile(r"[A-Z0-9]{4}")
_PATTERN = re.compile(r"%0?\d*d")
_COLOUR_CHANNELS = 3
_ALPHA_CHANNELS = 4


class Camera(Protocol):
    """A source of frames, read by one thread."""

    @property
    def ended(self) -> bool:
        """True when no frame will ever come again: the end of a file."""
        ...

    @property
    def captured(self) -> int:
        """Frames taken from the source so far, skipped ones included."""
        ...

    @property
    def skipped(self) -> int:
        """Frames that a newer one replaced before they were read."""
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

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame; None where none came within timeout_s seconds, or at the end.

        Raises CameraError where the source is lost: no frame for longer than it may take.
        """
        ...

    def close(self) -> None:
        """Give the source back. Closing twice is nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Capture(Protocol):
    """What is used of cv2.VideoCapture."""

    def read(self) -> tuple[bool, object]:
        """Return whether an image came, and the image."""
        ...

    def release(self) -> None:
        """Close the device."""
        ...


class FileCamera:
    """A video file. No frame is dropped, whoever reads slowly."""

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
        """Return the next frame; None at the end, or, paced, where it is not due within timeout_s seconds.

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


@dataclass(frozen=True, slots=True)
class V4l2Parameters:
    """One attached camera and the mode it is set to. fourcc is the pixel format, such as MJPG or YUYV."""

    device: Path
    width_px: int
    height_px: int
    fps: float
    fourcc: str

    def __post_init__(self) -> None:
        """Raise CameraError for anything that is not a plain device and a possible mode."""
        if _DEVICE.fullmatch(str(self.device)) is None:
            raise CameraError(
                f"camera {str(self.device)!r}: not a device, wanted /dev/video0..999; correct the "
                "config"
            )
        if not (
            0 < self.width_px <= SIDE_MAX_PX
            and 0 < self.height_px <= SIDE_MAX_PX
            and 0 < self.fps <= FPS_MAX
        ):
            raise CameraError(
                f"{self.device}: {self.width_px}x{self.height_px} at {self.fps} fps, wanted "
                f"sides up to {SIDE_MAX_PX} pixels and a"
                f" rate up to {FPS_MAX:.0f}; correct the config"
            )
        if _FOURCC.fullmatch(self.fourcc) is None:
            raise CameraError(
                f"{self.device}: fourcc {self.fourcc!r}, wanted four capital letters or digits, as "
                "MJPG; correct it"
            )


class V4l2Camera:
    """One attached camera.

    A thread of its own takes every frame; the newest wins and the others are counted as skipped.
    """

    ended = False

    def __init__(
        self,
        parameters: V4l2Parameters,
        *,
        loss_after_s: float,
        monotonic: Callable[[], float] = time.monotonic,
        open_capture: "Callable[[V4l2Parameters], Capture] | None" = None,
    ) -> None:
        """Open the device and start the thread, which takes nothing before the first read().

        Times are those of monotonic. open_capture opens the device; the default is the V4L2 of
        OpenCV. Raises CameraError where the device is missing, busy, or does not offer the mode.
        """
        self._parameters = parameters
        self._loss_after_s = loss_after_s
        self._monotonic = monotonic
        self._capture = (open_capture or open_v4l2)(parameters)
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._newest: Frame | None = None
        self._fault: CameraError | None = None
        self._alive_s = 0.0
        self._closed = False
        self.captured = 0
        self.skipped = 0
        self._thread = threading.Thread(target=self._take_all, name="camera", daemon=True)
        self._thread.start()

    @property
    def frame_width_px(self) -> int:
        """Width of every frame."""
        return self._parameters.width_px

    @property
    def frame_height_px(self) -> int:
        """Height of every frame."""
        return self._parameters.height_px

    @property
    def fps(self) -> float:
        """Frames a second that the camera is set to."""
        return self._parameters.fps

    def read(self, timeout_s: float) -> Frame | None:
        """Return the newest frame not read yet; None where none came within timeout_s seconds.

        Raises CameraError where the device fails, or gave no frame for loss_after_s seconds.
        """
        with self._changed:
            if not self._started.is_set():
                self._alive_s = self._monotonic()
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
            silent_s = self._monotonic() - self._alive_s
            if silent_s > self._loss_after_s:
                raise CameraError(
                    f"{self._parameters.device}: no frame for {silent_s:.1f} s, wanted one "
                    f"within {self._loss_after_s} s; look"
                    " at the cable and the camera"
                )
            return None

    def close(self) -> None:
        """Stop the thread, close the device and drop the frame that nobody read."""
        with self._changed:
            self._closed = True
            self._newest = None
            self._started.set()
            self._changed.notify_all()
        self._thread.join(JOIN_TIMEOUT_S)
        # A thread that still waits inside the driver owns the device; the end of the process closes
        # it.
        if not self._thread.is_alive():
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

    def _take_all(self) -> None:
        self._started.wait()
        while not self._closed:
            try:
                self._take()
            except (CameraError, cv2.error) as error:
                self._fail(str(error))
                return

    def _take(self) -> None:
        parameters = self._parameters
        ok, image = self._capture.read()
        if not ok:
            raise CameraError(
                f"{parameters.device}: the device gave no frame; look at the cable and the camera"
            )
        where = str(parameters.device)
        bgr = as_bgr(
            image, width_px=parameters.width_px, height_px=parameters.height_px, where=where
        )
        with self._changed:
            if self._closed:
                return
            self.skipped += self._newest is not None
            self._alive_s = self._monotonic()
            self._newest = Frame(bgr, self._alive_s, self.captured)
            self.captured += 1
            self._changed.notify_all()

    def _fail(self, what: str) -> None:
        with self._changed:
            self._fault = CameraError(what)
            self._changed.notify_all()


def open_v4l2(parameters: V4l2Parameters) -> cv2.VideoCapture:
    """Open a camera in one mode.

    Raises CameraError where the device is no character device, cannot be opened, or offers another
    mode than asked for: the lines and zones of a config are drawn for one frame size.
    """
    device = str(parameters.device)
    look(parameters.device)
    fourcc = cv2.VideoWriter.fourcc(*parameters.fourcc)
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    for key, value in (
        (cv2.CAP_PROP_FOURCC, fourcc),
        (cv2.CAP_PROP_FRAME_WIDTH, parameters.width_px),
        (cv2.CAP_PROP_FRAME_HEIGHT, parameters.height_px),
        (cv2.CAP_PROP_FPS, parameters.fps),
    ):
        capture.set(key, value)
    if not capture.isOpened():
        raise CameraError(
            f"{device}: cannot be opened, though the device answers; look whether another program "
            "has the camera",
            fault=CameraFault.BUSY,
        )
    got = (
        round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        round(capture.get(cv2.CAP_PROP_FOURCC)),
    )
    if got != (parameters.width_px, parameters.height_px, fourcc):
        capture.release()
        name = got[2].to_bytes(4, "little").decode("ascii", "replace")
        raise CameraError(
            f"{device}: offers {got[0]}x{got[1]} {name}, wanted "
            f"{parameters.width_px}x{parameters.height_px} {parameters.fourcc};"
            " correct the config",
            fault=CameraFault.OTHER_MODE,
        )
    return capture


def as_bgr(image: object, *, width_px: int, height_px: int, where: str) -> NDArray[np.uint8]:
    """Return a captured image as (height, width, 3) uint8 BGR.

    Grey is spread over the channels, transparency dropped.

    Raises CameraError for another size than width_px x height_px, and for whatever else is no
    picture.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim not in {2, 3}:
        got = (
            f"{image.dtype} {image.shape}"
            if isinstance(image, np.ndarray)
            else type(image).__name__
        )
        raise CameraError(
            f"{where}: a frame is {got}, wanted uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)"
        )
    if image.shape[:2] != (height_px, width_px):
        raise CameraError(
            f"{where}: a frame is {image.shape[1]}x{image.shape[0]}, wanted "
            f"{width_px}x{height_px} to the end; cut the recording"
            " where it changes, or fix the camera's mode"
        )
    channels = image.shape[2] if image.ndim == 3 else 1  # noqa: PLR2004 - height, width, channel
    if channels == _COLOUR_CHANNELS:
        return image
    if channels == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels == _ALPHA_CHANNELS:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR), np.uint8)
    raise CameraError(f"{where}: a frame has {channels} channels, wanted 1, 3 or 4")


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
