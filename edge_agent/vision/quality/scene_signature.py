# SPDX-License-Identifier: Apache-2.0
"""Recognise a turned camera by a signature of the static scene that no picture can be made of.

A signature is four profiles: how much the small grey picture changes from left to right, in the
upper and in the lower half, summed down the columns; and from top to bottom, in the left and in the
right half, summed along the rows. Some 450 numbers of four bits stand for 12,000 pixels. It cannot
be inverted: a sum of 48 or 64 absolute values does not say which of them were large, the sign of
every edge is gone, two directions are far too few to compute the places back, people who walk are
averaged away over seconds, and what is left is rounded to sixteen steps. A profile still moves when
the camera does, and by how much shows at once.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

STEPS = 16
SHIFT_MAX_SHARE = 1 / 5
"""The farthest shift looked for, in widths or heights of the picture; beyond it nothing is alike,
which is told too."""

Profile: TypeAlias = NDArray[np.float32]
Profiles: TypeAlias = tuple[Profile, Profile, Profile, Profile]
"""Upper half, lower half (across the columns), left half, right half (down the rows)."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a profile fits another: correlation as it lies, and the best of all shifts.

    shift_px is that shift, in pixels of the small picture.
    """

    here: float
    best: float
    shift_px: int


def profiles(small: NDArray[np.uint8]) -> Profiles:
    """Return the four profiles of a small grey picture, (height, width) uint8."""
    levels = small.astype(np.float32)
    rows, columns = levels.shape
    across, down = np.abs(np.diff(levels, axis=1)), np.abs(np.diff(levels, axis=0))
    upper, lower = across[: rows // 2], across[rows // 2 :]
    left, right = down[:, : columns // 2], down[:, columns // 2 :]
    return (upper.mean(axis=0), lower.mean(axis=0), left.mean(axis=1), right.mean(axis=1))


def rounded(profile: Profile) -> Profile:
    """Return the profile in sixteen steps between its smallest and largest value."""
    low, high = float(profile.min()), float(profile.max())
    return np.round((profile - low) * np.float32((STEPS - 1) / max(high - low, 1e-3)))


def likeness(reference: Profile, profile: Profile) -> Likeness:
    """Compare two profiles of one length at every shift up to a fifth of it.

    A positive shift is to the right, or down.
    """
    farthest = round(len(reference) * SHIFT_MAX_SHARE)
    found = [_correlation(reference, profile, shift) for shift in range(-farthest, farthest + 1)]
    best = int(np.argmax(found))
    return Likeness(here=found[farthest], best=found[best], shift_px=best - farthest)


def _correlation(reference: Profile, profile: Profile, shift: int) -> float:
    """Correlate (Pearson) the parts that overlap when `profile` has moved by `shift`."""
    one = reference[max(0, -shift) : len(reference) - max(0, shift)]
    other = profile[max(0, shift) : len(profile) - max(0, -shift)]
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / scale if scale > 0 else 0.0
