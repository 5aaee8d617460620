# SPDX-License-Identifier: Apache-2.0
"""Unpack gzip piece by piece, and never more than a bound: a few kB may hold gigabytes."""

import zlib
from collections.abc import Iterable, Iterator

from fusion_service.context.trouble import FeedError

MAGIC = b"\x1f\x8b"
LAYERS_MAX = 2
"""A file that is gzip, sent with Content-Encoding gzip."""
PIECE_BYTES = 64 * 2**10
_GZIP = 16 + zlib.MAX_WBITS
_TRUNCATED = "wait: it is asked again; where it stays so, tell whoever runs the server"


def pieces(body: bytes, *, bytes_max: int) -> Iterator[bytes]:
    """Yield what a body holds, unpacked where it is gzip, in pieces of at most PIECE_BYTES.

    Raises FeedError where it holds more than bytes_max, is no whole gzip, or is packed more than
    LAYERS_MAX times.
    """
    yield from _bounded(_unpacked(_cut(body), LAYERS_MAX), bytes_max)


def whole(body: bytes, *, bytes_max: int) -> bytes:
    """Return what a body holds, unpacked where it is gzip. Raises FeedError as `pieces` does."""
    return b"".join(pieces(body, bytes_max=bytes_max))


def _cut(body: bytes) -> Iterator[bytes]:
    for begin in range(0, len(body), PIECE_BYTES):
        yield body[begin : begin + PIECE_BYTES]


def _bounded(parts: Iterable[bytes], bytes_max: int) -> Iterator[bytes]:
    total = 0
    for part in parts:
        total += len(part)
        if total > bytes_max:
            raise FeedError(
                f"it holds more than {bytes_max} bytes unpacked",
                "see whether the address is the right one; so much is not read",
            )
        yield part


def _unpacked(parts: Iterator[bytes], layers: int) -> Iterator[bytes]:
    """Yield pieces as they are, or unpacked where the first begins as gzip does."""
    first = next(parts, b"")
    if not first.startswith(MAGIC):
        yield first
        yield from parts
        return
    if layers == 0:
        raise FeedError(
            f"it is packed more than {LAYERS_MAX} times", "tell whoever runs the server"
        )
    yield from _unpacked(_members(first, parts), layers - 1)


def _members(first: bytes, parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what one gzip file holds; it may have several members, one after the other."""
    reader = zlib.decompressobj(_GZIP)
    waiting = first
    while True:
        try:
            unpacked = reader.decompress(waiting, PIECE_BYTES)
        except zlib.error as error:
            raise FeedError(f"its gzip is damaged: {error}", _TRUNCATED) from error
        if unpacked:
            yield unpacked
        waiting = reader.unconsumed_tail
        if reader.eof:
            waiting = reader.unused_data or next(parts, b"")
            if not waiting.startswith(MAGIC):
                return  # Padding behind the last member, as tape archives leave it.
            reader = zlib.decompressobj(_GZIP)
        elif not waiting:
            waiting = next(parts, b"")
            if not waiting:
                if unpacked:
                    waiting = b""
                    continue
                raise FeedError("its gzip ends in the middle", _TRUNCATED)
