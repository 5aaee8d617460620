# SPDX-License-Identifier: Apache-2.0
"""Frame statistics, against pictures of which they are known."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from development.fakes import weather
from edge_agent.vision.quality.statistics import FrameStatistics, FrameStatisticsMeter, small_luma

Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def wall() -> Image:
    """A wall of stones, as sharp as a real lens makes them, the same at every call."""
    rng = np.random.default_rng(7)
    stones = cv2.resize(
        rng.integers(20, 200, (36, 48, 3), np.uint8), (768, 576), interpolation=cv2.INTER_NEAREST
    )
    return np.asarray(cv2.GaussianBlur(stones, (0, 0), 1.0), np.uint8)


def statistics_of(*images: Image) -> FrameStatistics:
    """Measure frames one after another and return the last statistics."""
    meter = FrameStatisticsMeter()
    return [meter.measure(image, small_luma(image)) for image in images][-1]


def test_without_colours_the_channels_are_one(wall: Image) -> None:
    grey = cv2.cvtColor(cv2.cvtColor(wall, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    assert statistics_of(grey).chroma == 0.0
    assert statistics_of(wall).chroma > 30


def test_the_middle_of_the_levels_does_not_follow_what_shines(wall: Image) -> None:
    shining = wall.copy()
    shining[:, : wall.shape[1] // 4] = 255
    before, after = statistics_of(wall), statistics_of(shining)
    assert after.bright_end > before.bright_end + 50
    assert after.middle < before.middle + 40


@pytest.mark.parametrize("sigma", [3.0, 8.0, 20.0])
def test_noise_is_measured_in_levels(wall: Image, sigma: float) -> None:
    dirty = weather.noise(sigma)
    assert statistics_of(*(dirty(wall, index) for index in range(3))).noise == pytest.approx(
        sigma, rel=0.1
    )


def test_noise_adds_nothing_to_the_detail_of_a_scene(wall: Image) -> None:
    dirty = weather.noise(8.0)
    clean, noisy = (
        statistics_of(wall, wall),
        statistics_of(*(dirty(wall, index) for index in range(3))),
    )
    assert noisy.coarse == pytest.approx(clean.coarse, rel=0.15)


def test_only_the_first_frame_has_nothing_to_differ_from(wall: Image) -> None:
    assert statistics_of(wall).changed is None
    assert statistics_of(wall, wall).changed == 0.0
    other = wall.copy()
    other[: wall.shape[0] // 2] += 1
    assert statistics_of(wall, other).changed == pytest.approx(0.5, abs=0.02)


def test_rain_is_lighter_for_one_frame_and_noise_is_both(wall: Image) -> None:
    falling, dirty = weather.rain(800), weather.noise(20)
    assert statistics_of(*(falling(wall, index) for index in range(3))).rain > 0.02
    assert abs(statistics_of(*(dirty(wall, index) for index in range(3))).rain) < 0.01
    assert statistics_of(wall, wall, wall).rain == 0.0


def test_sharpness_falls_with_the_focus_and_not_with_the_light(wall: Image) -> None:
    textured = weather.noise(12)(wall, 0)
    sharp, soft, dim = (
        statistics_of(made(textured, 0))
        for made in (weather.noise(0), weather.blurred(4), weather.dark(0.5))
    )
    assert sharp.sharpness > 0.3
    assert soft.sharpness < 0.15
    assert dim.sharpness == pytest.approx(sharp.sharpness, rel=0.1)


def test_one_steep_edge_shows_in_a_plain_scene() -> None:
    board = np.full((576, 768, 3), 90, np.uint8)
    board[200:300, 300:400] = 160
    assert statistics_of(board).steepest == 1.0
    assert statistics_of(weather.blurred(3)(board, 0)).steepest < 0.2


def test_a_white_wall_ends_and_a_low_sun_fades() -> None:
    board = np.full((576, 768, 3), 90, np.uint8)
    sun = weather.glare(1.0)(board, 0)
    board[100:400, 200:500] = 255
    assert statistics_of(board).white == pytest.approx(300 * 300 / (576 * 768), rel=0.05)
    assert statistics_of(board).glow < 130
    assert statistics_of(sun).glow > 180


@pytest.mark.parametrize(
    ("width", "height"), [(768, 576), (1280, 720), (1920, 1080), (640, 480), (96, 64)]
)
def test_the_small_picture_is_small_whatever_the_frame(width: int, height: int) -> None:
    small = small_luma(np.full((height, width, 3), 77, np.uint8))
    assert small.shape[1] <= 160
    assert small.shape[0] / small.shape[1] == pytest.approx(height / width, rel=0.03)
    assert (small == 77).all()


def test_a_cell_has_the_tone_and_detail_of_its_place() -> None:
    picture = np.full((576, 768, 3), 100, np.uint8)
    picture[:, ::12] = 200
    picture[:, 384:] = 30
    seen = statistics_of(picture)
    assert seen.tone[:, -4:] == pytest.approx(30, abs=1)
    assert (seen.detail[:, -4:] == 0).all()
    assert (seen.detail[:, 1:6] > 0).all()
