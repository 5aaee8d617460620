# SPDX-License-Identifier: Apache-2.0
"""Say how well the eye sees.

One word for each window, from a few numbers of each glance, with hysteresis.

Some ills show in a single glance (dark, over-exposed, a dull surface before the lens), some between
two (frozen, noise, rain), some only against how the scene looked before (a turned camera, a part
covered, drops on the glass, a lens out of focus). What is kept of the scene for the last is a
signature.Profiles and the mean gradient of 192 cells, both of minutes, in this object only: a
camera that was turned while the box was off is not recognised, and what changes over hours, as
daylight does, is learned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.quality.scene_signature import Likeness, likeness, profiles, rounded
from edge_agent.vision.quality.statistics import FrameStatistics, Glancer, Grid, Luma

GLANCE_EACH_S = 0.25
SMOOTHED_OVER_S = 1.0
HOLDS_AFTER_S, GOES_AFTER_S = 2.0, 3.0
"""How long an ill must show before it is believed, and be gone before it is over, seconds."""
GAP_S_MAX = 1.0
"""A longer gap between two glances was not seen."""
WINDOW_SHARE_MIN = 0.2
"""A window is said to be ill if an ill held for this share of what was seen of it."""

LEARN_FOR_S = 5.0
SCENE_OVER_S = 5.0
"""The scene is judged as its mean over so many seconds: long enough for people to walk away."""
FORGET_OVER_S = 600.0
JUDGE_EACH_S = 1.0

ALIVE_CHANGED = 0.1
"""A camera whose pixels change less than this share between frames is so quiet that standing still
proves little."""
FROZEN_AFTER_S, FROZEN_QUIET_AFTER_S = 3.0, 30.0


class Sight(Enum):
    """The state of the eye, the gravest first. The names are those of the wire's QualityCode.

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


BLINDING = frozenset({Sight.FROZEN, Sight.BLOCKED, Sight.MOVED})
"""What was counted under these is not of this place or not of now."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One window: the eye's state, and whether what was counted in it says nothing and must not be told."""

    sight: Sight
    blind: bool


@dataclass(frozen=True, slots=True)
class Bound:
    """An ill begins to show above (or, falling, below) `begins` and no longer shows on the other side of `ends`."""

    begins: float
    ends: float

    def shows(self, value: float, *, already: bool) -> bool:
        """Say whether the ill shows at this value."""
        edge = self.ends if already else self.begins
        return value > edge if self.begins > self.ends else value < edge


# Levels of 255, shares and ratios as FrameStatistics has them; the figures behind them:
# development/measure/conditions.py.
DARK_BRIGHT_END = Bound(70.0, 80.0)
DARK_NOISE = Bound(8.0, 6.0)
WHITE_SHARE = Bound(0.30, 0.20)
GLARE_WHITE_SHARE = Bound(0.05, 0.03)
GLARE_GLOW_MIN = 175.0
DULL_COARSE = Bound(2.5, 4.0)
DULL_CONTRAST_MAX = 40.0
"""What is held before a lens is out of focus; a plain scene still has an edge somewhere."""
BLIND_COARSE, BLIND_WHITE = 2.0, 0.6
"""With less detail, or more white, nobody can be found at all."""
LOST_SHARE = Bound(0.30, 0.20)
SPOTTED_SHARE = Bound(0.14, 0.10)
LOST_HEAP_SHARE = 0.7
LOST_WHITE_TONE = 200.0
SOFT_SHARPNESS = Bound(0.145, 0.155)
SOFT_STEEPEST_MAX = 0.3
"""One edge steeper than this shows that it is not the lens: a plain scene has little fine
detail."""
SOFTER_THAN_LEARNED = Bound(0.60, 0.75)
RAIN_SHARE = Bound(0.020, 0.010)
SOFT_NOISE_MAX = 5.0
"""Under more noise fine detail cannot be told from it."""
CELL_TEXTURE_MIN = 1.5
CELL_LOST_BELOW = 0.5
SHIFT_GAIN = Bound(0.25, 0.15)
SHIFT_LIKENESS_MIN = 0.4
STRANGE_LIKENESS = Bound(0.35, 0.50)


@dataclass(slots=True)
class _Held:
    """One ill over time: whether it is believed, and since when the glances say otherwise."""

    holds: bool = False
    other_for_s: float = 0.0

    def take(self, *, shows: bool, seconds: float, after_s: float) -> float:
        """Take one glance that stands for `seconds`.

        Return by how many seconds what was believed until now was wrong.
        """
        if shows == self.holds:
            self.other_for_s = 0.0
            return 0.0
        self.other_for_s += seconds
        if self.other_for_s < after_s:
            return 0.0
        wrong_s, self.other_for_s, self.holds = self.other_for_s, 0.0, shows
        return wrong_s if shows else 0.0


