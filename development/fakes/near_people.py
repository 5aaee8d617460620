# SPDX-License-Identifier: Apache-2.0
"""Views drawn for the image quality: stairs with people close by, and infrared at night.

Each is a function of time alone, so that the same seed gives the same pictures at any rate. Nobody
in them is counted: they say what a camera sees, and the truth is the word for it.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
Layer: TypeAlias = NDArray[np.float32]
View: TypeAlias = Callable[[float], Image]
"""Takes the time in seconds and returns a (HEIGHT_PX, WIDTH_PX, 3) uint8 BGR picture."""

WIDTH_PX, HEIGHT_PX = 384, 288
MARGIN_PX = 96
"""So much more of the scene is drawn on each side, for a camera that is turned."""
GRAIN_PLACES = 96
NEAR_HEIGHTS = (0.6, 0.9)
"""How tall a person near the camera is, heights of the picture."""


@dataclass(frozen=True, slots=True)
class NearPerson:
    """One who walks up or down: seconds, sides and sizes in shares of the picture.

    From `begins_s` for `takes_s` they go from `far` tall to `near` tall, or back if `up`, and stand
    for `stands_s` in the middle of it.
    """

    begins_s: float
    takes_s: float
    stands_s: float
    far_x: float
    near_x: float
    far: float
    near: float
    up: bool
    coat: tuple[float, float, float]
    trousers: tuple[float, float, float]
    striped: bool

    def place(self, at_s: float) -> tuple[float, float, float, float] | None:
        """Return foot x, foot y, height (shares) and the step's phase; None when not there."""
        gone_s, half_s = at_s - self.begins_s, self.takes_s / 2
        if not 0 <= gone_s <= self.takes_s + self.stands_s:
            return None
        walked_s = min(gone_s, half_s) + max(0.0, gone_s - half_s - self.stands_s)
        share = walked_s / self.takes_s
        share = 1 - share if self.up else share
        tall = self.far + (self.near - self.far) * share
        x = self.far_x + (self.near_x - self.far_x) * share
        return x, 0.62 + 0.55 * share, tall, walked_s * 2 * np.pi * 0.9


def stairs(
    seed: int,
    *,
    seconds: float,
    people_a_minute: float,
    contrast: float = 1.0,
    tall: tuple[float, float] = NEAR_HEIGHTS,
    turned_at_s: float = np.inf,
    turned_px: tuple[int, int] = (48, 12),
    noise: float = 2.0,
) -> View:
    """Return stairs from below the ceiling, with people as tall as most of the picture.

    contrast: of the scene without people, whose own stays. tall: their heights near the camera, in
    heights of the picture. From turned_at_s on the camera looks aside by turned_px, right and down.
    """
    rng = np.random.default_rng(seed)
    scene = np.float32(130) + np.float32(contrast) * (_stairwell(rng) - np.float32(130))
    people = _people(rng, seconds=seconds, each_s=60.0 / people_a_minute, near=tall)

    def view(at_s: float) -> Image:
        aside, down = turned_px if at_s >= turned_at_s else (0, 0)
        return _look(scene, people, at_s, aside=aside, down=down, noise=noise, seed=seed)

    return view


def infrared_night(
    seed: int,
    *,
    seconds: float,
    tree_share: float = 0.15,
    level: float = 30.0,
    noise: float = 3.0,
    headlights_a_minute: float = 2.0,
) -> View:
    """Return a street at night in the camera's own infrared: a near tree shines, the rest is dark.

    tree_share: the share of the picture that the tree's leaves fill. level: mean level of the rest.
    noise: standard deviation in levels, alike in all channels.
    """
    rng = np.random.default_rng(seed)
    scene = _lit_by_the_camera(_stairwell(rng), level)
    scene = _with_tree(rng, scene, tree_share)
    cars_s = np.sort(rng.uniform(0, seconds, rng.poisson(headlights_a_minute * seconds / 60)))
    people = _people(rng, seconds=seconds, each_s=15.0, far=(0.12, 0.2), near=(0.3, 0.5))

    def view(at_s: float) -> Image:
        picture = _crop(scene, 0, 0).copy()
        for one in people:
            _draw_person(picture, one, at_s)
        grey = picture[..., 1].copy()
        for car_s in cars_s:
            _add_headlights(grey, at_s - car_s)
        noisy = _noisy(grey, noise, seed, at_s)
        return np.asarray(cv2.cvtColor(noisy, cv2.COLOR_GRAY2BGR), np.uint8)

    return view


