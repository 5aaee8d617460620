# SPDX-License-Identifier: Apache-2.0
"""Follow people from frame to frame, for seconds, on this box only.

A track is tentative until it was seen often and long enough, then confirmed; unseen for a while it
is lost, and after that forgotten. Patience is in seconds of the frames' own timestamps, so the
frame rate may be any and may vary; where frames are rare it is in frames. Tracks live in the first
rows of fixed arrays, in the order in which they began: memory is bounded. Where one is forgotten,
those behind it move up. Method: after ByteTrack (Zhang et al. 2022): high scores first, low scores
only extend, new tracks only from high ones. What a pair costs is not their overlap but how
surprising the detection is to the track's filter, within a reach in heights: the foot point and the
height tell apart two people one behind the other, and one hidden for a moment is found where the
walk leads.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.counting.association import assign
from edge_agent.counting.detection import Detections
from edge_agent.counting.kalman import (
    AS_SEEN,
    FOOT,
    HEIGHT,
    SIZE,
    VELOCITY,
    WIDTH,
    Filters,
    Numbers,
    X,
    vagueness,
)

CAPACITY = 512
"""Most tracks at once. At the bound a new person is not followed, and `Tracks.refused` says how
many were turned away."""
SURPRISE_MAX = 30.0
"""Beyond this a pair's surprise says only that the model was wrong: chi-squared with four degrees
of freedom, 1 in 200,000."""
COST_MAX = 2.0 * SURPRISE_MAX
"""Leaving a track and a strong detection within its reach apart costs more than any such pair."""
DOUBT_LOW = 1.2
"""A low detection is placed this much less well ..."""
FOOT_HIGH, FOOT_LOW = 0.5, 0.2
"""... and its foot point moves the track's this far from the filtered one towards the detected
one."""
WIDTH_HEIGHTS_MAX = 1.1
"""A box so wide, heights, holds no person who walks or stands; nor does one without a height."""
UNSEEN, HIGH, LOW = range(3)
"""How a track was seen in a frame, and so ..."""
_DOUBT, _PULL = np.array([[np.inf, 0.0, DOUBT_LOW**2 - 1.0], [0.0, FOOT_HIGH, FOOT_LOW]])
"""... how much noise comes on top, and how far the foot point follows."""
_SUM_OF_SEEN = np.repeat([1.0, 0.0], [4, 6])
_NOBODY: Numbers = np.empty((0, 3))

Rows = NDArray[np.intp]
"""(N,) numbers of rows."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """One setting for all scenes; what a scene changes is the detector's input and threshold."""

    confidence_high: float = 0.35
    """Detections from here on may start a track and are paired first; those below only extend
    one."""
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
    """Two boxes of one person differ in height by at most this, heights; beyond it one box holds
    two people."""
    confirm_s: float = 0.25
    """Time from first to last detection that makes a track a person ..."""
    confirm_seen: int = 3
    """... and how many detections ..."""
    confirm_share: float = 0.5
    """... in at least this share of the frames since the first."""
    tentative_max_s: float = 0.4
    """A tentative track unseen for longer is forgotten, but for ..."""
    tentative_missed: int = 2
    """... so many frames that it may always miss: where frames are rare, the time alone would
    forgive none."""
    lost_max_s: float = 2.5
    """A confirmed track unseen for longer is forgotten."""


