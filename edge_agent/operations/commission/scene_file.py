# SPDX-License-Identifier: Apache-2.0
"""Write what was drawn into the box's config: its scene is replaced, every other line stays.

What is written was held against the same `check` as any config, before the old file gives way; the
old one is kept beside it.
"""

import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from edge_agent.config.messages import read_tree
from edge_agent.config.schema import Config, load
from edge_agent.errors import ConfigError
from edge_agent.operations.commission.help.ground_fit import Ground
from edge_agent.operations.commission.help.scene_draft import Place, SceneDraft, Taped
from edge_agent.processes.preflight import check_config

SCENE = ("view", "lines", "zones", "masks", "ground_plane", "person_heights")
BEFORE = ".before-commission"
_HEADER = re.compile(r"^\s*\[{1,2}\s*([A-Za-z0-9_-]+)")
_ROWS_OF_HEIGHTS = (0.45, 0.9)
"""Rows for which two heights are told, shares of the picture below the horizon."""
_FOUR = 4
_UNSET = 'lines=[{id="unset", a=[1, 1], b=[9, 9]}]'
"""A box that counts at nothing yet: what its session is signed under."""


def load_blank(path: Path, settings: tuple[str, ...]) -> Config:
    """Read the config of a box that may count at nothing yet. Raises ConfigError."""
    tree, _ = read_tree(path)
    is_blank = not tree.get("lines") and not tree.get("zones")
    window = tree.get("window")
    clock = ("window.clock=live",) if isinstance(window, dict) and window.get("clock") else ()
    return load(path, (*settings, *clock, *((_UNSET,) if is_blank else ())))


def without_scene(text: str) -> str:
    """Return a config's text without its scene. Raises ConfigError where that cannot be told."""
    kept, leaves = [], False
    for line in text.splitlines():
        if header := _HEADER.match(line):
            leaves = header[1] in SCENE
        if not leaves:
            kept.append(line)
    bare = "\n".join(kept).rstrip() + "\n"
    if found := sorted(set(tomllib.loads(bare)) & set(SCENE)):
        raise ConfigError(
            f"{', '.join(found)}: written on one line; write each as a section of its own, or "
            "take it out, and commission again"
        )
    return bare


def scene_text(draft: SceneDraft, ground: Ground | None, frame_px: tuple[int, int]) -> str:
    """Return the scene as sections of a config, in pixels of the frame."""
    width_px, height_px = frame_px

    def point(place: Place) -> str:
        return f"[{place[0] * width_px:.1f}, {place[1] * height_px:.1f}]"

    def polygon(corners: Sequence[Place]) -> str:
        return f"[{', '.join(map(point, corners))}]"

    parts = [f"[view]\nframe_width_px = {width_px}\nframe_height_px = {height_px}"]
    parts += [
        f'[[lines]]\nid = "{name}"\na = {point(a)}\nb = {point(b)}'
        for name, (a, b) in draft.lines.items()
    ]
    parts += [
        f'[[zones]]\nid = "{name}"\npolygon = {polygon(corners)}'
        for name, corners in draft.zones.items()
    ]
    parts += [f"[[masks]]\npolygon = {polygon(corners)}" for corners in draft.masks]
    return "\n\n".join([*parts, *_ground_text(draft.taped, ground, frame_px)]) + "\n"


def _ground_text(
    taped: Sequence[Taped], ground: Ground | None, frame_px: tuple[int, int]
) -> list[str]:
    """Return the ground as four points were taped, or as it was fitted and confirmed by a tape.

    Without a tape it is what people's heights say alone.
    """
    width_px, height_px = frame_px
    full = [one for one in taped if one.right_m is not None]
    if len(full) >= _FOUR:
        points = [
            ((one.place[0] * width_px, one.place[1] * height_px), (one.right_m or 0.0, one.away_m))
            for one in full[:_FOUR]
        ]
        return [_plane(points)]
    if ground is None:
        return []
    horizon = max(0.0, ground.horizon_px)
    rows = [horizon + share * (height_px - horizon) for share in _ROWS_OF_HEIGHTS]
    if taped:
        metres = [
            (side * 0.2 * width_px / ground.focal_px * away, away)
            for away in (ground.distance_m(row) for row in rows)
            for side in (-1.0, 1.0)
        ]
        return [_plane([(ground.pixels(*one), one) for one in metres])]
    heights = [(row, ground.person_px(row)) for row in rows]
    return [
        f"[[person_heights]]\nrow_px = {row:.1f}\nheight_px = {tall:.1f}" for row, tall in heights
    ]


def _plane(points: Sequence[tuple[Place, Place]]) -> str:
    pixels, metres = (
        ", ".join(f"[{one[place][0]:.2f}, {one[place][1]:.2f}]" for one in points)
        for place in (0, 1)
    )
    return f"[ground_plane]\npixels = [{pixels}]\nmetres = [{metres}]"


def write_scene(
    path: Path, draft: SceneDraft, ground: Ground | None, frame_px: tuple[int, int]
) -> tuple[str, ...]:
    """Write the scene into the config, and return what `check` warns of.

    Raises ConfigError, with the config as it was, where `check` would not have it.
    """
    _, text = read_tree(path)
    new = without_scene(text) + "\n" + scene_text(draft, ground, frame_px)
    tried = path.with_name(f".{path.name}.new")
    tried.write_text(new, "utf-8")
    try:
        found = check_config(tried, ())
        if found.mistakes:
            told = "\n".join(one.replace(str(tried), str(path)) for one in found.mistakes)
            raise ConfigError(told)
        before = path.with_name(path.name + BEFORE)
        before.write_text(text, "utf-8")
        mode = path.stat()
        os.chmod(tried, mode.st_mode & 0o777)  # noqa: PTH101 - as the other calls on descriptors and owners
        os.chown(tried, mode.st_uid, mode.st_gid)
        tried.replace(path)
    finally:
        tried.unlink(missing_ok=True)
    return tuple(one.replace(str(tried), str(path)) for one in found.warnings)
