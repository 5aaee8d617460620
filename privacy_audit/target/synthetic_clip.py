# SPDX-License-Identifier: Apache-2.0
"""A street that never was, as a video file that a box opens.

People who walk, and in every frame the same marker picture.

The film is an AVI of PNG frames, written here byte by byte: what the box decodes is, pixel for
pixel, what was drawn, so the marker that is looked for afterwards is the marker that was shown. It
is drawn anew for each audit; what is found of it is of this run.
"""

import math
import secrets
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from privacy_audit.target.box import Marker

WIDTH_PX, HEIGHT_PX = 320, 240
MARKER_WIDTH_PX, MARKER_HEIGHT_PX = 64, 48
MARKER_AT_PX = (8, 8)
"""Left and top of the marker in every frame."""
LOOP_S = 30
"""After so long the street repeats itself; it bounds how much is drawn and packed."""
PEOPLE = 4
FRAMES_MAX = 100_000
_SKY, _WALL, _GROUND, _SKIN = (208, 196, 176), (120, 132, 140), (96, 100, 104), (130, 160, 205)
_COATS = ((60, 40, 150), (110, 70, 30), (40, 40, 40), (60, 110, 60))
_TROUSERS = ((70, 50, 40), (30, 30, 60), (90, 80, 70), (20, 20, 20))
_STEP_S = 1.1
_TEXTURE_SEED, _TEXTURE, _CELL_PX = 2, 10.0, 8
_PNG = b"\x89PNG\r\n\x1a\n"
# Windows SDK, aviriff.h and vfw.h
_HAS_INDEX, _KEYFRAME = 0x10, 0x10
_Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Walker:
    """One drawn person: where the feet are and how tall, pixels.

    stride: how far the legs swing, -1 to 1. number chooses the clothes.
    """

    foot: tuple[float, float]
    tall_px: float
    stride: float
    number: int


def make(path: Path, *, seconds: int, fps: float) -> Marker:
    """Write a film of so many seconds and return the marker that stands in each of its frames.

    The marker is noise: no other picture has a row of it by chance.
    """
    marker = new_marker()
    count = max(1, round(min(seconds, LOOP_S) * fps))
    write(
        path,
        [frame(marker, index / fps) for index in range(count)],
        frames=max(count, round(seconds * fps)),
        fps=fps,
    )
    return marker


def new_marker() -> Marker:
    """Draw a marker that was never seen before."""
    return Marker(
        secrets.token_bytes(3 * MARKER_WIDTH_PX * MARKER_HEIGHT_PX),
        MARKER_WIDTH_PX,
        MARKER_HEIGHT_PX,
    )


def frame(marker: Marker, at_s: float, *, people: int = PEOPLE) -> _Picture:
    """Return the street at one moment: (HEIGHT_PX, WIDTH_PX, 3) uint8, BGR.

    Half of the people walk to either side.
    """
    walkers = []
    for number in range(people):
        share = (at_s / LOOP_S + number / PEOPLE) % 1.0
        place = share if number % 2 == 0 else 1.0 - share
        tall_px = 110.0 + 12.0 * number
        foot = ((place * 1.3 - 0.15) * WIDTH_PX, 190.0 + 14.0 * number)
        walkers.append(
            Walker(foot, tall_px, math.sin(2 * math.pi * at_s / _STEP_S + number), number)
        )
    picture = street(walkers)
    left, top = MARKER_AT_PX
    picture[top : top + marker.height_px, left : left + marker.width_px] = pixels(marker)
    return picture


def street(walkers: Sequence[Walker]) -> _Picture:
    """Return a street with these people in it and nothing else.

    (HEIGHT_PX, WIDTH_PX, 3) uint8, BGR.
    """
    picture = np.empty((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    picture[:80], picture[80:130], picture[130:] = _SKY, _WALL, _GROUND
    for one in walkers:
        _draw_person(picture, one.foot, one.tall_px, stride=one.stride, number=one.number)
    return _as_seen(picture)


def pixels(marker: Marker) -> _Picture:
    """Return the marker as (height, width, 3) uint8, BGR."""
    return np.frombuffer(marker.bgr, np.uint8).reshape(marker.height_px, marker.width_px, 3)


def png(picture: _Picture, *, level: int = 6) -> bytes:
    """Pack a BGR picture without loss; level 0 leaves it as large as it is.

    Source: PNG specification (W3C), chunks IHDR, IDAT, IEND; no row filter.
    """
    height_px, width_px, _ = picture.shape
    rows = np.zeros((height_px, 1 + 3 * width_px), np.uint8)
    rows[:, 1:] = picture[:, :, ::-1].reshape(height_px, -1)
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), level)), (b"IEND", b""))
    return _PNG + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def write(
    path: Path, pictures: Sequence[_Picture], *, frames: int, fps: float, level: int = 6
) -> None:
    """Write a film of `frames` frames, the pictures over and over.

    Source: AVI RIFF reference (Microsoft), with its old index.
    """
    packed = [png(picture, level=level) for picture in pictures]
    height_px, width_px, _ = pictures[0].shape
    count = min(frames, FRAMES_MAX)
    order = [packed[index % len(packed)] for index in range(count)]
    header = _header(width_px, height_px, count, fps, max(map(len, packed)))
    index, offset = [], 4
    for one in order:
        index.append(struct.pack("<4sIII", b"00dc", _KEYFRAME, offset, len(one)))
        offset += 8 + len(one) + len(one) % 2
    movie_bytes = offset
    listing = _chunk(b"idx1", b"".join(index))
    size_bytes = 4 + len(header) + 8 + movie_bytes + len(listing)
    with path.open("wb") as film:
        film.write(b"RIFF" + struct.pack("<I", size_bytes) + b"AVI " + header)
        film.write(b"LIST" + struct.pack("<I", movie_bytes) + b"movi")
        for one in order:
            film.write(_chunk(b"00dc", one))
        film.write(listing)
    path.chmod(0o644)


