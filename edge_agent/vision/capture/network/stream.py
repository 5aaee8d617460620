# SPDX-License-Identifier: Apache-2.0
"""A network camera's stream, opened by OpenCV: RTSP over one TCP connection, or MJPEG over HTTP.

Only the feeder uses it.

Rule 1: the address is a number, so that nothing is looked up. Rule 2: no other protocol and no
other container than the one that the config names, whatever the camera answers. Rule 3: neither the
address's credentials nor its path stand in any message.
"""

import os
import string
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2

from edge_agent.errors import CameraError, CameraFault
from edge_agent.vision.capture.feed import Hello
from edge_agent.vision.capture.network.decoder_log import TRACE, VERBOSE, captured_log
from edge_agent.vision.capture.network.refusal import diagnose

# Of ffmpeg: how RTSP travels, which protocols may be opened, which containers may be read.
_OPTIONS = {
    "rtsp": "rtsp_transport;tcp|protocol_whitelist;tcp|format_whitelist;rtsp",
    "http": "protocol_whitelist;http,tcp|format_whitelist;mpjpeg,mjpeg",
}
_OPTIONS_KEY = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_PLAIN = frozenset(string.ascii_letters + string.digits + "-._~")


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where a camera's stream is: rtsp or http, a numeric address, a TCP port, a path with query.

    credentials are `user:password`, or None; they are left out of every text made of this.
    """

    kind: str
    host: str
    port: int
    url_path: str
    credentials: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.kind} camera at {self.host} port {self.port}"

    @property
    def peer(self) -> str:
        """Return host and port as they stand in an address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self) -> str:
        """Return the address as ffmpeg takes it."""
        user = ""
        if self.credentials is not None:
            user = ":".join(map(_quoted, self.credentials.split(":", 1))) + "@"
        return f"{self.kind}://{user}{self.peer}{self.url_path}"


def open_stream(
    address: StreamAddress, *, fps: float | None, timeout_s: float
) -> tuple[cv2.VideoCapture, Hello]:
    """Connect, and return the stream and what its frames will be.

    fps overrides the rate that the stream says. Raises CameraError, named by what is wrong, where
    nothing that can be decoded comes within timeout_s seconds.
    """
    timeout_ms = round(timeout_s * 1000)
    parameters = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, timeout_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, timeout_ms,
        # One thread: none may be born after the lock.
        cv2.CAP_PROP_N_THREADS, 1, cv2.CAP_PROP_HW_ACCELERATION, cv2.VIDEO_ACCELERATION_NONE,
    ]  # fmt: skip
    said: list[str] = []
    begun_s = time.monotonic()
    # What HTTP answers is told at the finest level only.
    with (
        _options(_OPTIONS[address.kind]),
        captured_log(TRACE if address.kind == "http" else VERBOSE, said),
    ):
        capture = cv2.VideoCapture(address.url(), cv2.CAP_FFMPEG, parameters)
    if not capture.isOpened():
        fault, sentence = diagnose(
            said,
            kind=address.kind,
            peer=address.peer,
            known=address.credentials is not None,
            within_s=timeout_s,
            in_time=time.monotonic() - begun_s < timeout_s,
        )
        raise CameraError(f"{address}: no stream: {sentence}", fault=fault)
    try:
        return capture, _hello(capture, fps)
    except CameraError as error:
        capture.release()
        raise CameraError(f"{address}: {error}", fault=CameraFault.OTHER_MODE) from error


def _hello(capture: cv2.VideoCapture, fps: float | None) -> Hello:
    width_px, height_px = (
        round(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    return Hello(width_px, height_px, capture.get(cv2.CAP_PROP_FPS) if fps is None else fps)


@contextmanager
def _options(text: str) -> Iterator[None]:
    """Let ffmpeg be opened with these options; OpenCV takes them from the environment then."""
    before = os.environ.get(_OPTIONS_KEY)
    os.environ[_OPTIONS_KEY] = text
    try:
        yield
    finally:
        if before is None:
            del os.environ[_OPTIONS_KEY]
        else:
            os.environ[_OPTIONS_KEY] = before


def _quoted(text: str) -> str:
    return "".join(
        one if one in _PLAIN else "".join(f"%{byte:02X}" for byte in one.encode()) for one in text
    )
