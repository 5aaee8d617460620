# SPDX-License-Identifier: Apache-2.0
"""Image quality on drawn views: people who fill the picture, a turned camera, infrared at night."""

from collections import Counter

import pytest

from development.fakes.near_people import View, infrared_night, monochrome_day, stairs
from edge_agent.vision.quality.monitor import ImageQuality, ImageQualityMonitor
from edge_agent.vision.quality.statistics import small_luma

FPS = 4.0
RIGHT_SHARE_MIN = 0.95
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.campaign) for seed in range(1, 8))]


def said(view: View, *, windows: int, window_s: float) -> list[ImageQuality]:
    """Return what the monitor says of each window of a view."""
    monitor, found = ImageQualityMonitor(), []
    frames = round(window_s * FPS)
    for index in range(windows * frames):
        image = view(index / FPS)
        monitor.observe_frame(image, small_luma(image), index / FPS)
        if (index + 1) % frames == 0:
            found.append(monitor.close_window().quality)
    return found


@pytest.mark.parametrize(
    ("people_a_minute", "contrast"),
    [
        (20.0, 1.0),  # stairs with many people
        (60.0, 0.3),  # a crowd before a plain wall
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_people_who_fill_the_picture_are_no_moved_camera(
    seed: int, people_a_minute: float, contrast: float
) -> None:
    view = stairs(seed, seconds=360.0, people_a_minute=people_a_minute, contrast=contrast)
    counted = Counter(said(view, windows=6, window_s=60.0))
    assert counted[ImageQuality.FINE] >= RIGHT_SHARE_MIN * counted.total()


@pytest.mark.parametrize(
    ("turned_px", "people_a_minute"),
    [
        ((48, 12), 6.0),  # aside
        ((16, 0), 20.0),  # by a twentieth of the picture
        ((0, 20), 20.0),  # down
        ((16, 0), 60.0),  # by so little in a crowd, which hides the lower half
        ((88, -48), 60.0),  # to where nothing is alike, in a crowd
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_camera_that_is_turned_behind_large_people_is_seen_within_a_window(
    seed: int, turned_px: tuple[int, int], people_a_minute: float
) -> None:
    view = stairs(
        seed,
        seconds=90.0,
        people_a_minute=people_a_minute,
        turned_at_s=30.0,
        turned_px=turned_px,
    )
    assert said(view, windows=3, window_s=30.0) == [
        ImageQuality.FINE,
        ImageQuality.MOVED,
        ImageQuality.MOVED,
    ]


@pytest.mark.parametrize("tree_share", [0.08, 0.3], ids=["a tree", "a near tree"])
@pytest.mark.parametrize("level", [15.0, 30.0, 55.0], ids=["black", "dark", "dim"])
@pytest.mark.parametrize("seed", SEEDS)
def test_infrared_at_night_is_dark_however_bright_a_tree_shines(
    seed: int, level: float, tree_share: float
) -> None:
    noise = 1.0 + 1.5 * (seed % 3)
    view = infrared_night(seed, seconds=40.0, level=level, tree_share=tree_share, noise=noise)
    assert said(view, windows=2, window_s=20.0) == [ImageQuality.DARK] * 2


@pytest.mark.parametrize("gain", [0.65, 1.0, 1.2])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_without_colours_is_no_night(seed: int, gain: float) -> None:
    view = monochrome_day(seed, seconds=40.0, gain=gain)
    assert said(view, windows=2, window_s=20.0) == [ImageQuality.FINE] * 2
