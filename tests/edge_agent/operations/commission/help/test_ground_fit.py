# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from edge_agent.operations.commission.help.ground_fit import PERSON_M, Ground, fit_ground, focal_px
from edge_agent.operations.commission.record import CELLS, HEIGHT_STEPS

WIDE, HIGH = 1280, 720
Heights = tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", ...]


def people(ground: Ground, *, count: int = 900, seed: int = 1) -> Heights:
    """Return rows and heights of people near and far, as the records say them."""
    rng = np.random.default_rng(seed)
    away = 1.0 / rng.uniform(1 / 28.0, 1 / 6.0, count)
    tall = rng.normal(PERSON_M, 0.09, count)
    rows = np.array([ground.row(float(one)) for one in away])
    down = np.arctan2(ground.camera_m - tall, away)
    heights = rows - (HIGH / 2 + ground.focal_px * np.tan(down - ground.pitch))
    cell, step = HIGH / CELLS, HIGH / HEIGHT_STEPS
    rows = (np.floor(rows / cell - 0.5 + rng.random(count)) + 0.5) * cell
    heights = np.maximum(1, np.floor(heights / step + rng.random(count))) * step
    shown = rows < HIGH * 0.95
    return rows[shown], heights[shown]


@pytest.mark.parametrize(
    ("degrees_down", "camera_m"),
    [(14.0, 4.5), (8.0, 3.2), (28.0, 6.0)],  # a street, a door, a mast
)
def test_the_ground_is_found_from_people_and_a_known_lens(
    degrees_down: float, camera_m: float
) -> None:
    truth = Ground(math.radians(degrees_down), camera_m, focal_px(65.0, WIDE), WIDE, HIGH)
    found = fit_ground(*people(truth), frame_px=(WIDE, HIGH), lens_degrees=65.0)
    assert found is not None
    assert math.degrees(found.pitch) == pytest.approx(degrees_down, abs=1.2)
    assert found.camera_m == pytest.approx(camera_m, rel=0.07)


def test_two_taped_distances_find_a_lens_that_nobody_knows() -> None:
    truth = Ground(math.radians(14.0), 4.5, focal_px(52.0, WIDE), WIDE, HIGH)
    taped = tuple((truth.row(metres), metres) for metres in (8.0, 20.0))
    found = fit_ground(*people(truth), frame_px=(WIDE, HIGH), taped=taped)
    assert found is not None
    assert found.distance_m(truth.row(15.0)) == pytest.approx(15.0, abs=0.3)


def test_with_a_taped_distance_the_line_at_15_m_lies_within_30_cm() -> None:
    truth = Ground(math.radians(14.0), 4.5, focal_px(65.0, WIDE), WIDE, HIGH)
    for seed in range(5):
        rows = people(truth, seed=seed)
        taped = ((truth.row(10.0), 10.0), (truth.row(20.0), 20.0))
        found = fit_ground(*rows, frame_px=(WIDE, HIGH), lens_degrees=65.0, taped=taped)
        assert found is not None
        assert truth.distance_m(found.row(15.0)) == pytest.approx(15.0, abs=0.3)


def test_people_in_one_row_say_no_ground() -> None:
    rows, heights = np.full(200, 400.0), np.full(200, 90.0)
    assert fit_ground(rows, heights, frame_px=(WIDE, HIGH)) is None
    assert fit_ground(rows[:5], heights[:5], frame_px=(WIDE, HIGH)) is None


def test_metres_and_pixels_are_each_others_way_back() -> None:
    ground = Ground(math.radians(20.0), 5.0, focal_px(70.0, WIDE), WIDE, HIGH)
    for place in ((-3.0, 8.0), (0.0, 15.0), (5.0, 30.0)):
        assert ground.metres(*ground.pixels(*place)) == pytest.approx(place)
    assert ground.distance_m(ground.horizon_px - 5) == math.inf
