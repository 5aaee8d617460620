# SPDX-License-Identifier: Apache-2.0
"""A drawn street under a camera that is known exactly, for setting a box up without a picture.

Every person stands somewhere in metres, so where a line should be, and how often it was crossed, is
known without looking.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from development.fakes.drawn_people import Picture, Pose, draw_person
from edge_agent.operations.commission.help.ground_fit import Ground, focal_px

WIDTH_PX, HEIGHT_PX, FPS = 1280, 720, 3.0
LENS_DEGREES, CAMERA_M, PITCH_DEGREES = 65.0, 4.5, 14.0
TRUE_LINE_M = 15.0
"""How far off the line lies that the installer walks along, from the point below the camera."""
WALK_M_S = 1.2
_GROUND, _WALL = (106, 110, 114), (150, 150, 146)
_NOISE, _SOFT_PX = 3.0, 0.8

Metres = tuple[float, float]
"""To the right, and away."""


def camera() -> Ground:
    """Return the camera of the street."""
    focal = focal_px(LENS_DEGREES, WIDTH_PX)
    return Ground(math.radians(PITCH_DEGREES), CAMERA_M, focal, WIDTH_PX, HEIGHT_PX)


@dataclass(frozen=True, slots=True)
class Walker:
    """One person: a number (their clothes), their height, and the corners of their way.

    They begin at `begin_s`, walk from corner to corner at WALK_M_S, stand `stands_s` at each, and
    are gone after the last.
    """

    number: int
    tall_m: float
    begin_s: float
    way: tuple[Metres, ...]
    stands_s: float = 0.0

    @property
    def end_s(self) -> float:
        """Return when they are gone."""
        legs = zip(self.way, self.way[1:], strict=False)
        walked = sum(math.dist(*leg) for leg in legs) / WALK_M_S
        return self.begin_s + walked + self.stands_s * len(self.way)

    def at(self, now_s: float) -> tuple[Metres, float, float] | None:
        """Return where they are, how far they have walked (m) and which way they face."""
        left_s, walked = now_s - self.begin_s, 0.0
        if left_s < 0:
            return None
        for one, other in zip(self.way, self.way[1:], strict=False):
            if left_s < self.stands_s:
                return one, walked, 1.0
            left_s -= self.stands_s
            length = math.dist(one, other)
            share = left_s * WALK_M_S / length
            if share < 1.0:
                place = one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])
                return place, walked + share * length, math.copysign(1.0, other[0] - one[0])
            left_s -= length / WALK_M_S
            walked += length
        return (self.way[-1], walked, 1.0) if left_s < self.stands_s else None


def passers_by(until_s: float, *, seed: int = 7) -> tuple[Walker, ...]:
    """Return people who pass until a time: near and far, 1.62 to 1.78 m tall, 1.7 in the mean."""
    rng = np.random.default_rng(seed)
    walkers = []
    for number, begin_s in enumerate(np.arange(0.0, until_s - 8.0, 2.2)):
        away = float(rng.uniform(7.0, 26.0))
        half = min(0.55 * away, 9.0)
        right = half if number % 2 else -half
        drift = float(rng.uniform(-3.0, 3.0))
        way = ((right, away), (-right, max(6.5, away + drift)))
        tall_m = 1.7 + 0.08 * float(np.sin(number))
        walkers.append(Walker(number, tall_m, float(begin_s), way))
    return tuple(one for one in walkers if one.end_s <= until_s)


def film(path: Path, walkers: Sequence[Walker], seconds: float) -> Path:
    """Draw the street with these people in it, as a film."""
    rng = np.random.default_rng(3)
    ground, empty = camera(), _empty(rng)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (WIDTH_PX, HEIGHT_PX))
    for frame in range(round(seconds * FPS)):
        picture = empty.copy()
        poses = [pose for one in walkers if (pose := pose_of(one, frame / FPS, ground)) is not None]
        for pose in sorted(poses, key=lambda one: one.foot[1]):
            draw_person(picture, pose)
        soft = cv2.GaussianBlur(picture, (0, 0), _SOFT_PX)
        noise = rng.normal(0.0, _NOISE, (HEIGHT_PX // 2, WIDTH_PX // 2, 1)).astype(np.float32)
        wide = cv2.resize(noise, (WIDTH_PX, HEIGHT_PX))[..., None]
        writer.write(np.clip(soft.astype(np.float32) + wide, 0, 255).astype(np.uint8))
    writer.release()
    return path


def pose_of(walker: Walker, now_s: float, ground: Ground) -> Pose | None:
    """Return how a walker shows at a time; None where they do not."""
    found = walker.at(now_s)
    if found is None:
        return None
    (right, away), walked, faces = found
    column, row = ground.pixels(right, away)
    head = HEIGHT_PX / 2 + ground.focal_px * math.tan(
        math.atan2(ground.camera_m - walker.tall_m, away) - ground.pitch
    )
    tall_px = row - head
    if not (-tall_px < column < WIDTH_PX + tall_px and row < HEIGHT_PX + tall_px):
        return None
    return Pose((column, row), tall_px, walker.number, walked / walker.tall_m, faces)


def _empty(rng: np.random.Generator) -> Picture:
    horizon = max(0, round(camera().horizon_px) + 40)
    picture = np.empty((HEIGHT_PX, WIDTH_PX, 3), np.float32)
    picture[:horizon], picture[horizon:] = _WALL, _GROUND
    for cell, strength in ((6, 7.0), (40, 8.0)):
        small = rng.normal(0.0, strength, (HEIGHT_PX // cell + 1, WIDTH_PX // cell + 1)).astype(
            np.float32
        )
        picture += cv2.resize(small, (WIDTH_PX, HEIGHT_PX))[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def there_and_back(one: Metres, other: Metres, times: int) -> tuple[Metres, ...]:
    """Return a way that goes between two places so many times."""
    return tuple(one if place % 2 == 0 else other for place in range(times + 1))
