# SPDX-License-Identifier: Apache-2.0
import numpy as np
from numpy.typing import NDArray

from edge_agent.vision.quality.statistics import GRID_COLUMNS, GRID_ROWS
from edge_agent.vision.quality.stillness import QUIET_OVER_S, Stillness

RNG = np.random.default_rng(3)
SCENE = RNG.integers(60, 200, (96, 128)).astype(np.uint8)
STEP_S = 0.25


def with_person(left: int) -> NDArray[np.uint8]:
    """Return the scene with somebody tall and plain in it, 24 pixels wide."""
    picture = SCENE.copy()
    picture[16:96, left : left + 24] = 30
    return picture


def test_where_somebody_walks_nothing_is_still_and_elsewhere_all_is() -> None:
    stillness = Stillness()
    for step in range(12):
        still = stillness.observe(with_person(20 + 4 * step), STEP_S)
    assert still.shape == (GRID_ROWS, GRID_COLUMNS)
    # They stand over columns 64 to 88; what they left a second ago is the scene again.
    assert not still[3:, 8:11].any()
    assert still[:, 12:].all()
    assert still[:, :4].all()


def test_who_stands_becomes_part_of_the_scene_after_a_second() -> None:
    stillness = Stillness()
    stillness.observe(SCENE, STEP_S)
    assert not stillness.observe(with_person(40), STEP_S)[3:, 6:7].any()
    stills = [bool(stillness.observe(with_person(40), STEP_S).all()) for _ in range(6)]
    assert stills == [False, False, False, True, True, True]


def test_noise_moves_nothing() -> None:
    stillness = Stillness()
    for _ in range(20):
        noisy = np.clip(SCENE + RNG.normal(0, 8, SCENE.shape), 0, 255).astype(np.uint8)
        still = stillness.observe(noisy, STEP_S)
    assert still.mean() > 0.95


def test_where_people_pass_it_is_not_quiet_for_minutes() -> None:
    stillness = Stillness()
    for step in range(40):
        stillness.observe(with_person(4 * (step % 16)), STEP_S)
    assert not stillness.quiet[3:, :10].any()
    assert stillness.quiet[:, 12:].all()
    for _ in range(round(0.2 * QUIET_OVER_S / STEP_S)):
        stillness.observe(SCENE, STEP_S)
    assert not stillness.quiet[3:, :10].any()
    for _ in range(round(3 * QUIET_OVER_S / STEP_S)):
        stillness.observe(SCENE, STEP_S)
    assert stillness.quiet.all()


def test_another_size_begins_anew() -> None:
    stillness = Stillness()
    stillness.observe(SCENE, STEP_S)
    assert stillness.observe(SCENE[:48, :64], STEP_S).all()
