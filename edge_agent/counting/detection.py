# SPDX-License-Identifier: Apache-2.0
"""Detections: what vision hands to counting. From here on there are no pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.errors import ShapeError

Boxes = NDArray[np.float32]
"""(N, 4) float32, xyxy: left, top, right, bottom in pixels of the frame, x right and y down."""


@dataclass(frozen=True, slots=True)
class Detections:
    """The people detected in one frame.

    boxes is (N, 4) float32 xyxy in pixels of the frame; confidences is (N,) float32 in 0..1, in any
    order. Below complete_from, 0..1, the network may have left people out, because it tells of so
    many boxes at most; 0 where it told of all. Raises ShapeError where the two do not have these
    shapes.
    """

    boxes: Boxes
    confidences: NDArray[np.float32]
    complete_from: float = 0.0

    def __post_init__(self) -> None:
        if (
            self.boxes.ndim != 2  # noqa: PLR2004 - xyxy
            or self.boxes.shape[1] != 4  # noqa: PLR2004 - xyxy
            or self.confidences.shape != self.boxes.shape[:1]
        ):
            raise ShapeError(
                f"detections: boxes {self.boxes.shape} with confidences {self.confidences.shape}, "
                "wanted (N, 4) with (N,)"
            )

    def __len__(self) -> int:
        return len(self.confidences)

    def at_least(self, confidence: float) -> "Detections":
        """Return those of at least this confidence."""
        kept = self.confidences >= np.float32(confidence)
        return self if kept.all() else self.only(kept)

    def only(self, kept: NDArray[np.bool_] | list[int]) -> "Detections":
        """Return those that are kept, by flag (N,) or by number."""
        return Detections(self.boxes[kept], self.confidences[kept], self.complete_from)


def no_detections() -> Detections:
    """Return the detections of an empty frame."""
    return Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32))


def covered_shares(boxes: Boxes) -> NDArray[np.float32]:
    """Return for each box (N, 4) the greatest share of it that one other box covers, 0..1."""
    if len(boxes) < 2:  # noqa: PLR2004 - nobody to be covered by
        return np.zeros(len(boxes), np.float32)
    left, top, right, bottom = boxes.T
    width = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    height = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    shared = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    np.fill_diagonal(shared, 0.0)
    return np.asarray(
        shared.max(axis=1) / np.maximum((right - left) * (bottom - top), np.finfo(np.float32).tiny)
    )
