# SPDX-License-Identifier: Apache-2.0
"""Follow people from frame to frame, for seconds, on this box only.

A track is tentative until it was seen often and long enough, then confirmed; unseen for a while it is lost, and after that
forgotten. All patience is in seconds of the frames' own timestamps, so the frame rate may be any and may vary.
Tracks live in numbered slots of fixed arrays: memory is bounded, and a slot tells nothing about who was in it before.
Method: after ByteTrack (Zhang et al. 2022): high scores first, low scores only extend, new tracks only from high ones; a third
stage then joins what is left by distance, so that a fast walker or one who was hidden for a moment stays one person.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.association import Assignment, assign, likeness
from edge_agent.counting.detection import Detections
from edge_agent.counting.kalman import HEIGHT_MIN_PX, Filters

CAPACITY = 512
"""Most tracks at once. At the bound a new person is not followed, and `Tracks.refused` says how many were turned away."""

Slots = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """One setting for all scenes; what a scene changes is the detector's input and threshold."""

    confidence_high: float = 0.35
    """Detections from here on may start a track and are paired first; those below only extend one."""
    confidence_low: float = 0.15
    """Detections below this are not looked at."""
    likeness_min: float = 0.2
    """Least likeness (overlap, less for unlike heights) of a predicted box with a high detection."""
    likeness_low_min: float = 0.4
    """Least likeness of a predicted box with a low detection: a weak detection must lie where a person was expected."""
    reach_heights: float = 0.5
    """How far from its prediction a person may turn up, heights, at once ..."""
    reach_heights_per_s: float = 0.3
    """... and how much farther for each second unseen, heights / s."""
    reach_fresh_heights: float = 1.2
    """The same for a track seen once, whose velocity is not known."""
    size_ratio_max: float = 1.8
    """Two boxes of one person differ in height by at most this factor."""
    confirm_s: float = 0.25
    """Time from first to last detection that makes a track a person ..."""
    confirm_seen: int = 3
    """... and how many detections."""
    tentative_max_s: float = 0.4
    """A tentative track unseen for longer is forgotten."""
    lost_max_s: float = 2.5
    """A confirmed track unseen for longer is forgotten."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """All tracks after one frame, row by row; nothing in it outlives the next update but copies.

    slots, ids: (N,) the slot, and a number that no other track of this tracker ever had.
    feet: (N, 2) pixels. Of a track seen in this frame midway between the filter's foot point and the detected one, because the
    filter overshoots where a person stops and the detection jitters; of an unseen one the prediction.
    sizes: (N, 2) width and height, pixels. velocities: (N, 2) pixels / s. confirmed, seen: (N,) bool; seen means in this very
    frame. unseen_s: (N,) seconds since last seen. started, ended: slots taken and given up in this frame.
    """

    slots: Slots
    ids: NDArray[np.int64]
    feet: NDArray[np.float64]
    sizes: NDArray[np.float64]
    velocities: NDArray[np.float64]
    confirmed: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    unseen_s: NDArray[np.float64]
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
        self._first_s = np.zeros(capacity)
        self._last_s = np.zeros(capacity)
        self._now_s: float | None = None
        self._next_id = 1

    def update(self, detections: Detections, now_s: float) -> Tracks:
        """Take the detections of the frame captured at `now_s` and return all tracks.

        now_s must not fall; a frame with the time of the one before moves nothing.
        """
        active = np.flatnonzero(self._taken)
        if self._now_s is not None and now_s > self._now_s:
            self._filters.predict(active, now_s - self._now_s)
            self._feet[active] = self._filters.foot[active]
        self._now_s = now_s
        boxes = detections.boxes.astype(np.float64)
        feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2.0, boxes[:, 3]])
        sizes = boxes[:, 2:] - boxes[:, :2]
        left = self._pair(active, detections.confidences, boxes, feet, sizes, now_s)
        ended = self._forget(now_s)
        started, refused = self._start(left, feet, sizes, now_s)
        return self._tracks(now_s, started, ended, refused)

    def _pair(
        self,
        active: Slots,
        confidences: NDArray[np.float32],
        boxes: NDArray[np.float64],
        feet: NDArray[np.float64],
        sizes: NDArray[np.float64],
        now_s: float,
    ) -> Slots:
        """Give each track its detection, in three stages; return the high detections that no track took."""
        settings = self.settings
        high = np.flatnonzero(confidences >= settings.confidence_high)
        if not len(active) or not len(boxes):
            return high
        predicted = self._filters.boxes(active)

        first = assign(1.0 - likeness(predicted, boxes[high]), cost_max=1.0 - settings.likeness_min)
        self._see(active[first.rows], high[first.columns], feet, sizes, now_s, doubt=1.0)
        free_tracks, free_high = _others(len(active), first.rows), np.delete(high, first.columns)

        low = np.flatnonzero((confidences >= settings.confidence_low) & (confidences < settings.confidence_high))
        extendable = free_tracks[self._confirmed[active[free_tracks]]]
        second = assign(1.0 - likeness(predicted[extendable], boxes[low]), cost_max=1.0 - settings.likeness_low_min)
        self._see(active[extendable[second.rows]], low[second.columns], feet, sizes, now_s, doubt=1.5)
        free_tracks = np.setdiff1d(free_tracks, extendable[second.rows], assume_unique=True)

        third = self._by_distance(active[free_tracks], feet[free_high], sizes[free_high], now_s)
        self._see(active[free_tracks[third.rows]], free_high[third.columns], feet, sizes, now_s, doubt=1.0)
        return np.delete(free_high, third.columns)

    def _by_distance(self, slots: Slots, feet: NDArray[np.float64], sizes: NDArray[np.float64], now_s: float) -> Assignment:
        """Pair what overlap left apart: the nearest of like size, within a reach that grows with the time unseen."""
        settings = self.settings
        unseen_s = now_s - self._last_s[slots]
        reach = settings.reach_heights + settings.reach_heights_per_s * unseen_s
        reach = np.where(self._hits[slots] == 1, settings.reach_fresh_heights, reach)
        height = np.maximum(self._filters.size[slots, 1], HEIGHT_MIN_PX)
        offsets = feet[None, :, :] - self._filters.foot[slots][:, None, :]
        distance = np.hypot(offsets[..., 0], offsets[..., 1]) / (reach * height)[:, None]
        ratio = sizes[None, :, 1] / height[:, None]
        unlike = (ratio > settings.size_ratio_max) | (ratio * settings.size_ratio_max < 1.0)
        return assign(np.where(unlike, np.inf, distance), cost_max=1.0)

    def _see(
        self,
        slots: Slots,
        columns: Slots,
        feet: NDArray[np.float64],
        sizes: NDArray[np.float64],
        now_s: float,
        *,
        doubt: float,
    ) -> None:
        """Correct the tracks by their detections, and confirm those that have been seen long enough."""
        self._filters.update(slots, feet[columns], sizes[columns], doubt)
        self._feet[slots] = (self._filters.foot[slots] + feet[columns]) / 2.0
        self._hits[slots] += 1
        self._last_s[slots] = now_s
        long_enough = now_s - self._first_s[slots] >= self.settings.confirm_s
        self._confirmed[slots] |= long_enough & (self._hits[slots] >= self.settings.confirm_seen)

    def _forget(self, now_s: float) -> Slots:
        """Give up the slots of tracks unseen for too long."""
        patience = np.where(self._confirmed, self.settings.lost_max_s, self.settings.tentative_max_s)
        ended = np.flatnonzero(self._taken & (now_s - self._last_s > patience))
        self._taken[ended] = False
        return ended

    def _start(self, columns: Slots, feet: NDArray[np.float64], sizes: NDArray[np.float64], now_s: float) -> tuple[Slots, int]:
        """Begin a tentative track for each detection that no track took, while there are slots."""
        slots = np.flatnonzero(~self._taken)[: len(columns)]
        columns, refused = columns[: len(slots)], len(columns) - len(slots)
        self._filters.start(slots, feet[columns], sizes[columns])
        self._feet[slots] = feet[columns]
        self._taken[slots] = True
        self._confirmed[slots] = False
        self._ids[slots] = np.arange(self._next_id, self._next_id + len(slots))
        self._next_id += len(slots)
        self._hits[slots] = 1
        self._first_s[slots] = now_s
        self._last_s[slots] = now_s
        return slots, refused

    def _tracks(self, now_s: float, started: Slots, ended: Slots, refused: int) -> Tracks:
        slots = np.flatnonzero(self._taken)
        unseen_s = now_s - self._last_s[slots]
        return Tracks(
            slots=slots,
            ids=self._ids[slots],
            feet=self._feet[slots],
            sizes=self._filters.size[slots],
            velocities=self._filters.velocity[slots],
            confirmed=self._confirmed[slots],
            seen=unseen_s == 0.0,
            unseen_s=unseen_s,
            started=started,
            ended=ended,
            refused=refused,
        )


def _others(count: int, rows: Slots) -> Slots:
    """Return the row numbers under `count` that are not in `rows`."""
    left = np.ones(count, np.bool_)
    left[rows] = False
    return np.flatnonzero(left)
