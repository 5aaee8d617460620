# SPDX-License-Identifier: Apache-2.0
"""Turn a model's outputs into boxes: decode, then non-maximum suppression. No picture comes here.

Only rows above the confidence asked for are decoded: of thousands of anchors some dozens are left.
"""

from collections.abc import Sequence
from math import ceil, log
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_agent.errors import ModelError
from edge_agent.models.layouts import RtmdetLayout, SsdLayout, YoloxLayout

CANDIDATES_MAX = 1000
"""Boxes that enter suppression, the most confident first; a zone counts at most 255 people."""
BLANK_CONFIDENCE_MAX = 0.05
"""An anchor that is more confident than this in a blank frame is so in every frame."""
_LOG_SIZE_MAX = log(1000.0)
"""No person is 1,000 times as large as an anchor; exp() stays finite whatever the model says."""

Floats: TypeAlias = NDArray[np.float32]
Outputs: TypeAlias = Sequence[NDArray[np.generic]]
"""What a network gives for one frame, in the order of its decoder's names."""
Found: TypeAlias = tuple[Floats, Floats]
"""Boxes (N, 4) float32 xyxy in pixels of the input, and confidences (N,) float32 in 0..1."""
NamedOutput: TypeAlias = tuple[str, type[np.generic]]


class Decoder(Protocol):
    """Reads the outputs of one format at one input size."""

    @property
    def boxes_max(self) -> int | None:
        """Of so many boxes it tells at most, the most confident ones; None where of all."""
        ...

    @property
    def outputs(self) -> tuple[NamedOutput, ...]:
        """Name and element type of each output that is wanted, in the order of decode()."""
        ...

    def decode(self, outputs: Outputs) -> Found:
        """Return the boxes at or above the decoder's least confidence, before suppression.

        Raises ModelError where the outputs do not have the shapes that the card promises.
        """
        ...

    def learn_background(self, outputs: Outputs) -> None:
        """Learn what the outputs for a blank frame say, and discount it in every other frame."""
        ...


def ssd_anchors(layout: SsdLayout, *, width_px: int, height_px: int) -> Floats:
    """Return the anchors, (N, 4) float32: centre y, centre x, height, width, pixels of the input.

    Row order is level, row of cells, cell, anchor, as the network writes its outputs. Anchor sizes
    are pixels whatever the input size, because the network is convolutional and learned them so. At
    the training size the anchors are those of the published graph (the TensorFlow Object Detection
    API's generator); for centres at other sizes see cell_centers().
    """
    rows, columns = (cell_centers(layout, side_px=side_px) for side_px in (height_px, width_px))
    levels = []
    for anchors_px, center_y, center_x in zip(layout.anchors_px, rows, columns, strict=True):
        sizes = np.array(anchors_px, np.float32)
        level = np.empty((len(center_y), len(center_x), len(sizes), 4), np.float32)
        level[..., 0] = center_y[:, None, None]
        level[..., 1] = center_x[None, :, None]
        level[..., 2] = sizes[:, 1]
        level[..., 3] = sizes[:, 0]
        levels.append(level.reshape(-1, 4))
    return np.concatenate(levels)


def cell_centers(layout: SsdLayout, *, side_px: int) -> list[NDArray[np.float64]]:
    """Return for each level where its cells' anchors are centred along one side, in pixels.

    A cell looks at a field whose centre depends on padding: SAME pads an even side only behind, an
    odd one on both ends, so the field of the first cell begins anywhere within a stride, depending
    on the side. The network learned to speak relative to centres spread evenly over the training
    side, a fixed distance from its fields there. That distance, a straight line along the side, is
    what must stay the same at other sizes. Spreading centres evenly at every size instead, as is
    usual, shifts every box: at 480x360 by 3 and 5 pixels of a 768x576 frame, and F1 on vtest falls
    from 0.82 to 0.74 [measured, confidence 0.15].
    """
    levels = len(layout.anchors_px)
    trained = _fields(layout.training_side_px, layout.stride_px, levels)
    here = _fields(side_px, layout.stride_px, levels)
    centers = []
    for (first_px, cells), (trained_first_px, trained_cells), level in zip(
        here, trained, range(levels), strict=True
    ):
        stride_px = layout.stride_px << level
        place = (np.arange(cells) + 0.5) / cells
        distance_px = (
            trained_first_px
            - stride_px / 2
            + place * (stride_px * trained_cells - layout.training_side_px)
        )
        centers.append(first_px + stride_px * np.arange(cells) - distance_px)
    return centers


