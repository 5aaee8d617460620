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
SIZE_NOISE = 0.08
"""Standard deviation of a detected width or height, heights."""
SIZE_DRIFT = 0.15
"""How fast width and height may wander, heights / s^0.5."""
SPEED_AT_BIRTH = 1.3
"""Standard deviation of the velocity of a person just seen, heights / s: walking pace is about 0.8, a cyclist's 3."""
HEIGHT_MIN_PX = 4.0
"""Heights never shrink below this, so that noise in units of height stays above zero."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of `capacity` track slots. The dataclass is frozen, its arrays are not.

    foot, velocity: (C, 2) pixels, pixels / s. size: (C, 2) width and height, pixels.
    p, c, v: (C,) position variance, covariance, velocity variance of foot x and of foot y alike. s: (C,) variance of the size.
    """

    foot: NDArray[np.float64]
    velocity: NDArray[np.float64]
    size: NDArray[np.float64]
    p: NDArray[np.float64]
    c: NDArray[np.float64]
    v: NDArray[np.float64]
    s: NDArray[np.float64]

    @classmethod
    def of(cls, capacity: int) -> "Filters":
        """Make room for `capacity` tracks."""
        pair, single = (capacity, 2), capacity
        return cls(
            foot=np.zeros(pair), velocity=np.zeros(pair), size=np.ones(pair),
            p=np.zeros(single), c=np.zeros(single), v=np.zeros(single), s=np.zeros(single),
        )  # fmt: skip

    def start(self, slots: NDArray[np.intp], feet: NDArray[np.float64], sizes: NDArray[np.float64]) -> None:
        """Begin tracks in `slots` at detected feet (N, 2) and sizes (N, 2), with unknown velocity."""
        heights = np.maximum(sizes[:, 1], HEIGHT_MIN_PX)
        self.foot[slots] = feet
        self.velocity[slots] = 0.0
        self.size[slots] = sizes
        self.p[slots] = (POSITION_NOISE * heights) ** 2
        self.c[slots] = 0.0
        self.v[slots] = (SPEED_AT_BIRTH * heights) ** 2
        self.s[slots] = (SIZE_NOISE * heights) ** 2

    def predict(self, slots: NDArray[np.intp], step_s: float) -> None:
        """Move the tracks in `slots` forward by `step_s` seconds."""
        height = np.maximum(self.size[slots, 1], HEIGHT_MIN_PX)
        density = (ACCELERATION_DENSITY * height) ** 2
        c, v = self.c[slots], self.v[slots]
        self.foot[slots] += self.velocity[slots] * step_s
        self.p[slots] += step_s * (2.0 * c + step_s * (v + density * step_s / 3.0))
        self.c[slots] = c + step_s * (v + density * step_s / 2.0)
        self.v[slots] = v + density * step_s
        self.s[slots] += (SIZE_DRIFT * height) ** 2 * step_s

    def update(self, slots: NDArray[np.intp], feet: NDArray[np.float64], sizes: NDArray[np.float64], doubt: float) -> None:
        """Correct the tracks in `slots` by detected feet (N, 2) and sizes (N, 2); `doubt` scales the standard deviation."""
        height = np.maximum(self.size[slots, 1], HEIGHT_MIN_PX)
        noise = (POSITION_NOISE * doubt * height) ** 2
        p, c = self.p[slots], self.c[slots]
        gain_p, gain_v = p / (p + noise), c / (p + noise)
        residual = feet - self.foot[slots]
        self.foot[slots] += gain_p[:, None] * residual
        self.velocity[slots] += gain_v[:, None] * residual
        self.p[slots] = p * (1.0 - gain_p)
        self.c[slots] = c * (1.0 - gain_p)
        self.v[slots] -= gain_v * c
        s = self.s[slots]
        gain_s = s / (s + (SIZE_NOISE * doubt * height) ** 2)
        self.size[slots] += gain_s[:, None] * (sizes - self.size[slots])
        self.s[slots] = s * (1.0 - gain_s)

    def boxes(self, slots: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the boxes of `slots` as (N, 4) xyxy pixels."""
        foot, size = self.foot[slots], self.size[slots]
        half = size[:, 0] / 2.0
        return np.column_stack([foot[:, 0] - half, foot[:, 1] - size[:, 1], foot[:, 0] + half, foot[:, 1]])
