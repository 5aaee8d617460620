# SPDX-License-Identifier: Apache-2.0
"""Measure a frame: a few numbers and a coarse grid, at a fiftieth of an inference's cost.

Two things are taken from a frame: every eighth row of its green channel, at full sharpness, and a
picture of some 128 pixels' width in grey. The rows of the last two frames are kept, because noise,
rain and standstill show only between frames; the next frame overwrites them, as everywhere in this
room.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

SMALL_WIDTH_PX = 128
ROWS_EACH, COLUMNS_EACH = 8, 4
GRID_ROWS, GRID_COLUMNS = 12, 16
WHITE = 250
GLOWING, GLOW_SHARE_MIN = 245, 0.005
NEAR_SHARE, FAR_SHARE = 1 / 768, 8 / 768
"""How far apart, in widths of the picture, the pixels lie whose difference is fine and coarse
detail."""
SPIKE = 12
"""Levels by which a pixel must exceed the frames before and after for a streak of rain."""
NOISE_OF_MEDIAN = 1.0484
"""Standard deviation of one frame's noise for a median difference of 1 between two: 1 / (0.6745 *
sqrt(2))."""
MEAN_OF_NOISE = 1.128
"""Mean difference of two pixels, each with noise of standard deviation 1: 2 / sqrt(pi)."""

Luma: TypeAlias = NDArray[np.uint8]
Grid: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FrameStatistics:
    """What is measured of one frame. Levels are 0..255; shares are 0..1.

    bright_end, middle: the 95th and the 50th percentile. chroma: how far the channels are apart in
    the mean, next to 0 without colours. white: share at or above 250. glow: mean level just around
    what is white, 0 where next to nothing is: high where white fades out, as around a low sun, low
    where it ends, as at a wall. noise: standard deviation of one frame's noise. coarse: mean
    difference of pixels a hundredth of the width apart, less what noise adds. sharpness: fine over
    coarse detail, an eighth at the least. contrast: the greatest coarse difference. steepest:
    the greatest fine difference over it; 1 for an edge within one pixel. rain: share of pixels
    that are lighter in one frame than before and after, less the share that are darker.
    changed: share of pixels that are not what they were a frame ago, None for the first.
    detail, tone: (12, 16) float32, mean gradient and mean level of each cell.
    """

    bright_end: float
    middle: float
    chroma: float
    white: float
    glow: float
    noise: float
    coarse: float
    sharpness: float
    contrast: float
    steepest: float
    rain: float
    changed: float | None
    detail: Grid
    tone: Grid


class FrameStatisticsMeter:
    """Measure the frames of one camera, in their order; all are of one size, which may be any."""

    def __init__(self) -> None:
        self._before: Luma | None = None
        self._before_that: Luma | None = None

    def keep_rows(self, image: NDArray[np.uint8]) -> None:
        """Keep the rows of a (height, width, 3) uint8 BGR image for the next measurement."""
        self._before, self._before_that = (
            np.ascontiguousarray(image[::ROWS_EACH, :, 1]),
            self._before,
        )

    def measure(self, image: NDArray[np.uint8], small: Luma) -> FrameStatistics:
        """Measure a (height, width, 3) uint8 BGR image, of which `small` is the small_luma()."""
        before, before_that = self._before, self._before_that
        self.keep_rows(image)
        rows = np.ascontiguousarray(self._before)
        wide = rows.astype(np.int16)
        noise, changed, rain = 0.0, None, 0.0
        if before is not None:
            difference = np.asarray(cv2.absdiff(rows, before), np.uint8)
            changed = float(np.count_nonzero(difference)) / difference.size
            noise = NOISE_OF_MEDIAN * _median(difference)
        if before is not None and before_that is not None:
            rain = _spikes(rows, before, before_that)
        (fine, steepest), (coarse, contrast) = (
            _detail(wide, share, noise) for share in (NEAR_SHARE, FAR_SHARE)
        )
        levels = np.bincount(rows.ravel(), minlength=256).cumsum() / rows.size
        detail, tone = _grid(small)
        return FrameStatistics(
            bright_end=float(np.searchsorted(levels, 0.95)),
            middle=float(np.searchsorted(levels, 0.5)),
            chroma=_chroma(image),
            white=float(1.0 - levels[WHITE - 1]),
            glow=_glow(small),
            noise=noise,
            coarse=coarse,
            sharpness=fine / max(coarse, 0.1),
            contrast=contrast,
            steepest=steepest / max(contrast, 1.0),
            rain=rain,
            changed=changed,
            detail=detail,
            tone=tone,
        )


def small_luma(image: NDArray[np.uint8]) -> Luma:
    """Return the image in grey, about 128 pixels wide; each pixel is the mean of a square."""
    times = max(1, round(image.shape[1] / SMALL_WIDTH_PX))
    height, width = (side // times * times for side in image.shape[:2])
    grey = cv2.cvtColor(image[:height, :width], cv2.COLOR_BGR2GRAY)
    if times % 2 == 0:
        # Means of four are an eighth of the work of means of sixteen and more, and most of it is
        # then done.
        grey = cv2.resize(grey, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(grey, (width // times, height // times), interpolation=cv2.INTER_AREA), np.uint8
    )


def _chroma(image: NDArray[np.uint8]) -> float:
    """Return how far blue and red are from green, levels, on each eighth row."""
    blue, green, red = (
        np.ascontiguousarray(image[::ROWS_EACH, ::COLUMNS_EACH, channel]) for channel in range(3)
    )
    return float(
        (cv2.norm(blue, green, cv2.NORM_L1) + cv2.norm(red, green, cv2.NORM_L1)) / (2 * green.size)
    )


def _median(levels: Luma) -> float:
    """Return the median of small whole numbers, interpolated by the shares of its neighbours."""
    below = np.bincount(levels.ravel(), minlength=256).cumsum() / levels.size
    at = int(np.searchsorted(below, 0.5))
    under = below[at - 1] if at else 0.0
    return max(0.0, at - 0.5 + (0.5 - under) / (below[at] - under)) if at else 0.0


def _spikes(now: Luma, then: Luma, before: Luma) -> float:
    """Return the share of pixels that are lighter in `then` only, less those that are darker."""
    lighter = cv2.subtract(then, cv2.max(now, before))
    darker = cv2.subtract(cv2.min(now, before), then)
    return (np.count_nonzero(lighter > SPIKE) - np.count_nonzero(darker > SPIKE)) / then.size


def _detail(rows: NDArray[np.int16], share: float, noise: float) -> tuple[float, float]:
    """Return mean and greatest difference of pixels that lie `share` of the width apart.

    Noise adds to the mean as squares do, and is taken off.
    """
    apart = max(1, round(share * rows.shape[1]))
    differences = np.abs(rows[:, apart:] - rows[:, :-apart])
    seen = float(differences.mean())
    return float(np.sqrt(max(seen**2 - (MEAN_OF_NOISE * noise) ** 2, 0.0))), float(
        differences.max()
    )


def _glow(small: Luma) -> float:
    """Return the mean level of the pixels within six of what is white, without the white itself."""
    core = (small >= GLOWING).astype(np.uint8)
    if cv2.countNonZero(core) < GLOW_SHARE_MIN * core.size:
        return 0.0
    ring = cv2.dilate(core, np.ones((13, 13), np.uint8)) - core
    return float(cv2.mean(small, mask=ring)[0])


def _grid(small: Luma) -> tuple[Grid, Grid]:
    """Return mean gradient and mean level of each cell of the grid, (12, 16) float32 each."""
    levels = small.astype(np.float32)
    gradient = np.zeros_like(levels)
    gradient[:, 1:] = np.abs(levels[:, 1:] - levels[:, :-1])
    gradient[1:] += np.abs(levels[1:] - levels[:-1])
    size = (GRID_COLUMNS, GRID_ROWS)
    return tuple(
        np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.float32)
        for part in (gradient, levels)
    )  # type: ignore[return-value]  # two of two
