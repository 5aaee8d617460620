# SPDX-License-Identifier: Apache-2.0
"""Read the tables of a card that say how its network is fed and read."""

import re

from edge_agent.models.card_table import CardTable
from edge_agent.models.layouts import (
    Channels,
    InputLayout,
    Layout,
    RtmdetLayout,
    SsdLayout,
    YoloxLayout,
)

SIDE_MAX_PX = 4096
BOXES_MAX = 1000
SHA256 = re.compile(r"[0-9a-f]{64}")


def read_input(table: CardTable) -> InputLayout:
    """Return how the network is fed, noting every mistake in the table."""
    scale, offset = _read_normalisation(table)
    layout = InputLayout(
        name=table.text("name"),
        width_px=table.integer("width_px", 32, SIDE_MAX_PX),
        height_px=table.integer("height_px", 32, SIDE_MAX_PX),
        fixed=table.flag("fixed"),
        multiple_px=table.integer("multiple_px", 1, 256),
        side_min_px=table.integer("side_min_px", 32, SIDE_MAX_PX),
        side_max_px=table.integer("side_max_px", 32, SIDE_MAX_PX),
        channels="rgb" if table.text("channels", re.compile("rgb|bgr")) == "rgb" else "bgr",
        scale=scale,
        offset=offset,
        letterbox=table.integer("letterbox", 0, 255),
    )
    for key, side_px in (("width_px", layout.width_px), ("height_px", layout.height_px)):
        if side_px % layout.multiple_px or not layout.side_min_px <= side_px <= layout.side_max_px:
            table.mistake(
                key,
                f"a multiple of {layout.multiple_px} within "
                f"{layout.side_min_px}..{layout.side_max_px}",
            )
    table.close()
    return layout


def _read_normalisation(table: CardTable) -> tuple[Channels, Channels]:
    """Return scale and offset of each channel, from these or from a mean and a deviation."""
    if not table.has("mean") and not table.has("std"):
        scale, offset = table.number("scale", 1e-6, 1e3), table.number("offset", -1e3, 1e3)
        return (scale, scale, scale), (offset, offset, offset)
    mean, std = table.channels("mean", -1e3, 1e3), table.channels("std", 1e-3, 1e6)
    return (
        (1 / std[0], 1 / std[1], 1 / std[2]),
        (-mean[0] / std[0], -mean[1] / std[1], -mean[2] / std[2]),
    )


def read_layout(root: CardTable, form: str) -> Layout:
    """Return how the outputs are laid out, from the table that has the format's name."""
    if form == "yolox":
        return _read_yolox(root.table(form))
    return _read_rtmdet(root.table(form)) if form == "rtmdet" else _read_ssd(root.table("ssd"))


def _read_ssd(table: CardTable) -> SsdLayout:
    columns = table.integer("columns", 1, 1000)
    layout = SsdLayout(
        box_codes=table.text("box_codes"),
        class_scores=table.text("class_scores"),
        columns=columns,
        person_column=table.integer("person_column", 0, columns - 1),
        stride_px=table.integer("stride_px", 1, 256),
        training_side_px=table.integer("training_side_px", 32, SIDE_MAX_PX),
        center_scale=table.number("center_scale", 0.01, 1e3),
        size_scale=table.number("size_scale", 0.01, 1e3),
        anchors_px=_read_anchors(table),
    )
    if layout.stride_px & (layout.stride_px - 1):
        table.mistake("stride_px", "a power of two")
    table.close()
    return layout


def _read_anchors(table: CardTable) -> tuple[tuple[tuple[float, float], ...], ...]:
    levels = []
    for level in table.entries("anchors_px"):
        pairs = [_pair(entry) for entry in level] if isinstance(level, list) else []
        if not pairs or None in pairs:
            table.mistake(
                "anchors_px", f"for each level a list of [width, height] in 0..{SIDE_MAX_PX} pixels"
            )
            return ()
        levels.append(tuple(pair for pair in pairs if pair is not None))
    return tuple(levels)


def _pair(entry: object) -> tuple[float, float] | None:
    match entry:
        case [int() | float() as width_px, int() | float() as height_px] if (
            0 < width_px <= SIDE_MAX_PX and 0 < height_px <= SIDE_MAX_PX
        ):
            return float(width_px), float(height_px)
    return None


def _read_yolox(table: CardTable) -> YoloxLayout:
    classes = table.integer("classes", 1, 1000)
    strides_px = [
        stride
        for stride in table.entries("strides_px")
        if isinstance(stride, int) and 0 < stride <= SIDE_MAX_PX
    ]
    layout = YoloxLayout(
        output=table.text("output"),
        classes=classes,
        person_column=table.integer("person_column", 0, classes - 1),
        strides_px=tuple(strides_px),
        free_size_sha256=table.optional_text("free_size_sha256", SHA256),
    )
    if len(strides_px) != len(table.entries("strides_px")):
        table.mistake("strides_px", f"whole numbers 1..{SIDE_MAX_PX}")
    table.close()
    return layout


def _read_rtmdet(table: CardTable) -> RtmdetLayout:
    layout = RtmdetLayout(
        boxes=table.text("boxes"),
        labels=table.text("labels"),
        person_label=table.integer("person_label", 0, 1000),
        boxes_max=table.integer("boxes_max", 1, BOXES_MAX),
    )
    table.close()
    return layout
