# SPDX-License-Identifier: Apache-2.0
"""What a picture leaves behind in bytes, and how to find it there.

Looked for, from several rows of the marker: raw pixels (BGR, RGB, single colours, grey, the Y of
video), the same in hex and base64, the same inside zlib and gzip streams, and inside PNG files
(unpacked and unfiltered). JPEG loses the pixels; of it any picture of the size of the frame or the
marker is taken for ours. What was scaled, cut up or enciphered is not found.
"""

import base64
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privacy_audit.target.box import Marker
from privacy_audit.target.synthetic_clip import HEIGHT_PX, WIDTH_PX, pixels

SEGMENT_BYTES = 24
"""So many bytes of noise stand nowhere by chance."""
UNPACKED_BYTES_MAX = 4 << 20
STREAMS_MAX = 4_000
"""Beginnings of packed streams that are tried in one place; noise has one in every 16 kB."""
ENCODINGS = "raw rows (BGR, RGB, B, G, R, grey, Y), hex, base64, zlib, gzip, PNG, JPEG of its size"
KINDS = ("BGR", "RGB", "grey", "hex", "base64", "zlib", "gzip", "PNG", "JPEG")
"""The ways of looking, each of which is tried on something planted."""
_FEED_BYTES = 256
_ZLIB, _GZIP, _PNG, _JPEG = (
    rb"\x78[\x01\x5e\x9c\xda]",
    rb"\x1f\x8b\x08",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
)
_PACKED = re.compile(b"%b|%b" % (_ZLIB, _GZIP), re.DOTALL)
_FRAMES_OF_JPEG = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_OF_JPEG = frozenset({0x01, *range(0xD0, 0xDA)})
_JPEG_HEADER_MAX = 1 << 16
_COLOURS = 3


@dataclass(frozen=True, slots=True)
class Imprint:
    """The bytes by which one marker is known.

    Raw ones, which may be packed, and those in letters, by the encoding's name.
    """

    raw: tuple[tuple[str, bytes], ...]
    letters: tuple[tuple[str, bytes], ...]
    jpeg_sizes: frozenset[tuple[int, int]]


