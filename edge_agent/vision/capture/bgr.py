# SPDX-License-Identifier: Apache-2.0
"""Bring whatever a decoder or a driver gives into one form: uint8, blue, green, red."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.errors import CameraError

_COLOUR_CHANNELS = 3
_ALPHA_CHANNELS = 4


def as_bgr(image: object, *, width_px: int, height_px: int, where: str) -> NDArray[np.uint8]:
    """Return a captured image as (height, width, 3) uint8 BGR.

    Grey is spread over the channels, transparency is dropped. Raises CameraError for another size
    than width_px x height_px, and for whatever else is no picture.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim not in {2, 3}:
        got = (
            f"{image.dtype} {image.shape}"
            if isinstance(image, np.ndarray)
            else type(image).__name__
        )
        raise CameraError(
            f"{where}: a frame is {got}, wanted uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)"
        )
    if image.shape[:2] != (height_px, width_px):
        raise CameraError(
            f"{where}: a frame is {image.shape[1]}x{image.shape[0]}, wanted "
            f"{width_px}x{height_px} to the end; cut the recording"
            " where it changes, or fix the camera's mode"
        )
    channels = image.shape[2] if image.ndim == 3 else 1  # noqa: PLR2004 - height, width, channel
    if channels == _COLOUR_CHANNELS:
        return image
    if channels == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels == _ALPHA_CHANNELS:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR), np.uint8)
    raise CameraError(f"{where}: a frame has {channels} channels, wanted 1, 3 or 4")
