# SPDX-License-Identifier: Apache-2.0
"""A frame: one image and its capture time. It lives for milliseconds and never leaves this room."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE_MAX_PX = 8192  # The largest cameras have 8192 x 4320 pixels.
FPS_MAX = 240.0  # Beyond it a container does not tell its rate but its time base.


@dataclass(frozen=True, slots=True)
class Frame:
    """One image and its capture time.

    image is (height, width, 3) uint8, BGR. captured_s is in seconds of the camera's clock:
    monotonic for a live camera or a paced file, the file's own time (index / fps) for a file read
    as fast as possible. index counts captured frames from 0.
    """

    image: NDArray[np.uint8]
    captured_s: float
    index: int
