# SPDX-License-Identifier: Apache-2.0
"""Lay what is drawn in the config's reference frame over a frame of the camera's own size.

There is no picture here and no network: `edge-agent check` works out the same without either.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from edge_agent.counting.geometry import ground_plane
from edge_agent.models.card import Card, read_card
from edge_agent.process_settings import DetectorSettings, Point, ViewSettings
from edge_agent.vision.input_size import enough_px, input_size, person_area
from edge_agent.vision.person_height import Heights, of_ground, of_two_people
from edge_agent.vision.tiles import Tiling, crop, even_tiles, far_tiles, whole_frame


def fitted(
    settings: DetectorSettings,
    card: Card,
    *,
    width_px: int,
    height_px: int,
    area_px: float | None = None,
) -> DetectorSettings:
    """Return the settings with an input size: the config's, or one of area_px pixels.

    Where neither is given it is what suits frames of this size.
    """
    if settings.input_width_px and settings.input_height_px:
        return settings
    width, height = input_size(
        card.input, frame_width_px=width_px, frame_height_px=height_px, area_px=area_px
    )
    return replace(settings, input_width_px=width, input_height_px=height)


def wanted_area(
    settings: DetectorSettings, view: ViewSettings, *, width_px: int, height_px: int
) -> float | None:
    """Return how many pixels of input the people of the view need; None where that is not known.

    With a crop it is not: how large people are in the input is then decided by where they walk.
    """
    shortest_px = _shortest_px(view, width_px=width_px, height_px=height_px)
    if settings.crop or shortest_px is None:
        return None
    card = read_card(Path(settings.cards_directory) / settings.model)
    return person_area(card, width_px * height_px, shortest_px=shortest_px)


def open_tiling(
    settings: DetectorSettings, view: ViewSettings, *, width_px: int, height_px: int
) -> Tiling:
    """Choose which regions of a frame of this size are run, and how often."""
    card = read_card(Path(settings.cards_directory) / settings.model)
    size = {"width_px": width_px, "height_px": height_px}
    area_px = wanted_area(settings, view, **size)
    settings = fitted(settings, card, **size, area_px=area_px)
    network = (
        settings.input_width_px or card.input.width_px,
        settings.input_height_px or card.input.height_px,
    )
    feet = _feet(view, width_px=width_px, height_px=height_px)
    heights = open_heights(view, width_px=width_px, height_px=height_px)
    base = whole_frame(width_px=width_px, height_px=height_px)
    if settings.crop and feet:
        base = crop(feet, heights, frame=base, aspect=network[0] / network[1])
    if not settings.tiles_each or not feet:
        return Tiling(base)
    if card.height_recall is None:
        return Tiling(base)
    if heights is None:
        return Tiling(
            base,
            even_tiles(base, input_size=network),
            tiles_each=settings.tiles_each,
            person_px_max=enough_px(card.height_recall) * base.height_px / network[1],
        )
    tiles = far_tiles(
        feet, heights, base=base, input_size=network, person_px_min=card.height_recall.person_px_min
    )
    return Tiling(base, tiles, tiles_each=settings.tiles_each)


def open_heights(view: ViewSettings, *, width_px: int, height_px: int) -> Heights | None:
    """Return how tall people are in a frame of this size; None where nothing was measured."""
    if view.person_heights:
        times = height_px / (view.frame_height_px or height_px)
        one, other = ((row * times, tall * times) for row, tall in view.person_heights)
        return of_two_people(one, other)
    if view.ground is not None:
        pixels = np.array(scaled(view, view.ground.pixels, width_px, height_px))
        return of_ground(ground_plane(pixels, np.array(view.ground.metres)))
    return None


def _feet(view: ViewSettings, *, width_px: int, height_px: int) -> list[Point]:
    """Return where people are counted: the ends of lines and the corners of zones, pixels."""
    drawn = [(line.a, line.b) for line in view.lines] + [zone.polygon for zone in view.zones]
    return [point for points in drawn for point in scaled(view, points, width_px, height_px)]


def _shortest_px(view: ViewSettings, *, width_px: int, height_px: int) -> float | None:
    """Return the least height of a person where people are counted, pixels; None if not known."""
    heights = open_heights(view, width_px=width_px, height_px=height_px)
    feet = _feet(view, width_px=width_px, height_px=height_px)
    # At the horizon and beyond it nobody stands.
    tall = [heights(x, y) for x, y in feet] if heights else []
    return min((one for one in tall if one > 0.0), default=None)


def scaled(
    view: ViewSettings, points: tuple[Point, ...], width_px: int, height_px: int
) -> tuple[Point, ...]:
    """Return points of the reference frame as they lie in a frame of this size."""
    scale_x, scale_y = (
        width_px / (view.frame_width_px or width_px),
        height_px / (view.frame_height_px or height_px),
    )
    return tuple((x * scale_x, y * scale_y) for x, y in points)
