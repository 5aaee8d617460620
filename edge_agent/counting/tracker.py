# SPDX-License-Identifier: Apache-2.0
"""Track people from frame to frame, for seconds, on this box only.

Tracking by detection: each frame, a Kalman filter predicts where every track is now; the frame's
detections are associated with the predictions; associated tracks are corrected, the other
detections of high confidence begin tracks, and tracks that were undetected for too long end. A
track is tentative until it was detected often and long enough, then confirmed; undetected for a
while it is lost, and after that it ends. Times are the frames' own timestamps, so the frame rate
may be any and may vary; where frames are rare, patience is in frames.

Method: after ByteTrack (Zhang et al. 2022, section 3): detections of high confidence are associated
first, those of low confidence only extend a track, and only high ones begin one. What a pair costs
is not the overlap of two boxes but the Mahalanobis distance of the detection from the prediction,
after Deep SORT (Wojke et al. 2017, section 2.2), with the log-determinant that makes it comparable
between tracks. Gating is by distance in heights: the foot point and the height tell apart two
people one behind the other, and one who was hidden is found where their walk leads.

Tracks live in the first rows of fixed arrays, in the order in which they began: memory is bounded.
Where one ends, those behind it move up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.association import assign
from edge_agent.counting.detection import Detections
from edge_agent.counting.kalman import (
    BOX_TO_OBSERVATION,
    FOOT,
    HEIGHT,
    SIZE,
    VELOCITY,
    WIDTH,
    KalmanFilters,
    Numbers,
    X,
    log_determinant,
)

CAPACITY = 512
"""At so many tracks a new person is not tracked; `Tracks.refused` says how many were not."""
MAHALANOBIS_MAX = 30.0
"""Beyond this a pair's distance says only that the model was wrong: chi-squared with four degrees
of freedom, 1 in 200,000."""
COST_MAX = 2.0 * MAHALANOBIS_MAX
"""Leaving a track and a high detection within its gate apart costs more than any such pair."""
LOW_NOISE = 1.2
"""A low detection has so many times the standard deviation of a high one ..."""
FOOT_HIGH, FOOT_LOW = 0.5, 0.2
"""... and moves the track's foot point this far from the filtered one towards the detected one."""
WIDTH_HEIGHTS_MAX = 1.4
"""A box so wide, heights, holds no one person; a rider's, from the side, is up to 1.2."""
UNDETECTED, HIGH, LOW = range(3)
"""How a track was detected: so much noise comes on top, and so far the foot point follows."""
_ADDED_NOISE, _FOOT_GAIN = np.array([[np.inf, 0.0, LOW_NOISE**2 - 1.0], [0.0, FOOT_HIGH, FOOT_LOW]])
_OBSERVED_COLUMNS = np.repeat([1.0, 0.0], [4, 6])
_NOBODY: Numbers = np.empty((0, 3))

Rows = NDArray[np.intp]
"""(N,) numbers of rows."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """One setting for all scenes; what a scene changes is the detector's input and threshold."""

    confidence_high: float = 0.35
    """Detections from here on may begin a track and are associated first; those below only extend
    one."""
    confidence_low: float = 0.15
    """Detections below this are ignored."""
    mahalanobis_low_max: float = 20.0
    """Greatest distance of a low detection: it must lie where a person was predicted."""
    gate_heights: float = 0.5
    """How far from its prediction a person may be detected, heights, at once ..."""
    gate_heights_per_s: float = 0.15
    """... and how much farther for each second undetected, heights / s, ..."""
    gate_rare_heights_per_s: float = 1.0
    """... and for each second between rare frames, of those from .1 to .4."""
    gate_new_heights: float = 1.2
    """The same for a track detected once, whose velocity is not known."""
    size_change_max: float = 0.4
    """Two boxes of one person differ in height by at most this, heights; beyond it one box holds
    two people."""
    confirm_s: float = 0.25
    """Time from first to last detection that confirms a track ..."""
    confirm_seen: int = 3
    """... and how many detections ..."""
    confirm_share: float = 0.5
    """... in at least this share of the frames since the first."""
    tentative_max_s: float = 0.4
    """A tentative track undetected for longer ends, but for ..."""
    tentative_missed: int = 2
    """... so many frames that it may always miss: where frames are rare, the time alone would
    forgive none."""
    lost_max_s: float = 2.5
    """A confirmed track undetected for longer ends."""


