# SPDX-License-Identifier: Apache-2.0
"""Count people half seen beside people seen, look by look.

A detector that knows a scene is confident of its people or of nobody: between the two there is a
valley. One that does not know it gives many people a confidence too low to begin a track. Such a
box is a person half seen where three things hold that clutter has not: it is as tall as people are
at that place, something moves in it for two looks, and no followed person covers it. Swaying trees,
water and cars move, and have no such boxes; lamp posts and puppets have such boxes, and do not
move. Of motion without a box only what walks upright is counted (unseen.py): all of it was more
beside people in front of trees and cars, all of whom were seen, than beside people half of whom
were missed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.detection import Boxes, Detections
from edge_agent.counting.familiarity.evidence import (
    Evidence,
    areas,
    count_looks,
    covered,
    overlap,
)
from edge_agent.counting.familiarity.expected_height import ExpectedHeight
from edge_agent.counting.familiarity.movement import Movement
from edge_agent.counting.familiarity.unseen import UnseenMeter
from edge_agent.counting.tracker import CAPACITY, Tracker, TrackerSettings, Tracks

Flags = NDArray[np.bool_]
WEAK_SHARE = 0.25
"""From this share of the strong threshold on a box may be a person half seen; under it lies what
the networks make of anything."""
MOVING_SHARE_MIN = 0.3
"""In this share of a box something must move; half of it does where somebody walks."""
HEIGHT_SHARE_MIN, HEIGHT_SHARE_MAX = 0.6, 1.7
"""How tall a box may be, of the height expected there: what is smaller is a part of somebody, or a
bird."""
WIDTH_HEIGHTS_MAX = 1.1
"""As for the tracker: a wider box holds no person who walks or stands."""
SAME_COVERED_MIN, SAME_IOU_MIN = 0.7, 0.45
"""A weaker box is the same person as a stronger one from here on: share of the smaller box, or
overlap over union."""
FOLLOWED_COVERED_MIN = 0.4
"""A box is a followed person's from this share of the smaller box on."""
HALF_SEEN = TrackerSettings(
    confidence_high=1e-6, confidence_low=1e-6, confirm_seen=2, lost_max_s=1.5
)
"""How people half seen are followed from look to look: any box may begin a track, and it must be
there in two."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What was known at the look before, about which the grid of this one speaks."""

    at_s: float
    ids: NDArray[np.int64]
    people: NDArray[np.float64]
    weak: Detections
    covers: Boxes


class HalfSeenMeter:
    """Follow people half seen, and add up looks of both kinds."""

    def __init__(self, confidence_high: float) -> None:
        """Count boxes from WEAK_SHARE of the strong threshold up to that as weak."""
        self._high = confidence_high
        self.confidence_min = confidence_high * WEAK_SHARE
        self._height = ExpectedHeight()
        self._tracker = Tracker(HALF_SEEN)
        self._looks_seen = np.zeros(CAPACITY, np.int64)
        self._looks_half = np.zeros(CAPACITY, np.int64)
        self._unseen = UnseenMeter()
        self._before: _Look | None = None

    def observe_frame(
        self, detections: Detections, tracks: Tracks, moving: Movement | None, now_s: float
    ) -> Evidence:
        """Observe a frame; where there is a look in it, return the evidence of the look before.

        `detections` are all from the weak ones on. `moving` is where something moved at the look
        before, None in a frame without a look.
        """
        tracks.carry(self._looks_seen)
        self._looks_seen[tracks.old : len(tracks)] = 0
        if moving is None:
            return Evidence()
        evidence = Evidence()
        before = self._before
        if before is not None:
            evidence = Evidence(
                self._count_seen(before, tracks, moving),
                self._count_half_seen(before, moving),
                self._unseen.observe_look(moving, before.covers, before.at_s),
            )
        self._before = self._look(detections, tracks, now_s)
        return evidence

    def cut(self) -> None:
        """End every track, because the next frame shows another time; heights stay."""
        self._tracker, self._before = Tracker(HALF_SEEN), None
        self._unseen.cut()

    def _look(self, detections: Detections, tracks: Tracks, now_s: float) -> _Look:
        followed = tracks.confirmed
        feet, sizes = tracks.feet[followed], tracks.sizes[followed]
        seen = followed & tracks.seen
        self._height.observe_people(tracks.feet[seen, 1], tracks.sizes[seen, 1])
        half = 0.5 * sizes[:, 0]
        people = np.stack(
            [feet[:, 0] - half, feet[:, 1] - sizes[:, 1], feet[:, 0] + half, feet[:, 1]], axis=1
        )
        boxes = people.astype(np.float32)
        return _Look(
            now_s,
            tracks.ids[followed].copy(),
            people,
            self._weak(detections, boxes),
            np.concatenate([boxes, detections.boxes]),
        )

    def _weak(self, detections: Detections, people: Boxes) -> Detections:
        """Return the weak boxes that may be somebody whom no track follows."""
        boxes, confidences = detections.boxes, detections.confidences
        heights = boxes[:, 3] - boxes[:, 1]
        could_be = (confidences >= np.float32(self.confidence_min)) & (heights > 0.0)
        could_be &= boxes[:, 2] - boxes[:, 0] < WIDTH_HEIGHTS_MAX * heights
        expected = self._height.at(boxes[:, 3])
        if expected is not None:
            could_be &= heights > HEIGHT_SHARE_MIN * expected
            could_be &= heights < HEIGHT_SHARE_MAX * expected
        boxes, confidences = boxes[could_be], confidences[could_be]
        alone = ~(_same(boxes) & (confidences[None] > confidences[:, None])).any(axis=1)
        free = ~(covered(boxes, people) >= FOLLOWED_COVERED_MIN).any(axis=1)
        kept = alone & free & (confidences < np.float32(self._high))
        return Detections(boxes[kept], confidences[kept])

    def _count_seen(self, look: _Look, tracks: Tracks, moving: Movement) -> int:
        """Count the people who were followed at the look, and moved."""
        moved = look.ids[moving.shares(look.people) >= MOVING_SHARE_MIN]
        return count_looks(self._looks_seen, np.isin(tracks.ids, moved).nonzero()[0])

    def _count_half_seen(self, look: _Look, moving: Movement) -> int:
        """Count the people half seen at the look who moved, and have been for some looks."""
        shares = moving.shares(look.weak.boxes)
        moved = shares >= MOVING_SHARE_MIN
        tracks = self._tracker.track_frame(
            Detections(look.weak.boxes[moved], look.weak.confidences[moved]), look.at_s
        )
        tracks.carry(self._looks_half)
        self._looks_half[tracks.old : len(tracks)] = 0
        return count_looks(self._looks_half, (tracks.confirmed & tracks.seen).nonzero()[0])


def _same(boxes: Boxes) -> Flags:
    """Say of which pairs both boxes are one person's, (N, N)."""
    shared, sizes = overlap(boxes, boxes), areas(boxes)
    union = sizes[:, None] + sizes[None] - shared
    return np.asarray(
        (shared >= SAME_IOU_MIN * union)
        | (shared >= SAME_COVERED_MIN * np.minimum(sizes[:, None], sizes[None]))
    )
