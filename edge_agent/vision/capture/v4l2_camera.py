# SPDX-License-Identifier: Apache-2.0
"""One attached camera, through the V4L2 of OpenCV."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

from edge_agent.errors import CameraError, CameraFault
from edge_agent.vision.capture.bgr import as_bgr
from edge_agent.vision.capture.camera import Capture
from edge_agent.vision.capture.device import probe_device
from edge_agent.vision.capture.frame import FPS_MAX, SIDE_MAX_PX, Frame
from edge_agent.vision.capture.live_camera import LiveCamera

_DEVICE = re.compile(r"/dev/video\d{1,3}")
_FOURCC = re.compile(r"[A-Z0-9]{4}")


@dataclass(frozen=True, slots=True)
class V4l2Parameters:
    """One attached camera and the mode it is set to.

    fourcc is the pixel format, such as MJPG or YUYV. Raises CameraError for anything that is not a
    plain device and a possible mode.
    """

    device: Path
    width_px: int
    height_px: int
    fps: float
    fourcc: str

    def __post_init__(self) -> None:
        if _DEVICE.fullmatch(str(self.device)) is None:
            raise CameraError(
                f"camera {str(self.device)!r}: not a device, wanted /dev/video0..999; correct the "
                "config"
            )
        if not (
            0 < self.width_px <= SIDE_MAX_PX
            and 0 < self.height_px <= SIDE_MAX_PX
            and 0 < self.fps <= FPS_MAX
        ):
            raise CameraError(
                f"{self.device}: {self.width_px}x{self.height_px} at {self.fps} fps, wanted "
                f"sides up to {SIDE_MAX_PX} pixels and a rate up to {FPS_MAX:.0f}; correct the "
                "config"
            )
        if _FOURCC.fullmatch(self.fourcc) is None:
            raise CameraError(
                f"{self.device}: fourcc {self.fourcc!r}, wanted four capital letters or digits, as "
                "MJPG; correct it"
            )


OpenCapture = Callable[[V4l2Parameters], Capture]


class V4l2Camera(LiveCamera):
    """One attached camera; the newest frame wins and the others are counted as skipped."""

    def __init__(
        self,
        parameters: V4l2Parameters,
        *,
        loss_after_s: float,
        monotonic: Callable[[], float] = time.monotonic,
        open_capture: OpenCapture | None = None,
    ) -> None:
        """Open the device, and capture nothing before the first read().

        Times are those of monotonic. open_capture opens the device; the default is the V4L2 of
        OpenCV. Raises CameraError where the device is missing, busy, or does not offer the mode.
        """
        source = _Device(parameters, (open_capture or open_v4l2)(parameters), monotonic)
        super().__init__(
            source, loss_after_s=loss_after_s, monotonic=monotonic, thread_name="camera"
        )


class _Device:
    """The frames of one open device, each with the time at which it came."""

    advice = "look at the cable and the camera"

    def __init__(
        self, parameters: V4l2Parameters, capture: Capture, monotonic: Callable[[], float]
    ) -> None:
        self.name = str(parameters.device)
        self.frame_width_px = parameters.width_px
        self.frame_height_px = parameters.height_px
        self.fps = parameters.fps
        self._capture = capture
        self._monotonic = monotonic
        self._index = 0

    def begin(self) -> None:
        """Do nothing: a device keeps no frame from before."""

    def capture(self, stopped: Callable[[], bool]) -> Frame | None:
        """Wait for the device's next frame. See FrameSource."""
        try:
            ok, image = self._capture.read()
            if stopped():
                return None
            if not ok:
                raise CameraError(f"{self.name}: the device gave no frame; {self.advice}")
            bgr = as_bgr(
                image, width_px=self.frame_width_px, height_px=self.frame_height_px, where=self.name
            )
        except cv2.error as error:
            raise CameraError(f"{self.name}: {error}; {self.advice}") from error
        frame = Frame(bgr, self._monotonic(), self._index)
        self._index += 1
        return frame

    def release(self) -> None:
        """Close the device."""
        self._capture.release()


def open_v4l2(parameters: V4l2Parameters) -> cv2.VideoCapture:
    """Open a camera in one mode.

    Raises CameraError where the device is no character device, cannot be opened, or offers another
    mode than asked for: the lines and zones of a config are drawn for one frame size.
    """
    device = str(parameters.device)
    probe_device(parameters.device)
    fourcc = cv2.VideoWriter.fourcc(*parameters.fourcc)
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    for key, value in (
        (cv2.CAP_PROP_FOURCC, fourcc),
        (cv2.CAP_PROP_FRAME_WIDTH, parameters.width_px),
        (cv2.CAP_PROP_FRAME_HEIGHT, parameters.height_px),
        (cv2.CAP_PROP_FPS, parameters.fps),
    ):
        capture.set(key, value)
    if not capture.isOpened():
        raise CameraError(
            f"{device}: cannot be opened, though the device answers; look whether another program "
            "has the camera",
            fault=CameraFault.BUSY,
        )
    got = (
        round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        round(capture.get(cv2.CAP_PROP_FOURCC)),
    )
    if got != (parameters.width_px, parameters.height_px, fourcc):
        capture.release()
        name = got[2].to_bytes(4, "little").decode("ascii", "replace")
        raise CameraError(
            f"{device}: offers {got[0]}x{got[1]} {name}, wanted "
            f"{parameters.width_px}x{parameters.height_px} {parameters.fourcc};"
            " correct the config",
            fault=CameraFault.OTHER_MODE,
        )
    return capture
