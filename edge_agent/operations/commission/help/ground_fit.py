# SPDX-License-Identifier: Apache-2.0
"""Where the horizon is and how high the camera hangs, from people who walk. Pure.

The model is a camera without distortion that is not rolled: a person of PERSON_M on flat ground at
a distance shows their feet in one row and their height in rows, and both follow from the camera's
height, its pitch and its focal length. Rows and columns are pixels of the frame, pitch is radians
down from the level. Source: Hartley and Zisserman 2004, section 6.1; Lv, Zhao and Nevatia 2006
(Camera Calibration from Video of a Walking Human), for people as the measure.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

PERSON_M = 1.7
"""The mean height of a person with shoes; the counter takes the same (vision/person_height)."""
LENS_DEGREES_UNKNOWN = 70.0
"""Across the picture, where nobody says: between a phone's and a surveillance camera's."""
SAMPLES_MIN, ROWS_APART_MIN = 24, 0.06
"""What a fit needs: so many samples, whose feet lie so much of the picture apart."""
TAPED_WEIGHT = 6.0
"""How much more a taped distance is worth than one sample of a height."""
_STEPS, _TRIM = 40, 2.5
_LIMITS = ((-0.2, 1.45), (math.log(1.0), math.log(30.0)), (-1.2, 1.2))
"""Of pitch, the logarithm of the camera's height, metres, and that of the focal length's error."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """A camera over flat ground. focal_px is known where a lens or two taped distances say it.

    samples and off_share: how many heights it rests on, and the median of how far they are off.
    """

    pitch: float
    camera_m: float
    focal_px: float
    width_px: int
    height_px: int
    samples: int = 0
    off_share: float = 0.0

    @property
    def horizon_px(self) -> float:
        """Return the row of the horizon; it may lie above the picture."""
        return self.height_px / 2 - self.focal_px * math.tan(self.pitch)

    def distance_m(self, row: float) -> float:
        """Return how far off a foot in this row is, along the ground; inf beyond the horizon."""
        down = self.pitch + math.atan((row - self.height_px / 2) / self.focal_px)
        return self.camera_m / math.tan(down) if down > 1e-3 else math.inf  # noqa: PLR2004 - a kilometre and more

    def row(self, distance_m: float) -> float:
        """Return the row of a foot that is so far off."""
        down = math.atan2(self.camera_m, distance_m)
        return self.height_px / 2 + self.focal_px * math.tan(down - self.pitch)

    def metres(self, column: float, row: float) -> tuple[float, float]:
        """Return where a foot stands: metres to the right, and away, of the point below."""
        away = self.distance_m(row)
        deep = away * math.cos(self.pitch) + self.camera_m * math.sin(self.pitch)
        return (column - self.width_px / 2) / self.focal_px * deep, away

    def pixels(self, right_m: float, away_m: float) -> tuple[float, float]:
        """Return where a foot shows that stands there."""
        deep = away_m * math.cos(self.pitch) + self.camera_m * math.sin(self.pitch)
        return self.width_px / 2 + self.focal_px * right_m / deep, self.row(away_m)

    def person_px(self, row: float) -> float:
        """Return how tall a person of PERSON_M shows, whose feet are in this row."""
        return float(_tall_px(self, np.array([row]))[0])


def focal_px(lens_degrees: float, width_px: int) -> float:
    """Return the focal length of a lens that sees so many degrees across."""
    return width_px / 2 / math.tan(math.radians(lens_degrees) / 2)


def fit_ground(
    rows: Numbers,
    heights: Numbers,
    *,
    frame_px: tuple[int, int],
    lens_degrees: float | None = None,
    taped: tuple[tuple[float, float], ...] = (),
) -> Ground | None:
    """Return the ground that explains heights by rows, pixels, best; None where too little is said.

    taped: (row, metres along the ground to the point below the camera). With two of them, and no
    lens that is known, the focal length is fitted too. Least squares of the share that each height
    is off, by Gauss and Newton with the outliers left out: bodies half seen, children, cyclists.
    """
    enough = len(rows) >= SAMPLES_MIN and np.ptp(rows) >= ROWS_APART_MIN * frame_px[1]
    if not enough:
        return None
    known = lens_degrees is not None or len(taped) < 2  # noqa: PLR2004 - one says nothing of the lens
    first_focal = focal_px(lens_degrees or LENS_DEGREES_UNKNOWN, frame_px[0])
    free = 2 if known else 3
    best: tuple[float, Numbers] | None = None
    for pitch in (0.05, 0.2, 0.45, 0.8):
        guess = np.array([pitch, math.log(4.0), 0.0])
        found = _descend(guess, free, rows, heights, first_focal, frame_px, taped)
        if best is None or found[0] < best[0]:
            best = found
    if best is None or not math.isfinite(best[0]):
        return None
    ground = _ground(best[1], first_focal, frame_px)
    off = np.abs(_tall_px(ground, rows) / heights - 1.0)
    return replace(ground, samples=len(rows), off_share=float(np.sort(off)[len(off) // 2]))


def _descend(
    guess: Numbers,
    free: int,
    rows: Numbers,
    heights: Numbers,
    first_focal: float,
    frame_px: tuple[int, int],
    taped: tuple[tuple[float, float], ...],
) -> tuple[float, Numbers]:
    """Return the cost and the numbers that Gauss and Newton end at, from a guess."""
    kept = np.ones(len(rows), np.bool_)
    # A share of the height that is usual in this row, not of the sample's own: heights are rounded
    # by chance, and dividing by them would lean to those that were rounded down.
    usual = np.maximum(np.polyval(np.polyfit(rows, heights, 1), rows), 0.25 * float(heights.mean()))

    def off(numbers: Numbers) -> Numbers:
        ground = _ground(numbers, first_focal, frame_px)
        by_height = (_tall_px(ground, rows[kept]) - heights[kept]) / usual[kept]
        # A taped distance is held in rows, where it was seen, as a share of a person there.
        by_tape = [
            TAPED_WEIGHT
            * math.sqrt(len(by_height))
            * (ground.row(metres) - row)
            / max(8.0, ground.person_px(row))
            for row, metres in taped
        ]
        found: Numbers = np.nan_to_num(np.concatenate([by_height, by_tape]), nan=9.0)
        return found

    numbers, damping = guess.copy(), 1e-2
    for step in range(_STEPS):
        if step == _STEPS // 2:
            shares = (
                np.abs(_tall_px(_ground(numbers, first_focal, frame_px), rows) - heights) / usual
            )
            middle = float(np.sort(shares)[len(shares) // 2])
            kept = shares <= max(_TRIM * middle, 0.02)
        now = off(numbers)
        slopes = np.empty((len(now), free))
        for place in range(free):
            moved = numbers.copy()
            moved[place] += 1e-5
            slopes[:, place] = (off(moved) - now) / 1e-5
        normal = slopes.T @ slopes
        change = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-9), slopes.T @ now)
        tried = numbers.copy()
        tried[:free] -= change
        for place, (low, high) in enumerate(_LIMITS):
            tried[place] = min(high, max(low, float(tried[place])))
        if float(np.square(off(tried)).sum()) < float(np.square(now).sum()):
            numbers, damping = tried, damping / 3
        else:
            damping *= 4
    final = off(numbers)
    return float(np.square(final).mean()), numbers


def _ground(numbers: Numbers, first_focal: float, frame_px: tuple[int, int]) -> Ground:
    pitch, log_m, log_focal = (float(one) for one in numbers)
    return Ground(pitch, math.exp(log_m), first_focal * math.exp(log_focal), *frame_px)


def _tall_px(ground: Ground, rows: Numbers) -> Numbers:
    """Return how tall people of PERSON_M show, whose feet are in these rows."""
    middle, focal = ground.height_px / 2, ground.focal_px
    down = ground.pitch + np.arctan((rows - middle) / focal)
    away = ground.camera_m / np.tan(np.maximum(down, 1e-3))
    head = np.arctan2(ground.camera_m - PERSON_M, away)
    tall: Numbers = rows - (middle + focal * np.tan(head - ground.pitch))
    return tall
