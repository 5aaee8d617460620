# SPDX-License-Identifier: Apache-2.0
"""Constant-velocity Kalman filters for many boxes at once, with real time steps.

A box is followed by its foot point (bottom centre), width and height. Foot x and y share one model,
one noise and one observation time, so one 2 x 2 covariance a track serves both; width and height
are random walks with one variance. All noise is in units of the person's own height, so one setting
fits near and far. Row by row a track, changed in place. Source: Bar-Shalom, Li and Kirubarajan
2001, section 6.2.2 (white-noise acceleration, exact discretisation).
"""

import numpy as np
from numpy.typing import NDArray

ACCELERATION_DENSITY = 0.4
"""Square root of the acceleration's power density, heights / s^1.5: a walker can stop or turn
within a second or two."""
POSITION_NOISE = 0.06
"""Standard deviation of a detected foot point, heights."""
SIZE_NOISE = 0.16
"""Standard deviation of a detected width or height, heights: feet and heads are hidden more often
than sides."""
SIZE_DRIFT = 0.15
"""How fast width and height may wander, heights / s^0.5."""
SPEED_AT_BIRTH = 1.3
"""Standard deviation of the velocity of a person just seen, heights / s: walking pace is about 0.8,
a cyclist's 3."""
HEIGHT_MIN_PX = 4.0
"""A track begins at least so tall, so that noise in units of height is above zero."""


Numbers = NDArray[np.float64]
X, Y, WIDTH, HEIGHT, SPEED_X, SPEED_Y, P, C, V, S = range(10)
"""The columns of a state: the mean, pixels and pixels / s, and the spread: of foot x and of foot y
alike the variance of the position, its covariance with the velocity and the variance of that; the
variance of width and of height."""
MEAN, SPREAD, FOOT, SIZE, VELOCITY = (
    slice(X, P),
    slice(P, None),
    slice(X, WIDTH),
    slice(WIDTH, SPEED_X),
    slice(SPEED_X, P),
)

AS_SEEN = np.zeros((4, 10))
"""From boxes, xyxy, to what is seen of a state. Of what is spread nothing is seen: it is told by
what was expected, less zero."""
for _place in (X, SPEED_X):
    AS_SEEN[:, _place : _place + 2] = [[0.5, 0.0], [0.0, 0.0], [0.5, 0.0], [0.0, 1.0]]
AS_SEEN[:, SIZE] = [[-1.0, 0.0], [0.0, -1.0], [1.0, 0.0], [0.0, 1.0]]

# A correction adds to each column a gain, its covariance with what is seen over the variance of
# that, times what is seen less what was expected. A spread shrinks by the gain times its own
# covariance.
_COVARIANCE_OF = np.array([P, P, S, S, C, C, P, P, C, S])
_VARIANCE_OF = np.array([P, P, S, S, P, P, P, P, P, S])
_EXPECTED_OF = np.array([X, Y, WIDTH, HEIGHT, X, Y, P, C, C, S])
_NOISE_OF = np.where(_VARIANCE_OF == P, POSITION_NOISE, SIZE_NOISE) ** 2
_SPREAD_AT_BIRTH = np.array([POSITION_NOISE, 0.0, SPEED_AT_BIRTH, SIZE_NOISE]) ** 2


class Filters:
    """The filters of up to `capacity` tracks.

    The first rows are in use, and how many is the caller's to say.

    state: (C, 10), a row a track. A detection is seen as (N, 10), boxes @ AS_SEEN; its height is
    above zero.
    """

    def __init__(self, capacity: int) -> None:
        self.state: Numbers = np.zeros((capacity, 10))
        self._motion, self._gained = np.eye(10), np.zeros(10)

    def start(self, count: int, seen: Numbers) -> None:
        """Begin as many tracks as are seen, (N, 10), behind the first `count`, with unknown velocity."""
        state = self.state[count : count + len(seen)]
        state[:, MEAN] = seen[:, MEAN]
        state[:, VELOCITY] = 0.0
        height = np.maximum(state[:, HEIGHT], HEIGHT_MIN_PX)
        state[:, HEIGHT] = height
        state[:, SPREAD] = (height * height)[:, None] * _SPREAD_AT_BIRTH

    def predict(self, count: int, step_s: float) -> tuple[Numbers, Numbers]:
        """Move the first `count` tracks forward by `step_s` seconds, 0 or more.

        Returns with what variance each expects what is seen next, and how much of it is noise; both
        (N, 10), column by column for a state. The first four are foot x, foot y, width and height,
        pixels squared.
        """
        motion, gained = self._motion, self._gained
        motion[SPEED_X, X] = motion[SPEED_Y, Y] = motion[V, C] = step_s
        motion[C, P], motion[V, P] = 2.0 * step_s, step_s**2
        density = ACCELERATION_DENSITY**2
        gained[SPREAD] = (
            density * step_s**3 / 3.0,
            density * step_s**2 / 2.0,
            density * step_s,
            SIZE_DRIFT**2 * step_s,
        )
        state = self.state[:count]
        height = state[:, HEIGHT]
        squared = (height * height)[:, None]
        moved = state @ motion
        moved += squared * gained
        state[:] = moved
        noise = squared * _NOISE_OF
        return moved.take(_VARIANCE_OF, axis=1) + noise, noise

    def update(
        self, count: int, seen: Numbers, variance: Numbers, noise: Numbers, doubt: Numbers
    ) -> None:
        """Correct the first `count` tracks by what was seen of them, (N, 10), and what `predict` returned.

        doubt (N,): so much of the noise comes on top. Infinite, it leaves a track as it was
        predicted, whatever was seen.
        """
        state = self.state[:count]
        gain = state.take(_COVARIANCE_OF, axis=1)
        gain /= variance + doubt[:, None] * noise
        gain *= seen - state.take(_EXPECTED_OF, axis=1)
        state += gain


def vagueness(variance: Numbers, noise: Numbers) -> Numbers:
    """Return how vague what `Filters.predict` returned is, (N,), 0 or more.

    It is the logarithm of the variances' product, less that of a perfectly known track. Squared
    differences over the variances, summed, plus this are twice the negative logarithm of the
    likelihood (Bar-Shalom 2001, section 5.4.2), but for a constant.
    """
    # Of the first four columns, two and two are alike.
    vague = variance[:, Y:HEIGHT] / noise[:, Y:HEIGHT]
    return 2.0 * np.log(vague[:, 0] * vague[:, 1])
