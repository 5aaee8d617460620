# SPDX-License-Identifier: Apache-2.0
"""Read a model's file and let nothing in but the bytes that its card names."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.models.added import pinned
from edge_agent.models.card import BYTES_MAX, Card
from edge_agent.models.free_size import free_size
from edge_agent.models.layouts import YoloxLayout
from edge_agent.models.onnx_check import check_onnx


@dataclass(frozen=True, slots=True)
class Model:
    """A card and the network that it describes, checked: the bytes that the runtime gets.

    Drop it when the Detector is made: it holds megabytes.
    """

    card: Card
    content: bytes


def load_model(card: Card, onnx_path: Path) -> Model:
    """Read the file, check size, sha256 and that it stands by itself, and make it runnable.

    Raises ModelError with the command that mends it: for a missing or empty file, another size or
    hash, weights in another file, operators outside standard ONNX.
    """
    card = pinned(card, onnx_path)
    content = read_bounded(card, onnx_path)
    check_content(card, content, where=str(onnx_path))
    return runnable(card, content, where=str(onnx_path))


def runnable(card: Card, content: bytes, *, where: str) -> Model:
    """Return what the runtime gets of a file that was checked.

    It is the file itself, but for a YOLOX whose card leaves the input size free: see
    edge_agent.models.free_size. Raises ModelError where that does not give the bytes that the card
    names.
    """
    layout = card.layout
    if not isinstance(layout, YoloxLayout) or card.input.fixed:
        return Model(card, content)
    freed = free_size(content, input_name=card.input.name, layout=layout, where=where)
    sha256 = hashlib.sha256(freed).hexdigest()
    if layout.free_size_sha256 not in (None, sha256):
        raise ModelError(
            f"{where}: with its input size freed its sha256 is {sha256}, not "
            f"{layout.free_size_sha256} of the card; install the release that the card is of"
        )
    return Model(card, freed)


def read_bounded(card: Card, onnx_path: Path) -> bytes:
    """Read at most one byte more than the card allows, so that a wrong file costs no memory.

    Raises ModelError where the file cannot be read or has another size.
    """
    if onnx_path.exists() and not onnx_path.is_file():
        raise ModelError(
            f"{onnx_path}: not a regular file; wanted the model {card.name}: run "
            f"{card.mending_command}"
        )
    bytes_max = card.size_bytes or BYTES_MAX
    try:
        with onnx_path.open("rb") as file:
            content = file.read(bytes_max + 1)
    except OSError as error:
        raise ModelError(
            f"{onnx_path}: {error.strerror}; wanted the model {card.name}: run "
            f"{card.mending_command}"
        ) from error
    if len(content) > bytes_max or (card.size_bytes and len(content) < card.size_bytes):
        got = f"more than {bytes_max}" if len(content) > bytes_max else f"{len(content)}"
        wanted = (
            f"{card.size_bytes} as the card says" if card.size_bytes else f"at most {bytes_max}"
        )
        raise ModelError(f"{onnx_path}: {got} bytes, wanted {wanted}; run {card.mending_command}")
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
