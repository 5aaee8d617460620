# SPDX-License-Identifier: Apache-2.0
"""Read a model's file and let nothing in but the bytes that its card names."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.models.card import Card
from edge_agent.models.onnx_check import check_onnx


@dataclass(frozen=True, slots=True)
class Model:
    """A card and the ONNX file that it describes, checked.

    Drop it when the Detector is made: it holds megabytes.
    """

    card: Card
    content: bytes


def load_model(card: Card, onnx_path: Path) -> Model:
    """Read the file and check size, sha256 and that it stands by itself.

    Raises ModelError with the command that mends it: for a missing or empty file, another size or
    hash, weights in another file, operators outside standard ONNX.
    """
    content = read_bounded(card, onnx_path)
    check_content(card, content, where=str(onnx_path))
    return Model(card, content)


def read_bounded(card: Card, onnx_path: Path) -> bytes:
    """Read at most one byte more than the card allows, so that a wrong file costs no memory.

    Raises ModelError where the file cannot be read or has another size.
    """
    if onnx_path.exists() and not onnx_path.is_file():
        raise ModelError(
            f"{onnx_path}: not a regular file; wanted the model {card.name}: run "
            f"{card.mending_command}"
        )
    try:
        with onnx_path.open("rb") as file:
            content = file.read(card.size_bytes + 1)
    except OSError as error:
        raise ModelError(
            f"{onnx_path}: {error.strerror}; wanted the model {card.name}: run "
            f"{card.mending_command}"
        ) from error
    if len(content) != card.size_bytes:
        got = (
            f"more than {card.size_bytes}" if len(content) > card.size_bytes else f"{len(content)}"
        )
        raise ModelError(
            f"{onnx_path}: {got} bytes, wanted {card.size_bytes} as the card says; run "
            f"{card.mending_command}"
        )
    return content


def check_content(card: Card, content: bytes, *, where: str) -> None:
    """Check bytes against the card's sha256, and that they are ONNX that stands by itself.

    Raises ModelError, beginning with `where`.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != card.sha256:
        raise ModelError(
            f"{where}: sha256 {sha256} is not {card.sha256} of the card; run {card.mending_command}"
        )
    check_onnx(content, where=where)
