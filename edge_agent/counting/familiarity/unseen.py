# SPDX-License-Identifier: Apache-2.0
"""Count people of whom there is no box at all: upright movements that walk.

A detector that is blind to a scene gives nobody a box, so nobody is half seen. But people move, and
what moves in one piece, is taller than wide, covered by no box and no followed person, and has
gone its own height from where it first was, at a walk, is nearly always somebody. Trees sway and go
nowhere; cars are wide, or are quicker than people. A movement at the picture's edge has no known
shape and says nothing.

It does not tell who stands still, who moves in a group that is wider than tall, or whom fog or
darkness leave too little contrast to move in the small picture.
"""

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.detection import Boxes, Detections
from edge_agent.counting.familiarity.evidence import count_looks, covered
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.counting.tracker import CAPACITY, Tracker, TrackerSettings, Tracks

UPRIGHT_MIN = 1.5
"""How many times as tall as wide somebody is who walks, legs apart and a bag in hand."""
PLACES_MIN = 6
"""A part less tall than this, places of the grid, has no shape."""
HEIGHT_SHARE_MAX = 0.6
"""A part taller than this share of the picture is a change of light, or somebody at the lens."""
COVERED_MIN = 0.2
"""A part is a box's, or a followed person's, from this share of the smaller one on."""
TRAVELLED_HEIGHTS = 1.0
"""So far from where it began, in its own heights, a part has walked: leaves do not get there."""
SPEED_MAX_HEIGHTS_S = 1.6
"""Nobody walks faster, own heights a second; cars do."""
UNSEEN = TrackerSettings(confidence_high=1e-6, confidence_low=1e-6, confirm_seen=3, lost_max_s=1.0)
"""How parts are followed from look to look: three looks make a walk."""


class UnseenMeter:
    """Follow upright movements without a box from look to look."""

    def __init__(self) -> None:
        self._tracker = Tracker(UNSEEN)
        self._looks = np.zeros(CAPACITY, np.int64)
        # x, y and when.
        self._first = np.zeros((3, CAPACITY))

    def cut(self) -> None:
        """End every track, because the next frame shows another time."""
        self._tracker = Tracker(UNSEEN)

    def observe_look(self, moving: Movement, covers: Boxes, at_s: float) -> int:
        """Observe the look at `at_s`; return how many people were unseen in it.

        moving is of that look. covers are all its boxes and followed people, (N, 4) pixels.
        """
        parts = _upright(moving)
        free = ~(covered(parts, covers) >= COVERED_MIN).any(axis=1)
        boxes = parts[free]
        tracks = self._tracker.track_frame(Detections(boxes, np.ones(len(boxes), np.float32)), at_s)
        tracks.carry(self._looks, self._first)
        new = slice(tracks.old, len(tracks))
        self._looks[new] = 0
        self._first[:2, new], self._first[2, new] = tracks.feet[new].T, at_s
        return count_looks(self._looks, self._walking(tracks, at_s).nonzero()[0])

    def _walking(self, tracks: Tracks, at_s: float) -> NDArray[np.bool_]:
        """Return which tracks were there in this look, and have walked, (N,)."""
        first = self._first[:, : len(tracks)]
        gone = np.hypot(*(tracks.feet.T - first[:2])) / tracks.sizes[:, 1]
        return np.asarray(
            tracks.confirmed
            & tracks.seen
            & (gone >= TRAVELLED_HEIGHTS)
            & (gone <= SPEED_MAX_HEIGHTS_S * (at_s - first[2]))
        )


def _upright(moving: Movement) -> Boxes:
    """Return the parts that have the shape of somebody who walks, (N, 4) pixels."""
    rows, columns = moving.moved.shape
    left, top, right, bottom = moving.parts.T
    width, height = right - left, bottom - top
    shaped = (height >= PLACES_MIN) & (height <= HEIGHT_SHARE_MAX * rows)
    shaped &= height >= UPRIGHT_MIN * width
    whole = (left > 0) & (top > 0) & (right < columns) & (bottom < rows)
    return np.asarray(moving.parts[shaped & whole] * np.float32(moving.cell_px), np.float32)