def _header(width_px: int, height_px: int, frames: int, fps: float, frame_bytes_max: int) -> bytes:
    """Return the lists that come before the frames: the film, and its one stream of pictures."""
    # AVIMAINHEADER: microseconds a frame, flags, frames, streams, room for one, width, height.
    film = (round(1e6 / fps), 0, 0, _HAS_INDEX, frames, 0, 1, frame_bytes_max, width_px, height_px)
    # AVISTREAMHEADER: kind and codec, 1000 x fps over 1000, frames, room for one, its edges.
    rate = (1000, round(1000 * fps), 0, frames, frame_bytes_max, 0xFFFFFFFF, 0)
    stream = (b"vids", b"MPNG", 0, 0, 0, 0, *rate, 0, 0, width_px, height_px)
    # BITMAPINFOHEADER: its size, width, height, planes, bits a pixel, codec, room for one.
    form = (40, width_px, height_px, 1, 24, b"MPNG", frame_bytes_max, 0, 0, 0, 0)
    return _list(
        b"hdrl",
        _chunk(b"avih", struct.pack("<14I", *film, 0, 0, 0, 0))
        + _list(
            b"strl",
            _chunk(b"strh", struct.pack("<4s4sIHHIIIIIIII4H", *stream))
            + _chunk(b"strf", struct.pack("<IiiHH4sIiiII", *form)),
        ),
    )


def _as_seen(picture: _Picture) -> _Picture:
    """Lay a texture over the drawing and soften it, as a lens does.

    The detector takes nothing for a person that has hard edges.

    On drawings without it the default detector found nobody; with it every frame looked at had a
    person, confidence 0.9 or more.
    """
    cells = np.random.default_rng(_TEXTURE_SEED).normal(
        0.0, _TEXTURE, (HEIGHT_PX // _CELL_PX, WIDTH_PX // _CELL_PX, 1)
    )
    seen = picture + np.kron(cells, np.ones((_CELL_PX, _CELL_PX, 1)))
    for axis in (0, 1):
        seen = (np.roll(seen, 1, axis) + seen + np.roll(seen, -1, axis)) / 3.0
    return np.asarray(np.clip(seen, 0, 255), np.uint8)


def _draw_person(
    picture: _Picture, foot: tuple[float, float], tall_px: float, *, stride: float, number: int
) -> None:
    """Draw a body from its parts: legs that swing, trunk, arms, head."""
    x, y = foot
    swing = 0.13 * tall_px * stride
    coat, trousers = _COATS[number % len(_COATS)], _TROUSERS[number % len(_TROUSERS)]
    hip, shoulder, neck = y - 0.47 * tall_px, y - 0.80 * tall_px, y - 0.86 * tall_px
    for side in (-1.0, 1.0):
        _limb(picture, (x, hip), (x + side * swing, y), 0.055 * tall_px, trousers)
        _limb(
            picture,
            (x - side * 0.02 * tall_px, y),
            (x + side * swing + 0.05 * tall_px, y),
            0.02 * tall_px,
            (20, 20, 20),
        )
    _ellipse(picture, (x, (hip + shoulder) / 2), 0.13 * tall_px, 0.21 * tall_px, coat)
    for side in (-1.0, 1.0):
        _limb(
            picture,
            (x + side * 0.1 * tall_px, shoulder),
            (x - side * 0.8 * swing, hip),
            0.035 * tall_px,
            coat,
        )
    _ellipse(picture, (x, neck - 0.05 * tall_px), 0.06 * tall_px, 0.08 * tall_px, _SKIN)
    _ellipse(picture, (x, neck - 0.09 * tall_px), 0.062 * tall_px, 0.05 * tall_px, (25, 30, 40))


def _limb(
    picture: _Picture,
    start: tuple[float, float],
    end: tuple[float, float],
    radius_px: float,
    colour: tuple[int, ...],
) -> None:
    """Draw a straight limb with round ends."""
    (x1, y1), (x2, y2) = start, end
    within = _around(
        min(x1, x2) - radius_px,
        min(y1, y2) - radius_px,
        max(x1, x2) + radius_px,
        max(y1, y2) + radius_px,
    )
    rows, columns = np.mgrid[within]
    length2 = (x2 - x1) ** 2 + (y2 - y1) ** 2 or 1.0
    along = np.clip(((columns - x1) * (x2 - x1) + (rows - y1) * (y2 - y1)) / length2, 0.0, 1.0)
    away2 = (columns - x1 - along * (x2 - x1)) ** 2 + (rows - y1 - along * (y2 - y1)) ** 2
    picture[within][away2 <= radius_px**2] = colour


def _ellipse(
    picture: _Picture,
    centre: tuple[float, float],
    half_x: float,
    half_y: float,
    colour: tuple[int, ...],
) -> None:
    x, y = centre
    within = _around(x - half_x, y - half_y, x + half_x, y + half_y)
    rows, columns = np.mgrid[within]
    picture[within][((columns - x) / half_x) ** 2 + ((rows - y) / half_y) ** 2 <= 1.0] = colour


def _around(left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
    """Return the rows and columns of the picture that hold this rectangle."""
    rows = slice(
        min(max(0, math.floor(top)), HEIGHT_PX), max(0, min(HEIGHT_PX, math.ceil(bottom) + 1))
    )
    return rows, slice(
        min(max(0, math.floor(left)), WIDTH_PX), max(0, min(WIDTH_PX, math.ceil(right) + 1))
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _list(name: bytes, body: bytes) -> bytes:
    return b"LIST" + struct.pack("<I", 4 + len(body)) + name + body
