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
from edge_agent.models.layouts import InputLayout, Layout, RtmdetLayout, SsdLayout
from edge_agent.models.read_layouts import SHA256, SIDE_MAX_PX, read_input, read_layout

CARD_FILE = "model.toml"
BYTES_MAX = 128 * 2**20  # A box has little memory; the largest that a card describes has 100 MB.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_FORMAT = re.compile("ssd|yolox|rtmdet")
_URL = re.compile(r"https://[!-~]{1,1000}")


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
class Download:
    """The address that the model's file itself can be fetched from; its hash is the card's."""

    url: str


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
    """One model: where it is from, its bytes, how it is fed and read, and how good it is.

    sha256 and size_bytes are None where nobody here has seen the file: whoever adds it says its
    hash, which is kept beside it (edge_agent.models.added). is_compared is whether the file was
    compared with the publisher's.
    """

    name: str
    source: str
    licence: str
    sha256: str | None
    size_bytes: int | None
    recommended_confidence: float
    input: InputLayout
    layout: Layout
    published: Published | None
    accuracy: tuple[Accuracy, ...]
    height_recall: HeightRecall | None = None
    download: Download | None = None
    is_compared: bool = True

    @property
    def format(self) -> Literal["ssd", "yolox", "rtmdet"]:
        """How the outputs are read."""
        if isinstance(self.layout, SsdLayout):
            return "ssd"
        return "rtmdet" if isinstance(self.layout, RtmdetLayout) else "yolox"

    @property
    def onnx_name(self) -> str:
        """The name of the file in the folder of weights."""
        return f"{self.name}.onnx"

    @property
    def mending_command(self) -> str:
        """The command that brings the right file."""
        if self.published or self.download:
            return f"edge-agent model fetch {self.name}"
        return f"edge-agent model add {self.name} FILE" + ("" if self.sha256 else " --sha256 HEX")


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
    form = root.text("format", _FORMAT)
    card = Card(
        name=root.text("name", _NAME),
        source=root.text("source"),
        licence=root.text("licence"),
        sha256=root.optional_text("sha256", SHA256),
        size_bytes=root.optional_integer("size_bytes", 1, BYTES_MAX),
        recommended_confidence=root.number("recommended_confidence", 0.01, 0.99),
        input=read_input(root.table("input")),
        layout=read_layout(root, form),
        published=_read_published(root.optional_table("published")),
        accuracy=tuple(_read_accuracy(table) for table in root.tables("accuracy")),
        height_recall=_read_height_recall(root.optional_table("sight")),
        download=_read_download(root.optional_table("download")),
        is_compared=root.optional_flag("compared_with_publisher") is not False,
    )
    if (card.sha256 is None) != (card.size_bytes is None):
        root.mistake("sha256", "given together with size_bytes, or neither")
    if card.sha256 is None and (card.published or card.download):
        root.mistake("sha256", "the hash of what is fetched")
    root.close()
    return card


def _read_download(table: CardTable | None) -> Download | None:
    if table is None:
        return None
    download = Download(url=table.text("url", _URL))
    table.close()
    return download


def _read_published(table: CardTable | None) -> Published | None:
    if table is None:
        return None
    published = Published(
        package=table.text("package", re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")),
        version=table.text("version", re.compile(r"[0-9][0-9A-Za-z.]*")),
        wheel_sha256=table.text("wheel_sha256", SHA256),
        member=table.text("member"),
        member_bytes=table.integer("member_bytes", 1, BYTES_MAX),
        member_sha256=table.text("member_sha256", SHA256),
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
