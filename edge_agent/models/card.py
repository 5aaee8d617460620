# SPDX-License-Identifier: Apache-2.0
"""A model's card: what models/<name>/model.toml says about a file that is not in the repository.

Everything that one model does differently from another stands in its card, so that a new network of
a known format needs no code. The file is checked by hand, key by key, and all its mistakes are
named at once.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_agent.errors import ModelError
from edge_agent.models.card_table import CardTable
from edge_agent.models.thresholds import Thresholds, read_thresholds

CARD_FILE = "model.toml"
BYTES_MAX = 128 * 2**20  # A box has little memory; the largest model in use has 12 MB.
SIDE_MAX_PX = 4096
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class InputLayout:
    """How a picture becomes the input tensor (1, 3, height, width) float32.

    Each value is x * scale + offset of a byte x. width_px and height_px are the size recommended;
    both sizes must be multiples of multiple_px, within side_min_px..side_max_px, and exactly the
    recommended ones where fixed. letterbox is the grey, 0..255, that fills what the picture leaves
    free.
    """

    name: str
    width_px: int
    height_px: int
    fixed: bool
    multiple_px: int
    side_min_px: int
    side_max_px: int
    channels: Literal["bgr", "rgb"]
    scale: float
    offset: float
    letterbox: int


@dataclass(frozen=True, slots=True)
class SsdLayout:
    """Two outputs of a single-shot detector with anchors.

    box_codes (1, N, 4) float32: (ty, tx, th, tw) against the anchors, divided by center_scale and
    size_scale when decoded. class_scores (1, N, columns) float32: logits. anchors_px holds for each
    level the (width, height) of its anchors in pixels of the input; the first level has one cell
    each stride_px, a power of two, every further one half as many, rounded up. training_side_px is
    the side of the square that the network was trained with, which fixes where its cells look.
    """

    box_codes: str
    class_scores: str
    columns: int
    person_column: int
    stride_px: int
    training_side_px: int
    center_scale: float
    size_scale: float
    anchors_px: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class YoloxLayout:
    """One output (1, N, 5 + classes) float32, cell by cell and stride by stride.

    Columns: centre x and y in cells from the cell's corner, logarithm of width and height in cells,
    objectness 0..1, then 0..1 for each class. A person's confidence is objectness times the class.
    """

    output: str
    classes: int
    person_column: int
    strides_px: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """The public package that the model is made from: one file, member, of one wheel."""

    package: str
    version: str
    wheel_sha256: str
    member: str
    member_bytes: int
    member_sha256: str


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One measurement at IoU 0.5: precision, recall and ap50 in 0..1, count_mae in people a frame.

    ap50 is None where it was not measured.
    """

    measured_on: str
    width_px: int
    height_px: int
    confidence: float
    precision: float
    recall: float
    count_mae: float
    ap50: float | None