@dataclass(slots=True)
class Tracks:
    """All tracks after one frame, row by row; views that hold until the next frame.

    ids: (N,) a number that no other track of this tracker ever had. feet: (N, 2) pixels; of a track
    detected in this frame, between the filter's foot point and the detected one, because the filter
    overshoots where a person stops and the detection jitters; of an undetected one the prediction.
    sizes: (N, 2) width and height, pixels. velocities: (N, 2) pixels / s. confirmed, seen: (N,)
    bool; seen means detected in this very frame. unseen_s: (N,) seconds since last detected.
    weak_s: (N,) seconds from the last high detection to the last of all. known_s: (N,) seconds from
    first to last detected. hits: (N,) in how many frames it was detected, until it is confirmed.
    first_frames, frame: (N,) the number of the frame in which it was first detected, and of this
    one. ended, stayed: where tracks ended now, the rows of those and of the rest, by the numbers of
    the frame before; the rest is in front now, in order. Else both are empty. lost: (L, 3) foot x
    and y and height, pixels, of each confirmed track among the ended where it was last detected.
    started: how many tracks are new; they come last. refused: how many more had no room.
    """

    ids: NDArray[np.int64]
    feet: NDArray[np.float64]
    sizes: NDArray[np.float64]
    velocities: NDArray[np.float64]
    confirmed: Flags
    seen: Flags
    unseen_s: NDArray[np.float64]
    weak_s: NDArray[np.float64]
    known_s: NDArray[np.float64]
    hits: NDArray[np.int64]
    first_frames: NDArray[np.int64]
    frame: int
    stayed: Rows
    ended: Rows
    lost: NDArray[np.float64]
    started: int
    refused: int

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def old(self) -> int:
        """How many rows are not new."""
        return len(self.ids) - self.started

    def carry(self, *columns: NDArray[np.generic]) -> None:
        """Move what others keep of each track, along the last axis, to where the tracks now are.

        The columns of new tracks are theirs to fill.
        """
        if len(self.ended):
            for column in columns:
                column[..., : self.old] = column[..., self.stayed]