class _Scene:
    """What the static scene looked like, learned, and what it looks like now."""

    def __init__(self) -> None:
        self._now: tuple[NDArray[np.float32], ...] | None = None
        self._learned: tuple[NDArray[np.float32], ...] | None = None
        self._learned_for_s = 0.0
        self._judge_in_s = JUDGE_EACH_S
        self.shift_gain = 0.0
        self.strange = 1.0
        self.lost_share = 0.0
        self.lost_heap = 0.0
        self.lost_tone = 0.0
        self.softness = 1.0

    def take(self, glance: FrameStatistics, small: Luma, seconds: float, *, clear: bool) -> None:
        """Follow the scene; where the eye is `clear`, learn it.

        Judge it once a second, after it has been learned.
        """
        seen = (*profiles(small), glance.detail, np.array([glance.sharpness], np.float32))
        self._now = _blend(self._now, seen, seconds / SCENE_OVER_S)
        if clear and self._learned_for_s < LEARN_FOR_S:
            self._learned_for_s += seconds
            self._learned = _blend(
                self._learned, seen, seconds / max(self._learned_for_s, GLANCE_EACH_S)
            )
            return
        self._judge_in_s -= seconds
        if self._learned is None or self._learned_for_s < LEARN_FOR_S or self._judge_in_s > 0:
            return
        self._judge_in_s = JUDGE_EACH_S
        self._judge(self._learned, self._now, glance.tone)
        if clear:
            self._learned = _blend(self._learned, self._now, JUDGE_EACH_S / FORGET_OVER_S)

    def _judge(
        self,
        learned: tuple[NDArray[np.float32], ...],
        now: tuple[NDArray[np.float32], ...],
        tone: Grid,
    ) -> None:
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
        self.lost_heap = _largest_heap_share(lost)
        self.lost_tone = float(tone[lost].mean()) if lost.any() else 0.0


