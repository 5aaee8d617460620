# SPDX-License-Identifier: Apache-2.0
"""Ask what a video file is before a box runs on it.

Whether one frame can be decoded, how large it is, how fast and how long.
"""

import os
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import CameraError

LOOK_S_MAX = 60.0
"""Loading the decoder takes a second or two on a small board.

A file of which no frame comes by then is of no use.
"""
DAYS_MAX = 31.0
"""A longer recording is likelier a container that says nonsense."""


RECORD = struct.Struct(">B3xIIdQ36x")
"""As in `edge_agent.processes.video_probe`, which loads the decoder and is therefore not imported
here.

A test compares them."""


@dataclass(frozen=True, slots=True)
class Film:
    """What a video file says of itself, its first frame decoded.

    `frames` is 0 where the container does not say.
    """

    width_px: int
    height_px: int
    fps: float
    frames: int

    @property
    def seconds(self) -> float:
        """Return how long it plays by its own word, 0 where that is not told."""
        return self.frames / self.fps

    @property
    def warning(self) -> str:
        """Say what of it can hardly be true; empty where nothing is odd."""
        days = self.seconds / 86_400.0
        if days <= DAYS_MAX:
            return ""
        return (
            f"the container says {self.frames} frames at {self.fps:g} a second, {days:.0f} days; "
            "is camera.fps right?"
        )


def look_at(path: Path, *, fps: float | None) -> Film:
    """Open a file in a process of its own.

    Raises CameraError where the sensor could not read it either.
    """
    reading_fd, writing_fd = os.pipe()
    asked = (str(path), "none" if fps is None else repr(fps), str(writing_fd))
    command = [sys.executable, "-I", "-m", "edge_agent.processes.video_probe", *asked]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command,
            capture_output=True,
            timeout=LOOK_S_MAX,
            check=False,
            stdin=subprocess.DEVNULL,
            pass_fds=(writing_fd,),
        )
    except subprocess.TimeoutExpired as error:
        os.close(reading_fd)
        raise CameraError(
            f"{path}: not one frame came within {LOOK_S_MAX:.0f} s; play the file elsewhere, or "
            "copy it anew"
        ) from error
    finally:
        os.close(writing_fd)
    with os.fdopen(reading_fd, "rb") as channel:
        record = channel.read(RECORD.size)
    if len(record) < RECORD.size:
        raise CameraError(_why(path, done))
    came, width_px, height_px, rate, frames = RECORD.unpack(record)
    if not came:
        raise CameraError(
            f"{path}: not one frame can be decoded; wanted a video: play the file elsewhere"
        )
    return Film(width_px, height_px, rate, frames)


def _why(path: Path, done: subprocess.CompletedProcess[bytes]) -> str:
    """Say why no record came: what the process said of the file, or how it ended."""
    said = done.stdout.decode("utf-8", "replace").strip()
    if said:
        return said
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()
    words = f"; its last words: {last[-1][:200]}" if last else ""
    return (
        f"{path}: its decoder ended with exit code {done.returncode}{words}; play the file "
        "elsewhere, or convert it anew"
    )