def monochrome_day(seed: int, *, seconds: float, gain: float = 1.0) -> View:
    """Return the stairs by day through a camera without colours, so much lighter or darker."""
    colours = stairs(seed, seconds=seconds, people_a_minute=6.0, noise=1.0)

    def view(at_s: float) -> Image:
        grey = cv2.convertScaleAbs(cv2.cvtColor(colours(at_s), cv2.COLOR_BGR2GRAY), alpha=gain)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)

    return view


def _stairwell(rng: np.random.Generator) -> Layer:
    """Draw steps between two walls, with windows, a rail and posters; detail at every size."""
    height, width = HEIGHT_PX + 2 * MARGIN_PX, WIDTH_PX + 2 * MARGIN_PX
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    scene = np.array((150, 160, 168), np.float32) - 40 * rows + np.zeros((1, width, 1), np.float32)
    top = round(height * rng.uniform(0.32, 0.42))
    depth, at = 8.0, float(top)
    while at < height:
        cv2.rectangle(scene, (0, round(at)), (width, round(at + depth * 0.6)), (118, 124, 130), -1)
        cv2.line(scene, (0, round(at)), (width, round(at)), (70, 74, 80), 2)
        at, depth = at + depth, depth * 1.12
    for left in np.cumsum(rng.integers(45, 110, 12)):
        size = (int(rng.integers(18, 45)), int(rng.integers(25, 80)))
        upper = int(rng.integers(MARGIN_PX - 30, max(MARGIN_PX - 29, top - size[1])))
        shade = tuple(map(float, rng.uniform(40, 235, 3)))
        corner = (int(left) + size[0], upper + size[1])
        cv2.rectangle(scene, (int(left), upper), corner, shade, -1)
        cv2.rectangle(scene, (int(left), upper), corner, (60, 60, 60), 2)
    for side in (0.12, 0.5, 0.88):
        x = round(width * (side + rng.uniform(-0.04, 0.04)))
        cv2.line(scene, (x, top - 30), (x + round(60 * (side - 0.5)), height), (50, 55, 60), 5)
    grain = cv2.GaussianBlur(rng.standard_normal(scene.shape[:2]).astype(np.float32), (0, 0), 2)
    return np.asarray(np.clip(scene + 18 * grain[..., None], 0, 255), np.float32)


def _people(
    rng: np.random.Generator,
    *,
    seconds: float,
    each_s: float,
    far: tuple[float, float] = (0.35, 0.45),
    near: tuple[float, float] = NEAR_HEIGHTS,
) -> tuple[NearPerson, ...]:
    # Some are on their way when the camera opens.
    people, at_s = [], float(rng.exponential(each_s)) - 20.0
    while at_s < seconds:
        x = float(rng.uniform(0.15, 0.85))
        people.append(
            NearPerson(
                begins_s=at_s,
                takes_s=float(rng.uniform(4, 9)),
                stands_s=float(rng.uniform(4, 15)) if rng.random() < 0.15 else 0.0,
                far_x=0.5 + (x - 0.5) * 0.6,
                near_x=x,
                far=float(rng.uniform(*far)),
                near=float(rng.uniform(*near)),
                up=bool(rng.random() < 0.5),
                coat=(*map(float, rng.uniform(20, 230, 3)),),  # type: ignore[arg-type]  # three
                trousers=(*map(float, rng.uniform(20, 140, 3)),),  # type: ignore[arg-type]  # three
                striped=bool(rng.random() < 0.3),
            )
        )
        at_s += float(rng.exponential(each_s))
    return tuple(people)


def _crop(scene: Layer, aside: int, down: int) -> Layer:
    left, top = MARGIN_PX + aside, MARGIN_PX + down
    return scene[top : top + HEIGHT_PX, left : left + WIDTH_PX]


def _look(
    scene: Layer,
    people: tuple[NearPerson, ...],
    at_s: float,
    *,
    aside: int,
    down: int,
    noise: float,
    seed: int,
) -> Image:
    picture = _crop(scene, aside, down).copy()
    there = [one for one in people if one.place(at_s) is not None]
    for one in sorted(there, key=lambda one: (one.place(at_s) or (0.0,) * 4)[1]):
        _draw_person(picture, one, at_s)
    return _noisy(picture, noise, seed, at_s)


