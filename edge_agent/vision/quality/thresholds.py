# SPDX-License-Identifier: Apache-2.0
"""Where each impairment of the image begins to show, and where it no longer does.

Levels are of 255; shares and ratios are as FrameStatistics and SceneReference have them. The
figures behind the values: development/measure/clips/conditions.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """An impairment begins to show beyond `begins` and no longer shows on the other side of `ends`.

    Beyond is above where `begins` is the greater of the two, and below where it is the smaller.
    """

    begins: float
    ends: float

    def shows(self, value: float, *, already: bool) -> bool:
        """Say whether the impairment shows at this value."""
        edge = self.ends if already else self.begins
        return value > edge if self.begins > self.ends else value < edge


DARK_BRIGHT_END = Hysteresis(70.0, 80.0)
DARK_NOISE = Hysteresis(8.0, 6.0)
MONOCHROME_CHROMA_MAX = 3.0
DARK_MONOCHROME_LIT = Hysteresis(65.0, 75.0)
DARK_MONOCHROME_NOISE = Hysteresis(4.0, 3.0)
SHINE_EVEN_MAX = 2.5
"""A camera gives up its colours where it needs its own light. What that light finds nearby, a tree
or a wall, is white and says nothing of the scene: there the middle of the levels is asked instead
of their bright end, less so the more the bright end outshines it, and less noise is enough. By day
a picture without colours is as light as any other: half of it is not dark."""
WHITE_SHARE = Hysteresis(0.30, 0.20)
GLARE_WHITE_SHARE = Hysteresis(0.05, 0.03)
GLARE_GLOW_MIN = 175.0
DULL_COARSE = Hysteresis(2.5, 4.0)
DULL_CONTRAST_MAX = 40.0
"""What is held before a lens is out of focus; a plain scene still has an edge somewhere."""
BLIND_COARSE, BLIND_WHITE = 2.0, 0.6
"""With less detail, or more white, nobody can be found at all."""
LOST_SHARE = Hysteresis(0.30, 0.20)
SPOTTED_SHARE = Hysteresis(0.11, 0.08)
LOST_CLUSTER_SHARE = 0.7
LOST_WHITE_TONE = 200.0
SOFT_SHARPNESS = Hysteresis(0.145, 0.155)
SOFT_STEEPEST_MAX = 0.3
"""One edge steeper than this shows that it is not the lens: a plain scene has little fine
detail."""
SOFTER_THAN_LEARNED = Hysteresis(0.60, 0.75)
RAIN_SHARE = Hysteresis(0.020, 0.010)
SOFT_NOISE_MAX = 5.0
"""Under more noise fine detail cannot be told from it."""
SHIFT_GAIN = Hysteresis(0.25, 0.15)
STRANGE_LIKENESS = Hysteresis(0.35, 0.50)
