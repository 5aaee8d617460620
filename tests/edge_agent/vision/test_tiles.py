# SPDX-License-Identifier: Apache-2.0
"""Regions of a frame: cropped to what is counted, tiled where people are small, merged again."""

from dataclasses import replace

import numpy as np
import pytest

from edge_agent.config.paths import cards_directory
from edge_agent.counting.detection import Detections, no_detections
from edge_agent.models.card import read_card
from edge_agent.vision.person_height import of_two_people
from edge_agent.vision.tiles import (
    HOLD_S_MAX,
    TILES_MAX,
    Region,
    TileMerger,
    Tiling,
    crop,
    far_tiles,
    input_size,
    whole_frame,
)

FRAME = whole_frame(width_px=1920, height_px=1080)
INPUT = (480, 270)
PERSON_PX_MIN = 40.0
HEIGHTS = of_two_people((300.0, 30.0), (1000.0, 450.0))
STREET = [(0.0, 320.0), (1920.0, 320.0), (1920.0, 1080.0), (0.0, 1080.0)]


def found(*rows: tuple[float, float, float, float, float]) -> Detections:
    boxes = np.array(rows, np.float32).reshape(-1, 5)
    return Detections(boxes[:, :4], boxes[:, 4])


@pytest.fixture(scope="module")
def tiles() -> list[Region]:
    return far_tiles(STREET, HEIGHTS, base=FRAME, input_size=INPUT, person_px_min=PERSON_PX_MIN)


def test_every_small_person_is_whole_and_tall_enough_in_some_tile(tiles: list[Region]) -> None:
    small = [
        (x, y)
        for x in np.linspace(80, 1840, 40)
        for y in np.linspace(321, 1079, 60)
        if HEIGHTS(x, y) * INPUT[1] / FRAME.height_px < 0.8 * PERSON_PX_MIN
    ]
    assert len(small) > 100
    for x, y in small:
        tall = HEIGHTS(x, y)
        box = (x - 0.2 * tall, y - tall, x + 0.2 * tall, y)
        holding = [
            tile
            for tile in tiles
            if tile.left <= box[0]
            and tile.top <= box[1]
            and box[2] <= tile.right
            and box[3] <= tile.bottom
        ]
        assert holding, f"nobody sees who stands at {x:.0f}, {y:.0f}"
        assert max(tall * INPUT[1] / tile.height_px for tile in holding) >= 0.95 * PERSON_PX_MIN


def test_tiles_lie_in_the_frame_and_are_few(tiles: list[Region]) -> None:
    assert 0 < len(tiles) <= TILES_MAX
    for tile in tiles:
        assert FRAME.left <= tile.left < tile.right <= FRAME.right
        assert FRAME.top <= tile.top < tile.bottom <= FRAME.bottom
        assert tile.width_px / tile.height_px == pytest.approx(INPUT[0] / INPUT[1], rel=0.02)


def test_nothing_is_cut_where_nobody_could_be_seen_at_all() -> None:
    sky = [(0.0, 0.0), (1920.0, 0.0), (1920.0, 230.0), (0.0, 230.0)]
    assert far_tiles(sky, HEIGHTS, base=FRAME, input_size=INPUT, person_px_min=PERSON_PX_MIN) == []


def test_where_all_are_tall_there_is_no_tile() -> None:
    near = [(0.0, 900.0), (1920.0, 1080.0)]
    assert far_tiles(near, HEIGHTS, base=FRAME, input_size=INPUT, person_px_min=PERSON_PX_MIN) == []


def test_every_tile_has_its_turn_and_no_frame_looks_more_often_than_stated(
    tiles: list[Region],
) -> None:
    tiling = Tiling(FRAME, tiles, tiles_each=2)
    turns = [tiling.next() for _ in range(len(tiles))]
    assert {len(turn) for turn in turns} == {tiling.regions_each} == {3}
    assert all(turn[0] == 0 for turn in turns)
    assert sorted(tile for turn in turns for tile in turn[1:]) == sorted(
        [*range(1, len(tiles) + 1)] * 2
    )


def test_a_view_without_tiles_is_one_look() -> None:
    tiling = Tiling(FRAME)
    assert [tiling.next() for _ in range(3)] == [(0,)] * 3
    seen = found((10, 10, 30, 60, 0.9))
    assert TileMerger(tiling).merge([(0, seen)], 0.0) is seen


