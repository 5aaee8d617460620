# SPDX-License-Identifier: Apache-2.0
"""Constant-velocity Kalman filters for many boxes at once, with real time steps.

A box is followed by its foot point (bottom centre), width and height. Foot x and y share one model, one noise and one
observation time, so one 2 x 2 covariance a track serves both; width and height are random walks with one variance.
All noise is in units of the person's own height, so one setting fits near and far. Arrays are changed in place, row by track.
Source: Bar-Shalom, Li and Kirubarajan 2001, section 6.2.2 (white-noise acceleration, exact discretisation).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ACCELERATION_DENSITY = 0.4
"""Square root of the acceleration's power density, heights / s^1.5: a walker can stop or turn within a second or two."""
POSITION_NOISE = 0.06
"""Standard deviation of a detected foot point, heights."""
SIZE_NOISE = 0.16
"""Standard deviation of a detected width or height, heights: feet and heads are hidden more often than sides."""
SIZE_DRIFT = 0.15
"""How fast width and height may wander, heights / s^0.5."""
SPEED_AT_BIRTH = 1.3
"""Standard deviation of the velocity of a person just seen, heights / s: walking pace is about 0.8, a cyclist's 3."""
HEIGHT_MIN_PX = 4.0
"""Heights never shrink below this, so that noise in units of height stays above zero."""


Rows = NDArray[np.float64]
X, Y, WIDTH, HEIGHT, SPEED_X, SPEED_Y = range(6)
"""The columns of a mean."""
P, C, V, S = range(4)
"""The columns of a spread."""
# For each column of a mean: the variance of what is seen of it, its covariance with that, its noise, and what is seen of it.
_VARIANCE_OF = np.array([P, P, S, S, P, P])
_COVARIANCE_OF = np.array([P, P, S, S, C, C])
_NOISE_OF = np.array([POSITION_NOISE, POSITION_NOISE, SIZE_NOISE, SIZE_NOISE, POSITION_NOISE, POSITION_NOISE]) ** 2
_SEEN_OF = np.array([X, Y, WIDTH, HEIGHT, X, Y])


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of as many track slots as the arrays have rows. The dataclass is frozen, its arrays are not.

    mean: (C, 6) foot x, foot y, width, height (pixels), speed x, speed y (pixels / s).
    spread: (C, 4) position variance, covariance and velocity variance of foot x and of foot y alike, and the size's variance.
    A detection is seen as (N, 4): foot x, foot y, width, height, pixels.
    """

    mean: Rows
    spread: Rows

    @classmethod
    def of(cls, capacity: int) -> "Filters":
        """Make room for `capacity` tracks."""
        return cls(np.zeros((capacity, 6)), np.zeros((capacity, 4)))

    def start(self, slots: NDArray[np.intp], seen: Rows) -> None:
        """Begin tracks in `slots` as seen (N, 4), with unknown velocity."""
        self.mean[slots, :4] = seen
        self.mean[slots, 4:] = 0.0
        heights = np.maximum(seen[:, HEIGHT:], HEIGHT_MIN_PX)
        self.spread[slots] = (np.array([POSITION_NOISE, 0.0, SPEED_AT_BIRTH, SIZE_NOISE]) * heights) ** 2

    def predict(self, slots: NDArray[np.intp], step_s: float) -> None:
        """Move the tracks in `slots` forward by `step_s` seconds."""
        mean, spread = self.mean[slots], self.spread[slots]
        height = np.maximum(mean[:, HEIGHT:SPEED_X], HEIGHT_MIN_PX)
        density = ACCELERATION_DENSITY**2
        gained = [density * step_s**3 / 3.0, density * step_s**2 / 2.0, density * step_s, SIZE_DRIFT**2 * step_s]
        carried = [[1.0, 0.0, 0.0, 0.0], [2.0 * step_s, 1.0, 0.0, 0.0], [step_s**2, step_s, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
        mean[:, :2] += mean[:, 4:] * step_s
        self.mean[slots] = mean
        self.spread[slots] = spread @ np.array(carried) + height * height * np.array(gained)

    def update(self, slots: NDArray[np.intp], seen: Rows, doubt: Rows) -> None:
        """Correct the tracks in `slots` by what was seen of them, (N, 4); doubt (N,) scales the standard deviation of each."""
        mean, spread = self.mean[slots], self.spread[slots]
        deviation = np.maximum(mean[:, HEIGHT], HEIGHT_MIN_PX) * doubt
        variance = spread.take(_VARIANCE_OF, axis=1) + (deviation * deviation)[:, None] * _NOISE_OF
        gain = spread.take(_COVARIANCE_OF, axis=1) / variance
        mean += gain * (seen - mean[:, :4]).take(_SEEN_OF, axis=1)
        self.mean[slots] = mean
        kept = 1.0 - gain[:, :4]
        kept[:, V] = 1.0 - gain[:, SPEED_X] * spread[:, C] / spread[:, V]
        self.spread[slots] = spread * kept

    def doubts(self, slots: NDArray[np.intp]) -> tuple[Rows, Rows]:
        """Return the variance with which each track expects what is seen next, and how vague that is.

        The first is (N, 4), for foot x, foot y, width and height, pixels squared. The second is (N, 1), 0 or more: the logarithm of
        the variances' product, less that of a perfectly known track. Squared differences over the first, summed, plus the second
        are twice the negative logarithm of the likelihood (Bar-Shalom 2001, section 5.4.2), but for a constant.
        """
        height = np.maximum(self.mean[slots, HEIGHT:SPEED_X], HEIGHT_MIN_PX)
        noise = height * height * _NOISE_OF[:4]
        variance = self.spread[slots].take(_VARIANCE_OF[:4], axis=1) + noise
        return variance, np.log(variance / noise).sum(axis=1, keepdims=True)