class Tracker:
    """Turn detections of successive frames into tracks.

    More than ten attributes: each array is one fact about every track, so that a frame costs a few
    numpy calls and no loop.

    >>> from edge_agent.counting.detection import no_detections
    >>> len(Tracker(TrackerSettings()).track_frame(no_detections(), 0.0))
    0
    """

    def __init__(self, settings: TrackerSettings, capacity: int = CAPACITY) -> None:
        self.settings = settings
        self.capacity = capacity
        self._confidences = np.array(
            [[settings.confidence_low], [settings.confidence_high]], np.float32
        )
        self._count = 0
        self._filters = KalmanFilters(capacity)
        self._feet = np.zeros((capacity, 2))
        self._confirmed = np.zeros(capacity, np.bool_)
        self._ids, self._hits, self._first_frame = np.zeros((3, capacity), np.int64)
        self._first_s, self._last_s, self._high_s = np.zeros((3, capacity))
        self._patience_s, self._gate_heights = np.zeros((2, capacity))
        self._columns: tuple[NDArray[np.generic], ...] = (
            self._filters.state,
            self._feet,
            self._confirmed,
            self._ids,
            self._hits,
            self._first_frame,
            self._first_s,
            self._last_s,
            self._high_s,
            self._patience_s,
            self._gate_heights,
        )
        self._frame = 0
        self._now_s = -np.inf
        self._next_id = 1

    def track_frame(self, detections: Detections, now_s: float) -> Tracks:
        """Associate the detections of the frame captured at `now_s`, and return all tracks.

        now_s must not fall; a frame with the time of the one before predicts nothing.
        """
        step_s, self._now_s = now_s - self._now_s, now_s
        self._frame += 1
        observed, high = self._sorted(detections)
        left = observed[:high]
        if self._count:
            left = self._associate(observed, high, step_s)
        ended = self._end(
            min((self.settings.tentative_missed + 0.5) * step_s, self.settings.lost_max_s)
        )
        started = self._begin(left)
        return self._tracks(*ended, started, len(left) - started)

    def _sorted(self, detections: Detections) -> tuple[Numbers, int]:
        """Return the observations, (M, 10), of high confidence first, and how many are high.

        What is below the low threshold is nobody; what is between the two can only extend a track.
        """
        observed = detections.boxes.astype(np.float64) @ BOX_TO_OBSERVATION
        upright = observed[:, WIDTH] < WIDTH_HEIGHTS_MAX * observed[:, HEIGHT]
        low, high = (detections.confidences >= self._confidences) & upright
        first = high.nonzero()[0]
        rows = np.concatenate([first, (low > high).nonzero()[0]])
        return observed.take(rows, axis=0), len(first)

    def _associate(self, observed: Numbers, high: int, step_s: float) -> Numbers:
        """Pair tracks with detections, high ones first, and correct the tracks.

        Return the high ones that no track took.
        """
        variance, noise = self._filters.predict(self._count, step_s)
        how = np.zeros(self._count, np.intp)
        rows, columns = self._within_gates(observed, step_s)
        costs = self._costs(
            rows, observed.take(columns, axis=0), variance, log_determinant(variance, noise)
        )
        made = _choose(columns < high, rows, columns, costs, COST_MAX)
        how[rows.take(made)] = HIGH
        paired = np.zeros(high, np.bool_)
        paired[columns.take(made)] = True
        if high < len(observed):
            # A low detection only extends a confirmed track to which no high one went.
            may = (self._confirmed[: self._count] > how).take(rows)
            may &= columns >= high
            may &= costs <= self.settings.mahalanobis_low_max
            low = _choose(may, rows, columns, costs, self.settings.mahalanobis_low_max)
            how[rows.take(low)] = LOW
            made = np.concatenate([made, low])
        # Rows of undetected tracks stay zero: their added noise is infinite, and nothing changes.
        placed = np.zeros(variance.shape)
        rows = rows.take(made)
        placed[rows] = observed.take(columns.take(made), axis=0)
        self._filters.correct(self._count, placed, variance, noise, _ADDED_NOISE.take(how))
        self._note_detected(rows, placed[:, FOOT], how)
        return observed[:high].compress(~paired, axis=0)

    def _within_gates(self, observed: Numbers, step_s: float) -> tuple[Rows, Rows]:
        """Return the pairs, rows and columns, of tracks and detections that may be one person.

        The detection lies within a gate around the prediction that grows with the time undetected,
        and is about as tall.
        """
        settings, count = self.settings, self._count
        state = self._filters.state[:count]
        height = state[:, HEIGHT]
        gate = settings.gate_heights_per_s * (self._now_s - self._last_s[:count])
        gate += settings.gate_rare_heights_per_s * min(max(step_s, 0.1) - 0.1, 0.3)
        gate += self._gate_heights[:count]
        gate *= height
        # As complex numbers, because numpy takes each step once for both axes.
        feet, predicted = observed[:, FOOT].view(np.complex128), state[:, FOOT].view(np.complex128)
        near = np.abs(feet[:, 0] - predicted) <= gate[:, None]
        near &= (
            np.abs(observed[:, HEIGHT] - height[:, None])
            <= (settings.size_change_max * height)[:, None]
        )
        rows, columns = near.nonzero()
        return rows, columns

    def _costs(
        self, rows: Rows, observed: Numbers, variance: Numbers, log_determinants: Numbers
    ) -> Numbers:
        """Return what each pair costs, (K,): squared Mahalanobis distance plus log-determinant.

        Beyond MAHALANOBIS_MAX it rises only a little, so that one person who jumps does not take
        others' detections along.
        """
        away = observed - self._filters.state.take(rows, axis=0)
        away *= away
        away /= variance.take(rows, axis=0)
        distance = away @ _OBSERVED_COLUMNS + log_determinants.take(rows)
        return np.asarray(np.minimum(distance, MAHALANOBIS_MAX + 1e-3 * distance))

    def _note_detected(self, rows: Rows, detected: Numbers, how: Rows) -> None:
        """Note the tracks in `rows` as detected now, and confirm those detected long enough.

        Every foot point moves by its gain from the filtered place towards the detected one.
        """
        filtered = self._filters.state[: self._count, FOOT]
        detected -= filtered
        detected *= _FOOT_GAIN.take(how)[:, None]
        np.add(filtered, detected, out=self._feet[: self._count])
        self._last_s[rows] = self._now_s
        self._high_s[: self._count][how == HIGH] = self._now_s
        self._gate_heights[rows] = self.settings.gate_heights
        asked = rows[~self._confirmed[rows]]
        if len(asked):
            self._hits[asked] += 1
            self._confirm(asked)

    def _confirm(self, rows: Rows) -> None:
        """Confirm those tracks that have been detected long and often enough."""
        hits = self._hits[rows]
        sure = (
            (self._now_s - self._first_s[rows] >= self.settings.confirm_s)
            & (hits >= self.settings.confirm_seen)
            & (hits >= self.settings.confirm_share * (self._frame - self._first_frame[rows] + 1))
        )
        self._confirmed[rows] = sure
        self._patience_s[rows[sure]] = self.settings.lost_max_s

    def _end(self, at_least_s: float) -> tuple[Rows, Rows, Numbers]:
        """End the tracks undetected for too long and move the others up.

        Return stayed, ended and lost as in `Tracks`.
        """
        unseen_s = self._now_s - self._last_s[: self._count]
        ending = unseen_s > self._patience_s[: self._count]
        if at_least_s > self.settings.tentative_max_s:
            ending &= self._confirmed[: self._count] | (unseen_s > at_least_s)
        ended = ending.nonzero()[0]
        if not len(ended):
            return ended, ended, _NOBODY
        people = ended[self._confirmed[ended]]
        lost = self._filters.state[people, X : HEIGHT + 1]
        # The prediction went on in a straight line from there.
        lost[:, FOOT] -= (
            self._filters.state[people, VELOCITY] * (self._now_s - self._last_s[people])[:, None]
        )
        stayed = (~ending).nonzero()[0]
        self._count = len(stayed)
        for column in self._columns:
            column[: self._count] = column[stayed]
        return stayed, ended, np.delete(lost, WIDTH, axis=1)

    def _begin(self, observed: Numbers) -> int:
        """Begin a tentative track for each observation while there is room; return how many."""
        observed = observed[: self.capacity - self._count]
        started = len(observed)
        if started:
            new = slice(self._count, self._count + started)
            self._filters.begin_tracks(self._count, observed)
            self._feet[new] = observed[:, FOOT]
            self._confirmed[new] = False
            self._ids[new] = np.arange(self._next_id, self._next_id + started)
            self._hits[new] = 1
            self._first_frame[new] = self._frame
            self._first_s[new] = self._last_s[new] = self._high_s[new] = self._now_s
            self._patience_s[new] = self.settings.tentative_max_s
            self._gate_heights[new] = self.settings.gate_new_heights
            self._next_id += started
            self._count += started
        return started

    def _tracks(
        self, stayed: Rows, ended: Rows, lost: Numbers, started: int, refused: int
    ) -> Tracks:
        count = self._count
        state, last_s = self._filters.state[:count], self._last_s[:count]
        unseen_s = self._now_s - last_s
        return Tracks(
            ids=self._ids[:count],
            feet=self._feet[:count],
            sizes=state[:, SIZE],
            velocities=state[:, VELOCITY],
            confirmed=self._confirmed[:count],
            seen=unseen_s == 0.0,
            unseen_s=unseen_s,
            weak_s=last_s - self._high_s[:count],
            known_s=last_s - self._first_s[:count],
            hits=self._hits[:count],
            first_frames=self._first_frame[:count],
            frame=self._frame,
            stayed=stayed,
            ended=ended,
            lost=lost,
            started=started,
            refused=refused,
        )


def _choose(may: Flags, rows: Rows, columns: Rows, costs: Numbers, cost_max: float) -> Rows:
    """Return which of the pairs that may be made are, places in (K,)."""
    some = may.nonzero()[0]
    if not len(some):
        return some
    return some.take(
        assign(rows.take(some), columns.take(some), costs.take(some), cost_max=cost_max)
    )
