# SPDX-License-Identifier: Apache-2.0
"""Learn how the static scene looks, and measure how far it looks otherwise now.

What is kept is the scene's signature (scene_signature), the mean gradient of 192 cells and one
number of sharpness. All three are running means of some minutes, in this object only: a camera that
was turned while the box was off is not recognised, and what changes over hours, as daylight does,
is learned.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.quality.scene_signature import Likeness, likeness, profiles, rounded
from edge_agent.vision.quality.statistics import FrameStatistics, Grid, Luma

MEASURE_EACH_S = 0.25
LEARN_FOR_S = 5.0
SCENE_OVER_S = 5.0
"""The scene is compared as its mean over so many seconds: long enough for people to walk away."""
FORGET_OVER_S = 600.0
COMPARE_EACH_S = 1.0
CELL_TEXTURE_MIN = 1.5
CELL_LOST_BELOW = 0.5
SHIFT_LIKENESS_MIN = 0.4

Means = tuple[NDArray[np.float32], ...]
"""Four profiles, the grid of detail, and the sharpness: what is kept of a scene."""


class SceneReference:
    """What the static scene looked like, learned, and how it differs from that now.

    shift_gain: how much better the scene fits when shifted. strange: its best likeness as it lies,
    -1..1. lost_share: share of the cells that have lost their detail; lost_cluster: share of those
    that hang together; lost_tone: their mean level, 0..255. softness: sharpness over the learned
    one. More than ten attributes: six are the result, and four the state of one running mean.
    """

    def __init__(self) -> None:
        self._now: Means | None = None
        self._learned: Means | None = None
        self._learned_for_s = 0.0
        self._compare_in_s = COMPARE_EACH_S
        self.shift_gain = 0.0
        self.strange = 1.0
        self.lost_share = 0.0
        self.lost_cluster = 0.0
        self.lost_tone = 0.0
        self.softness = 1.0

    def observe_frame(
        self, statistics: FrameStatistics, small: Luma, seconds: float, *, clear: bool
    ) -> None:
        """Follow the scene; learn it while the image is `clear`, and compare it once a second.

        `seconds` is the time that the frame stands for.
        """
        seen = (
            *profiles(small),
            statistics.detail,
            np.array([statistics.sharpness], np.float32),
        )
        self._now = _blend(self._now, seen, seconds / SCENE_OVER_S)
        if clear and self._learned_for_s < LEARN_FOR_S:
            self._learned_for_s += seconds
            self._learned = _blend(
                self._learned, seen, seconds / max(self._learned_for_s, MEASURE_EACH_S)
            )
            return
        self._compare_in_s -= seconds
        if self._learned is None or self._learned_for_s < LEARN_FOR_S or self._compare_in_s > 0:
            return
        self._compare_in_s = COMPARE_EACH_S
        self._compare(self._learned, self._now, statistics.tone)
        if clear:
            self._learned = _blend(self._learned, self._now, COMPARE_EACH_S / FORGET_OVER_S)

    def _compare(self, learned: Means, now: Means, tone: Grid) -> None:
        found = [
            likeness(rounded(one), other) for one, other in zip(learned[:4], now[:4], strict=True)
        ]
        self.shift_gain = max(_shift_gain(*found[:2]), _shift_gain(*found[2:]))
        self.strange = max(one.here for one in found)
        self.softness = float(now[5][0] / max(learned[5][0], 1e-3))
        textured = learned[4] >= CELL_TEXTURE_MIN
        kept = now[4] / np.maximum(learned[4], CELL_TEXTURE_MIN)
        # Less light makes every edge weaker: a cell is compared with the best tenth of them, if it
        # can still show anything.
        light = (
            float(np.clip(np.quantile(kept[textured], 0.9), 0.1, 1.2)) if textured.any() else 1.0
        )
        textured &= learned[4] * light >= CELL_TEXTURE_MIN
        lost = textured & (kept < CELL_LOST_BELOW * light)
        self.lost_share = float(lost.sum() / max(textured.sum(), 1))
        self.lost_cluster = _largest_cluster_share(lost)
        self.lost_tone = float(tone[lost].mean()) if lost.any() else 0.0


def _blend(old: Means | None, new: Means, share: float) -> Means:
    """Return the running means after one more frame that weighs `share`."""
    if old is None:
        return new
    weight = np.float32(min(share, 1.0))
    return tuple(one + weight * (other - one) for one, other in zip(old, new, strict=True))


def _shift_gain(one: Likeness, other: Likeness) -> float:
    """Return how much better two halves fit when shifted; 0 unless both clearly fit elsewhere.

    A camera that is turned aside shifts both halves alike; one that is rolled shifts them against
    each other.
    """
    elsewhere = (
        min(abs(one.shift_px), abs(other.shift_px)) >= 1
        and max(abs(one.shift_px), abs(other.shift_px)) > 1
    )
    if not elsewhere or min(one.best, other.best) < SHIFT_LIKENESS_MIN:
        return 0.0
    return one.best - one.here + other.best - other.here


def _largest_cluster_share(lost: NDArray[np.bool_]) -> float:
    """Return which share of the lost cells hangs together, 0..1.

    It is near 1 for a hand or a wall, and less for drops all over the glass.
    """
    count, _, stats, _ = cv2.connectedComponentsWithStats(lost.astype(np.uint8), connectivity=4)
    return float(stats[1:, cv2.CC_STAT_AREA].max() / lost.sum()) if count > 1 else 0.0