@dataclass(slots=True)
class Tracks:
    """All tracks after one frame, row by row; views that hold until the next update.

    ids: (N,) a number that no other track of this tracker ever had. feet: (N, 2) pixels. Of a track
    seen in this frame between the filter's foot point and the detected one, because the filter
    overshoots where a person stops and the detection jitters; of an unseen one the prediction.
    sizes: (N, 2) width and height, pixels. velocities: (N, 2) pixels / s. confirmed, seen: (N,)
    bool; seen means in this very frame. unseen_s: (N,) seconds since last seen. known_s: (N,)
    seconds from first to last seen. hits: (N,) in how many frames it was seen, counted until it is
    confirmed. first_frames, frame: (N,) the number of the frame in which it was first seen, and
    that of this one. ended, stayed: where tracks were forgotten now, the rows, by the numbers of
    the frame before, of those and of the rest, which is in front now, in order; else both are
    empty. lost: (L, 3) where each person among the forgotten was last seen, foot x and foot y, and
    the height, pixels. started: how many tracks are new; they come last.
    """

    ids: NDArray[np.int64]
    feet: NDArray[np.float64]
    sizes: NDArray[np.float64]
    velocities: NDArray[np.float64]
    confirmed: Flags
    seen: Flags
    unseen_s: NDArray[np.float64]
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

        What is new is theirs to fill.
        """
        if len(self.ended):
            for column in columns:
                column[..., : self.old] = column[..., self.stayed]


class Tracker:
    """Turn detections of successive frames into tracks.

    >>> from edge_agent.counting.detection import no_detections
    >>> len(Tracker(TrackerSettings()).update(no_detections(), 0.0))
    0
    """

    def __init__(self, settings: TrackerSettings, capacity: int = CAPACITY) -> None:
        self.settings = settings
        self.capacity = capacity
        self._confidences = np.array(
            [[settings.confidence_low], [settings.confidence_high]], np.float32
        )
        self._count = 0
        self._filters = Filters(capacity)
        self._feet = np.zeros((capacity, 2))
        self._confirmed = np.zeros(capacity, np.bool_)
        self._ids = np.zeros(capacity, np.int64)
        self._hits = np.zeros(capacity, np.int64)
        self._first_frame = np.zeros(capacity, np.int64)
        self._first_s = np.zeros(capacity)
        self._last_s = np.zeros(capacity)
        self._patience_s = np.zeros(capacity)
        self._reach_heights = np.zeros(capacity)
        self._columns: tuple[NDArray[np.generic], ...] = (
            self._filters.state,
            self._feet,
            self._confirmed,
            self._ids,
            self._hits,
            self._first_frame,
            self._first_s,
            self._last_s,
            self._patience_s,
            self._reach_heights,
        )
        self._frame = 0
        self._now_s = -np.inf
        self._next_id = 1

    def update(self, detections: Detections, now_s: float) -> Tracks:
        """Take the detections of the frame captured at `now_s` and return all tracks.

        now_s must not fall; a frame with the time of the one before predicts nothing.
        """
        step_s, self._now_s = now_s - self._now_s, now_s
        self._frame += 1
        seen, strong = self._sorted(detections)
        left = seen[:strong]
        if self._count:
            left = self._pair(seen, strong, *self._filters.predict(self._count, step_s))
        forgotten = self._forget(
            min((self.settings.tentative_missed + 0.5) * step_s, self.settings.lost_max_s)
        )
        started = self._start(left)
        return self._tracks(*forgotten, started, len(left) - started)

    def _sorted(self, detections: Detections) -> tuple[Numbers, int]:
        """Return what is seen of people, (M, 10), strong detections first, and how many are strong.

        What is below the low threshold is nobody; what is between the two can only extend a track.
        """
        seen = detections.boxes.astype(np.float64) @ AS_SEEN
        upright = seen[:, WIDTH] < WIDTH_HEIGHTS_MAX * seen[:, HEIGHT]
        low, high = (detections.confidences >= self._confidences) & upright
        strong = high.nonzero()[0]
        return seen.take(np.concatenate([strong, (low > high).nonzero()[0]]), axis=0), len(strong)

    def _pair(self, seen: Numbers, strong: int, variance: Numbers, noise: Numbers) -> Numbers:
        """Give each track its detection, strong ones first.

        Return the strong ones that no track took.
        """
        how = np.zeros(self._count, np.intp)
        rows, columns = self._within_reach(seen)
        costs = self._costs(rows, seen.take(columns, axis=0), variance, vagueness(variance, noise))
        made = _choose(columns < strong, rows, columns, costs, COST_MAX)
        how[rows.take(made)] = HIGH
        paired = np.zeros(strong, np.bool_)
        paired[columns.take(made)] = True
        if strong < len(seen):
            # A weak detection only goes on with a person whom no strong one went to.
            may = (self._confirmed[: self._count] > how).take(rows)
            may &= columns >= strong
            may &= costs <= self.settings.surprise_low_max
            weak = _choose(may, rows, columns, costs, self.settings.surprise_low_max)
            how[rows.take(weak)] = LOW
            made = np.concatenate([made, weak])
        # Of the others nothing: as the doubt in it is infinite, nothing comes of it.
        placed = np.zeros(variance.shape)
        rows = rows.take(made)
        placed[rows] = seen.take(columns.take(made), axis=0)
        self._filters.update(self._count, placed, variance, noise, _DOUBT.take(how))
        self._see(rows, placed[:, FOOT], _PULL.take(how))
        return seen[:strong].compress(~paired, axis=0)

    def _within_reach(self, seen: Numbers) -> tuple[Rows, Rows]:
        """Return the pairs, rows and columns, of tracks and detections that may be one person.

        The detection lies within a reach of where the track is expected that grows with the time
        unseen, and is about as tall.
        """
        settings, count = self.settings, self._count
        state = self._filters.state[:count]
        height = state[:, HEIGHT]
        reach = settings.reach_heights_per_s * (self._now_s - self._last_s[:count])
        reach += self._reach_heights[:count]
        reach *= height
        # As complex numbers, because numpy takes each step once for both axes.
        feet, expected = seen[:, FOOT].view(np.complex128), state[:, FOOT].view(np.complex128)
        near = np.abs(feet[:, 0] - expected) <= reach[:, None]
        near &= (
            np.abs(seen[:, HEIGHT] - height[:, None])
            <= (settings.size_change_max * height)[:, None]
        )
        rows, columns = near.nonzero()
        return rows, columns

    def _costs(self, rows: Rows, seen: Numbers, variance: Numbers, vague: Numbers) -> Numbers:
        """Return what each pair costs, (K,): how surprising what is seen is to the track.

        Beyond SURPRISE_MAX it is told apart only a little, so that one person who jumps does not
        pull others along.
        """
        away = seen - self._filters.state.take(rows, axis=0)
        away *= away
        away /= variance.take(rows, axis=0)
        surprise = away @ _SUM_OF_SEEN + vague.take(rows)
        return np.asarray(np.minimum(surprise, SURPRISE_MAX + 1e-3 * surprise))

    def _see(self, rows: Rows, seen: Numbers, pull: Numbers) -> None:
        """Note the tracks in `rows` as seen now, draw all foot points to what was seen, and confirm those seen long enough."""
        filtered = self._filters.state[: self._count, FOOT]
        seen -= filtered
        seen *= pull[:, None]
        np.add(filtered, seen, out=self._feet[: self._count])
        self._last_s[rows] = self._now_s
        self._reach_heights[rows] = self.settings.reach_heights
        asked = rows[~self._confirmed[rows]]
        if len(asked):
            self._hits[asked] += 1
            self._confirm(asked)

    def _confirm(self, rows: Rows) -> None:
        """Call those tracks persons that have been seen long and often enough."""
        hits = self._hits[rows]
        sure = (
            (self._now_s - self._first_s[rows] >= self.settings.confirm_s)
            & (hits >= self.settings.confirm_seen)
            & (hits >= self.settings.confirm_share * (self._frame - self._first_frame[rows] + 1))
        )
        self._confirmed[rows] = sure
        self._patience_s[rows[sure]] = self.settings.lost_max_s

    def _forget(self, at_least_s: float) -> tuple[Rows, Rows, Numbers]:
        """Give up the tracks unseen for too long and move the others up.

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

    def _start(self, seen: Numbers) -> int:
        """Begin a tentative track for each detection that no track took, while there is room.

        Return how many.
        """
        seen = seen[: self.capacity - self._count]
        started = len(seen)
        if started:
            new = slice(self._count, self._count + started)
            self._filters.start(self._count, seen)
            self._feet[new] = seen[:, FOOT]
            self._confirmed[new] = False
            self._ids[new] = np.arange(self._next_id, self._next_id + started)
            self._hits[new] = 1
            self._first_frame[new] = self._frame
            self._first_s[new] = self._last_s[new] = self._now_s
            self._patience_s[new] = self.settings.tentative_max_s
            self._reach_heights[new] = self.settings.reach_fresh_heights
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
