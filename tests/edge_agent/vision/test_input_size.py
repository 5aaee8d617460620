# SPDX-License-Identifier: Apache-2.0
"""How large the network's input is where nobody chose."""

from dataclasses import replace
from itertools import pairwise

import pytest

from edge_agent.config.paths import cards_directory
from edge_agent.models.card import Card, read_card
from edge_agent.vision.input_size import (
    INPUT_AREA_MAX,
    enough_px,
    input_size,
    person_area,
    picture_area,
    recommended_area,
)


@pytest.fixture(scope="module")
def ssd_card() -> Card:
    return read_card(cards_directory() / "person-ssdlite")


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        ((640, 480), (480, 360)),  # small: as many pixels as the card recommends
        ((768, 576), (480, 360)),  # the demonstration
        ((1024, 576), (704, 396)),  # in between
        ((1280, 720), (960, 540)),  # large: people in it are more and smaller
        ((1920, 1080), (960, 540)),
        ((1440, 1080), (831, 624)),  # in its own aspect
        ((3840, 2160), (960, 540)),  # no more than half of full HD
        ((1080, 1920), (540, 960)),  # a camera on its side
        ((6000, 64), (1920, 96)),  # whatever the picture, a size that the card allows
    ],
)
def test_the_input_grows_with_the_picture(
    ssd_card: Card, frame: tuple[int, int], wanted: tuple[int, int]
) -> None:
    found = input_size(ssd_card.input, frame_width_px=frame[0], frame_height_px=frame[1])
    assert found == wanted


def test_a_network_of_one_size_keeps_it(ssd_card: Card) -> None:
    fixed = replace(ssd_card.input, fixed=True, width_px=416, height_px=416)
    assert input_size(fixed, frame_width_px=1920, frame_height_px=1080) == (416, 416)


def test_a_larger_picture_never_gets_a_smaller_input(ssd_card: Card) -> None:
    areas = [picture_area(ssd_card.input, 1000.0 * thousands) for thousands in range(50, 3000, 50)]
    assert all(before <= after for before, after in pairwise(areas))
    assert areas[0] == recommended_area(ssd_card.input)
    assert areas[-1] == INPUT_AREA_MAX


def test_a_card_that_recommends_more_than_the_most_gets_it(ssd_card: Card) -> None:
    large = replace(ssd_card.input, width_px=1280, height_px=720)
    assert picture_area(large, 1920.0 * 1080.0) == 1280 * 720


def test_where_heights_are_known_the_shortest_person_is_tall_enough(ssd_card: Card) -> None:
    assert ssd_card.height_recall is not None
    enough = enough_px(ssd_card.height_recall)
    picture = 1280.0 * 720.0
    for shortest_px in (350.0, 280.0):
        area = person_area(ssd_card, picture, shortest_px=shortest_px)
        assert area is not None
        assert shortest_px * (area / picture) ** 0.5 == pytest.approx(enough)


def test_it_has_what_the_card_recommends_at_least_and_what_there_is_the_time_for_at_most(
    ssd_card: Card,
) -> None:
    picture = 1280.0 * 720.0
    assert person_area(ssd_card, picture, shortest_px=700.0) == recommended_area(ssd_card.input)
    assert person_area(ssd_card, picture, shortest_px=20.0) == INPUT_AREA_MAX


def test_a_card_that_says_nothing_of_heights_decides_nothing(ssd_card: Card) -> None:
    unmeasured = replace(ssd_card, height_recall=None)
    assert person_area(unmeasured, 1280.0 * 720.0, shortest_px=40.0) is None


def test_enough_is_the_least_height_seen_about_as_well_as_any(ssd_card: Card) -> None:
    assert ssd_card.height_recall is not None
    recall = replace(
        ssd_card.height_recall, heights_px=(10.0, 20.0, 40.0, 80.0), recall=(0.1, 0.6, 0.85, 0.9)
    )
    assert enough_px(recall) == 60.0  # 40, and the margin
