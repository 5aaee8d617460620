# SPDX-License-Identifier: Apache-2.0
"""What is drawn in the reference frame, laid over a frame of the camera's own size."""

from dataclasses import replace

import pytest

from edge_agent.config.paths import cards_directory
from edge_agent.models.card import Card, read_card
from edge_agent.process_settings import DetectorSettings, ViewSettings, ZoneSettings
from edge_agent.vision.view import fitted, open_tiling, wanted_area

STREET = ZoneSettings("street", ((0.0, 200.0), (640.0, 200.0), (640.0, 360.0), (0.0, 360.0)), 99)
VIEW = ViewSettings(640, 360, (), (STREET,), (), None)
"""Drawn at half of the camera's size."""
TALL = replace(VIEW, person_heights=((200.0, 168.0), (360.0, 300.0)))
SHORT = replace(VIEW, person_heights=((200.0, 10.0), (360.0, 80.0)))
SIZE = {"width_px": 1280, "height_px": 720}


def settings(*, tiles_each: int = 0, side_px: int | None = None) -> DetectorSettings:
    return DetectorSettings(
        "person-ssdlite",
        str(cards_directory()),
        "",
        side_px,
        side_px,
        None,
        None,
        None,
        0.5,
        1,
        "CPUExecutionProvider",
        tiles_each=tiles_each,
    )


def card() -> Card:
    return read_card(cards_directory() / "person-ssdlite")


def size_of(fitting: DetectorSettings) -> tuple[int | None, int | None]:
    return fitting.input_width_px, fitting.input_height_px


@pytest.mark.parametrize(
    ("view", "wanted"),
    [
        (VIEW, (960, 540)),  # by the picture, where heights are not known
        (TALL, (640, 360)),  # the shortest, 336 pixels tall in the frame, are 168 in the input
        (SHORT, (960, 540)),  # as large as there is the time for
        (replace(TALL, zones=()), (960, 540)),  # nothing drawn says nothing
        (replace(TALL, person_heights=((200.0, 300.0), (360.0, 301.0))), (554, 312)),  # the card's
    ],
)
def test_the_input_suits_the_people_of_the_view(
    view: ViewSettings, wanted: tuple[int, int]
) -> None:
    area_px = wanted_area(settings(), view, **SIZE)
    assert size_of(fitted(settings(), card(), **SIZE, area_px=area_px)) == wanted


def test_a_chosen_input_stays_chosen() -> None:
    chosen = settings(side_px=300)
    assert fitted(chosen, card(), **SIZE, area_px=1e5) is chosen


def test_a_crop_is_looked_at_with_what_suits_the_picture() -> None:
    assert wanted_area(settings(), TALL, **SIZE) is not None
    assert wanted_area(replace(settings(), crop=True), TALL, **SIZE) is None


def test_without_heights_tiles_are_even() -> None:
    tiling = open_tiling(settings(tiles_each=2, side_px=300), VIEW, **SIZE)
    assert (len(tiling.regions), tiling.regions_each) == (5, 3)


def test_with_heights_tiles_lie_where_people_are_short() -> None:
    tiling = open_tiling(settings(tiles_each=1, side_px=300), SHORT, **SIZE)
    assert tiling.regions_each == 2
    assert len(tiling.regions) > 1
    nobody_short = open_tiling(settings(tiles_each=1, side_px=300), TALL, **SIZE)
    assert len(nobody_short.regions) == 1


def test_without_tiles_there_is_one_look() -> None:
    assert len(open_tiling(settings(side_px=300), SHORT, **SIZE).regions) == 1