class ImageQualityMonitor:
    """Follow one camera's frames and say, window by window, how well it saw."""

    def __init__(self) -> None:
        self._glancer = Glancer()
        self._scene = _Scene()
        self._smooth: dict[str, float] = {}
        self._held = {sight: _Held() for sight in Sight if sight is not Sight.FINE}
        self._still_s = 0.0
        self._alive = 0.0
        self._before_s: float | None = None
        self._seconds = dict.fromkeys(Sight, 0.0)
        self._blind_s = 0.0
        self.sight = Sight.FINE

    def look(
        self, image: NDArray[np.uint8], small: Callable[[], Luma] | Luma, now_s: float
    ) -> None:
        """Look at a (height, width, 3) uint8 BGR image captured at `now_s`, of which `small` is the small_luma().

        Four times a second it is looked at; in between only what the next glance needs is kept.
        """
        if self._before_s is not None and now_s - self._before_s < GLANCE_EACH_S:
            self._glancer.pass_by(image)
            return
        seconds = 0.0 if self._before_s is None else min(now_s - self._before_s, GAP_S_MAX)
        self._before_s = now_s
        grey = small() if callable(small) else small
        glance = self._glancer.glance(image, grey)
        self._follow(glance, seconds)
        clear = self.sight is Sight.FINE and not any(
            held.other_for_s for held in self._held.values()
        )
        self._scene.take(glance, grey, seconds, clear=clear)
        self._decide(self._showing(), seconds)

    def close(self) -> Verdict:
        """Return what the eye was in the window that ends now, and begin the next.

        The gravest ill that held a fifth of it.
        """
        enough_s = WINDOW_SHARE_MIN * sum(self._seconds.values())
        found = (
            sight for sight in Sight if sight is not Sight.FINE and self._seconds[sight] > enough_s
        )
        sight = next(found, Sight.FINE)
        blind_s = self._blind_s + sum(self._seconds[blind] for blind in BLINDING)
        self._seconds, self._blind_s = dict.fromkeys(Sight, 0.0), 0.0
        return Verdict(sight, blind=sight is not Sight.FINE and blind_s > enough_s)

    def _follow(self, glance: FrameStatistics, seconds: float) -> None:
        """Smooth what flickers, and count how long nothing has changed."""
        share = min(1.0, seconds / SMOOTHED_OVER_S) if self._smooth else 1.0
        for name in (
            "bright_end",
            "white",
            "glow",
            "noise",
            "coarse",
            "contrast",
            "sharpness",
            "steepest",
            "rain",
        ):
            value = float(getattr(glance, name))
            self._smooth[name] = self._smooth.get(name, value) + share * (
                value - self._smooth.get(name, value)
            )
        if glance.changed is None:
            return
        if glance.changed > 0:
            self._still_s = 0.0
            self._alive += min(1.0, seconds / SCENE_OVER_S) * (glance.changed - self._alive)
        else:
            self._still_s += seconds

    def _showing(self) -> dict[Sight, bool]:
        """Return which ills this glance shows."""
        smooth, scene = self._smooth, self._scene
        shows: dict[Sight, bool] = {sight: held.holds for sight, held in self._held.items()}

        def over(sight: Sight, bound: Bound, value: float) -> bool:
            return bound.shows(value, already=shows[sight])

        soft = (
            smooth["noise"] <= SOFT_NOISE_MAX
            and smooth["steepest"] <= SOFT_STEEPEST_MAX
            and (
                over(Sight.BLURRED, SOFT_SHARPNESS, smooth["sharpness"])
                or over(Sight.BLURRED, SOFTER_THAN_LEARNED, scene.softness)
            )
        )
        # A lens out of focus loses detail everywhere: then lost cells tell nothing of their own.
        one_heap = scene.lost_heap >= LOST_HEAP_SHARE
        heap = not soft and one_heap and over(Sight.BLOCKED, LOST_SHARE, scene.lost_share)
        drops = not soft and not one_heap and over(Sight.RAIN, SPOTTED_SHARE, scene.lost_share)
        white = heap and scene.lost_tone >= LOST_WHITE_TONE
        glare = smooth["glow"] >= GLARE_GLOW_MIN and over(
            Sight.OVEREXPOSED, GLARE_WHITE_SHARE, smooth["white"]
        )
        dull = smooth["contrast"] <= DULL_CONTRAST_MAX and over(
            Sight.BLOCKED, DULL_COARSE, smooth["coarse"]
        )
        return {
            Sight.DARK: over(Sight.DARK, DARK_BRIGHT_END, smooth["bright_end"])
            or over(Sight.DARK, DARK_NOISE, smooth["noise"]),
            Sight.OVEREXPOSED: white
            or glare
            or over(Sight.OVEREXPOSED, WHITE_SHARE, smooth["white"]),
            Sight.FROZEN: self._still_s
            >= (FROZEN_AFTER_S if self._alive >= ALIVE_CHANGED else FROZEN_QUIET_AFTER_S),
            Sight.BLOCKED: (heap and not white) or dull,
            Sight.MOVED: over(Sight.MOVED, SHIFT_GAIN, scene.shift_gain)
            or over(Sight.MOVED, STRANGE_LIKENESS, scene.strange),
            Sight.BLURRED: soft,
            Sight.RAIN: drops or over(Sight.RAIN, RAIN_SHARE, smooth["rain"]),
        }

    def _decide(self, showing: dict[Sight, bool], seconds: float) -> None:
        """Believe what has shown for long enough; the seconds before it was believed were ill too."""
        self._seconds[self.sight] += seconds
        dull = (
            self._smooth["coarse"] < BLIND_COARSE and self._smooth["contrast"] <= DULL_CONTRAST_MAX
        )
        nothing_to_see = dull or self._smooth["white"] > BLIND_WHITE
        if nothing_to_see and self.sight not in BLINDING:
            self._blind_s += seconds
        before = self.sight
        for sight, held in self._held.items():
            at_once = sight is Sight.FROZEN  # It has counted its own seconds.
            after_s = 0.0 if at_once else GOES_AFTER_S if held.holds else HOLDS_AFTER_S
            wrong_s = self._still_s if at_once and not held.holds else 0.0
            wrong_s = max(
                wrong_s, held.take(shows=showing[sight], seconds=seconds, after_s=after_s)
            )
            if held.holds and wrong_s:
                moved_s = min(wrong_s, self._seconds[before])
                self._seconds[before] -= moved_s
                self._seconds[sight] += moved_s
        self.sight = next((sight for sight, held in self._held.items() if held.holds), Sight.FINE)


def _blend(
    old: tuple[NDArray[np.float32], ...] | None, new: tuple[NDArray[np.float32], ...], share: float
) -> tuple[NDArray[np.float32], ...]:
    """Return the running means after one more look that weighs `share`."""
    if old is None:
        return new
    weight = np.float32(min(share, 1.0))
    return tuple(one + weight * (other - one) for one, other in zip(old, new, strict=True))


def _shift_gain(one: Likeness, other: Likeness) -> float:
    """Return how much better two halves fit when shifted.

    0 where they do not both, clearly, fit elsewhere.

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


def _largest_heap_share(lost: NDArray[np.bool_]) -> float:
    """Return which share of the lost cells hangs together.

    Near 1 for a hand or a wall, less for drops all over.
    """
    count, _, stats, _ = cv2.connectedComponentsWithStats(lost.astype(np.uint8), connectivity=4)
    return float(stats[1:, cv2.CC_STAT_AREA].max() / lost.sum()) if count > 1 else 0.0
