# SPDX-License-Identifier: Apache-2.0
import tomllib
from pathlib import Path

import pytest

from edge_agent.config.schema import load
from edge_agent.errors import ConfigError
from edge_agent.operations.commission.help.scene_draft import SceneDraft, Taped
from edge_agent.operations.commission.scene_file import (
    BEFORE,
    load_blank,
    scene_text,
    without_scene,
    write_scene,
)

MODEL = Path(__file__).parents[4] / "var" / "models" / "person-ssdlite.onnx"
FRAME = (1280, 720)


def drawn() -> SceneDraft:
    draft = SceneDraft()
    draft.draw_line("a", (0.1, 0.5), (0.9, 0.5))
    draft.draw_zone("z", ((0.1, 0.6), (0.5, 0.6), (0.5, 0.9)))
    draft.draw_mask(((0.0, 0.0), (0.2, 0.0), (0.2, 0.2)))
    return draft


@pytest.mark.skipif(not MODEL.exists(), reason="the model is not there; run scripts/test")
def test_a_blank_box_becomes_one_that_check_accepts(blank: Path) -> None:
    before = blank.read_text()
    with pytest.raises(ConfigError):
        load(blank)
    assert load_blank(blank, ()).lines[0].id == "unset"
    write_scene(blank, drawn(), None, FRAME)
    config = load(blank)
    assert [line.id for line in config.lines] == ["a"]
    assert config.lines[0].a == (128.0, 360.0)
    assert len(config.masks) == len(config.zones) == 1
    assert blank.with_name(blank.name + BEFORE).read_text() == before
    # Drawn again, it stands there once.
    write_scene(blank, drawn(), None, FRAME)
    assert blank.read_text().count("[[lines]]") == 1
    assert blank.read_text().startswith(before.rstrip())


@pytest.mark.skipif(not MODEL.exists(), reason="the model is not there; run scripts/test")
def test_what_check_would_not_have_changes_nothing(blank: Path) -> None:
    draft, before = drawn(), blank.read_text()
    draft.draw_zone("bow-tie", ((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)))
    with pytest.raises(ConfigError, match="crosses itself"):
        write_scene(blank, draft, None, FRAME)
    assert blank.read_text() == before
    assert sorted(one.name for one in blank.parent.iterdir()) == [
        "box.toml",
        "film.avi",
        "keys",
        "store",
    ]


def test_four_taped_points_are_the_ground_plane_as_they_were_taped() -> None:
    draft = drawn()
    for place, right_m, away_m in (
        ((0.3, 0.9), -1.0, 6.0), ((0.7, 0.9), 1.0, 6.0), ((0.4, 0.5), -2.0, 15.0),
        ((0.6, 0.5), 2.0, 15.0),
    ):  # fmt: skip
        draft.tape(Taped(place, right_m, away_m))
    plane = tomllib.loads(scene_text(draft, None, FRAME))["ground_plane"]
    assert plane["pixels"][0] == [384.0, 648.0]
    assert plane["metres"] == [[-1.0, 6.0], [1.0, 6.0], [-2.0, 15.0], [2.0, 15.0]]


def test_a_scene_on_one_line_is_told_and_not_doubled() -> None:
    with pytest.raises(ConfigError, match="lines: written on one line"):
        without_scene('lines = [{id = "a", a = [1, 1], b = [9, 9]}]\nsite = "quay"\n')
