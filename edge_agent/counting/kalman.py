# SPDX-License-Identifier: Apache-2.0
"""Constant-velocity Kalman filters for many boxes at once, with real time steps.

A Kalman filter keeps a mean and a covariance of what it follows. It alternates two steps: predict
moves both to the time of the next frame, and correct weighs the prediction against what is observed
by their covariances. Here a box is followed by its foot point (bottom centre), width and height.
Foot x and y share one motion model, one noise and one observation time, so one 2 x 2 covariance a
track serves both; width and height are random walks with one variance. All noise is in units of the
person's own height, so one setting fits near and far. One row a track, changed in place. Source:
Bar-Shalom, Li and Kirubarajan 2001 (Estimation with Applications to Tracking and Navigation),
section 5.2 for the filter and 6.2.2 for the model (white-noise acceleration, exact discretisation).
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
INITIAL_SPEED = 1.3
"""Standard deviation of the velocity of a new track, heights / s: walking pace is about 0.8, a
cyclist's 3."""
HEIGHT_MIN_PX = 4.0
"""A track begins at least so tall, so that noise in units of height is above zero."""


Numbers = NDArray[np.float64]
X, Y, WIDTH, HEIGHT, SPEED_X, SPEED_Y, P, C, V, S = range(10)
"""The columns of a state. First the mean, pixels and pixels / s. Then the spread: for foot x and
foot y alike the variance of the position (P), its covariance with the velocity (C) and the variance
of the velocity (V); and the variance of width and of height (S)."""
MEAN, SPREAD, FOOT, SIZE, VELOCITY = (
    slice(X, P),
    slice(P, None),
    slice(X, WIDTH),
    slice(WIDTH, SPEED_X),
    slice(SPEED_X, P),
)

BOX_TO_OBSERVATION = np.zeros((4, 10))
"""From boxes, xyxy, to what is observed of a state. Of the spread nothing is observed: it is 0."""
for _place in (X, SPEED_X):
    BOX_TO_OBSERVATION[:, _place : _place + 2] = [[0.5, 0.0], [0.0, 0.0], [0.5, 0.0], [0.0, 1.0]]
BOX_TO_OBSERVATION[:, SIZE] = [[-1.0, 0.0], [0.0, -1.0], [1.0, 0.0], [0.0, 1.0]]

# A correction adds to each column its gain times the innovation, which is what is observed less
# what was predicted. The gain is the column's covariance with the observation over the variance of
# that. A spread shrinks by the gain times its own covariance.
_COVARIANCE_OF = np.array([P, P, S, S, C, C, P, P, C, S])
_VARIANCE_OF = np.array([P, P, S, S, P, P, P, P, P, S])
_PREDICTED_OF = np.array([X, Y, WIDTH, HEIGHT, X, Y, P, C, C, S])
_NOISE_OF = np.where(_VARIANCE_OF == P, POSITION_NOISE, SIZE_NOISE) ** 2
_INITIAL_SPREAD = np.array([POSITION_NOISE, 0.0, INITIAL_SPEED, SIZE_NOISE]) ** 2


class KalmanFilters:
    """The filters of up to `capacity` tracks; the caller says how many first rows are in use.

    state: (C, 10), a row a track. Observations are (N, 10), boxes @ BOX_TO_OBSERVATION, with a
    height above zero.
    """

    def __init__(self, capacity: int) -> None:
        self.state: Numbers = np.zeros((capacity, 10))
        self._motion, self._gained = np.identity(10), np.zeros(10)

    def begin_tracks(self, count: int, observed: Numbers) -> None:
        """Begin a track for each observation, behind the first `count`, with unknown velocity."""
        state = self.state[count : count + len(observed)]
        state[:, MEAN] = observed[:, MEAN]
        state[:, VELOCITY] = 0.0
        height = np.maximum(state[:, HEIGHT], HEIGHT_MIN_PX)
        state[:, HEIGHT] = height
        state[:, SPREAD] = (height * height)[:, None] * _INITIAL_SPREAD

    def predict(self, count: int, step_s: float) -> tuple[Numbers, Numbers]:
        """Predict the first `count` tracks `step_s` seconds ahead, 0 or more.

        Return the variance of each innovation, and how much of it is the noise of the observation;
        both are (N, 10), one column for each of the state. The first four are foot x, foot y, width
        and height, pixels squared.
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

    def correct(
        self, count: int, observed: Numbers, variance: Numbers, noise: Numbers, added_noise: Numbers
    ) -> None:
        """Correct the first `count` tracks by their observations, and by what `predict` returned.

        added_noise (N,): so many times the noise comes on top. Infinite, it leaves a track as it
        was predicted, whatever was observed.
        """
        state = self.state[:count]
        gain = state.take(_COVARIANCE_OF, axis=1)
        gain /= variance + added_noise[:, None] * noise
        gain *= observed - state.take(_PREDICTED_OF, axis=1)
        state += gain


def log_determinant(variance: Numbers, noise: Numbers) -> Numbers:
    """Return the logarithm of the innovation covariance's determinant, (N,), 0 or more.

    It is less that of a perfectly known track. The squared Mahalanobis distance plus this is twice
    the negative log-likelihood of an observation, but for a constant (Bar-Shalom 2001, section
    5.4.2).
    """
    # Of the first four columns, two and two are alike.
    ratios = variance[:, Y:HEIGHT] / noise[:, Y:HEIGHT]
    return 2.0 * np.log(ratios[:, 0] * ratios[:, 1])
