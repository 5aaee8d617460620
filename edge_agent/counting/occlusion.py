# SPDX-License-Identifier: Apache-2.0
"""Say when the eye is full: people hide each other so much that a count is only a lower bound.

The measure is the share of a detection that its worst neighbour covers, averaged over the
detections, and the share of the people who are known to be there and were not seen in the frame,
both averaged over some seconds. It needs no knowledge of the model, the height or the picture's
size: on synthetic streets of three sizes with 40 to 300 people it orders the windows by their
counting error. At the bounds below the error of a window passes from under 10 % to over 20 %.
"""

import numpy as np

from edge_agent.counting.detection import Detections, covered_shares
from edge_agent.counting.tracker import Tracks

UNSEEN_WEIGHT = 0.4
"""What a person unseen counts for, beside one wholly covered: many are only missed by the
detector."""
FULL_FROM = 0.42
"""The eye is full once the measure reaches this ..."""
FULL_UNTIL = 0.41
"""... and until it falls below this."""
PEOPLE_MIN = 12
"""Fewer detections are a group, not a crowd, however close they stand."""
LOOK_EVERY_S = 0.5
"""All pairs of boxes are compared only so often, seconds."""
MEMORY_S = 3.0
"""Time constant of the running mean, seconds."""


class Crowding:
    """Pipeline how much people hide each other. Keeps three numbers."""

    def __init__(self, confidence_low: float) -> None:
        """Look at detections from `confidence_low` on."""
        self._confidence_low = confidence_low
        self._looked_s = -np.inf
        self._hidden = 0.0
        self._full = False

    def update(self, detections: Detections, tracks: Tracks, now_s: float) -> bool:
        """Take the detections of the frame captured at `now_s` (never falling) and the tracks after it; say if the eye is full."""
        since_s = now_s - self._looked_s
        if since_s >= LOOK_EVERY_S:
            boxes = detections.boxes[detections.confidences >= self._confidence_low]
            hidden = (
                float(covered_shares(boxes).mean()) + UNSEEN_WEIGHT * _unseen(tracks)
                if len(boxes) >= PEOPLE_MIN
                else 0.0
            )
            self._hidden += (1.0 - float(np.exp(-since_s / MEMORY_S))) * (hidden - self._hidden)
            self._looked_s = now_s
            self._full = self._hidden >= (FULL_UNTIL if self._full else FULL_FROM)
        return self._full


def _unseen(tracks: Tracks) -> float:
    """Return the share of the people followed who were not seen in this frame, 0..1."""
    return float(tracks.confirmed[~tracks.seen].sum()) / max(float(tracks.confirmed.sum()), 1.0)