def _fields(side_px: int, stride_px: int, levels: int) -> list[tuple[float, int]]:
    """Return for each level the centre of the first cell's field, pixels, and how many cells.

    Each halving is a 3x3 convolution with stride 2: its first window is centred on the second
    sample of an even side, on the first of an odd one.
    """
    first_px, spacing_px, cells = 0.5, 1, side_px
    fields: list[tuple[float, int]] = []
    while len(fields) < levels:
        if spacing_px >= stride_px:
            fields.append((first_px, cells))
        first_px += 0.0 if cells % 2 else spacing_px
        spacing_px, cells = spacing_px * 2, ceil(cells / 2)
    return fields


class SsdDecoder:
    """Decode box codes against anchors.

    Source: Liu et al. 2016 (SSD), section 2.2, with the box coder of Faster R-CNN.
    """

    boxes_max: int | None = None

    def __init__(
        self, layout: SsdLayout, *, width_px: int, height_px: int, confidence_min: float
    ) -> None:
        """Compute the anchors of one input size, in pixels, once."""
        self.outputs = ((layout.box_codes, np.float32), (layout.class_scores, np.float32))
        self._layout = layout
        self._anchors = ssd_anchors(layout, width_px=width_px, height_px=height_px)
        # Comparing logits spares the sigmoid of every anchor.
        self._logit_min = np.float32(log(confidence_min / (1.0 - confidence_min)))
        self._background = np.zeros(len(self._anchors), np.float32)

    def learn_background(self, outputs: Outputs) -> None:
        """Learn which anchors detect people in a blank frame, as some at the edges do."""
        scores = _floats("class scores", outputs[1], (1, len(self._anchors), self._layout.columns))
        said = scores[0, :, self._layout.person_column] - np.float32(
            log(BLANK_CONFIDENCE_MAX / (1.0 - BLANK_CONFIDENCE_MAX))
        )
        np.fmax(self._background, said, out=self._background)

    def decode(self, outputs: Outputs) -> Found:
        """Return boxes and confidences from (box_codes, class_scores). See Decoder."""
        count = len(self._anchors)
        codes = _floats("box codes", outputs[0], (1, count, 4))
        scores = _floats("class scores", outputs[1], (1, count, self._layout.columns))
        logits = scores[0, :, self._layout.person_column] - self._background
        rows = np.flatnonzero(logits >= self._logit_min)
        center_y, center_x, height, width = self._anchors[rows].T
        ty, tx, th, tw = codes[0, rows].T
        center_scale, size_scale = (
            np.float32(self._layout.center_scale),
            np.float32(self._layout.size_scale),
        )
        return _boxes(
            ty / center_scale * height + center_y,
            tx / center_scale * width + center_x,
            np.exp(np.minimum(th / size_scale, _LOG_SIZE_MAX)) * height,
            np.exp(np.minimum(tw / size_scale, _LOG_SIZE_MAX)) * width,
        ), _sigmoid(logits[rows])


def yolox_cells(layout: YoloxLayout, *, width_px: int, height_px: int) -> Floats:
    """Return the cells, (N, 3) float32: row, column, stride in pixels; stride by stride."""
    levels = []
    for stride_px in layout.strides_px:
        rows, columns = np.mgrid[0 : height_px // stride_px, 0 : width_px // stride_px].reshape(
            2, -1
        )
        levels.append(np.stack([rows, columns, np.full(rows.shape, stride_px)], axis=1))
    return np.concatenate(levels).astype(np.float32)


class YoloxDecoder:
    """Decode an anchor-free output. Source: Ge et al. 2021 (YOLOX), section 2."""

    boxes_max: int | None = None

    def __init__(
        self, layout: YoloxLayout, *, width_px: int, height_px: int, confidence_min: float
    ) -> None:
        """Compute the cells of one input size, in pixels, once."""
        self.outputs = ((layout.output, np.float32),)
        self._layout = layout
        self._cells = yolox_cells(layout, width_px=width_px, height_px=height_px)
        self._confidence_min = np.float32(confidence_min)

    def learn_background(self, outputs: Outputs) -> None:
        """Do nothing: without anchors it detects nobody in a blank frame. See Decoder."""

    def decode(self, outputs: Outputs) -> Found:
        """Return boxes and confidences from (output,). See Decoder."""
        wanted = (1, len(self._cells), 5 + self._layout.classes)
        output = _floats("output", outputs[0], wanted)
        confidences = output[0, :, 4] * output[0, :, 5 + self._layout.person_column]
        rows = np.flatnonzero(confidences >= self._confidence_min)
        row, column, stride = self._cells[rows].T
        x, y, log_width, log_height = output[0, rows, :4].T
        return _boxes(
            (y + row) * stride,
            (x + column) * stride,
            np.exp(np.minimum(log_height, _LOG_SIZE_MAX)) * stride,
            np.exp(np.minimum(log_width, _LOG_SIZE_MAX)) * stride,
        ), confidences[rows]


