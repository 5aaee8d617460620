# SPDX-License-Identifier: Apache-2.0
"""Open a recording with the decoder, and read what its container says of it."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import cv2

from edge_agent.errors import CameraError, CameraFault
from edge_agent.vision.capture.frame import FPS_MAX, SIDE_MAX_PX

FPS_MIN = 0.1  # Slower, nobody is seen twice; and a time that a container says may be any number.
SIDE_MIN_PX = 16
PIXELS_MAX = 8192 * 4320  # One frame of the largest cameras is 106 MB.
FRAMES_MAX = 2**53

_PATTERN = re.compile(r"%0?\d*d")


@dataclass(frozen=True, slots=True)
class Container:
    """What a container says: the size of its frames, pixels, their rate a second, and how many.

    The rate is a mean where it varies. `frames` is 0 where the container does not say.
    """

    width_px: int
    height_px: int
    fps: float
    frames: int

    @property
    def length_s(self) -> float:
        """Return how long it plays by its own word, seconds; 0 where that is not told."""
        return self.frames / self.fps


def open_recording(path: Path) -> cv2.VideoCapture:
    """Open a regular file of a known container. Raises CameraError for anything else."""
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


def read_container(capture: cv2.VideoCapture, *, fps: float | None, where: str) -> Container:
    """Return what the container says.

    Where `fps` is given it stands in for a rate that the container cannot mean. Raises CameraError
    for a picture size or a rate that no video has.
    """
    width_px, height_px = _size(capture, where)
    said = capture.get(cv2.CAP_PROP_FPS)
    if fps is not None:
        _check_rate(fps, f"{where}: the config says")
        said = said if FPS_MIN <= said <= FPS_MAX else fps
    _check_rate(said, f"{where}: the container says")
    frames = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    return Container(width_px, height_px, said, round(frames) if 0 < frames < FRAMES_MAX else 0)


def _check_rate(fps: float, said: str) -> None:
    if not FPS_MIN <= fps <= FPS_MAX:
        raise CameraError(
            f"{said} {fps:g} frames/s, wanted {FPS_MIN:g} to {FPS_MAX:.0f}; set camera.fps in the "
            "config"
        )


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
