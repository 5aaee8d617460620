# SPDX-License-Identifier: Apache-2.0
"""Recordings that tests make: plain frames in a container, then its times rewritten or damaged.

Frame i of N has the level that `level_of` says, so that a test knows which frame it was given.
Source of the boxes: ISO/IEC 14496-12 (stts 8.6.1.2, mdhd 8.4.2, mvhd 8.2.2, tkhd 8.3.2).
"""

import struct
from collections.abc import Sequence
from itertools import groupby, pairwise
from pathlib import Path

import cv2
import numpy as np

WIDTH_PX, HEIGHT_PX = 192, 128
LEVEL_STEP, LEVELS = 4, 60
TICKS = 12_000
"""Units of a rewritten MP4's time a second; all common rates are whole in it."""
_HOLDS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def level_of(index: int) -> int:
    """Return the grey level of frame `index`, 0..255."""
    return LEVEL_STEP * (index % LEVELS) + 8


def write_recording(path: Path, *, frames: int, fps: float, fourcc: str) -> Path:
    """Write a recording; the container follows from the path's suffix. Return the path."""
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*fourcc), fps, (WIDTH_PX, HEIGHT_PX)
    )
    if not writer.isOpened():
        raise OSError(f"{path}: no writer for {fourcc}")
    # Detail that stays, so that every frame has some bytes of its own.
    detail = np.random.default_rng(7).integers(0, 8, (HEIGHT_PX, WIDTH_PX, 1), np.uint8)
    for index in range(frames):
        writer.write(np.repeat(detail + np.uint8(level_of(index)), 3, axis=2))
    writer.release()
    return path


def set_frame_times(path: Path, times_s: Sequence[float], *, last_s: float) -> None:
    """Give the frames of an MP4 these times, seconds from 0, rising; the last stands for last_s."""
    ticks = [round(at_s * TICKS) for at_s in times_s]
    steps = [*(after - before for before, after in pairwise(ticks))]
    steps.append(round(last_s * TICKS))
    runs = [(len(list(same)), step) for step, same in groupby(steps)]
    table = struct.pack(f">II{2 * len(runs)}I", 0, len(runs), *(n for run in runs for n in run))
    raw = path.read_bytes()
    path.write_bytes(_rewritten(raw, table, sum(steps)))


def blank(path: Path, first: float, last: float) -> None:
    """Write zeros over the part of the file between two shares of it, as a lost sector is read."""
    raw = bytearray(path.read_bytes())
    start, end = (round(share * len(raw)) for share in (first, last))
    raw[start:end] = bytes(end - start)
    path.write_bytes(raw)


def cut_off(path: Path, share: float) -> None:
    """Keep that share of the file, from its beginning."""
    raw = path.read_bytes()
    path.write_bytes(raw[: round(share * len(raw))])


def pictures_first(raw: bytes) -> bool:
    """Say whether an MP4 has its pictures before its table, as whoever writes as they come does."""
    return raw.index(b"mdat") < raw.index(b"moov")


def _rewritten(raw: bytes, table: bytes, length: int) -> bytes:
    """Return the boxes with another table of times, in TICKS; the pictures keep their places."""
    parts, at = [], 0
    while at < len(raw):
        size, kind = struct.unpack_from(">I4s", raw, at)
        body = raw[at + 8 : at + size]
        if kind in _HOLDS:
            body = _rewritten(body, table, length)
        elif kind == b"stts":
            body = table
        elif kind in {b"mdhd", b"mvhd"}:
            body = body[:12] + struct.pack(">II", TICKS, length) + body[20:]
        elif kind == b"tkhd":
            body = body[:20] + struct.pack(">I", length) + body[24:]
        elif kind == b"edts":
            # A list of edits states the old length, beyond which nothing would be shown.
            kind = b"free"
        parts.append(struct.pack(">I4s", len(body) + 8, kind) + body)
        at += size
    return b"".join(parts)
