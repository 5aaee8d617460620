# SPDX-License-Identifier: Apache-2.0
"""What can go wrong on a box, named by what went wrong.

Every message says what, where, what was found, what was wanted and what to do about it.
"""

from enum import IntEnum


class CameraFault(IntEnum):
    """What is wrong with a camera, as the exit code of the process that holds it.

    LOST is the only one that leaves after the lock, where a process has seen pixels. The others are
    of a camera that could not be opened, before any real frame was read.
    """

    LOST = 3
    MISSING = 32
    NOT_A_CAMERA = 33
    NO_PERMISSION = 34
    BUSY = 35
    OTHER_MODE = 36
    NOT_DECODED = 37
    UNREACHABLE = 38
    REFUSED = 39
    NO_ANSWER = 40
    NO_ENTRY = 41
    NO_SUCH_PATH = 42
    REDIRECTED = 43
    UDP_ONLY = 44
    OTHER_ANSWER = 45
    CREDENTIALS = 46

    @property
    def word(self) -> str:
        """Return the fault as people read it."""
        return self.name.lower().replace("_", " ")


CAMERA_FAULTS = frozenset(map(int, CameraFault))


class EdgeAgentError(Exception):
    """Base of every error of this package."""


class ConfigError(EdgeAgentError):
    """The config file does not say something that a box can run."""


class ModelError(EdgeAgentError):
    """A model's card or file is missing, is not what its card says, or cannot run."""


class CameraError(EdgeAgentError):
    """A camera or video file cannot be opened, or no frame came in time.

    `fault` is which of the two, and why.
    """

    def __init__(self, sentence: str, *, fault: CameraFault = CameraFault.LOST) -> None:
        super().__init__(sentence)
        self.fault = fault


class ShapeError(EdgeAgentError):
    """Positions that are not an array of the promised shape."""


class RecordError(EdgeAgentError):
    """64 bytes from the sensor that the table does not allow."""


class StoreError(EdgeAgentError):
    """A file of the box (pending, ledger, outbox, key) cannot be read or written.

    `damaged` where what it holds is wrong.
    """

    def __init__(self, sentence: str, *, damaged: bool = False) -> None:
        super().__init__(sentence)
        self.damaged = damaged


class LinkError(EdgeAgentError):
    """The broker cannot be reached as configured."""


class ProcessError(EdgeAgentError):
    """A process of the box did not start, or ended when it should not."""
