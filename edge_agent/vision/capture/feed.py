# SPDX-License-Identifier: Apache-2.0
"""What crosses from the feeder to the sensor: one hello, then frames.

Each frame comes behind a head of 32 bytes that says what follows.

Rule 1: the size of every frame is that of the hello, so a reader knows how much it will read before
it has read anything. Rule 2: a head that says anything else is an error, never a guess. Rule 3:
nothing goes the other way.

Little-endian. Hello: "PCH1", width u16, height u16 (pixels), rate u32 (thousandths of a frame a
second), 20 bytes of zero. Frame: "PCF1", width u16, height u16, length u32 (bytes of the image that
follows), index u32 (frames taken, from 0), captured u64 (nanoseconds of the machine's monotonic
clock), 8 bytes of zero; then the image, BGR, row by row.
"""

import struct
from dataclasses import dataclass

from edge_agent.errors import CameraError
from edge_agent.vision.capture.frame import FPS_MAX, SIDE_MAX_PX

HEAD_BYTES = 32
CHANNELS = 3
_HELLO = struct.Struct("<4sHHI20x")
_FRAME = struct.Struct("<4sHHIIQ8x")
_HELLO_WORD, _FRAME_WORD = b"PCH1", b"PCF1"
_THOUSANDTHS = 1000


@dataclass(frozen=True, slots=True)
class Hello:
    """What every frame of this feed will be: its size in pixels and how many come a second."""

    width_px: int
    height_px: int
    fps: float

    def __post_init__(self) -> None:
        """Raise CameraError for a picture that no camera gives."""
        if not (
            0 < self.width_px <= SIDE_MAX_PX
            and 0 < self.height_px <= SIDE_MAX_PX
            and 0 < self.fps <= FPS_MAX
        ):
            raise CameraError(
                f"feed: {self.width_px}x{self.height_px} at {self.fps} frames/s, wanted "
                f"sides up to {SIDE_MAX_PX} pixels and a rate"
                f" up to {FPS_MAX:.0f}; set camera.fps where the camera does not say its rate"
            )

    @property
    def image_bytes(self) -> int:
        """Bytes of one image."""
        return self.width_px * self.height_px * CHANNELS

    def pack(self) -> bytes:
        """Return the hello as it travels."""
        return _HELLO.pack(
            _HELLO_WORD, self.width_px, self.height_px, round(self.fps * _THOUSANDTHS)
        )


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of one frame: its place among those taken, and when it was."""

    index: int
    captured_ns: int

    def pack(self, hello: Hello) -> bytes:
        """Return the head as it travels, for a frame of the hello's size."""
        return _FRAME.pack(
            _FRAME_WORD,
            hello.width_px,
            hello.height_px,
            hello.image_bytes,
            self.index & 0xFFFFFFFF,
            self.captured_ns,
        )


def read_hello(raw: bytes) -> Hello:
    """Return the hello in these 32 bytes. Raises CameraError for anything else."""
    word, width_px, height_px, rate = _HELLO.unpack(raw)
    hello = Hello(width_px, height_px, rate / _THOUSANDTHS)
    if word != _HELLO_WORD or hello.pack() != raw:
        raise CameraError(f"feed: begins with {raw[:4]!r}, wanted a hello; the feeder is not ours")
    return hello


def read_head(raw: bytes, hello: Hello, *, after: Head | None, now_ns: int) -> Head:
    """Return the head in these 32 bytes.

    Raises CameraError unless it is of the agreed size, later than the one before it, and not from
    the future.
    """
    *_, index, captured_ns = _FRAME.unpack(raw)
    head = Head(index, captured_ns)
    if head.pack(hello) != raw:
        raise CameraError(
            f"feed: a frame is not of the agreed {hello.width_px}x{hello.height_px}; the feeder is "
            "not ours"
        )
    if after is not None and (head.index <= after.index or head.captured_ns <= after.captured_ns):
        raise CameraError(
            f"feed: frame {head.index} comes after frame {after.index}, wanted a later one; the "
            "feeder is not ours"
        )
    if head.captured_ns > now_ns:
        raise CameraError(
            f"feed: frame {head.index} says it was taken in the future; the feeder is not ours"
        )
    return head
