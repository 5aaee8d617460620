# SPDX-License-Identifier: Apache-2.0
"""Bad conditions made from good frames: what night, weather, dirt and accidents do to a picture.

Each takes one (H, W, 3) uint8 BGR image and returns a new one of the same size. What must stay from
frame to frame (the drops on the glass, a covering hand) is drawn from the seed; what changes
(noise, falling rain) from the seed and the frame's index.
"""

import functools
from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
Condition: TypeAlias = Callable[[Image, int], Image]
"""Takes the image and the frame's index."""

GRAIN_PLACES = 128
"""Noise is drawn once and laid elsewhere for each frame, in so many places each way: drawing it
anew took nine tenths of a test."""


def dark(gain: float, *, noise: float = 0.0, seed: int = 1) -> Condition:
    """Let only the share `gain` of the light in, and add noise as sensors do at night, levels."""

    def apply(image: Image, index: int) -> Image:
        return _noisy(image.astype(np.float32) * np.float32(gain), noise, seed + index)

    return apply


def noise(sigma: float, *, seed: int = 2) -> Condition:
    """Add noise of that standard deviation, in levels."""

    def apply(image: Image, index: int) -> Image:
        return _noisy(image.astype(np.float32), sigma, seed + index)

    return apply


def rain(streaks: int, *, length_px: int = 24, light: float = 0.5, seed: int = 3) -> Condition:
    """Let rain fall: so many `streaks` in a frame of 768x576, each in one frame only."""

    def apply(image: Image, index: int) -> Image:
        rng = np.random.default_rng(seed + index)
        height, width = image.shape[:2]
        layer = np.zeros((height, width), np.uint8)
        count = round(streaks * width * height / (768 * 576))
        starts = rng.uniform((0, -length_px), (width, height), (count, 2))
        for x, y in starts:
            cv2.line(
                layer,
                (round(x), round(y)),
                (round(x + length_px * 0.15), round(y + length_px)),
                255,
                1,
                cv2.LINE_AA,
            )
        share = (
            cv2.GaussianBlur(layer, (3, 3), 0).astype(np.float32)[..., None]
            / np.float32(255.0)
            * np.float32(light)
        )
        soft = cv2.GaussianBlur(image, (3, 3), 0).astype(np.float32)
        return _as_image(soft * (1 - share) + 230 * share)

    return apply


def drops(share: float, *, radius_px: float = 28.0, seed: int = 4) -> Condition:
    """Put blurring drops on the glass that cover about `share` of a picture 768 pixels wide."""

    @functools.cache
    def wet(height: int, width: int) -> NDArray[np.bool_]:
        rng = np.random.default_rng(seed)
        radius = radius_px * width / 768
        layer = np.zeros((height, width), np.uint8)
        for _ in range(round(-np.log(1.0 - share) * width * height / (np.pi * radius**2))):
            centre = (int(rng.integers(width)), int(rng.integers(height)))
            axes = (round(radius * rng.uniform(0.6, 1.4)), round(radius * rng.uniform(0.6, 1.4)))
            cv2.ellipse(layer, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
        return cv2.GaussianBlur(layer, (0, 0), 2)[..., None] > 127

    def apply(image: Image, _index: int) -> Image:
        soft = cv2.GaussianBlur(image, (0, 0), image.shape[1] / 64)
        return np.where(wet(*image.shape[:2]), soft, image)

    return apply


def glare(strength: float, *, x: float = 0.5, y: float = 0.25) -> Condition:
    """Let a low sun in: a white disc at x, y (shares of the frame) and a veil around it."""

    @functools.cache
    def veil_of(height: int, width: int) -> NDArray[np.float32]:
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        far = np.hypot(columns / width - x, (rows / height - y) * height / width)
        share = np.clip(strength * np.exp(-((far / np.float32(0.35)) ** 2)), 0, 1)
        return np.asarray(share[..., None], np.float32)

    def apply(image: Image, _index: int) -> Image:
        veil = veil_of(*image.shape[:2])
        return _as_image(image.astype(np.float32) * (1 - 0.6 * veil) + 255 * veil)

    return apply


def overexposed(gain: float) -> Condition:
    """Multiply the light until white is all there is."""

    def apply(image: Image, _index: int) -> Image:
        return _as_image(image.astype(np.float32) * np.float32(gain))

    return apply


def blurred(sigma_px: float) -> Condition:
    """Put the lens out of focus."""

    def apply(image: Image, _index: int) -> Image:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.uint8)

    return apply


def blocked(share: float = 1.0, *, seed: int = 5) -> Condition:
    """Hold something close before the lens.

    That share of the width, from the left, is a soft dull surface.
    """

    def apply(image: Image, index: int) -> Image:
        height, width = image.shape[:2]
        surface = np.full((height, round(width * share), 3), (70, 80, 95), np.float32)
        surface += np.linspace(0, 25, height, dtype=np.float32)[:, None, None]
        covered = image.copy()
        covered[:, : surface.shape[1]] = _noisy(surface, 1.5, seed + index)
        return covered

    return apply


def moved(right_px: int, down_px: int, *, turn_deg: float = 0.0) -> Condition:
    """Turn the camera: the picture slides, and what comes into view is the edge's mirror image."""

    def apply(image: Image, _index: int) -> Image:
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 1.0)
        matrix[:, 2] += (right_px, down_px)
        return np.asarray(
            cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8
        )

    return apply


def _noisy(image: NDArray[np.float32], sigma: float, seed: int) -> Image:
    if sigma:
        image = np.asarray(cv2.scaleAdd(_grain(image.shape, seed), sigma, image), np.float32)
    return _as_image(image)


def _grain(shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    """Return normal noise of one level.

    A window, elsewhere for each seed, on noise that is drawn once for a size of picture.
    """
    down, aside = np.random.default_rng(seed).integers(GRAIN_PLACES, size=2)
    return _grains(shape)[down : down + shape[0], aside : aside + shape[1]]


@functools.lru_cache(maxsize=2)
def _grains(shape: tuple[int, ...]) -> NDArray[np.float32]:
    height, width, channels = shape
    size = (height + GRAIN_PLACES, width + GRAIN_PLACES, channels)
    return np.random.default_rng(0).standard_normal(size, dtype=np.float32)


def _as_image(image: NDArray[np.float32]) -> Image:
    return np.asarray(cv2.add(image, 0.0, dtype=cv2.CV_8U), np.uint8)  # type: ignore[call-overload]  # OpenCV takes a number
