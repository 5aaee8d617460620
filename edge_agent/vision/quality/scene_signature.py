# SPDX-License-Identifier: Apache-2.0
"""Recognise a turned camera by a signature of the static scene that no picture can be made of.

A signature is four profiles: how much the small grey picture changes from left to right, in the
upper and in the lower half, along the columns; and from top to bottom, in the left and in the right
half, along the rows. Some 450 numbers of four bits stand for 12,000 pixels. It cannot be inverted:
a mean of up to 48 or 64 absolute values does not say which of them were large, the sign of every
edge is gone, two directions are far too few to compute the places back, people who walk are left
out, and what is left is rounded to sixteen steps. A profile still moves when the camera does, and
by how much shows at once.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

STEPS = 16
SHIFT_MAX_SHARE = 1 / 5
"""The farthest shift looked for, in widths or heights of the picture; beyond it nothing is alike,
which is told too."""
KNOWN_SHARE_MIN = 0.25
"""Two profiles are compared where both are known in at least this share of their length."""

Profile: TypeAlias = NDArray[np.float32]
Profiles: TypeAlias = tuple[Profile, Profile, Profile, Profile]
"""Upper half, lower half (across the columns), left half, right half (down the rows)."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a profile fits another: correlation as it lies, and the best of all shifts.

    shift_px is that shift, in pixels of the small picture. known is the share of the length that
    both profiles tell of, and weight the share of its pixels that they do. at_shifts has the
    correlation at every shift, in order, that of none in the middle.
    """

    here: float
    best: float
    shift_px: int
    known: float = 1.0
    weight: float = 1.0
    at_shifts: tuple[float, ...] = ()


def profiles(small: NDArray[np.uint8]) -> Profiles:
    """Return the four profiles of a small grey picture, (height, width) uint8."""
    return still_profiles(small, np.ones((1, 1), np.bool_))[0]


def still_profiles(small: NDArray[np.uint8], still: NDArray[np.bool_]) -> tuple[Profiles, Profiles]:
    """Return the four profiles of a small grey picture, and the weight of each of their values.

    Of the cells that are not `still`, a grid of any size, nothing is taken; a weight is the share
    of a line's pixels that was.
    """
    levels = small.astype(np.float32)
    rows, columns = levels.shape
    cells = still.astype(np.float32)
    use = np.asarray(
        cv2.resize(cells, (columns, rows), interpolation=cv2.INTER_NEAREST), np.float32
    )
    across, down = np.abs(np.diff(levels, axis=1)), np.abs(np.diff(levels, axis=0))
    used_across, used_down = use[:, 1:] * use[:, :-1], use[1:] * use[:-1]
    half, middle = rows // 2, columns // 2
    parts = (
        (across[:half], used_across[:half], 0),
        (across[half:], used_across[half:], 0),
        (down[:, :middle], used_down[:, :middle], 1),
        (down[:, middle:], used_down[:, middle:], 1),
    )
    weights = [used.mean(axis=axis) for _, used, axis in parts]
    sums = [(values * used).mean(axis=axis) for values, used, axis in parts]
    means = [one / np.maximum(weight, 1e-6) for one, weight in zip(sums, weights, strict=True)]
    return _four(means), _four(weights)


def _four(found: list[Profile]) -> Profiles:
    upper, lower, left, right = found
    return upper, lower, left, right


def rounded(profile: Profile, weights: Profile | None = None) -> Profile:
    """Return the profile in sixteen steps between its smallest and largest known value."""
    known = profile if weights is None else profile[weights > 0]
    if not known.size:
        return np.zeros_like(profile)
    low, high = float(known.min()), float(known.max())
    return np.round((profile - low) * np.float32((STEPS - 1) / max(high - low, 1e-3)))


def likeness(
    reference: Profile,
    profile: Profile,
    known: Profile | None = None,
    shown: Profile | None = None,
) -> Likeness:
    """Compare two profiles of one length at every shift up to a fifth of it.

    A positive shift is to the right, or down. known and shown are the weights of the two, 0..1.
    """
    known = np.ones_like(reference) if known is None else known
    shown = np.ones_like(profile) if shown is None else shown
    farthest = round(len(reference) * SHIFT_MAX_SHARE)
    found = [
        _correlation(reference, profile, known, shown, shift)
        for shift in range(-farthest, farthest + 1)
    ]
    best = int(np.argmax(found))
    return Likeness(
        here=found[farthest],
        best=found[best],
        shift_px=best - farthest,
        known=float(np.mean(known * shown > 0)),
        weight=float(np.mean(known * shown)),
        at_shifts=tuple(found),
    )


def together(one: Likeness, other: Likeness) -> Likeness:
    """Say how two profiles of one direction fit when both move alike, as in a camera turned aside.

    Each has its say by how much of it is known: where a crowd hides the lower half of a scene, the
    upper half alone tells.
    """
    total = max(one.weight + other.weight, 1e-6)
    found = [
        (one.weight * here + other.weight * there) / total
        for here, there in zip(one.at_shifts, other.at_shifts, strict=True)
    ]
    farthest, best = len(found) // 2, int(np.argmax(found))
    return Likeness(found[farthest], found[best], best - farthest)


def _correlation(
    reference: Profile, profile: Profile, known: Profile, shown: Profile, shift: int
) -> float:
    """Correlate (Pearson, weighted) what overlaps when `profile` has moved by `shift`."""
    at, to = (
        slice(max(0, -shift), len(reference) - max(0, shift)),
        slice(max(0, shift), len(profile) - max(0, -shift)),
    )
    weight = known[at] * shown[to]
    total = float(weight.sum())
    if np.count_nonzero(weight) < KNOWN_SHARE_MIN * len(reference):
        return 0.0
    one, other = reference[at], profile[to]
    one = one - np.float32(float(weight @ one) / total)
    other = other - np.float32(float(weight @ other) / total)
    scale = float(np.sqrt((weight @ (one * one)) * (weight @ (other * other))))
    return float(weight @ (one * other)) / scale if scale > 0 else 0.0
