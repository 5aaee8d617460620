# SPDX-License-Identifier: Apache-2.0
"""Bring a frame into a model's input tensor, in buffers that every frame uses again."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.models.layouts import InputLayout
from edge_agent.vision.tiles import Region

Aspect: TypeAlias = Literal["keep", "stretch"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a frame, or a region of it, lies in the input: at the top left, in pixels of the input.

    scale_x and scale_y are input pixels for each frame pixel; left_px and top_px say where in the
    frame the part begins.
    """

    width_px: int
    height_px: int
    scale_x: float
    scale_y: float
    left_px: int = 0
    top_px: int = 0


def place(
    *,
    frame_width_px: int,
    frame_height_px: int,
    input_width_px: int,
    input_height_px: int,
    aspect: Aspect,
) -> Placement:
    """Fit a frame into the input: `keep` its aspect and leave a band free, or `stretch` it."""
    if aspect == "stretch":
        width_px, height_px = input_width_px, input_height_px
    else:
        scale = min(input_width_px / frame_width_px, input_height_px / frame_height_px)
        width_px = min(input_width_px, max(1, round(frame_width_px * scale)))
        height_px = min(input_height_px, max(1, round(frame_height_px * scale)))
    return Placement(width_px, height_px, width_px / frame_width_px, height_px / frame_height_px)


def to_frame(boxes: NDArray[np.float32], placement: Placement) -> NDArray[np.float32]:
    """Return boxes, (N, 4) pixels of the input, in pixels of the frame and clipped to it."""
    scale = np.array(
        [placement.scale_x, placement.scale_y, placement.scale_x, placement.scale_y], np.float32
    )
    limit = np.array(
        [placement.width_px, placement.height_px, placement.width_px, placement.height_px],
        np.float32,
    )
    corner = np.array(
        [placement.left_px, placement.top_px, placement.left_px, placement.top_px], np.float32
    )
    return np.clip(boxes, np.float32(0), limit) / scale + corner


class InputBuffer:
    """The resized frame: its bytes (height, width, 3), its planes, and the tensor for the model.

    Planes are (3, height, width) uint8, the tensor is (1, 3, height, width) float32. The next frame
    overwrites them, and clear() does so at once.
    """

    def __init__(
        self, layout: InputLayout, *, width_px: int, height_px: int, aspect: Aspect
    ) -> None:
        """Allocate for one input size, in pixels."""
        self._layout = layout
        self._aspect: Aspect = aspect
        self._canvas = np.full((height_px, width_px, 3), layout.letterbox, np.uint8)
        self._planes = np.empty((3, height_px, width_px), np.uint8)
        # OpenCV keeps blue first; handing it the planes backwards turns BGR into RGB without a pass
        # of its own.
        self._split_into = list(self._planes[::-1] if layout.channels == "rgb" else self._planes)
        self._normalisation = [
            (np.float32(scale), np.float32(offset))
            for scale, offset in zip(layout.scale, layout.offset, strict=True)
        ]
        self._placement: Placement | None = None
        self._frame_shape: tuple[int, ...] = ()
        self.tensor = np.zeros((1, 3, height_px, width_px), np.float32)

    def fill(self, image: NDArray[np.uint8], region: Region | None = None) -> Placement:
        """Write a (height, width, 3) uint8 BGR image, or a region of it; return where it lies."""
        if region is not None:
            image = image[region.top : region.bottom, region.left : region.right]
        placement = self._place(image)
        inner = self._canvas[: placement.height_px, : placement.width_px]
        if inner.shape == image.shape:
            np.copyto(inner, image)
        else:
            # Linear, not area: seven times cheaper, and as good on the clips measured.
            cv2.resize(
                image,
                (placement.width_px, placement.height_px),
                dst=inner,
                interpolation=cv2.INTER_LINEAR,
            )
        cv2.split(self._canvas, self._split_into)
        for plane, out, (scale, offset) in zip(
            self._planes, self.tensor[0], self._normalisation, strict=True
        ):
            np.multiply(plane, scale, out=out)
            if offset:
                np.add(out, offset, out=out)
        return (
            placement
            if region is None
            else replace(placement, left_px=region.left, top_px=region.top)
        )

    def clear(self) -> None:
        """Overwrite the last picture."""
        self._canvas.fill(self._layout.letterbox)
        self._planes.fill(0)
        self.tensor.fill(0)

    def _place(self, image: NDArray[np.uint8]) -> Placement:
        if self._placement is None or image.shape != self._frame_shape:
            self._frame_shape = image.shape
            self._canvas.fill(self._layout.letterbox)
            self._placement = place(
                frame_width_px=image.shape[1],
                frame_height_px=image.shape[0],
                input_width_px=self._canvas.shape[1],
                input_height_px=self._canvas.shape[0],
                aspect=self._aspect,
            )
        return self._placement