@dataclass(frozen=True, slots=True)
class HeightRecall:
    """How tall a person must be for the model.

    recall[i], 0..1, is measured on people from heights_px[i] pixels of the input to the next bound.
    person_px_min is the least height at which the model detects the majority; command is what
    measured it.
    """

    measured_on: str
    command: str
    person_px_min: float
    heights_px: tuple[float, ...]
    recall: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One model: where it is from, its bytes, how it is fed and read, and how good it is."""

    name: str
    source: str
    licence: str
    sha256: str
    size_bytes: int
    recommended_confidence: float
    input: InputLayout
    layout: SsdLayout | YoloxLayout
    published: Published | None
    accuracy: tuple[Accuracy, ...]
    height_recall: HeightRecall | None = None
    thresholds: tuple[Thresholds, ...] = ()

    @property
    def format(self) -> Literal["ssd", "yolox"]:
        """How the outputs are read."""
        return "ssd" if isinstance(self.layout, SsdLayout) else "yolox"

    @property
    def onnx_name(self) -> str:
        """The name of the file in the folder of weights."""
        return f"{self.name}.onnx"

    @property
    def mending_command(self) -> str:
        """The command that brings the right file."""
        return (
            f"edge-agent model fetch {self.name}"
            if self.published
            else f"edge-agent model add {self.name} FILE"
        )


def read_card(folder: Path) -> Card:
    """Read models/<name>/model.toml.

    Raises ModelError that names every mistake in the file, and for a missing or unreadable one.
    """
    path = folder / CARD_FILE
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise ModelError(
            f"{path}: {error.strerror}; wanted a model's card: look at the names under "
            f"{folder.parent}"
        ) from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, numbers without end
        raise ModelError(f"{path}: not TOML: {error}; correct the card") from error
    mistakes: list[str] = []
    card = _read(CardTable(content, "", mistakes))
    if not mistakes and card.name != folder.name:
        mistakes.append(f"name is {card.name!r}, wanted {folder.name!r} as the folder")
    if mistakes:
        raise ModelError(f"{path}: {'; '.join(mistakes)}; correct the card")
    return card


def _read(root: CardTable) -> Card:
    is_yolox = root.text("format", re.compile("ssd|yolox")) == "yolox"
    card = Card(
        name=root.text("name", _NAME),
        source=root.text("source"),
        licence=root.text("licence"),
        sha256=root.text("sha256", _SHA256),
        size_bytes=root.integer("size_bytes", 1, BYTES_MAX),
        recommended_confidence=root.number("recommended_confidence", 0.01, 0.99),
        input=_read_input(root.table("input")),
        layout=_read_yolox(root.table("yolox")) if is_yolox else _read_ssd(root.table("ssd")),
        published=_read_published(root.optional_table("published")),
        accuracy=tuple(_read_accuracy(table) for table in root.tables("accuracy")),
        height_recall=_read_height_recall(root.optional_table("sight")),
        thresholds=read_thresholds(root.tables("thresholds")),
    )
    root.close()
    return card


def _read_input(table: CardTable) -> InputLayout:
    layout = InputLayout(
        name=table.text("name"),
        width_px=table.integer("width_px", 32, SIDE_MAX_PX),
        height_px=table.integer("height_px", 32, SIDE_MAX_PX),
        fixed=table.flag("fixed"),
        multiple_px=table.integer("multiple_px", 1, 256),
        side_min_px=table.integer("side_min_px", 32, SIDE_MAX_PX),
        side_max_px=table.integer("side_max_px", 32, SIDE_MAX_PX),
        channels="rgb" if table.text("channels", re.compile("rgb|bgr")) == "rgb" else "bgr",
        scale=table.number("scale", 1e-6, 1e3),
        offset=table.number("offset", -1e3, 1e3),
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
    )
    if len(strides_px) != len(table.entries("strides_px")):
        table.mistake("strides_px", f"whole numbers 1..{SIDE_MAX_PX}")
    table.close()
    return layout


def _read_published(table: CardTable | None) -> Published | None:
    if table is None:
        return None
    published = Published(
        package=table.text("package", re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")),
        version=table.text("version", re.compile(r"[0-9][0-9A-Za-z.]*")),
        wheel_sha256=table.text("wheel_sha256", _SHA256),
        member=table.text("member"),
        member_bytes=table.integer("member_bytes", 1, BYTES_MAX),
        member_sha256=table.text("member_sha256", _SHA256),
    )
    table.close()
    return published


def _read_accuracy(table: CardTable) -> Accuracy:
    accuracy = Accuracy(
        measured_on=table.text("measured_on"),
        width_px=table.integer("width_px", 1, SIDE_MAX_PX),
        height_px=table.integer("height_px", 1, SIDE_MAX_PX),
        confidence=table.number("confidence", 0, 1),
        precision=table.number("precision", 0, 1),
        recall=table.number("recall", 0, 1),
        count_mae=table.number("count_mae", 0, 1e3),
        ap50=table.optional_number("ap50", 0, 1),
    )
    table.close()
    return accuracy


def _read_height_recall(table: CardTable | None) -> HeightRecall | None:
    if table is None:
        return None
    measured = HeightRecall(
        measured_on=table.text("measured_on"),
        command=table.text("command"),
        person_px_min=table.number("person_px_min", 1, SIDE_MAX_PX),
        heights_px=_numbers(table, "heights_px", SIDE_MAX_PX),
        recall=_numbers(table, "recall", 1.0),
    )
    heights_px = measured.heights_px
    if len(heights_px) != len(measured.recall) or list(heights_px) != sorted(heights_px):
        table.mistake("heights_px", "rising lower bounds, as many as recall has")
    table.close()
    return measured


def _numbers(table: CardTable, key: str, high: float) -> tuple[float, ...]:
    numbers = [
        value
        for value in table.entries(key)
        if isinstance(value, int | float) and 0 <= value <= high
    ]
    if len(numbers) != len(table.entries(key)):
        table.mistake(key, f"numbers 0..{high}")
    return tuple(float(number) for number in numbers)
