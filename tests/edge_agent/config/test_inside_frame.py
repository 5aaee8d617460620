# SPDX-License-Identifier: Apache-2.0
"""What a config draws, held against the camera's picture."""

import pytest

from edge_agent.config.inside_frame import Drawn, hold_against
from edge_agent.process_settings import LineSettings, Point, ViewSettings, ZoneSettings

SQUARE = ((100, 100), (300, 100), (300, 300), (100, 300))
WHOLE = ((0, 0), (640, 0), (640, 480), (0, 480))


def drawn(
    *,
    line: tuple[Point, Point] = ((100, 100), (100, 300)),
    zone: tuple[Point, ...] = SQUARE,
    masks: tuple[tuple[Point, ...], ...] = (),
    view: tuple[int, int] | None = None,
    size: tuple[int, int] = (640, 480),
) -> Drawn:
    width, height = view or (None, None)
    lines, zones = (LineSettings("door", *line, 255),), (ZoneSettings("room", zone, 255),)
    return hold_against(
        ViewSettings(width, height, lines, zones, masks, None), width_px=size[0], height_px=size[1]
    )


def test_what_lies_in_the_picture_is_no_word_worth() -> None:
    assert drawn() == Drawn((), ())
    assert drawn(masks=(((0, 0), (50, 0), (50, 50)),)) == Drawn((), ())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (((560, 700), (560, 900)), "mistake"),  # below
        (((1600, 200), (1600, 400)), "mistake"),  # to the right
        (((-50, 100), (-10, 400)), "mistake"),  # to the left
        (((600, -100), (900, 300)), "mistake"),  # past a corner
        (((600, 100), (700, 100)), "warning"),  # half of it
        (((-10, 240), (650, 240)), "warning"),  # through it
        (((0, 0), (640, 480)), ""),  # from corner to corner
    ],
)
def test_a_line_beside_the_picture_is_a_mistake_and_one_partly_so_a_warning(
    line: tuple[Point, Point], said: str
) -> None:
    found = drawn(line=line)
    assert [
        one
        for one in found.mistakes
        if one.startswith("lines.door: lies outside the picture, 640 x 480")
    ] == list(found.mistakes)
    assert (bool(found.mistakes), bool(found.warnings)) == (said == "mistake", said == "warning")


def test_a_zone_or_a_mask_beside_the_picture_is_a_mistake_too() -> None:
    beside = tuple((x + 1000.0, y) for x, y in SQUARE)
    assert [one.split(":")[0] for one in drawn(zone=beside, masks=(SQUARE, beside)).mistakes] == [
        "masks[1]",
        "zones.room",
    ]


def test_a_zone_that_only_touches_the_picture_lies_beside_it() -> None:
    assert (
        drawn(zone=((640, 0), (700, 0), (700, 100), (640, 100)))
        .mistakes[0]
        .startswith("zones.room: lies outside")
    )


def test_masks_over_the_whole_picture_are_a_mistake_alone_or_together() -> None:
    left, right = (
        ((0, 0), (330, 0), (330, 480), (0, 480)),
        ((310, 0), (640, 0), (640, 480), (310, 480)),
    )
    for masks in ((WHOLE,), (left, right)):
        assert "blank the whole picture" in drawn(masks=masks).mistakes[0]
    assert drawn(masks=(left,)).mistakes == ()


def test_what_lies_under_a_mask_is_asked_about() -> None:
    found = drawn(masks=(((50, 50), (350, 50), (350, 350), (50, 350)),))
    assert [warning.split(":")[0] for warning in found.warnings] == ["lines.door", "zones.room"]
    assert found.mistakes == ()


@pytest.mark.parametrize(
    ("view", "size", "shape", "turned"),
    [
        ((640, 480), (640, 480), False, False),  # the same
        ((640, 480), (1280, 960), False, False),  # larger
        ((1366, 768), (1280, 720), False, False),  # what is sold as 16:9
        ((640, 480), (1280, 720), True, False),  # wider
        (
            (768, 576),
            (720, 576),
            True,
            False,
        ),  # of an old television camera, whose pixels are not square
        ((768, 1366), (768, 576), True, True),  # stands where the camera lies
        ((1080, 1920), (1920, 1080), True, True),  # a picture of a telephone
    ],
)
def test_a_view_of_another_shape_is_told(
    view: tuple[int, int], size: tuple[int, int], *, shape: bool, turned: bool
) -> None:
    found = drawn(view=view, size=size)
    assert (bool(found.shape), found.turned) == (shape, turned)
    assert (
        not shape
        or f"{view[0]} x {view[1]} has another shape than the camera's {size[0]} x {size[1]}"
        in found.shape
    )
