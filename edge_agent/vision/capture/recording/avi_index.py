# SPDX-License-Identifier: Apache-2.0
"""Say which frames of an AVI file are lost, by its own index.

An AVI file has no times: a frame's time is its number over the rate. The decoder counts the frames
that it finds, so that behind a damaged part all of them move ahead in time. The index at the end
says where each frame should be; what is not there is lost, and its number stays taken. Source:
Microsoft, AVI RIFF File Reference (idx1, AVIOLDINDEX).
"""

import os
import struct
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CHUNKS_MAX = 65_536
"""So many are looked at before the first frame, a read each; of a longer file the rest is
believed."""
PARTS_MAX = 64
_ENTRY = np.dtype([("kind", "S4"), ("flags", "<u4"), ("at", "<u4"), ("size", "<u4")])
_HEAD = struct.Struct("<4sI")
_LISTS = (b"RIFF", b"LIST")


class FrameNumbers:
    """From the number that a decoder gives a frame of a damaged file to the frame's own."""

    def __init__(self, lost: tuple[int, ...]) -> None:
        """Take the numbers of the lost frames, rising from 0."""
        self._found_before = [number - index for index, number in enumerate(lost)]

    def own(self, counted: int) -> int:
        """Return the frame's own number, where `counted` intact frames lie before it."""
        return counted + bisect_right(self._found_before, counted)


def lost_frames(path: Path) -> tuple[int, ...]:
    """Return the numbers of the frames that are not where the index says.

    Empty for a file that is no AVI, has no index, or whose index is of another file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ()
    try:
        return _lost(descriptor)
    except (OSError, struct.error, ValueError):
        return ()
    finally:
        os.close(descriptor)


def _lost(descriptor: int) -> tuple[int, ...]:
    entries, pictures_at = np.empty(0, _ENTRY), 0
    stream = -1
    streams = 0
    if os.pread(descriptor, 12, 0)[8:] != b"AVI ":
        return ()
    for kind, at, size in _parts(descriptor, 12, os.fstat(descriptor).st_size):
        if kind == b"movi":
            pictures_at = at
        elif kind == b"strh":
            if stream < 0 and os.pread(descriptor, 4, at) == b"vids":
                stream = streams
            streams += 1
        elif kind == b"idx1":
            length = min(size, CHUNKS_MAX * max(streams, 1) * _ENTRY.itemsize)
            raw = os.pread(descriptor, length - length % _ENTRY.itemsize, at)
            entries = np.frombuffer(raw[: len(raw) - len(raw) % _ENTRY.itemsize], _ENTRY)
    names = [f"{stream:02d}{kind}".encode() for kind in ("dc", "db")]
    frames = entries[np.isin(entries["kind"], names)][:CHUNKS_MAX]
    # Where the entries count from differs between writers: the list of pictures, or the file.
    found = max(
        (_found(descriptor, frames, base) for base in (pictures_at - 4, 0)), key=np.count_nonzero
    )
    if not found.any() or not found[-1]:
        return ()
    return tuple(int(number) for number in np.flatnonzero(~found))


def _found(descriptor: int, frames: NDArray[np.void], base: int) -> NDArray[np.bool_]:
    """Say of each frame whether its chunk begins where the index says."""
    return np.array(
        [
            os.pread(descriptor, _HEAD.size, base + int(at)) == _HEAD.pack(kind, int(size))
            for kind, _, at, size in frames
        ],
        np.bool_,
    )


def _parts(descriptor: int, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, place and size of the file's parts; the pictures are passed over as one."""
    at = start
    for _ in range(PARTS_MAX):
        head = os.pread(descriptor, _HEAD.size, at)
        if len(head) < _HEAD.size or at >= end:
            return
        kind, size = _HEAD.unpack(head)
        if kind in _LISTS:
            inner = os.pread(descriptor, 4, at + _HEAD.size)
            if inner != b"movi":
                # The parts of a header's list follow its name.
                at += _HEAD.size + 4
                continue
            kind = inner
            yield kind, at + _HEAD.size + 4, size
        else:
            yield kind, at + _HEAD.size, size
        at += _HEAD.size + size + size % 2
