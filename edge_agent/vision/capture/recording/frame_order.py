# SPDX-License-Identifier: Apache-2.0
"""Put the frames of a recording at the times that its container gives them, in rising order.

Rule 1: a frame is at its own presentation time; the rate is a mean and places nothing. Rule 2: time
never goes back. A decoder that picks itself up behind damage hands out frames it still held from
before; they are dropped. Rule 3: a damaged time is not believed. A frame that leaps ahead is kept
back until the one after it is as late, and one beyond the end that the container states has no time
that can be read.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAP_S = 1.0
LEAP_FRAMES = 4.0
"""A leap is longer than both: so much of a pause comes in any recording of a varying rate."""
REORDERED_MAX = 16
"""A decoder holds back no more frames than this (H.264, A.3.1: max_dec_frame_buffering). More in a
row that are earlier than what has been are a second recording behind the first."""
END_SLACK_S, END_SLACK_SHARE = 10.0, 0.05
"""A container's own length is a mean rate times a number, and may be a little short."""

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TimedImage:
    """A decoded image and when it was, seconds of the container's time."""

    image: Image
    at_s: float


class FrameOrder:
    """Give each decoded image its time; some have to wait for the one after them."""

    def __init__(self, *, frame_s: float, length_s: float) -> None:
        """Begin. frame_s is the mean time between frames; length_s is 0 where nobody knows it."""
        self._frame_s = frame_s
        self._leap_s = max(LEAP_S, LEAP_FRAMES * frame_s)
        self._latest_s = (
            length_s * (1 + END_SLACK_SHARE) + END_SLACK_S if length_s > 0 else math.inf
        )
        self._shift_s = 0.0
        self._last_s: float | None = None
        self._before_leap_s = 0.0
        self._held: TimedImage | None = None
        self._earlier_in_a_row = 0
        self.unseen_s = 0.0
        """Seconds in leaps: of those the recording shows nothing."""

    def put(self, image: Image, own_s: float) -> list[TimedImage]:
        """Return the images whose time is now certain, in order; own_s is the container's word.

        0 for any but the first frame, or a time beyond the end, says that there is no time: then
        the frame follows the one before it at the mean rate.
        """
        waiting = self._held
        last_s = self._last_s if waiting is None else waiting.at_s
        if last_s is not None and not 0 < own_s + self._shift_s <= self._latest_s:
            at_s = last_s + self._frame_s
        else:
            at_s = own_s + self._shift_s if 0 < own_s <= self._latest_s else 0.0
        given = []
        # Two leaps in a row are a slow part of the recording.
        if waiting is not None and waiting.at_s < at_s:
            given.append(self._give(waiting))
        self._held = None
        frame = TimedImage(image, at_s)
        last_s = -self._frame_s if self._last_s is None else self._last_s
        if at_s > last_s + self._leap_s:
            self._held = frame
        elif at_s > last_s or self._is_second_recording(at_s):
            given.append(self._give(frame))
        return given

    def finish(self) -> list[TimedImage]:
        """Return what still waits for the one after it: it was the last."""
        held, self._held = self._held, None
        return [] if held is None else [self._give(held)]

    @property
    def last_s(self) -> float:
        """Return the time of the last image that was given, 0 before the first."""
        return self._last_s or 0.0

    def _give(self, frame: TimedImage) -> TimedImage:
        last_s = -self._frame_s if self._last_s is None else self._last_s
        at_s = frame.at_s if frame.at_s > last_s else last_s + self._frame_s
        if at_s > last_s + self._leap_s:
            self._before_leap_s = last_s
            self.unseen_s += at_s - last_s
        self._last_s, self._earlier_in_a_row = at_s, 0
        return frame if at_s == frame.at_s else TimedImage(frame.image, at_s)

    def _is_second_recording(self, at_s: float) -> bool:
        """Say whether time has begun anew; if so, what follows goes on from here.

        Where it is only back from a leap that was none, it is waited for.
        """
        self._earlier_in_a_row += 1
        if self._earlier_in_a_row <= REORDERED_MAX or at_s > self._before_leap_s > 0:
            return False
        self._shift_s += self.last_s + self._frame_s - at_s
        return True
