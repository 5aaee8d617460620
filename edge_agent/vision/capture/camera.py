# SPDX-License-Identifier: Apache-2.0
"""A camera, as the pipeline uses it: the port that a file, a device and a feed stand behind.

Rule 1: what is opened is named by its path and nothing else; no address, no pipeline, no pattern.
Rule 2: everything that needs the system (the file, the device, the thread) is made in the
constructor, and the first frame is captured at the first read(), so that a process can lock itself
in between. Rule 3: a camera that is lost is an error, never a wait without end.
"""

from types import TracebackType
from typing import Protocol, Self

from edge_agent.vision.capture.frame import Frame


class Camera(Protocol):
    """A source of frames, read by one thread."""

    @property
    def ended(self) -> bool:
        """True when no frame will ever come again: the end of a file."""
        ...

    @property
    def captured(self) -> int:
        """Frames captured so far, skipped ones included."""
        ...

    @property
    def skipped(self) -> int:
        """Frames that a newer one replaced before they were read."""
        ...

    @property
    def frame_width_px(self) -> int:
        """Width of every frame."""
        ...

    @property
    def frame_height_px(self) -> int:
        """Height of every frame."""
        ...

    @property
    def fps(self) -> float:
        """Frames a second that the source is set to."""
        ...

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame; None where none came within timeout_s seconds, or at the end.

        Raises CameraError where the source is lost: no frame for longer than it may take.
        """
        ...

    def close(self) -> None:
        """Give the source back. Closing twice changes nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Capture(Protocol):
    """What is used of cv2.VideoCapture."""

    def read(self) -> tuple[bool, object]:
        """Return whether an image came, and the image."""
        ...

    def release(self) -> None:
        """Close the device."""
        ...
