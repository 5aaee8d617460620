# SPDX-License-Identifier: Apache-2.0
"""Capture what the decoder (ffmpeg, inside OpenCV) logs while it opens a stream.

Why it failed stands nowhere else. The log holds the address with its credentials, and what the
camera has sent. So it is read here, judged by `refusal`, and goes nowhere: standard output and
error lead into a pipe for so long, and what does not fit into that is lost.
"""

import ctypes
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# libavutil/log.h
QUIET, VERBOSE, TRACE = 8, 40, 56
_LEVEL_KEY = "OPENCV_FFMPEG_LOGLEVEL"
"""OpenCV reads it once in a process, at the first stream; later ones need the library's own
switch."""
_BYTES_MAX = 1_048_576
_STANDARD = (1, 2)


@contextmanager
def captured_log(level: int, lines: list[str]) -> Iterator[None]:
    """Append what the decoder logs within the block to `lines`, down to this level.

    Afterwards it logs next to nothing.
    """
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    with suppress(OSError):
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _BYTES_MAX)
    before = os.environ.get(_LEVEL_KEY)
    os.environ[_LEVEL_KEY] = str(level)
    _set_level(level)
    _flush()
    kept = [(number, os.dup(number)) for number in _STANDARD]
    try:
        for number in _STANDARD:
            os.dup2(writing, number)
        yield
    finally:
        _flush()
        for number, held in kept:
            os.dup2(held, number)
            os.close(held)
        _set_level(QUIET)
        if before is None:
            del os.environ[_LEVEL_KEY]
        else:
            os.environ[_LEVEL_KEY] = before
        os.close(writing)
        lines += _read_lines(reading)
        os.close(reading)


def _read_lines(reading: int) -> list[str]:
    parts = []
    with suppress(BlockingIOError):
        while part := os.read(reading, _BYTES_MAX):
            parts.append(part)
    return b"".join(parts).decode("utf-8", "replace").splitlines()


def _set_level(level: int) -> None:
    """Set how much the decoder logs, where its library is one that can be found."""
    rows = Path("/proc/self/maps").read_text("utf-8", "replace").splitlines()
    for path in {row.split()[-1] for row in rows if "/libavutil" in row}:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(path).av_log_set_level(level)


def _flush() -> None:
    """Write what Python and the C library still hold, each to where it belongs."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    ctypes.CDLL(None).fflush(None)
