# SPDX-License-Identifier: Apache-2.0
"""Say when the image is saturated: people hide each other so much that a count is a lower bound.

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
SATURATED_FROM = 0.42
"""The image is saturated once the measure reaches this ..."""
SATURATED_UNTIL = 0.41
"""... and until it falls below this."""
PEOPLE_MIN = 12
"""Fewer detections are a group, not a crowd, however close they stand."""
MEASURE_EACH_S = 0.5
"""All pairs of boxes are compared only so often, seconds."""
MEMORY_S = 3.0
"""Time constant of the running mean, seconds."""


class OcclusionMeter:
    """Follow how much people hide each other; the state is three numbers."""

    def __init__(self, confidence_low: float) -> None:
        """Measure the detections from `confidence_low` on."""
        self._confidence_low = confidence_low
        self._measured_s = -np.inf
        self._hidden = 0.0
        self._saturated = False

    def observe_frame(self, detections: Detections, tracks: Tracks, now_s: float) -> bool:
        """Observe the frame at `now_s` (never falling) and its tracks; True if it is saturated."""
        since_s = now_s - self._measured_s
        if since_s >= MEASURE_EACH_S:
            boxes = detections.boxes[detections.confidences >= self._confidence_low]
            hidden = (
                float(covered_shares(boxes).mean()) + UNSEEN_WEIGHT * _unseen(tracks)
                if len(boxes) >= PEOPLE_MIN
                else 0.0
            )
            self._hidden += (1.0 - float(np.exp(-since_s / MEMORY_S))) * (hidden - self._hidden)
            self._measured_s = now_s
            self._saturated = self._hidden >= (
                SATURATED_UNTIL if self._saturated else SATURATED_FROM
            )
        return self._saturated


def _unseen(tracks: Tracks) -> float:
    """Return the share of the people followed who were not seen in this frame, 0..1."""
    return float(tracks.confirmed[~tracks.seen].sum()) / max(float(tracks.confirmed.sum()), 1.0)
