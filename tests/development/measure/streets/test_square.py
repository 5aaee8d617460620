# SPDX-License-Identifier: Apache-2.0
"""Crowded squares with exact truth are counted, and read back as scenes."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from development.measure.scenes.film import look
from development.measure.scenes.scene_folder import read_scene
from development.measure.scoring import Event, Score, read_truth, true_events
from development.measure.streets.square import (
    FPS,
    Square,
    any_square,
    crowded_square,
    level_line,
    write_scene,
)
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings

if TYPE_CHECKING:
    from edge_agent.counting.line import Crossing

WINDOWS = 2


def score(square: Square, *, seed: int) -> Score:
    scene = Scene(square.lines, (), settings=TrackerSettings(), frame_width_px=1920.0)
    crossings: list[Crossing] = []
    for at_s, detections in square.frames(seed):
        crossings += scene.observe_frame(detections, at_s).crossings
    crossings += scene.finish()
    truth, scored = square.truth(), Score()
    for number, line in enumerate(square.lines):
        found = [
            Event(one.crossed_s, str(one.direction)) for one in crossings if one.line == number
        ]
        scored.add_line(found, true_events(truth, line, FPS), WINDOWS)
    return scored


@pytest.mark.parametrize("seed", [1, 2])
def test_a_level_line_along_which_people_walk_is_counted(seed: int) -> None:
    scored = score(level_line(seed, seconds=20.0), seed=seed)
    assert scored.pooled_f1 >= 0.93
    assert abs(scored.found - scored.true) <= 0.12 * scored.true


def test_eighteen_lines_over_a_crowded_square_are_counted() -> None:
    scored = score(crowded_square(3, people=40, seconds=12.0), seed=3)
    assert np.mean(scored.f1) >= 0.94


def test_a_square_is_read_back_as_a_scene(tmp_path: Path) -> None:
    square = level_line(4, people=5, along=2, seconds=4.0)
    write_scene(square, tmp_path / square.name, seed=4)
    scene = read_scene(tmp_path / square.name)
    [line], [zone] = scene.laid_out(1920, 1080)
    assert (line.a, line.b) == (square.lines[0].a, square.lines[0].b)
    assert zone.id == "picture"
    seen, drawn = look(scene, "none").frames, list(square.frames(4))
    assert [len(one.detections) for one in seen] == [len(found) for _, found in drawn]
    assert scene.truth is not None
    assert read_truth(scene.truth) == pytest.approx(square.truth(), abs=0.006)


def test_each_seed_draws_a_square_of_another_kind_and_the_same_one_again() -> None:
    drawn = [any_square(seed, seconds=2.0) for seed in (1, 2, 3)]
    kinds = {square.kind for square in drawn}
    assert len(kinds) == len(drawn)
    assert any_square(2, seconds=2.0).kind == drawn[1].kind
    assert crowded_square(1, people=3, seconds=2.0).kind not in kinds
    here = [np.bincount(square.truth()[:, 0].astype(int))[1:].mean() for square in drawn]
    assert max(here) > 2.0 * min(here)


def test_a_square_of_another_kind_has_people_as_tall_as_it_says() -> None:
    square = any_square(2, seconds=2.0)
    rows = square.truth()
    tall = [square.kind.tall(y) for y in rows[:, 3] + rows[:, 5]]
    # Heights change evenly within a leg, and are exact at its ends.
    assert rows[:, 5] == pytest.approx(np.array(tall), rel=0.05)
