# SPDX-License-Identifier: Apache-2.0
"""How a network is fed and how its outputs are laid out: what its card says, as plain values."""

from dataclasses import dataclass
from typing import Literal

Channels = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class InputLayout:
    """How a picture becomes the input tensor (1, 3, height, width) float32.

    Each value is x * scale + offset of a byte x; both hold one number for each channel, in the
    order of the tensor. width_px and height_px are the size recommended; both sizes must be
    multiples of multiple_px, within side_min_px..side_max_px, and exactly the recommended ones
    where fixed. letterbox is the grey, 0..255, that fills what the picture leaves free.
    """

    name: str
    width_px: int
    height_px: int
    fixed: bool
    multiple_px: int
    side_min_px: int
    side_max_px: int
    channels: Literal["bgr", "rgb"]
    scale: Channels
    offset: Channels
    letterbox: int


@dataclass(frozen=True, slots=True)
class SsdLayout:
    """Two outputs of a single-shot detector with anchors.

    box_codes (1, N, 4) float32: (ty, tx, th, tw) against the anchors, divided by center_scale and
    size_scale when decoded. class_scores (1, N, columns) float32: logits. anchors_px holds for each
    level the (width, height) of its anchors in pixels of the input; the first level has one cell
    each stride_px, a power of two, every further one half as many, rounded up. training_side_px is
    the side of the square that the network was trained with, which fixes where its cells look.
    """

    box_codes: str
    class_scores: str
    columns: int
    person_column: int
    stride_px: int
    training_side_px: int
    center_scale: float
    size_scale: float
    anchors_px: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class YoloxLayout:
    """One output (1, N, 5 + classes) float32, cell by cell and stride by stride.

    Columns: centre x and y in cells from the cell's corner, logarithm of width and height in cells,
    objectness 0..1, then 0..1 for each class. A person's confidence is objectness times the class.
    free_size_sha256 is the hash of the file once its input size is free, None where the card does
    not say; see edge_agent.models.free_size.
    """

    output: str
    classes: int
    person_column: int
    strides_px: tuple[int, ...]
    free_size_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class RtmdetLayout:
    """Two outputs of a network that decodes its boxes and suppresses the doubles itself.

    boxes (1, n, 5) float32: left, top, right, bottom in pixels of the input, and the confidence
    0..1. labels (1, n) int64: the class of each box. n changes from frame to frame and is at most
    boxes_max; a row that stands for nothing has another label than person_label.
    """

    boxes: str
    labels: str
    person_label: int
    boxes_max: int


Layout = SsdLayout | YoloxLayout | RtmdetLayout
