# SPDX-License-Identifier: Apache-2.0
"""Image quality, on a real street made worse in every way.

What is wrong is named, and of a good picture nothing is said.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from development.fakes import weather
from edge_agent.vision.quality.monitor import (
    HOLDS_AFTER_S,
    ImageQuality,
    ImageQualityMonitor,
    WindowQuality,
)
from edge_agent.vision.quality.statistics import small_luma

Image = NDArray[np.uint8]
FPS = 7.0
GOOD_FRAMES, BAD_FRAMES = 70, 105
ROOT = Path(__file__).parents[4]
STADTMITTE = ROOT.parent / "shared/data/video/tud-stadtmitte/TUD-Stadtmitte.mp4"
ONE_BY_ONE = ROOT.parent / "shared/data/video/extra/intel-one-by-one-person-detection.mp4"
HALL = ROOT.parent / "shared/data/video/extra/hall.mp4"


def frames_of(path: Path, count: int) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    for _ in range(count):
        ok, image = capture.read()
        if not ok:
            return
        yield np.asarray(image, np.uint8)


@pytest.fixture(scope="module")
def street() -> list[Image]:
    path = ROOT / "var/clips/vtest.avi"
    if not path.exists():
        pytest.skip("var/clips/vtest.avi is absent: it comes with the package opencv-doc")
    return list(frames_of(path, GOOD_FRAMES + BAD_FRAMES))


def quality_of(
    images: list[Image],
    condition: weather.Condition | None,
    *,
    good: int = GOOD_FRAMES,
    fps: float = FPS,
) -> WindowQuality:
    """Show good frames, then the others under the condition; return the quality of these."""
    monitor = ImageQualityMonitor()
    for index, image in enumerate(images):
        if index == good:
            monitor.close_window()
        seen = condition(image, index) if condition is not None and index >= good else image
        monitor.observe_frame(seen, small_luma(seen), index / fps)
    return monitor.close_window()


@pytest.mark.parametrize(
    ("condition", "quality"),
    [
        (weather.dark(0.3, noise=3), ImageQuality.DARK),
        (weather.dark(0.15, noise=4), ImageQuality.DARK),
        (weather.noise(10), ImageQuality.DARK),
        (weather.noise(25), ImageQuality.DARK),
        (weather.overexposed(2.0), ImageQuality.OVEREXPOSED),
        (weather.glare(0.6), ImageQuality.OVEREXPOSED),
        (weather.glare(1.0), ImageQuality.OVEREXPOSED),
        (weather.rain(300), ImageQuality.RAIN),
        (weather.rain(1000, light=0.6), ImageQuality.RAIN),
        (weather.drops(0.3), ImageQuality.RAIN),
        (weather.blurred(3), ImageQuality.BLURRED),
        (weather.blurred(8), ImageQuality.BLURRED),
    ],
    ids=[
        "dim",
        "night",
        "noise",
        "loud",
        "white",
        "low-sun",
        "sun",
        "drizzle",
        "downpour",
        "drops",
        "soft",
        "blur",
    ],
)
def test_a_bad_picture_is_named_and_its_counts_are_told(
    street: list[Image], condition: weather.Condition, quality: ImageQuality
) -> None:
    assert quality_of(street, condition) == WindowQuality(quality, blind=False)


@pytest.mark.parametrize(
    ("condition", "quality"),
    [
        (weather.blocked(), ImageQuality.BLOCKED),
        (weather.blocked(0.5), ImageQuality.BLOCKED),
        (weather.moved(20, 0), ImageQuality.MOVED),
        (weather.moved(0, 30), ImageQuality.MOVED),
        (weather.moved(200, 50), ImageQuality.MOVED),
        (weather.moved(0, 0, turn_deg=4), ImageQuality.MOVED),
        (weather.dark(0.02, noise=1), ImageQuality.DARK),
        (weather.overexposed(6.0), ImageQuality.OVEREXPOSED),
    ],
    ids=["hand", "half", "right", "down", "away", "rolled", "black", "white-out"],
)
def test_an_eye_that_sees_nothing_of_this_place_is_blind(
    street: list[Image], condition: weather.Condition, quality: ImageQuality
) -> None:
    assert quality_of(street, condition) == WindowQuality(quality, blind=True)


@pytest.mark.parametrize(
    ("condition", "quality"),
    [
        (weather.dark(0.15, noise=4), ImageQuality.DARK),
        (weather.noise(25), ImageQuality.DARK),
        (weather.glare(0.6), ImageQuality.OVEREXPOSED),
        (weather.rain(300), ImageQuality.RAIN),
        (weather.blurred(4), ImageQuality.BLURRED),
        (weather.blocked(), ImageQuality.BLOCKED),
    ],
    ids=["night", "loud", "low-sun", "drizzle", "blur", "hand"],
)
def test_what_needs_no_memory_is_named_from_the_first_frame_on(
    street: list[Image], condition: weather.Condition, quality: ImageQuality
) -> None:
    assert quality_of(street[:GOOD_FRAMES], condition, good=0).quality is quality


def test_a_picture_that_stands_still_is_frozen_and_thaws_at_once(street: list[Image]) -> None:
    stuck = street[:GOOD_FRAMES] + [street[GOOD_FRAMES]] * BAD_FRAMES
    assert quality_of(stuck, None) == WindowQuality(ImageQuality.FROZEN, blind=True)
    monitor = ImageQualityMonitor()
    for index, image in enumerate([*stuck, *street[:2]]):
        monitor.observe_frame(image, small_luma(image), index / FPS)
    assert monitor.quality is ImageQuality.FINE


def test_the_rows_of_a_quiet_camera_may_stay_the_same_for_seconds() -> None:
    drawing = np.full((480, 640, 3), 120, np.uint8)
    cv2.rectangle(drawing, (100, 100), (300, 400), (30, 160, 220), 12)
    drawing[::16, ::16] = 60
    assert quality_of([drawing] * 200, None, good=0, fps=10.0) == WindowQuality(
        ImageQuality.FINE, blind=False
    )
    assert quality_of([drawing] * 500, None, good=0, fps=10.0) == WindowQuality(
        ImageQuality.FROZEN, blind=True
    )


def test_a_drawing_with_hard_edges_is_not_blurred() -> None:
    drawing = np.full((576, 768, 3), 120, np.uint8)
    # Walls and windows: of a scene without any, nobody can say whether a hand lies on the lens.
    cv2.rectangle(drawing, (0, 0), (768, 180), (200, 200, 200), -1)
    for left in range(20, 768, 64):
        cv2.rectangle(drawing, (left, 40), (left + 24, 150), (70, 70, 70), -1)
        cv2.rectangle(drawing, (left, 380), (left + 36, 540), (160, 160, 160), -1)
    frames = []
    for index in range(200):
        picture = drawing.copy()
        cv2.rectangle(picture, (3 * index, 200), (3 * index + 40, 300), (40, 160, 90), -1)
        frames.append(picture)
    assert quality_of(frames, None, good=0, fps=10.0).quality is ImageQuality.FINE


def test_one_bad_second_is_no_bad_window(street: list[Image]) -> None:
    def flash(image: Image, index: int) -> Image:
        return weather.overexposed(6.0)(image, index) if 80 <= index < 80 + FPS else image

    assert quality_of(street, flash) == WindowQuality(ImageQuality.FINE, blind=False)


def test_an_ill_holds_until_it_has_gone_for_a_while(street: list[Image]) -> None:
    monitor = ImageQualityMonitor()
    believed_s = []
    for index, image in enumerate(street):
        seen = weather.dark(0.1)(image, index) if GOOD_FRAMES <= index < GOOD_FRAMES + 35 else image
        monitor.observe_frame(seen, small_luma(seen), index / FPS)
        if monitor.quality is ImageQuality.DARK:
            believed_s.append((index - GOOD_FRAMES) / FPS)
    assert HOLDS_AFTER_S - 0.5 <= believed_s[0] <= HOLDS_AFTER_S + 1.5
    assert 5.0 < believed_s[-1] < 10.0
    assert len(believed_s) == round((believed_s[-1] - believed_s[0]) * FPS) + 1


def test_a_camera_that_is_turned_back_sees_again(street: list[Image]) -> None:
    monitor = ImageQualityMonitor()
    turned = weather.moved(40, 20)
    images = street + street[: GOOD_FRAMES + 40]
    for index, image in enumerate(images):
        seen = turned(image, index) if GOOD_FRAMES <= index < len(street) else image
        monitor.observe_frame(seen, small_luma(seen), index / FPS)
        if index == len(street) - 1:
            assert monitor.quality is ImageQuality.MOVED
    assert monitor.quality is ImageQuality.FINE


@pytest.mark.parametrize(
    ("path", "fps"),
    [(ROOT / "var/clips/vtest.avi", 7.0), (STADTMITTE, 25.0), (ONE_BY_ONE, 10.0)],
    ids=["vtest", "stadtmitte", "one-by-one"],
)
def test_of_a_good_clip_nothing_bad_is_ever_said(path: Path, fps: float) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is absent: it comes with the development data")
    monitor, windows = ImageQualityMonitor(), []
    for index, image in enumerate(frames_of(path, 100_000)):
        monitor.observe_frame(image, small_luma(image), index / fps)
        if (index + 1) % round(5 * fps) == 0:
            windows.append(monitor.close_window())
    assert windows
    assert set(windows) == {WindowQuality(ImageQuality.FINE, blind=False)}


def test_a_bright_hall_without_colours_is_fine() -> None:
    if not HALL.exists():
        pytest.skip(f"{HALL.name} is absent: it comes with the development data")
    monitor = ImageQualityMonitor()
    for index, image in enumerate(frames_of(HALL, 500)):
        if index % 5 == 0:
            monitor.observe_frame(image, small_luma(image), index / 25)
    assert monitor.close_window() == WindowQuality(ImageQuality.FINE, blind=False)
