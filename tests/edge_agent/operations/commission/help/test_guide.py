# SPDX-License-Identifier: Apache-2.0
import json
import tomllib
from typing import Any

import pytest

from development.trials.commission_street import (
    HEIGHT_PX,
    LENS_DEGREES,
    TRUE_LINE_M,
    WIDTH_PX,
    Walker,
    camera,
    passers_by,
    there_and_back,
)
from edge_agent.operations.commission.help.asking import Asked
from edge_agent.operations.commission.help.guide import STAND_S, Guide
from edge_agent.operations.commission.scene_file import scene_text
from tests.edge_agent.operations.commission.walked_street import surveys

ALONG = Walker(1, 1.7, 0.0, there_and_back((-6.0, TRUE_LINE_M), (6.0, TRUE_LINE_M), 3))
ACROSS = Walker(1, 1.7, 0.0, there_and_back((0.5, 12.0), (0.5, 18.0), 5), stands_s=0.6)
ABOUT = Walker(1, 1.7, 0.0, ((-1.5, 7.0), (-3.0, 22.0), (4.0, 22.0), (1.5, 7.0), (-2.0, 12.0)))


def see(guide: Guide, *walkers: Walker, until_s: float, seed: int = 5) -> None:
    for now_s, survey in surveys(walkers, until_s, seed=seed):
        guide.observe(survey, now_s)


def told(guide: Guide) -> dict[str, Any]:
    return dict(json.loads(guide.state(left_s=60.0, bits_per_second=267.0, dropped=0)))


def off_m(guide: Guide, line: str) -> float:
    """Return how far the middle of a line lies from where it should, metres."""
    a, b = guide.draft.lines[line]
    middle = (a[0] + b[0]) / 2 * WIDTH_PX, (a[1] + b[1]) / 2 * HEIGHT_PX
    return camera().metres(*middle)[1] - TRUE_LINE_M


@pytest.mark.parametrize("seed", range(4))
def test_a_line_that_was_walked_along_lies_within_30_cm_at_15_m(seed: int) -> None:
    guide = Guide(lens_degrees=LENS_DEGREES)
    guide.ask(Asked("walk", name="a"), 0.0)
    see(guide, ALONG, until_s=ALONG.end_s, seed=seed)
    guide.ask(Asked("walked"), ALONG.end_s)
    assert told(guide)["said"] == ""
    assert abs(off_m(guide, "a")) < 0.3


def test_where_nobody_passes_the_installers_own_walk_says_the_ground() -> None:
    guide = Guide(lens_degrees=LENS_DEGREES)
    see(guide, ABOUT, until_s=ABOUT.end_s)
    assert guide.ground is not None
    assert guide.ground.camera_m == pytest.approx(4.5, rel=0.12)
    assert not told(guide)["ground"]["confirmed"]
    for metres in (10.0, 20.0):
        guide.ask(Asked("stand", metres=metres), 0.0)
        see(guide, Walker(1, 1.7, 0.0, ((0.0, metres),), stands_s=9.0), until_s=STAND_S + 1)
    assert told(guide)["ground"]["confirmed"]
    guide.ask(Asked("line_at", name="b", metres=TRUE_LINE_M), 0.0)
    assert abs(off_m(guide, "b")) < 0.3
    plane = tomllib.loads(scene_text(guide.draft, guide.ground, (WIDTH_PX, HEIGHT_PX)))
    assert len(plane["ground_plane"]["pixels"]) == 4


def test_five_walks_across_are_counted_and_kept() -> None:
    guide = Guide(lens_degrees=LENS_DEGREES)
    see(guide, *passers_by(20.0), until_s=20.0)
    row = camera().row(TRUE_LINE_M) / HEIGHT_PX
    guide.ask(Asked("line", name="a", corners=((0.1, row), (0.9, row))), 0.0)
    guide.ask(Asked("trial", name="a"), 0.0)
    see(guide, ACROSS, until_s=ACROSS.end_s)
    assert told(guide)["trial"] == {"line": "a", "in": 2, "out": 3, "beside": 0}
    guide.ask(Asked("trialled"), 0.0)
    assert told(guide)["lines"][0]["walked"] == [2, 3]
    guide.ask(Asked("turn", name="a"), 0.0)
    assert told(guide)["lines"][0]["walked"] is None


def test_a_walk_with_others_in_the_picture_draws_nothing() -> None:
    guide = Guide()
    guide.ask(Asked("walk", name="a"), 0.0)
    other = Walker(2, 1.7, 0.0, there_and_back((-3.0, 9.0), (3.0, 9.0), 6))
    see(guide, ALONG, other, until_s=20.0)
    guide.ask(Asked("walked"), 20.0)
    assert guide.draft.lines == {}
    assert "nobody else" in told(guide)["said"]


def test_nothing_is_finished_before_there_is_a_line() -> None:
    guide = Guide()
    guide.ask(Asked("finish"), 0.0)
    assert not guide.is_finished
    assert "line" in told(guide)["said"]


def test_what_a_session_keeps_and_tells_is_bounded() -> None:
    guide = Guide()
    guide.ask(Asked("walk", name="a"), 0.0)
    for place in range(40):
        corners = tuple((0.1 + 0.05 * (one % 7), 0.1 + 0.05 * one) for one in range(16))
        for do in ("zone", "mask", "line"):
            guide.ask(
                Asked(do, name=f"n{place}", corners=corners[: 2 if do == "line" else 16]), 0.0
            )
    see(guide, ALONG, until_s=30.0)
    state = guide.state(left_s=60.0, bits_per_second=267.0, dropped=0)
    assert len(state) < 20_000
    assert (len(guide.draft.lines), len(guide.draft.zones), len(guide.draft.masks)) == (8, 8, 16)