def _draw_person(picture: Layer, person: NearPerson, at_s: float) -> None:
    """Draw head, coat, arms and legs that swing; wider than thin, darker at one side."""
    place = person.place(at_s)
    if place is None:
        return
    x, foot, tall = place[0] * WIDTH_PX, place[1] * HEIGHT_PX, place[2] * HEIGHT_PX
    swing = 0.10 * tall * np.sin(place[3])

    def at(across: float, up: float) -> tuple[int, int]:
        return round(x + across * tall), round(foot - up * tall)

    for side in (-1, 1):
        ankle = round(x + side * (0.05 * tall + swing)), round(foot)
        cv2.line(picture, at(side * 0.06, 0.5), ankle, person.trousers, max(2, round(0.10 * tall)))
    body = np.array([at(-0.13, 0.48), at(0.13, 0.48), at(0.15, 0.84), at(-0.15, 0.84)])
    cv2.fillConvexPoly(picture, body, person.coat)
    if person.striped:
        for up in np.arange(0.5, 0.84, 0.05):
            cv2.line(
                picture, at(-0.14, up), at(0.14, up), (225, 225, 225), max(1, round(tall / 60))
            )
    cv2.line(picture, at(0.04, 0.48), at(0.06, 0.84), (30, 30, 30), max(1, round(tall / 80)))
    for side in (-1, 1):
        hand = round(x + side * 0.19 * tall - side * swing), round(foot - 0.5 * tall)
        cv2.line(picture, at(side * 0.15, 0.81), hand, person.coat, max(2, round(0.07 * tall)))
    cv2.circle(picture, at(0, 0.93), max(2, round(0.075 * tall)), (150, 170, 205), -1)
    cv2.circle(picture, at(0, 0.96), max(2, round(0.065 * tall)), person.trousers, -1)


def _noisy(picture: Layer, noise: float, seed: int, at_s: float) -> Image:
    """Add noise that is drawn once and laid elsewhere for each frame, and round."""
    down, aside = np.random.default_rng((seed, round(at_s * 1000))).integers(GRAIN_PLACES, size=2)
    height, width = picture.shape[:2]
    grain = _grains()[down : down + height, aside : aside + width]
    grain = grain if picture.ndim == grain.ndim else grain[..., 0]
    return np.asarray(cv2.add(picture, noise * grain, dtype=cv2.CV_8U), np.uint8)


@functools.lru_cache(maxsize=1)
def _grains() -> Layer:
    size = (HEIGHT_PX + GRAIN_PLACES, WIDTH_PX + GRAIN_PLACES, 3)
    return np.random.default_rng(0).standard_normal(size, dtype=np.float32)


def _lit_by_the_camera(scene: Layer, level: float) -> Layer:
    """Return the scene in grey, lit from the camera: bright in the middle, nothing far aside."""
    grey = scene.mean(axis=2)
    rows, columns = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]].astype(np.float32)
    far = np.hypot(columns / grey.shape[1] - 0.5, rows / grey.shape[0] - 0.6)
    lit = grey * np.exp(-((far / np.float32(0.4)) ** 2))
    lit *= level / lit[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX].mean()
    return np.repeat(lit[..., None], 3, 2).astype(np.float32)


def _with_tree(rng: np.random.Generator, scene: Layer, share: float) -> Layer:
    """Hang leaves into a side of the picture, near enough to shine."""
    mask = np.zeros(scene.shape[:2], np.uint8)
    left = bool(rng.random() < 0.5)
    inside = mask[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]
    while share and inside.mean() / 255 < share:
        reach = rng.gamma(2.0, 0.07)
        x = MARGIN_PX + round(WIDTH_PX * (reach if left else 1 - reach))
        y = MARGIN_PX + round(HEIGHT_PX * rng.uniform(0.0, 0.75))
        axes = (int(rng.integers(6, 22)), int(rng.integers(4, 14)))
        cv2.ellipse(mask, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    leaves = rng.uniform(140, 255, (scene.shape[0] // 4 + 1, scene.shape[1] // 4 + 1))
    bright = cv2.resize(leaves.astype(np.float32), scene.shape[1::-1])
    return np.where(mask[..., None] > 0, bright[..., None], scene)


def _add_headlights(grey: Layer, gone_s: float) -> None:
    """Let a car pass within three seconds: two white discs in a veil, and its light on the road."""
    if not 0 <= gone_s <= 3:
        return
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    x, y = WIDTH_PX * (gone_s / 3), HEIGHT_PX * 0.55
    for lamp in (-14, 14):
        far = np.hypot(columns - x - lamp, rows - y)
        grey += 300 * np.exp(-((far / np.float32(10)) ** 2)) + 60 * np.exp(-((far / 90) ** 2))
