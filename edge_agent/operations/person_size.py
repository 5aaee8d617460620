# SPDX-License-Identifier: Apache-2.0
"""Say where people would be too small for the model: a right config would count nobody there."""

from pathlib import Path

from edge_agent.config.paths import cards_directory
from edge_agent.config.schema import Config, load
from edge_agent.errors import ConfigError, ModelError
from edge_agent.models.card import read_card
from edge_agent.processes.launch import detector_settings, view_settings
from edge_agent.vision.view import fitted, open_heights, open_tiling, wanted_area


def reach_warnings(path: Path, settings: tuple[str, ...]) -> tuple[str, ...]:
    """Return too_small() of a config; nothing where it cannot be read, which is told elsewhere."""
    try:
        return too_small(load(path, settings))
    except (ConfigError, ModelError):
        return ()


def too_small(config: Config) -> tuple[str, ...]:
    """Return where people at a line or in a zone are smaller than the model's card allows."""
    view, card, size = (
        view_settings(config),
        read_card(cards_directory() / config.detector.model),
        _frame_size(config),
    )
    heights = open_heights(view, width_px=size[0], height_px=size[1]) if size else None
    if heights is None or card.height_recall is None or size is None:
        return (
            (
                "how tall people are is not known: person_heights or ground_plane would tell "
                "whether they are tall enough"
            ),
        )
    sides = {"width_px": size[0], "height_px": size[1]}
    detector = detector_settings(config)
    settings = fitted(detector, card, **sides, area_px=wanted_area(detector, view, **sides))
    tiling = open_tiling(settings, view, **sides)
    input_height_px = settings.input_height_px or card.input.height_px
    places = [(f"line {line.id}", end) for line in config.lines for end in (line.a, line.b)]
    places += [(f"zone {zone.id}", corner) for zone in config.zones for corner in zone.polygon]
    least = card.height_recall.person_px_min
    found = []
    for name, (x, y) in places:
        scale = max(
            (
                input_height_px / one.height_px
                for one in tiling.regions
                if one.left <= x <= one.right and one.top <= y <= one.bottom
            ),
            default=0.0,
        )
        tall_px = heights(x, y) * scale
        if tall_px < least:
            found.append(
                f"{name}: at {x:g}, {y:g} people are {tall_px:.0f} pixels tall for {card.name}, "
                f"which sees from {least:g} on"
            )
    return tuple(found)


def _frame_size(config: Config) -> tuple[int, int] | None:
    """Return the size of the frame in which the config is drawn, where it says so."""
    if config.view is not None:
        return config.view.frame_width_px, config.view.frame_height_px
    if config.camera.width_px and config.camera.height_px:
        return config.camera.width_px, config.camera.height_px
    return None
