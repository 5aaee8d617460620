# SPDX-License-Identifier: Apache-2.0
"""Draw people who walk: shaded, with limbs that swing, each in their own clothes.

A detector that was trained on photographs finds them by shade, texture and soft edges; a flat
drawing it does not see. Nothing is random but by the number that a person has.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Place = tuple[float, float]
Colour = tuple[int, int, int]
FINE = 16
"""OpenCV draws in sixteenths of a pixel."""
STEP_HEIGHTS = 0.45
"""How far one step goes, heights."""
SKINS: tuple[Colour, ...] = ((132, 164, 208), (96, 128, 176), (60, 84, 124), (150, 178, 218))
SHOE: Colour = (26, 25, 24)
UMBRELLA_HALF, UMBRELLA_RISE = 0.3, 0.17
"""How wide an umbrella reaches to each side, and how high it stands over its edge, heights."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the feet stand and how tall the person is, pixels.

    number: whose clothes they wear. walked: how far they have come, heights. faces: -1 left, 1
    right. wide: how much wider they look than from the side of the street, as from above.
    """

    foot: Place
    tall_px: float
    number: int
    walked: float
    faces: float
    wide: float = 1.0
    umbrella: bool = False


def draw_person(picture: Picture, pose: Pose) -> None:
    """Draw a person from their parts: shadow, legs, the far arm, trunk, the near arm, head."""
    brush = _Brush(picture, pose)
    rng = np.random.default_rng(pose.number)
    coat, trousers, hair = (_colour(rng, *range_) for range_ in ((25, 190), (20, 120), (10, 80)))
    skin = SKINS[int(rng.integers(len(SKINS)))]
    phase = float(np.pi) * pose.walked / STEP_HEIGHTS + float(rng.uniform(0.0, 6.3))
    swing = 0.13 * float(np.sin(phase))
    brush.oval((0.05, 0.0), (0.2, 0.026), _shaded((88, 90, 92), 0.9))
    for side, dark in ((-1.0, 0.75), (1.0, 1.0)):
        foot, lift = side * swing, 0.03 * max(0.0, side * float(np.cos(phase)))
        knee = 0.5 * foot + 0.03 * pose.faces
        cloth = _shaded(trousers, dark)
        brush.limb((0.035 * side, 0.49), (knee, 0.26 + lift), 0.06, cloth)
        brush.limb((knee, 0.27 + lift), (foot, 0.04 + lift), 0.044, cloth)
        brush.limb((foot, 0.015 + lift), (foot + 0.055 * pose.faces, 0.012 + lift), 0.02, SHOE)
    _arm(brush, -1.0, -swing, _shaded(coat, 0.65), skin)
    brush.limb((0.0, 0.82), (0.0, 0.88), 0.038, _shaded(skin, 0.85))
    trunk = [(-0.12, 0.8), (-0.06, 0.84), (0.06, 0.84), (0.12, 0.8), (0.1, 0.45), (-0.1, 0.45)]
    brush.shape(trunk, coat)
    brush.shape([(0.02, 0.83), (0.12, 0.8), (0.1, 0.45), (0.02, 0.45)], _shaded(coat, 0.82))
    brush.limb((-0.085, 0.78), (-0.08, 0.5), 0.012, _shaded(coat, 1.2))
    _arm(brush, 1.0, swing, _shaded(coat, 0.9), skin)
    brush.oval((0.0, 0.925), (0.054, 0.073), skin)
    brush.oval((-0.012 * pose.faces, 0.955), (0.057, 0.046), hair)
    if pose.umbrella:
        _umbrella(brush, _colour(rng, 20, 150))


def _arm(brush: "_Brush", side: float, swing: float, sleeve: Colour, skin: Colour) -> None:
    elbow = (0.115 * side + 0.4 * swing, 0.63)
    hand = (0.115 * side + 0.95 * swing, 0.48)
    brush.limb((0.11 * side, 0.78), elbow, 0.037, sleeve)
    brush.limb(elbow, hand, 0.031, sleeve)
    brush.oval(hand, (0.025, 0.03), skin)


def _umbrella(brush: "_Brush", colour: Colour) -> None:
    """Hold an umbrella over head and shoulders: half a dome, its seams, and its stick."""
    edge = 0.9
    angles = np.linspace(0.0, np.pi, 13)
    dome = [
        (UMBRELLA_HALF * float(np.cos(one)), edge + UMBRELLA_RISE * float(np.sin(one)))
        for one in angles
    ]
    brush.limb((0.05, 0.6), (0.02, edge + UMBRELLA_RISE), 0.008, (60, 60, 62))
    brush.shape(dome, colour)
    brush.shape([dome[0], *dome[1:5], (0.02, edge)], _shaded(colour, 0.75))
    for seam in (4, 8):
        brush.limb((0.0, edge + UMBRELLA_RISE), (1.5 * dome[seam][0], edge), 0.004, (30, 30, 30))


class _Brush:
    """Draw in a person's own measure: right and up from the feet, in heights."""

    def __init__(self, picture: Picture, pose: Pose) -> None:
        self._picture, self._pose = picture, pose

    def limb(self, start: Place, end: Place, radius: float, colour: Colour) -> None:
        """Draw a straight limb with round ends."""
        thick_px = max(1, round(2.0 * radius * self._pose.tall_px * self._pose.wide))
        cv2.line(self._picture, self._at(start), self._at(end), colour, thick_px, cv2.LINE_AA, 4)

    def oval(self, centre: Place, half: Place, colour: Colour) -> None:
        """Draw a filled oval."""
        tall = self._pose.tall_px
        halves = (
            round(half[0] * tall * self._pose.wide * FINE),
            round(half[1] * tall * FINE),
        )
        cv2.ellipse(self._picture, self._at(centre), halves, 0, 0, 360, colour, -1, cv2.LINE_AA, 4)

    def shape(self, corners: list[Place], colour: Colour) -> None:
        """Draw a filled convex shape."""
        points = np.array([self._at(corner) for corner in corners], np.int32)
        cv2.fillConvexPoly(self._picture, points, colour, cv2.LINE_AA, 4)

    def _at(self, place: Place) -> tuple[int, int]:
        x, y = self._pose.foot
        tall = self._pose.tall_px
        return (
            round((x + place[0] * tall * self._pose.wide) * FINE),
            round((y - place[1] * tall) * FINE),
        )


def _colour(rng: np.random.Generator, low: int, high: int) -> Colour:
    """Draw a muted colour: cloth differs more in light than in hue."""
    light = float(rng.uniform(low, high))
    blue, green, red = np.clip(light + rng.normal(0.0, 18.0, 3), 0, 255)
    return int(blue), int(green), int(red)


def _shaded(colour: Colour, share: float) -> Colour:
    blue, green, red = (min(255, round(part * share)) for part in colour)
    return blue, green, red