def test_a_crop_holds_all_that_is_counted_and_has_the_aspect_of_the_input() -> None:
    line = [(600.0, 700.0), (900.0, 720.0)]
    region = crop(line, HEIGHTS, frame=FRAME, aspect=16 / 9)
    tall = HEIGHTS(600, 700)
    assert region.left <= 600 - tall
    assert region.right >= 900 + tall
    assert region.top <= 700 - tall
    assert region.bottom >= 720
    assert region.width_px / region.height_px == pytest.approx(16 / 9, rel=0.02)
    assert region.width_px < FRAME.width_px


def test_a_crop_around_everything_is_the_frame() -> None:
    assert crop(STREET, HEIGHTS, frame=FRAME, aspect=16 / 9) == FRAME
    assert crop([(0.0, 0.0), (1920.0, 1080.0)], None, frame=FRAME, aspect=1.0) == FRAME


def test_who_stands_on_a_seam_is_one_person() -> None:
    left, right = Region(0, 300, 530, 581), Region(400, 300, 900, 581)
    merger = TileMerger(Tiling(FRAME, (left, right), tiles_each=2))
    base = found((440, 400, 470, 480, 0.4))
    whole = found((441, 401, 471, 482, 0.8))
    cut = found((400, 420, 412, 470, 0.7))
    seen = merger.merge([(0, base), (1, whole), (2, cut)], 1.0)
    assert seen.boxes.tolist() == whole.boxes.tolist()
    two = found((437, 400, 462, 480, 0.8), (464, 405, 490, 485, 0.9))
    assert len(merger.merge([(0, base), (1, two), (2, no_detections())], 2.0)) == 2


def test_what_a_tile_found_is_held_until_its_next_turn_and_no_longer() -> None:
    tiling = Tiling(FRAME, (Region(0, 300, 500, 581), Region(400, 300, 900, 581)), tiles_each=1)
    merger = TileMerger(tiling)
    far = found((100, 400, 115, 440, 0.8))
    assert len(merger.merge([(0, no_detections()), (1, far)], 1.0)) == 1
    assert len(merger.merge([(0, no_detections()), (2, no_detections())], 1.1)) == 1
    moved = found((106, 400, 121, 440, 0.6))
    assert (
        merger.merge([(0, no_detections()), (1, moved)], 1.2).boxes.tolist() == moved.boxes.tolist()
    )
    assert (
        len(merger.merge([(0, no_detections()), (2, no_detections())], 1.2 + HOLD_S_MAX + 0.01))
        == 0
    )


def test_fresh_eyes_are_believed_before_old_ones() -> None:
    merger = TileMerger(Tiling(FRAME, (Region(0, 300, 500, 581),), tiles_each=1))
    merger.merge([(0, no_detections()), (1, found((100, 400, 130, 480, 0.9)))], 1.0)
    fresh = found((108, 400, 138, 480, 0.5))
    assert merger.merge([(0, fresh)], 1.1).boxes.tolist() == fresh.boxes.tolist()


@pytest.mark.parametrize(
    ("model", "frame", "wanted"),
    [
        ("person-ssdlite", (640, 480), (480, 360)),  # small: as many pixels as the card recommends
        ("person-ssdlite", (768, 576), (480, 360)),  # the demonstration
        ("person-ssdlite", (1280, 720), (640, 360)),  # half of the picture
        ("person-ssdlite", (1920, 1080), (960, 540)),  # half of it
        ("person-ssdlite", (1440, 1080), (720, 540)),  # in its own aspect
        ("person-ssdlite", (3840, 2160), (960, 540)),  # no more than half of full HD
        ("person-ssdlite", (1080, 1920), (540, 960)),  # a camera on its side
        (
            "person-ssdlite",
            (6000, 64),
            (1920, 96),
        ),  # whatever the picture, a size that the card allows
        ("yolox-nano", (1920, 1080), (960, 544)),  # in multiples of 32
    ],
)
def test_the_input_grows_with_the_picture(
    model: str, frame: tuple[int, int], wanted: tuple[int, int]
) -> None:
    layout = read_card(cards_directory() / model).input
    assert input_size(layout, frame_width_px=frame[0], frame_height_px=frame[1]) == wanted


def test_a_network_of_one_size_keeps_it() -> None:
    layout = replace(read_card(cards_directory() / "yolox-nano").input, fixed=True)
    assert input_size(layout, frame_width_px=1920, frame_height_px=1080) == (416, 416)
