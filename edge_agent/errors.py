# SPDX-License-Identifier: Apache-2.0
"""What can go wrong on a box, named by what went wrong.

Every message says what, where, what was found, what was wanted and what to do about it.
"""


class EdgeAgentError(Exception):
    """Base of every error of this package."""


class ConfigError(EdgeAgentError):
    """The config file does not say something that a box can run."""


class ModelError(EdgeAgentError):
    """A model's card or file is missing, is not what its card says, or cannot run."""


class CameraError(EdgeAgentError):
    """A camera or video file cannot be opened, or no frame came in time."""


class ShapeError(EdgeAgentError):
    """Positions that are not an array of the promised shape."""


class RecordError(EdgeAgentError):
    """64 bytes from the sensor that the table does not allow."""


class StoreError(EdgeAgentError):
    """A file of the box (pending, ledger, outbox, key) cannot be read or written; `damaged` where what it holds is wrong."""

    def __init__(self, sentence: str, *, damaged: bool = False) -> None:
        super().__init__(sentence)
        self.damaged = damaged


class LinkError(EdgeAgentError):
    """The broker cannot be reached as configured."""


class ProcessError(EdgeAgentError):
    """A process of the box did not start, or ended when it should not."""
