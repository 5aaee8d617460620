# SPDX-License-Identifier: Apache-2.0
"""What `edge-agent check` says of places that the model cannot see."""

from pathlib import Path

import pytest

from edge_agent.config.schema import load
from edge_agent.operations.person_size import reach_warnings, too_small

EXAMPLE = Path(__file__).parents[3] / "firmware_configs/examples/vtest.toml"
NEAR = "person_heights=[{row_px=200, height_px=70}, {row_px=500, height_px=150}]"
CARDS_SIZE = ("detector.input_width_px=480", "detector.input_height_px=360")
FAR = "person_heights=[{row_px=200, height_px=20}, {row_px=500, height_px=150}]"


def test_who_is_tall_enough_everywhere_is_warned_of_nothing() -> None:
    zones = "zones=[]"
    assert (
        too_small(load(EXAMPLE, (NEAR, zones, "lines=[{id='near', a=[560, 300], b=[560, 420]}]")))
        == ()
    )


def test_a_line_whose_end_is_too_far_is_named_with_both_heights() -> None:
    (warning,) = too_small(
        load(
            EXAMPLE,
            (FAR, *CARDS_SIZE, "zones=[]", "lines=[{id='far', a=[560, 210], b=[560, 420]}]"),
        )
    )
    assert (
        warning
        == "line far: at 560, 210 people are 15 pixels tall for person-ssdlite, which sees from "
        "40 on"
    )


def test_tiles_and_a_crop_bring_people_nearer() -> None:
    line = ("zones=[]", "lines=[{id='far', a=[300, 240], b=[480, 240]}]", FAR, *CARDS_SIZE)
    assert len(too_small(load(EXAMPLE, line))) == 2
    assert too_small(load(EXAMPLE, (*line, "detector.tiles_each=1"))) == ()
    assert too_small(load(EXAMPLE, (*line, "detector.crop=true"))) == ()


def test_where_nobody_chose_the_input_is_as_large_as_the_people_need() -> None:
    line = ("zones=[]", "lines=[{id='far', a=[300, 240], b=[480, 240]}]", FAR)
    assert too_small(load(EXAMPLE, line)) == ()


def test_where_nothing_was_measured_it_says_so() -> None:
    (warning,) = too_small(load(EXAMPLE))
    assert "person_heights or ground_plane" in warning


def test_a_config_with_mistakes_is_left_to_the_check_of_mistakes(tmp_path: Path) -> None:
    assert reach_warnings(tmp_path / "none.toml", ()) == ()
    assert reach_warnings(EXAMPLE, ("detector.model=no-such-model",)) == ()


@pytest.mark.parametrize(
    "heights",
    [
        "[{row_px=200, height_px=70}]",
        "[{row_px=200, height_px=70}, {row_px=200, height_px=90}]",
        "[{row_px=200, height_px=90}, {row_px=500, height_px=70}]",
    ],
)
def test_two_people_must_stand_at_two_rows_the_nearer_one_taller(heights: str) -> None:
    with pytest.raises(Exception, match="person_heights"):
        load(EXAMPLE, (f"person_heights={heights}",))