class RtmdetDecoder:
    """Read boxes that the network has decoded. Source: Lyu et al. 2022 (RTMDet).

    The network has suppressed doubles itself, up to an IoU of 0.6, and suppress() comes after all
    the same: of the boxes that overlap by 0.5 to 0.6 nine in ten are a second box of one person. On
    vtest precision rises from .815 to .839 at confidence 0.3 and from .951 to .955 at 0.45, recall
    falls by .005 and .001 [measured, 480x352].
    """

    def __init__(self, layout: RtmdetLayout, *, confidence_min: float) -> None:
        """Decode at any input size: the boxes come in its pixels."""
        self.outputs = ((layout.boxes, np.float32), (layout.labels, np.int64))
        self.boxes_max = layout.boxes_max
        self._layout = layout
        self._confidence_min = np.float32(confidence_min)

    def learn_background(self, outputs: Outputs) -> None:
        """Do nothing: without anchors it detects nobody in a blank frame. See Decoder."""

    def decode(self, outputs: Outputs) -> Found:
        """Return boxes and confidences from (boxes, labels). See Decoder."""
        boxes, labels = outputs
        count = min(boxes.shape[1] if boxes.ndim > 1 else 0, self._layout.boxes_max)
        rows = _floats("boxes", boxes, (1, count, 5))[0]
        if labels.shape != (1, count) or labels.dtype != np.int64:
            raise _another("labels", labels, f"int64 {(1, count)}")
        is_person = (labels[0] == self._layout.person_label) & (rows[:, 4] >= self._confidence_min)
        return rows[is_person, :4], rows[is_person, 4]


def suppress(found: Found, *, iou_max: float) -> Found:
    """Drop each box whose IoU with a more confident one that stays is over iou_max.

    Boxes without area, or that are not numbers, go first. Of equal confidences the earlier row
    wins. At most CANDIDATES_MAX boxes are compared. The most confident comes first. Source: greedy
    non-maximum suppression, as in Girshick et al. 2014 (R-CNN), section 2.2.
    """
    boxes, confidences = found
    solid = np.flatnonzero((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))
    order = solid[np.argsort(-confidences[solid], kind="stable")[:CANDIDATES_MAX]]
    boxes, confidences = boxes[order], confidences[order]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    alive = np.ones(len(boxes), np.bool_)
    kept = []
    for index in range(len(boxes)):
        if not alive[index]:
            continue
        kept.append(index)
        rest = boxes[index + 1 :]
        low = np.maximum(rest[:, :2], boxes[index, :2])
        high = np.minimum(rest[:, 2:], boxes[index, 2:])
        common = np.prod(np.maximum(high - low, 0), axis=1)
        alive[index + 1 :] &= common <= np.float32(iou_max) * (
            areas[index + 1 :] + areas[index] - common
        )
    return boxes[kept], confidences[kept]


def _boxes(center_y: Floats, center_x: Floats, height: Floats, width: Floats) -> Floats:
    half_width, half_height = width / 2, height / 2
    corners = (
        center_x - half_width,
        center_y - half_height,
        center_x + half_width,
        center_y + half_height,
    )
    return np.stack(corners, axis=1).astype(np.float32, copy=False)


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def _floats(what: str, output: NDArray[np.generic], wanted: tuple[int, ...]) -> Floats:
    """Return an output as what it is. Raises ModelError for another type or shape."""
    if output.shape != wanted or output.dtype != np.float32:
        raise _another(what, output, f"float32 {wanted}")
    return output.view(np.float32)


def _another(what: str, output: NDArray[np.generic], wanted: str) -> ModelError:
    return ModelError(
        f"{what}: {output.dtype} {output.shape}, wanted {wanted} as the card says; correct the card"
    )
