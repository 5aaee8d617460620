# SPDX-License-Identifier: Apache-2.0
"""Draw a street with people in it, in which a detector that is worth its name sees somebody.

Nothing is photographed and nothing is random: the same picture on every machine. What makes a
detector trained on photographs see drawn people is shade, texture and soft edges; without them it
sees nobody.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 640, 480
_SKY, _WALL, _GROUND, _SKIN, _HAIR = (
    (214, 200, 184),
    (138, 146, 150),
    (104, 108, 112),
    (132, 164, 208),
    (28, 32, 44),
)
_WALL_TOP_PX, _GROUND_TOP_PX = 110, 250
_TEXTURE, _CELL_PX, _SOFT_PX = 9.0, 8, 1.1
_FINE = 16  # OpenCV draws in sixteenths of a pixel.
_STEP = 2654435761  # Knuth's multiplicative hash: neighbouring numbers give texture.

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class DrawnPerson:
    """Where the feet stand and how tall the person is, pixels; stride -1..1; coat and trousers."""

    x: float
    y: float
    tall_px: float
    stride: float
    coat: Colour
    trousers: Colour

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The box around the person: left, top, right, bottom."""
        half = (0.14 + 0.1 * abs(self.stride)) * self.tall_px
        return self.x - half, self.y - self.tall_px, self.x + half, self.y + 0.02 * self.tall_px


PEOPLE = (
    DrawnPerson(90.0, 440.0, 250.0, 0.7, (70, 44, 140), (60, 46, 40)),
    DrawnPerson(235.0, 400.0, 200.0, -0.5, (120, 80, 40), (34, 34, 60)),
    DrawnPerson(385.0, 450.0, 265.0, 0.3, (46, 46, 50), (110, 92, 76)),
    DrawnPerson(545.0, 410.0, 210.0, -0.8, (62, 110, 66), (30, 28, 28)),
)


def street() -> Picture:
    """Return the street with PEOPLE in it: (HEIGHT_PX, WIDTH_PX, 3) uint8, BGR."""
    picture = np.empty((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    picture[:_WALL_TOP_PX] = _SKY
    picture[_WALL_TOP_PX:_GROUND_TOP_PX] = _WALL
    picture[_GROUND_TOP_PX:] = _GROUND
    for person in PEOPLE:
        _draw(picture, person)
    return _as_seen(picture)


def _draw(picture: Picture, person: DrawnPerson) -> None:
    """Draw a person from their parts: shadow, legs that swing, trunk, arms, head."""
    x, y, tall = person.x, person.y, person.tall_px
    swing = 0.12 * tall * person.stride
    hip, shoulder, head = y - 0.48 * tall, y - 0.80 * tall, y - 0.925 * tall
    _oval(picture, (x + 0.06 * tall, y), (0.2 * tall, 0.025 * tall), (78, 82, 86))
    for side in (-1.0, 1.0):
        foot, knee = x + side * swing, x + 0.55 * side * swing + 0.02 * tall * person.stride
        dark = _shaded(person.trousers, 0.8 if side < 0 else 1.0)
        _limb(picture, (x + 0.03 * side * tall, hip), (knee, y - 0.25 * tall), 0.058 * tall, dark)
        _limb(picture, (knee, y - 0.25 * tall), (foot, y - 0.03 * tall), 0.042 * tall, dark)
        toe = foot + 0.05 * tall * (1.0 if person.stride > 0 else -1.0)
        _limb(picture, (foot, y - 0.012 * tall), (toe, y - 0.008 * tall), 0.02 * tall, (24, 24, 26))
    _limb(picture, (x, shoulder - 0.03 * tall), (x, shoulder - 0.1 * tall), 0.035 * tall, _SKIN)
    trunk = [
        (x - 0.125 * tall, shoulder), (x - 0.06 * tall, shoulder - 0.035 * tall),
        (x + 0.06 * tall, shoulder - 0.035 * tall), (x + 0.125 * tall, shoulder),
        (x + 0.095 * tall, hip + 0.03 * tall), (x - 0.095 * tall, hip + 0.03 * tall),
    ]  # fmt: skip
    _shape(picture, trunk, person.coat)
    _shape(picture, [(x, shoulder - 0.03 * tall), *trunk[3:5], (x, hip + 0.03 * tall)],
           _shaded(person.coat, 0.85))  # fmt: skip
    for side in (-1.0, 1.0):
        joint = x + side * 0.115 * tall
        elbow = (joint - side * 0.35 * swing + side * 0.02 * tall, shoulder + 0.17 * tall)
        hand = (joint - side * 0.9 * swing, hip + 0.01 * tall)
        sleeve = _shaded(person.coat, 0.7 if side > 0 else 0.9)
        _limb(picture, (joint, shoulder + 0.02 * tall), elbow, 0.036 * tall, sleeve)
        _limb(picture, elbow, hand, 0.03 * tall, sleeve)
        _oval(picture, hand, (0.024 * tall, 0.03 * tall), _SKIN)
    _oval(picture, (x, head), (0.052 * tall, 0.072 * tall), _SKIN)
    _oval(picture, (x, head - 0.032 * tall), (0.056 * tall, 0.045 * tall), _HAIR)


def _as_seen(picture: Picture) -> Picture:
    """Lay texture and light over a drawing and soften its edges, as a lens does."""
    rows, columns = HEIGHT_PX // _CELL_PX, WIDTH_PX // _CELL_PX
    steps = np.arange(rows * columns, dtype=np.uint32) * np.uint32(_STEP)
    grain = ((steps >> np.uint32(24)).astype(np.float32) / 127.5 - 1.0) * _TEXTURE
    coarse = cv2.resize(grain.reshape(rows, columns), (WIDTH_PX, HEIGHT_PX))
    light = np.linspace(12.0, -12.0, WIDTH_PX, dtype=np.float32)
    seen = picture + (coarse + light)[:, :, None]
    soft = cv2.GaussianBlur(seen, (0, 0), _SOFT_PX)
    return np.asarray(np.clip(soft, 0, 255), np.uint8)


def _limb(
    picture: Picture,
    start: tuple[float, float],
    end: tuple[float, float],
    radius_px: float,
    colour: Colour,
) -> None:
    """Draw a straight limb with round ends."""
    thick_px = max(1, round(2 * radius_px))
    cv2.line(picture, _fine(start), _fine(end), colour, thick_px, cv2.LINE_AA, 4)


def _oval(
    picture: Picture, centre: tuple[float, float], half: tuple[float, float], colour: Colour
) -> None:
    cv2.ellipse(picture, _fine(centre), _fine(half), 0, 0, 360, colour, -1, cv2.LINE_AA, 4)


def _shape(picture: Picture, corners: list[tuple[float, float]], colour: Colour) -> None:
    points = np.array([_fine(corner) for corner in corners], np.int32)
    cv2.fillConvexPoly(picture, points, colour, cv2.LINE_AA, 4)


def _fine(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0] * _FINE), round(point[1] * _FINE)


def _shaded(colour: Colour, share: float) -> Colour:
    return round(colour[0] * share), round(colour[1] * share), round(colour[2] * share)
