# SPDX-License-Identifier: Apache-2.0
"""Learn how the static scene looks, and measure how far it looks otherwise now.

What is kept is the scene's signature (scene_signature), the mean gradient of 192 cells and one
number of sharpness. All three are running means of some minutes, in this object only: a camera that
was turned while the box was off is not recognised, and what changes over hours, as daylight does,
is learned. Only what stands still is learned and compared: people who pass are not the scene,
however large they are.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.quality.scene_signature import (
    KNOWN_SHARE_MIN,
    Likeness,
    likeness,
    rounded,
    still_profiles,
    together,
)
from edge_agent.vision.quality.statistics import FrameStatistics, Grid, Luma
from edge_agent.vision.quality.stillness import Stillness

MEASURE_EACH_S = 0.25
LEARN_FOR_S = 5.0
SCENE_OVER_S = 3.0
"""The scene is compared as its mean over so many seconds: long enough for people to walk away."""
FORGET_OVER_S = 600.0
COMPARE_EACH_S = 1.0
CELL_TEXTURE_MIN = 1.5
CELL_LOST_BELOW = 0.5
SHIFT_LIKENESS_MIN = 0.4
CELLS_KNOWN_MIN = 0.25
"""Cells that were lost are counted where at least this share of all is known, then and now."""

Parts = tuple[NDArray[np.float32], ...]


@dataclass(slots=True)
class _Means:
    """Running means of a scene: four profiles, the grid of detail, and the sharpness.

    seen_s says of each value for how many seconds it has been seen, up to settles_s; 0 where it
    never was. Up to then a value is the mean of all of them, and after that one over over_s.
    """

    settles_s: float
    over_s: float
    values: Parts = ()
    seen_s: Parts = ()

    def blend(self, values: Parts, weights: Parts, seconds: float) -> None:
        """Follow one more look that stands for `seconds`; of what has weight 0 nothing is new."""
        if not self.values:
            self.values = tuple(np.array(one, np.float32) for one in values)
            self.seen_s = tuple(np.zeros_like(one) for one in self.values)
        fresh = [np.float32(max(seconds, MEASURE_EACH_S)) * weight for weight in weights]
        settles_s = np.float32(self.settles_s)
        seen = zip(self.seen_s, fresh, strict=True)
        self.seen_s = tuple(np.minimum(old + new, settles_s) for old, new in seen)
        changes = zip(self.values, values, fresh, self.seen_s, strict=True)
        self.values = tuple(
            np.asarray(old + (new - old) * share / self._over(known_s), np.float32)
            for old, new, share, known_s in changes
        )

    def _over(self, seen_s: Grid) -> Grid:
        """Return over how many seconds each mean is taken."""
        at_first = np.maximum(seen_s, np.float32(1e-6))
        settled = seen_s >= np.float32(self.settles_s)
        return np.asarray(np.where(settled, np.float32(self.over_s), at_first), np.float32)


class SceneReference:
    """What the static scene looked like, learned, and how it differs from that now.

    shift_gain: how much better the scene fits when shifted. strange: its best likeness as it lies,
    -1..1. lost_share: share of the cells that have lost their detail; lost_cluster: share of those
    that hang together; lost_tone: their mean level, 0..255. spotted_share: share of the lost among
    the cells to which nobody comes, 0 where they are too few. softness: sharpness over the learned
    one. More than ten attributes: seven are the result, and the others the state of two running
    means.
    """

    def __init__(self) -> None:
        self._stillness = Stillness()
        self._now = _Means(SCENE_OVER_S, SCENE_OVER_S)
        self._learned = _Means(LEARN_FOR_S, FORGET_OVER_S)
        self._learned_for_s = 0.0
        self._compare_in_s = COMPARE_EACH_S
        self.shift_gain = 0.0
        self.strange = 1.0
        self.lost_share = 0.0
        self.lost_cluster = 0.0
        self.lost_tone = 0.0
        self.spotted_share = 0.0
        self.softness = 1.0

    def observe_frame(
        self, statistics: FrameStatistics, small: Luma, seconds: float, *, clear: bool
    ) -> None:
        """Follow the scene; learn it while the image is `clear`, and compare it once a second.

        `seconds` is the time that the frame stands for.
        """
        still = self._stillness.observe(small, seconds)
        seen, weights = still_profiles(small, still)
        values = (*seen, statistics.detail, np.array([statistics.sharpness], np.float32))
        shown = (*weights, still.astype(np.float32), np.ones(1, np.float32))
        self._now.blend(values, shown, seconds)
        if clear and self._learned_for_s < LEARN_FOR_S:
            self._learned_for_s += seconds
            self._learned.blend(values, shown, seconds)
            return
        self._compare_in_s -= seconds
        if self._learned_for_s < LEARN_FOR_S or self._compare_in_s > 0:
            return
        self._compare_in_s = COMPARE_EACH_S
        self._compare(statistics.tone)
        if clear:
            self._learned.blend(self._now.values, shown, COMPARE_EACH_S)

    def _compare(self, tone: Grid) -> None:
        learned, now = self._learned, self._now
        found = []
        for part in range(4):
            known = np.minimum(learned.seen_s[part] / np.float32(LEARN_FOR_S), np.float32(1))
            shown = np.minimum(now.seen_s[part] / np.float32(SCENE_OVER_S), np.float32(1))
            reference = rounded(learned.values[part], known)
            found.append(likeness(reference, now.values[part], known, shown))
        told = [one for one in found if one.known >= KNOWN_SHARE_MIN]
        if len(told) == len(found):
            self.shift_gain = max(_shift_gain(*found[:2]), _shift_gain(*found[2:]))
            self.strange = max(one.here for one in told)
        self.softness = float(now.values[5][0] / max(learned.values[5][0], 1e-3))
        known_cells = (learned.seen_s[4] > 0) & (now.seen_s[4] > 0)
        if known_cells.mean() >= CELLS_KNOWN_MIN:
            self._compare_cells(learned.values[4], now.values[4], known_cells, tone)

    def _compare_cells(
        self, learned: Grid, now: Grid, known: NDArray[np.bool_], tone: Grid
    ) -> None:
        textured = known & (learned >= CELL_TEXTURE_MIN)
        kept = now / np.maximum(learned, CELL_TEXTURE_MIN)
        # Less light makes every edge weaker: a cell is compared with the best tenth of them, if it
        # can still show anything.
        light = (
            float(np.clip(np.quantile(kept[textured], 0.9), 0.1, 1.2)) if textured.any() else 1.0
        )
        textured &= learned * light >= CELL_TEXTURE_MIN
        lost = textured & (kept < CELL_LOST_BELOW * light)
        self.lost_share = float(lost.sum() / max(textured.sum(), 1))
        self.lost_cluster = _largest_cluster_share(lost)
        self.lost_tone = float(tone[lost].mean()) if lost.any() else 0.0
        # Where people stood while the scene was learned it has lost their detail, not its own.
        quiet = textured & self._stillness.quiet
        enough = quiet.sum() >= CELLS_KNOWN_MIN * max(textured.sum(), 1)
        self.spotted_share = float(lost[quiet].mean()) if enough and quiet.any() else 0.0


def _shift_gain(one: Likeness, other: Likeness) -> float:
    """Return how much better two halves fit when shifted; 0 unless they clearly fit elsewhere.

    A camera that is turned aside shifts both halves alike; one that is rolled shifts them against
    each other, and then each must say so.
    """
    alike = together(one, other)
    if abs(alike.shift_px) > 1 and alike.best >= SHIFT_LIKENESS_MIN:
        return 2.0 * (alike.best - alike.here)
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
