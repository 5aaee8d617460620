# SPDX-License-Identifier: Apache-2.0
"""Follow people from frame to frame, for seconds, on this box only.

A track is tentative until it was seen often and long enough, then confirmed; unseen for a while it is lost, and after that
forgotten. All patience is in seconds of the frames' own timestamps, so the frame rate may be any and may vary.
Tracks live in numbered slots of fixed arrays: memory is bounded, and a slot tells nothing about who was in it before.
Method: after ByteTrack (Zhang et al. 2022): high scores first, low scores only extend, new tracks only from high ones. What a pair
costs is not their overlap but how surprising the detection is to the track's filter, within a reach in heights: the foot point and
the height tell apart two people one behind the other, and one hidden for a moment is found where the walk leads.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.association import assign
from edge_agent.counting.detection import Detections
from edge_agent.counting.kalman import HEIGHT_MIN_PX, Filters, Rows

CAPACITY = 512
"""Most tracks at once. At the bound a new person is not followed, and `Tracks.refused` says how many were turned away."""
SURPRISE_MAX = 30.0
"""Beyond this a pair's surprise says only that the model was wrong: chi-squared with four degrees of freedom, 1 in 200,000."""
COST_MAX = 2.0 * SURPRISE_MAX
"""Leaving a track and a strong detection within its reach apart costs more than any such pair."""
DOUBT_LOW = 1.2
"""A low detection is placed this much less well ..."""
FOOT_HIGH, FOOT_LOW = 0.5, 0.2
"""... and its foot point moves the track's this far from the filtered one towards the detected one."""
WIDTH_HEIGHTS_MAX = 1.1
"""A box that is wider, heights, holds no person who walks or stands."""
_AS_SEEN = np.array([[0.5, 0.0, -1.0, 0.0], [0.0, 0.0, 0.0, -1.0], [0.5, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
"""From boxes, xyxy, to what is seen of a person: foot x, foot y, width, height."""

Slots = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """One setting for all scenes; what a scene changes is the detector's input and threshold."""

    confidence_high: float = 0.35
    """Detections from here on may start a track and are paired first; those below only extend one."""
    confidence_low: float = 0.15
    """Detections below this are not looked at."""
    surprise_low_max: float = 20.0
    """Most surprise at a low detection: it must lie where a person was expected."""
    reach_heights: float = 0.5
    """How far from its prediction a person may turn up, heights, at once ..."""
    reach_heights_per_s: float = 0.15
    """... and how much farther for each second unseen, heights / s."""
    reach_fresh_heights: float = 1.2
    """The same for a track seen once, whose velocity is not known."""
    size_change_max: float = 0.4
    """Two boxes of one person differ in height by at most this, heights; beyond it one box holds two people."""
    confirm_s: float = 0.25
    """Time from first to last detection that makes a track a person ..."""
    confirm_seen: int = 3
    """... and how many detections ..."""
    confirm_share: float = 0.5
    """... in at least this share of the frames since the first."""
    tentative_max_s: float = 0.4
    """A tentative track unseen for longer is forgotten."""
    lost_max_s: float = 2.5
    """A confirmed track unseen for longer is forgotten."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """All tracks after one frame, row by row; nothing in it outlives the next update but copies.

    slots, ids: (N,) the slot, and a number that no other track of this tracker ever had.
    feet: (N, 2) pixels. Of a track seen in this frame between the filter's foot point and the detected one, because the filter
    overshoots where a person stops and the detection jitters; of an unseen one the prediction.
    sizes: (N, 2) width and height, pixels. velocities: (N, 2) pixels / s. confirmed, seen: (N,) bool; seen means in this very
    frame. unseen_s: (N,) seconds since last seen. known_s: (N,) seconds from first to last seen. shares: (N,) in (0, 1), the frames
    since the first in which it was seen, over one more than all of them. started, ended: slots taken and given up in this frame.
    """

    slots: Slots
    ids: NDArray[np.int64]
    feet: NDArray[np.float64]
    sizes: NDArray[np.float64]
    velocities: NDArray[np.float64]
    confirmed: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    unseen_s: NDArray[np.float64]
    known_s: NDArray[np.float64]
    shares: NDArray[np.float64]
    started: Slots
    ended: Slots
    refused: int

    def __len__(self) -> int:
        return len(self.slots)


class Tracker:
    """Turn detections of successive frames into tracks.

    >>> from edge_agent.counting.detection import no_detections
    >>> len(Tracker(TrackerSettings()).update(no_detections(), 0.0))
    0
    """

    def __init__(self, settings: TrackerSettings, capacity: int = CAPACITY) -> None:
        self.settings = settings
        self.capacity = capacity
        self._filters = Filters.of(capacity)
        self._feet = np.zeros((capacity, 2))
        self._taken = np.zeros(capacity, np.bool_)
        self._confirmed = np.zeros(capacity, np.bool_)
        self._ids = np.zeros(capacity, np.int64)
        self._hits = np.zeros(capacity, np.int64)
        self._first_frame = np.zeros(capacity, np.int64)
        self._frame = 0
        self._first_s = np.zeros(capacity)
        self._last_s = np.zeros(capacity)
        self._slots: Slots = np.empty(0, np.intp)
        self._now_s = -np.inf
        self._next_id = 1

    def update(self, detections: Detections, now_s: float) -> Tracks:
        """Take the detections of the frame captured at `now_s` and return all tracks.

        now_s must not fall; a frame with the time of the one before moves nothing.
        """
        active, step_s = self._slots, now_s - self._now_s
        self._frame += 1
        if len(active) and step_s > 0.0:
            self._filters.predict(active, step_s)
            self._feet[active] = self._filters.mean[active, :2]
        self._now_s = now_s
        high = detections.confidences >= self.settings.confidence_high
        # What is below the low threshold is nobody; what is between the two can only extend a track.
        boxes = detections.boxes
        upright = boxes[:, 2] - boxes[:, 0] <= WIDTH_HEIGHTS_MAX * (boxes[:, 3] - boxes[:, 1])
        looked_at = upright & (detections.confidences >= self.settings.confidence_low)
        seen = boxes[looked_at].astype(np.float64) @ _AS_SEEN
        left = self._pair(active, seen, high[looked_at])
        ended = self._forget()
        started, refused = self._start(seen[left])
        if len(ended) or len(started):
            self._slots = self._taken.nonzero()[0]
        return self._tracks(started, ended, refused)

    def _pair(self, active: Slots, seen: Rows, high: NDArray[np.bool_]) -> Slots:
        """Give each track its detection, high ones first; return the high detections that no track took."""
        strong = high.nonzero()[0]
        if not len(active) or not len(seen):
            return strong
        cost = self._costs(active, seen)
        first = assign(cost[:, strong], cost_max=COST_MAX)
        rows, columns = first.rows, strong[first.columns]
        left = _others(strong, first.columns)
        if len(strong) < len(seen) and len(rows) < len(active):
            weak = (~high).nonzero()[0]
            free = _others(np.arange(len(active)), rows)
            free = free[self._confirmed[active[free]]]
            second = assign(cost[free[:, None], weak], cost_max=self.settings.surprise_low_max)
            rows, columns = np.concatenate([rows, free[second.rows]]), np.concatenate([columns, weak[second.columns]])
        self._see(active[rows], seen[columns], high[columns])
        return left

    def _costs(self, slots: Slots, seen: Rows) -> Rows:
        """Return what each pair costs, (N, M): its surprise; infinite beyond a reach that grows with the time unseen.

        A surprise beyond SURPRISE_MAX is told apart only a little, so that one person who jumps does not pull others along.
        """
        settings, now = self.settings, self._filters.mean[slots, :4]
        reach = settings.reach_heights + settings.reach_heights_per_s * (self._now_s - self._last_s[slots])
        reach[self._hits[slots] == 1] = settings.reach_fresh_heights
        height = np.maximum(now[:, 3], HEIGHT_MIN_PX)
        reach *= height
        height *= settings.size_change_max
        away = seen[None, :, :] - now[:, None, :]
        away *= away
        far = away[:, :, 0] + away[:, :, 1] > (reach * reach)[:, None]
        far |= away[:, :, 3] > (height * height)[:, None]
        variance, vagueness = self._filters.doubts(slots)
        surprise = np.matmul(away, (1.0 / variance)[:, :, None])[:, :, 0] + vagueness
        cost = np.minimum(surprise, SURPRISE_MAX + 1e-3 * surprise)
        cost[far] = np.inf
        return np.asarray(cost)

    def _see(self, slots: Slots, seen: Rows, high: NDArray[np.bool_]) -> None:
        """Correct the tracks by their detections, and confirm those that have been seen long enough."""
        self._filters.update(slots, seen, np.where(high, 1.0, DOUBT_LOW))
        filtered = self._filters.mean[slots, :2]
        self._feet[slots] = filtered + np.where(high, FOOT_HIGH, FOOT_LOW)[:, None] * (seen[:, :2] - filtered)
        hits = self._hits[slots] + 1
        self._hits[slots] = hits
        self._last_s[slots] = self._now_s
        long_enough = self._now_s - self._first_s[slots] >= self.settings.confirm_s
        self._confirmed[slots] |= (
            long_enough
            & (hits >= self.settings.confirm_seen)
            & (hits >= self.settings.confirm_share * (self._frame - self._first_frame[slots] + 1))
        )

    def _forget(self) -> Slots:
        """Give up the slots of tracks unseen for too long."""
        slots = self._slots
        patience_s = np.where(self._confirmed[slots], self.settings.lost_max_s, self.settings.tentative_max_s)
        ended = slots[self._now_s - self._last_s[slots] > patience_s]
        self._taken[ended] = False
        return ended

    def _start(self, seen: Rows) -> tuple[Slots, int]:
        """Begin a tentative track for each detection that no track took, while there are slots."""
        if not len(seen):
            return np.empty(0, np.intp), 0
        slots = (~self._taken).nonzero()[0][: len(seen)]
        refused, seen = len(seen) - len(slots), seen[: len(slots)]
        self._filters.start(slots, seen)
        self._feet[slots] = seen[:, :2]
        self._taken[slots] = True
        self._confirmed[slots] = False
        self._ids[slots] = np.arange(self._next_id, self._next_id + len(slots))
        self._next_id += len(slots)
        self._hits[slots] = 1
        self._first_frame[slots] = self._frame
        self._first_s[slots] = self._now_s
        self._last_s[slots] = self._now_s
        return slots, refused

    def _tracks(self, started: Slots, ended: Slots, refused: int) -> Tracks:
        slots = self._slots
        mean, unseen_s = self._filters.mean[slots], self._now_s - self._last_s[slots]
        return Tracks(
            slots=slots,
            ids=self._ids[slots],
            feet=self._feet[slots],
            sizes=mean[:, 2:4],
            velocities=mean[:, 4:],
            confirmed=self._confirmed[slots],
            seen=unseen_s == 0.0,
            unseen_s=unseen_s,
            known_s=self._last_s[slots] - self._first_s[slots],
            shares=self._hits[slots] / (self._frame + 2 - self._first_frame[slots]),
            started=started,
            ended=ended,
            refused=refused,
        )


def _others(numbers: Slots, places: Slots) -> Slots:
    """Return the numbers but those at `places`."""
    left = np.ones(len(numbers), np.bool_)
    left[places] = False
    return numbers[left]