def imprint_of(marker: Marker) -> Imprint:
    """Return what to look for.

    Rows are taken from top, middle and bottom, so that one survives where others are cut.
    """
    picture = pixels(marker)
    raw, letters = [], []
    for row in (0, 1, 2, marker.height_px // 2, marker.height_px - 1):
        for name, line in _layouts(picture[row]):
            segment = line[len(line) // 3 : len(line) // 3 + SEGMENT_BYTES]
            raw.append((name, segment))
            if name in {"BGR", "RGB"}:
                letters.append((f"{name} in hex", segment.hex().encode("ascii")))
                letters.append((f"{name} in hex", segment.hex().upper().encode("ascii")))
                letters += [(f"{name} in base64", one) for one in _base64_of(segment)]
    sizes = frozenset({(WIDTH_PX, HEIGHT_PX), (marker.width_px, marker.height_px)})
    return Imprint(tuple(raw), tuple(letters), sizes)


def find(imprint: Imprint, place: bytes, *, jpeg: bool) -> str | None:
    """Return how the marker stands in these bytes, None where it does not.

    jpeg: pictures known by their size alone count.
    """
    for name, segment in (*imprint.raw, *imprint.letters):
        if segment in place:
            return name
    for kind, content in _unpacked(place):
        for name, segment in imprint.raw:
            if segment in content:
                return f"{name} in {kind}"
    if jpeg and any(size in imprint.jpeg_sizes for size in _jpeg_sizes(place)):
        return "JPEG of its size"
    return None


def planted(marker: Marker) -> dict[str, bytes]:
    """Return the marker as it may be met.

    A search must find it before its silence means anything.
    """
    picture = pixels(marker)
    raw, rgb = marker.bgr, picture[:, :, ::-1].tobytes()
    grey = b"".join(dict(_layouts(row))["grey"] for row in picture)
    packer = zlib.compressobj(wbits=31)
    size = struct.pack(">HH", marker.height_px, marker.width_px)
    return {
        "BGR": raw,
        "RGB": rgb,
        "grey": grey,
        "hex": rgb.hex().encode("ascii"),
        "base64": base64.b64encode(b"x" + raw),
        "zlib": b"before" + zlib.compress(raw),
        "gzip": packer.compress(rgb) + packer.flush(),
        "PNG": _filtered_png(picture),
        "JPEG": b"before"
        + _JPEG
        + b"\xe0\x00\x04ab\xff\xc0\x00\x0b\x08"
        + size
        + b"\x01\x01\x11\x00",
    }


def _layouts(row: NDArray[np.uint8]) -> Iterator[tuple[str, bytes]]:
    """Yield a row of (width, 3) BGR pixels in the orders and colours of common formats."""
    yield "BGR", row.tobytes()
    yield "RGB", row[:, ::-1].tobytes()
    yield from zip("BGR", (row[:, colour].tobytes() for colour in range(_COLOURS)), strict=True)
    blue, green, red = (row[:, colour].astype(np.int64) for colour in range(_COLOURS))
    # As OpenCV rounds them: ITU-R BT.601, full range in 14 bits, video range in 20.
    yield (
        "grey",
        ((1868 * blue + 9617 * green + 4899 * red + 8192) >> 14).astype(np.uint8).tobytes(),
    )
    video = (269_484 * red + 528_482 * green + 102_760 * blue + (16 << 20) + (1 << 19)) >> 20
    yield "Y", video.astype(np.uint8).tobytes()


def _base64_of(segment: bytes) -> Iterator[bytes]:
    """Yield what of a segment stands in base64 wherever it begins.

    Only whole groups of three bytes are certain.
    """
    for shift in range(3):
        within = segment[shift : shift + (len(segment) - shift) // 3 * 3]
        yield base64.b64encode(within)


def _unpacked(place: bytes) -> Iterator[tuple[str, bytes]]:
    for number, found in enumerate(_PACKED.finditer(place)):
        if number >= STREAMS_MAX:
            break
        gzip = found.group().startswith(b"\x1f")
        content = _inflate(place, found.start(), wbits=31 if gzip else 15)
        if len(content) >= SEGMENT_BYTES:
            yield ("gzip" if gzip else "zlib"), content
    start = place.find(_PNG)
    while start >= 0:
        yield "PNG", _png_rows(place, start)
        start = place.find(_PNG, start + 1)


def _inflate(place: bytes, start: int, *, wbits: int) -> bytes:
    """Unpack as far as it goes: what was cut or overwritten later still shows its beginning."""
    unpacker, content = zlib.decompressobj(wbits=wbits), bytearray()
    try:
        while not unpacker.eof and start < len(place) and len(content) < UNPACKED_BYTES_MAX:
            content += unpacker.decompress(place[start : start + _FEED_BYTES])
            start += _FEED_BYTES
    except zlib.error:
        pass
    return bytes(content)


def _png_rows(place: bytes, start: int) -> bytes:
    """Return the pixels of a PNG of 8 bits and three colours, as far as it goes.

    Of any other picture nothing is returned.
    """
    header = place[start + 8 : start + 33]
    if len(header) < 25 or header[4:8] != b"IHDR" or header[16:18] != b"\x08\x02":  # noqa: PLR2004 - length, name, body and sum of the header
        return b""
    width_px, height_px = struct.unpack(">II", header[8:16])
    packed, here = bytearray(), start + 33
    while here + 8 <= len(place):
        length, name = struct.unpack_from(">I4s", place, here)
        if name == b"IDAT":
            packed += place[here + 8 : here + 8 + length]
        elif name == b"IEND":
            break
        here += 12 + length
    rows = _inflate(bytes(packed), 0, wbits=15)
    stride = 3 * width_px
    above, out = np.zeros(stride, np.int64), bytearray()
    for row in range(min(height_px, len(rows) // (stride + 1))):
        line = np.frombuffer(rows, np.uint8, stride, row * (stride + 1) + 1).astype(np.int64)
        above = _unfilter(rows[row * (stride + 1)], line, above)
        out += above.astype(np.uint8).tobytes()
    return bytes(out)


def _unfilter(kind: int, line: NDArray[np.int64], above: NDArray[np.int64]) -> NDArray[np.int64]:
    """Undo a row filter of PNG (W3C, section 9): none, left, above, mean, Paeth."""
    if kind == 1:
        return np.asarray(np.cumsum(line.reshape(-1, _COLOURS), axis=0).reshape(-1) & 0xFF)
    if kind == 2:  # noqa: PLR2004 - the standard's number
        return np.asarray((line + above) & 0xFF)
    if kind not in {3, 4}:
        return line
    done = np.zeros(len(line) + _COLOURS, np.int64)
    upper = np.concatenate([np.zeros(_COLOURS, np.int64), above])
    for place in range(_COLOURS, len(done)):
        left, up, corner = (
            int(done[place - _COLOURS]),
            int(upper[place]),
            int(upper[place - _COLOURS]),
        )
        guess = (left + up) // 2 if kind == 3 else _paeth(left, up, corner)  # noqa: PLR2004 - the standard's number
        done[place] = (line[place - _COLOURS] + guess) & 0xFF
    return done[_COLOURS:]


def _paeth(left: int, up: int, corner: int) -> int:
    straight = left + up - corner
    return min((left, up, corner), key=lambda one: abs(straight - one))


def _filtered_png(picture: NDArray[np.uint8]) -> bytes:
    """Pack the picture with a row filter, as programs do.

    The pixels stand nowhere in it, not even unpacked.
    """
    height_px, width_px, _ = picture.shape
    rgb = picture[:, :, ::-1].astype(np.int64)
    left = np.concatenate([np.zeros((height_px, 1, _COLOURS), np.int64), rgb[:, :-1]], axis=1)
    rows = np.ones((height_px, 1 + 3 * width_px), np.uint8)
    rows[:, 1:] = ((rgb - left) & 0xFF).astype(np.uint8).reshape(height_px, -1)
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return _PNG + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def _jpeg_sizes(place: bytes) -> Iterator[tuple[int, int]]:
    """Yield the width and height in pixels of all that begins like a JPEG and has its header."""
    start = place.find(_JPEG)
    while start >= 0:
        here, end = start + 2, min(len(place), start + _JPEG_HEADER_MAX)
        while here + 9 <= end and place[here] == 0xFF:  # noqa: PLR2004 - how a marker begins
            kind = place[here + 1]
            if kind in _FRAMES_OF_JPEG:
                height_px, width_px = struct.unpack_from(">HH", place, here + 5)
                yield width_px, height_px
                break
            if kind in _BARE_OF_JPEG or kind == 0xDA:  # noqa: PLR2004 - the scan, which a size must come before
                break
            here += 2 + struct.unpack_from(">H", place, here + 2)[0]
        start = place.find(_JPEG, start + 1)
