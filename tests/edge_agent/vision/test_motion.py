# SPDX-License-Identifier: Apache-2.0
"""The motion gate: closed on an empty street, open for whoever comes, and never shut for long."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from development.fakes import weather
from edge_agent.vision.motion import (
    LOOK_EACH_S,
    PARTS_MAX,
    STAYS_AWAKE_S,
    MotionGate,
    MovementMeter,
    parts_of,
)
from edge_agent.vision.quality.statistics import small_luma

Image = NDArray[np.uint8]
FPS, FULL_LOOK_S = 10.0, 4.0


def person(street: Image, x: int, *, tall: int = 60, lighter: int = 30) -> Image:
    """Return the street with somebody at x, `lighter` than what is behind."""
    image = street.astype(np.int16)
    image[300 - tall : 300, x : x + round(tall * 0.35)] += lighter
    return np.clip(image, 0, 255).astype(np.uint8)


def opened(images: list[Image]) -> list[bool]:
    gate = MotionGate(full_look_s=FULL_LOOK_S)
    return [gate.opens(small_luma(image), index / FPS) for index, image in enumerate(images)]


@pytest.mark.parametrize("sigma", [0.0, 3.0, 10.0])
def test_an_empty_street_is_looked_at_once_in_four_seconds(
    street_frame: Image, sigma: float
) -> None:
    dirty = weather.noise(sigma)
    looked = opened([dirty(street_frame, index) for index in range(400)])
    settled = looked[20:]
    assert sum(settled) == pytest.approx(len(settled) / (FULL_LOOK_S * FPS), abs=1.5)
    assert all(any(settled[at : at + 42]) for at in range(len(settled) - 42))


@pytest.mark.parametrize("lighter", [30, -30, 60])
@pytest.mark.parametrize("tall", [40, 90])
def test_who_comes_in_is_looked_at_in_the_first_half_second(
    street_frame: Image, tall: int, lighter: int
) -> None:
    dirty = weather.noise(3.0)
    empty = [dirty(street_frame, index) for index in range(100)]
    walk = [
        dirty(person(street_frame, 20 + 6 * step, tall=tall, lighter=lighter), 100 + step)
        for step in range(30)
    ]
    looked = opened(empty + walk)[100:]
    assert any(looked[: round(0.5 * FPS)])
    assert all(looked[5:])


def test_who_stands_still_is_looked_at_as_often_as_an_empty_street(street_frame: Image) -> None:
    dirty = weather.noise(3.0)
    stands = person(street_frame, 300)
    looked = opened(
        [dirty(street_frame, index) for index in range(50)]
        + [dirty(stands, 50 + index) for index in range(300)]
    )
    later = looked[200:]
    assert 0 < sum(later) <= len(later) / (FULL_LOOK_S * FPS) + 1
    assert all(any(later[at : at + 42]) for at in range(len(later) - 42))


def test_light_that_changes_slowly_wakes_nobody(street_frame: Image) -> None:
    frames = [cv2.convertScaleAbs(street_frame, alpha=1.0 - index / 2000) for index in range(400)]
    looked = opened([np.asarray(frame, np.uint8) for frame in frames])
    assert sum(looked[20:]) <= 380 / (FULL_LOOK_S * FPS) + 2


def test_after_a_movement_it_stays_open_for_a_while(street_frame: Image) -> None:
    frames = [street_frame] * 60 + [person(street_frame, 300, lighter=80)] + [street_frame] * 30
    looked = opened(frames)[60:]
    assert all(looked[: round(STAYS_AWAKE_S * FPS)])


def moved(images: list[Image], seconds: float) -> list[NDArray[np.bool_]]:
    """Look at images so far apart, and return where something moved at each look before."""
    meter = MovementMeter()
    return [
        meter.look(small_luma(image), index * seconds, width_px=image.shape[1]).moved
        for index, image in enumerate(images)
    ]


def test_a_look_marks_where_somebody_was_at_the_look_before_and_no_other_place(
    street_frame: Image,
) -> None:
    places = [100, 160, 220, 280]
    grids = moved([person(street_frame, x) for x in places], LOOK_EACH_S)
    assert not grids[0].any()
    assert not grids[1].any()
    for grid, x in zip(grids[2:], places[1:], strict=False):
        columns = grid.any(axis=0).nonzero()[0] * street_frame.shape[1] / grid.shape[1]
        assert columns.min() >= x - 20
        assert columns.max() <= x + 40


def test_an_empty_street_does_not_move_however_noisy(street_frame: Image) -> None:
    dirty = weather.noise(10.0)
    grids = moved([dirty(street_frame, index) for index in range(60)], LOOK_EACH_S)
    assert np.mean([grid.mean() for grid in grids[20:]]) < 0.001


def test_looks_that_lie_too_far_apart_say_nothing(street_frame: Image) -> None:
    grids = moved([person(street_frame, 60 * number) for number in range(6)], 2.0)
    assert not any(grid.any() for grid in grids)


def test_a_look_is_due_after_its_time(street_frame: Image) -> None:
    meter = MovementMeter()
    assert meter.is_due(0.0)
    meter.look(small_luma(street_frame), 0.0, width_px=street_frame.shape[1])
    assert not meter.is_due(0.5 * LOOK_EACH_S)
    assert meter.is_due(LOOK_EACH_S)


def test_a_part_is_what_hangs_together_and_fills_its_box() -> None:
    moved = np.zeros((96, 128), np.bool_)
    moved[10:22, 30:35] = True
    moved[40:44, 60:70] = True
    moved[np.arange(50, 90), np.arange(50, 90)] = True  # a slanting edge
    assert parts_of(moved).tolist() == [[30, 10, 35, 22], [60, 40, 70, 44]]
    assert parts_of(np.zeros((96, 128), np.bool_)).shape == (0, 4)


def test_of_many_parts_the_largest_are_told() -> None:
    moved = np.zeros((96, 128), np.bool_)
    moved[::2, ::2] = True
    moved[0:5, 0:5] = True
    parts = parts_of(moved)
    assert len(parts) == PARTS_MAX
    assert parts[0].tolist() == [0, 0, 5, 5]


def test_a_look_tells_the_parts_that_moved(street_frame: Image) -> None:
    meter = MovementMeter()
    found = [
        meter.look(small_luma(person(street_frame, x)), LOOK_EACH_S * look, width_px=768).parts
        for look, x in enumerate((100, 220, 340))
    ]
    assert [len(one) for one in found] == [0, 0, 1]
