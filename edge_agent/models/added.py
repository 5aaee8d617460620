# SPDX-License-Identifier: Apache-2.0
"""The hash of a file whose card has none, as whoever added it said and `model add` saw it.

It lies beside the file, and every later load is held to it: what was not added is not run, and
neither is what has changed since.
"""

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.models.card import BYTES_MAX, Card
from edge_agent.models.card_table import CardTable
from edge_agent.models.read_layouts import SHA256

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Added:
    """What was added, and on which day, UTC."""

    sha256: str
    size_bytes: int
    added: str

    def text(self) -> str:
        """Return the record as a file's text."""
        return (
            "# Written by `edge-agent model add`: the hash that was given to it, and the file's.\n"
            f'sha256 = "{self.sha256}"\nsize_bytes = {self.size_bytes}\nadded = "{self.added}"\n'
        )


def record_path(onnx_path: Path) -> Path:
    """Return where the record of a model's file lies."""
    return onnx_path.with_suffix(".added.toml")


def read_record(card: Card, onnx_path: Path) -> Added:
    """Read the record beside a model's file.

    Raises ModelError where there is none, or none that can be read.
    """
    path = record_path(onnx_path)
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: not there; wanted the hash of {card.name}, which its card does not know: run "
            f"{card.mending_command}"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: no record: {error}; run {card.mending_command}") from error
    mistakes: list[str] = []
    table = CardTable(content, "", mistakes)
    added = Added(
        sha256=table.text("sha256", SHA256),
        size_bytes=table.integer("size_bytes", 1, BYTES_MAX),
        added=table.text("added", _DATE),
    )
    table.close()
    if mistakes:
        raise ModelError(f"{path}: {'; '.join(mistakes)}; run {card.mending_command}")
    return added


def pinned(card: Card, onnx_path: Path) -> Card:
    """Return the card with the hash and size of its file: its own, or what was added.

    Raises ModelError where neither says.
    """
    if card.sha256 is not None:
        return card
    added = read_record(card, onnx_path)
    return replace(card, sha256=added.sha256, size_bytes=added.size_bytes)


def file_sha256(card: Card, onnx_path: Path) -> str:
    """Return the hash that the model's file must have. Raises ModelError as pinned() does."""
    return card.sha256 or read_record(card, onnx_path).sha256
