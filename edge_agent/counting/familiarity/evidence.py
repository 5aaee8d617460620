# SPDX-License-Identifier: Apache-2.0
"""What one look says of the people there: how many were seen, half seen and not seen at all.

Each track gives at most LOOKS_MAX looks in its life, whichever of the three it is of.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.detection import Boxes

LOOKS_MAX = 20
"""So many looks of one track count, ten seconds: somebody who lingers says no more than others."""


class Evidence(NamedTuple):
    """How many people were seen, half seen, and unseen, in one look; each is one look of a track.

    Unseen are those of whom there is a movement and no box.
    """

    seen: int = 0
    half_seen: int = 0
    unseen: int = 0


def count_looks(looks: NDArray[np.int64], rows: NDArray[np.intp]) -> int:
    """Count one look of each track in `rows` that has not had all of its looks."""
    rows = rows[looks[rows] < LOOKS_MAX]
    looks[rows] += 1
    return len(rows)


def overlap(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    """Return the area that each pair shares, (N, M) square pixels."""
    left_top = np.maximum(boxes[:, None, :2], others[None, :, :2])
    right_bottom = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.asarray(np.maximum(right_bottom - left_top, 0.0).prod(axis=2), np.float32)


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """Return the areas of boxes, (N,) square pixels, above zero."""
    return np.asarray(
        np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), np.finfo(np.float32).tiny)
    )


def covered(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    """Return which share of the smaller one of each pair the other covers, (N, M) in 0..1."""
    return np.asarray(
        overlap(boxes, others) / np.minimum(areas(boxes)[:, None], areas(others)[None])
    )
