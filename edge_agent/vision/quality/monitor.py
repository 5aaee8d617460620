# SPDX-License-Identifier: Apache-2.0
"""Say for each window how good the image was: one word, from a few statistics of its frames.

Some impairments show in a single frame (dark, overexposed, a dull surface before the lens), some
between two (frozen, noise, rain), and some only against the scene as it was learned (a turned
camera, a part covered, drops on the glass, a lens out of focus). An impairment is believed once it
has shown for two seconds, and is over once it has been gone for three.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.quality import thresholds
from edge_agent.vision.quality.scene_reference import MEASURE_EACH_S, SCENE_OVER_S, SceneReference
from edge_agent.vision.quality.statistics import FrameStatistics, FrameStatisticsMeter, Luma
from edge_agent.vision.quality.thresholds import Hysteresis

SMOOTHED_OVER_S = 1.0
HOLDS_AFTER_S, GOES_AFTER_S = 2.0, 3.0
"""How long an impairment must show before it is believed, and be gone before it is over, s."""
GAP_S_MAX = 1.0
"""Of a longer gap between two measured frames only so much counts as seen."""
WINDOW_SHARE_MIN = 0.2
"""A window is impaired if an impairment held for this share of what was seen of it."""
ALIVE_CHANGED = 0.1
"""A camera whose pixels change less than this share between frames is so quiet that standing still
proves little."""
FROZEN_AFTER_S, FROZEN_QUIET_AFTER_S = 3.0, 30.0
SMOOTHED = (
    "bright_end", "middle", "chroma", "white", "glow", "noise", "coarse", "contrast", "sharpness",
    "steepest", "rain",
)  # fmt: skip
"""The statistics that flicker from frame to frame."""


class ImageQuality(Enum):
    """The state of the image, the gravest first. The names are those of the wire's QualityCode.

    DARK is too little light, which shows in the tones or in the noise of a sensor that makes up for
    it. RAIN is rain that falls, or drops on the glass.
    """

    DARK = "dark"
    OVEREXPOSED = "overexposed"
    FROZEN = "frozen"
    BLOCKED = "blocked"
    MOVED = "moved"
    BLURRED = "blurred"
    RAIN = "rain"
    FINE = "fine"


BLINDING = frozenset({ImageQuality.FROZEN, ImageQuality.BLOCKED, ImageQuality.MOVED})
"""What was counted under these is not of this place or not of now."""


@dataclass(frozen=True, slots=True)
class WindowQuality:
    """How good the image was in one window.

    blind says that what was counted in it means nothing and must not be released.
    """

    quality: ImageQuality
    blind: bool


@dataclass(slots=True)
class _Belief:
    """Whether one impairment is believed, and for how long the frames have said otherwise."""

    holds: bool = False
    contradicted_for_s: float = 0.0

    def weigh_frame(self, *, shows: bool, seconds: float, after_s: float) -> float:
        """Weigh one frame that stands for `seconds`; change the belief after `after_s`.

        Return for how many seconds the impairment had been there before it was believed.
        """
        if shows == self.holds:
            self.contradicted_for_s = 0.0
            return 0.0
        self.contradicted_for_s += seconds
        if self.contradicted_for_s < after_s:
            return 0.0
        wrong_s, self.contradicted_for_s, self.holds = self.contradicted_for_s, 0.0, shows
        return wrong_s if shows else 0.0


class ImageQualityMonitor:
    """Follow one camera's frames and say, window by window, how good the image was."""

    def __init__(self) -> None:
        self._meter = FrameStatisticsMeter()
        self._scene = SceneReference()
        self._smooth: dict[str, float] = {}
        self._beliefs: dict[ImageQuality, _Belief] = {
            quality: _Belief() for quality in ImageQuality if quality is not ImageQuality.FINE
        }
        self._standstill = _Standstill()
        self._before_s: float | None = None
        self._seconds = dict.fromkeys(ImageQuality, 0.0)
        self._blind_s = 0.0
        self.quality = ImageQuality.FINE
        """The gravest impairment that is believed now."""

    def observe_frame(
        self, image: NDArray[np.uint8], small: Callable[[], Luma] | Luma, now_s: float
    ) -> None:
        """Observe a (height, width, 3) uint8 BGR image captured at `now_s`.

        `small` is its small_luma(). Four frames a second are measured; of those in between only
        what the next measurement needs is kept.
        """
        if self._before_s is not None and now_s - self._before_s < MEASURE_EACH_S:
            self._meter.keep_rows(image)
            return
        seconds = 0.0 if self._before_s is None else min(now_s - self._before_s, GAP_S_MAX)
        self._before_s = now_s
        grey = small() if callable(small) else small
        statistics = self._meter.measure(image, grey)
        self._smooth_statistics(statistics, seconds)
        self._standstill.observe(statistics.changed, seconds)
        clear = self.quality is ImageQuality.FINE and not any(
            belief.contradicted_for_s for belief in self._beliefs.values()
        )
        self._scene.observe_frame(statistics, grey, seconds, clear=clear)
        self._decide(self._showing(), seconds)

    def close_window(self) -> WindowQuality:
        """Return the gravest impairment that held a fifth of the window, and begin the next."""
        enough_s = WINDOW_SHARE_MIN * sum(self._seconds.values())
        found = (quality for quality in self._beliefs if self._seconds[quality] > enough_s)
        quality = next(found, ImageQuality.FINE)
        blind_s = self._blind_s + sum(self._seconds[blind] for blind in BLINDING)
        self._seconds, self._blind_s = dict.fromkeys(ImageQuality, 0.0), 0.0
        return WindowQuality(quality, blind=quality is not ImageQuality.FINE and blind_s > enough_s)

    @property
    def sharpness(self) -> float:
        """Return how steep the steepest edge of the picture is now, 0 blurred to 1 sharp."""
        return self._smooth.get("steepest", 0.0)

    def _smooth_statistics(self, statistics: FrameStatistics, seconds: float) -> None:
        share = min(1.0, seconds / SMOOTHED_OVER_S) if self._smooth else 1.0
        for name in SMOOTHED:
            value = float(getattr(statistics, name))
            before = self._smooth.get(name, value)
            self._smooth[name] = before + share * (value - before)

    def _shows(self, quality: ImageQuality, bound: Hysteresis, value: float) -> bool:
        return bound.shows(value, already=self._beliefs[quality].holds)

    def _showing(self) -> dict[ImageQuality, bool]:
        """Return which impairments show now."""
        smooth, scene, shows = self._smooth, self._scene, self._shows
        dark, overexposed = ImageQuality.DARK, ImageQuality.OVEREXPOSED
        blocked, moved, rain = ImageQuality.BLOCKED, ImageQuality.MOVED, ImageQuality.RAIN
        soft = self._is_soft()
        # A lens out of focus loses detail everywhere: then lost cells tell nothing of their own.
        clustered = scene.lost_cluster >= thresholds.LOST_CLUSTER_SHARE
        lost_together = not soft and clustered
        lost_apart = not soft and not clustered
        covered = lost_together and shows(blocked, thresholds.LOST_SHARE, scene.lost_share)
        drops = lost_apart and shows(rain, thresholds.SPOTTED_SHARE, scene.spotted_share)
        white = covered and scene.lost_tone >= thresholds.LOST_WHITE_TONE
        return {
            dark: self._is_dark(),
            overexposed: white
            or self._has_glare()
            or shows(overexposed, thresholds.WHITE_SHARE, smooth["white"]),
            ImageQuality.FROZEN: self._standstill.is_frozen(),
            blocked: (covered and not white) or self._is_dull(),
            moved: shows(moved, thresholds.SHIFT_GAIN, scene.shift_gain)
            or shows(moved, thresholds.STRANGE_LIKENESS, scene.strange),
            ImageQuality.BLURRED: soft,
            rain: drops or shows(rain, thresholds.RAIN_SHARE, smooth["rain"]),
        }

    def _is_dark(self) -> bool:
        """Say whether there is too little light, by the tones, the noise, or the lost colours."""
        smooth, dark = self._smooth, ImageQuality.DARK
        asked = [
            (thresholds.DARK_BRIGHT_END, smooth["bright_end"]),
            (thresholds.DARK_NOISE, smooth["noise"]),
        ]
        if smooth["chroma"] <= thresholds.MONOCHROME_CHROMA_MAX:
            shine = smooth["bright_end"] / max(smooth["middle"], 1.0)
            lit = smooth["middle"] * min(1.0, thresholds.SHINE_EVEN_MAX / max(shine, 1.0))
            asked += [
                (thresholds.DARK_MONOCHROME_LIT, lit),
                (thresholds.DARK_MONOCHROME_NOISE, smooth["noise"]),
            ]
        return any(self._shows(dark, bound, value) for bound, value in asked)

    def _is_soft(self) -> bool:
        """Say whether the lens is out of focus: little fine detail, and no steep edge anywhere."""
        smooth, blurred = self._smooth, ImageQuality.BLURRED
        return (
            smooth["noise"] <= thresholds.SOFT_NOISE_MAX
            and smooth["steepest"] <= thresholds.SOFT_STEEPEST_MAX
            and (
                self._shows(blurred, thresholds.SOFT_SHARPNESS, smooth["sharpness"])
                or self._shows(blurred, thresholds.SOFTER_THAN_LEARNED, self._scene.softness)
            )
        )

    def _has_glare(self) -> bool:
        """Say whether white fades out all around, as around a low sun."""
        white = self._smooth["white"]
        return self._smooth["glow"] >= thresholds.GLARE_GLOW_MIN and self._shows(
            ImageQuality.OVEREXPOSED, thresholds.GLARE_WHITE_SHARE, white
        )

    def _is_dull(self) -> bool:
        """Say whether there is next to no detail and no contrast: a surface before the lens."""
        coarse = self._smooth["coarse"]
        return self._smooth["contrast"] <= thresholds.DULL_CONTRAST_MAX and self._shows(
            ImageQuality.BLOCKED, thresholds.DULL_COARSE, coarse
        )

    def _decide(self, showing: dict[ImageQuality, bool], seconds: float) -> None:
        """Believe what has shown for long enough.

        The seconds before it was believed were impaired too, and are moved to it.
        """
        self._seconds[self.quality] += seconds
        dull = (
            self._smooth["coarse"] < thresholds.BLIND_COARSE
            and self._smooth["contrast"] <= thresholds.DULL_CONTRAST_MAX
        )
        nothing_to_see = dull or self._smooth["white"] > thresholds.BLIND_WHITE
        if nothing_to_see and self.quality not in BLINDING:
            self._blind_s += seconds
        before = self.quality
        for quality, belief in self._beliefs.items():
            at_once = quality is ImageQuality.FROZEN  # It has counted its own seconds.
            after_s = 0.0 if at_once else GOES_AFTER_S if belief.holds else HOLDS_AFTER_S
            wrong_s = self._standstill.still_s if at_once and not belief.holds else 0.0
            wrong_s = max(
                wrong_s,
                belief.weigh_frame(shows=showing[quality], seconds=seconds, after_s=after_s),
            )
            if belief.holds and wrong_s:
                moved_s = min(wrong_s, self._seconds[before])
                self._seconds[before] -= moved_s
                self._seconds[quality] += moved_s
        self.quality = next(
            (quality for quality, belief in self._beliefs.items() if belief.holds),
            ImageQuality.FINE,
        )


class _Standstill:
    """For how long not a pixel has changed, and how much they usually do."""

    def __init__(self) -> None:
        self.still_s = 0.0
        self._alive = 0.0

    def observe(self, changed: float | None, seconds: float) -> None:
        """Follow the share of pixels that changed since the frame before, None for the first."""
        if changed is None:
            return
        if changed > 0:
            self.still_s = 0.0
            self._alive += min(1.0, seconds / SCENE_OVER_S) * (changed - self._alive)
        else:
            self.still_s += seconds

    def is_frozen(self) -> bool:
        """Say whether it has stood still for too long, for a camera as lively as this one."""
        quiet = self._alive < ALIVE_CHANGED
        return self.still_s >= (FROZEN_QUIET_AFTER_S if quiet else FROZEN_AFTER_S)
