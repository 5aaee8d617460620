# SPDX-License-Identifier: Apache-2.0
"""The folder of weights: which models there are, which files are here, and how one gets in."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_agent.config.paths import why_not_written
from edge_agent.errors import ModelError
from edge_agent.models.added import pinned, read_record
from edge_agent.models.card import CARD_FILE, Card, read_card
from edge_agent.models.load import load_model

CARDS_MAX = 100


@dataclass(frozen=True, slots=True)
class Weights:
    """One model and the state of its file: `present` by its size, or `verified` by its bytes.

    Where it is `wrong` or `missing`, why says how; note says what is not known of it.
    """

    card: Card
    path: Path
    state: Literal["missing", "present", "verified", "wrong"]
    why: str

    @property
    def note(self) -> str:
        """What is not known: how good it is, and who says that these are its bytes."""
        notes = [] if self.card.accuracy else ["unmeasured"]
        if self.card.sha256 is None and self.state in ("present", "verified"):
            notes.append(f"hash as added on {read_record(self.card, self.path).added}")
        return ", ".join(notes)


def list_models(cards_dir: Path, weights_dir: Path) -> list[Weights]:
    """Return every card by name, with a quick look at its file: only the size is compared.

    Raises ModelError for a folder without cards, and for a card with mistakes.
    """
    return [_look(card, weights_dir / card.onnx_name) for card in _read_cards(cards_dir)]


def verify_models(cards_dir: Path, weights_dir: Path) -> list[Weights]:
    """Return every card by name, with its file read and checked as the sensor process will.

    Raises ModelError for a folder without cards, and for a card with mistakes; never for a wrong
    file, which is what it reports.
    """
    found = []
    for card in _read_cards(cards_dir):
        path = weights_dir / card.onnx_name
        if not path.exists():
            found.append(Weights(card, path, "missing", f"run {card.mending_command}"))
            continue
        try:
            load_model(card, path)
        except ModelError as error:
            found.append(Weights(card, path, "wrong", str(error)))
        else:
            found.append(Weights(card, path, "verified", ""))
    return found


def is_there(card: Card, path: Path) -> bool:
    """Say whether the card's file is there, read and checked; a wrong one is to be replaced."""
    if not path.exists():
        return False
    try:
        load_model(card, path)
    except ModelError:
        return False
    return True


def check_may_write(folder: Path) -> None:
    """Raise ModelError where this user may not write into the folder; call it before a fetch."""
    if why_not := why_not_written(folder):
        raise ModelError(
            f"{folder}: {why_not}; nothing was fetched: run as a user who may, or give the folder "
            "to this one"
        )


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a box that loses power, sees all of it or nothing.

    Readable by all: weights are public, and the sensor process has its own user. Raises ModelError
    where the folder refuses.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ModelError(
            f"{path}: {error.strerror}; wanted to write {len(content)} bytes: make room, or the "
            "folder writable"
        ) from error


def _read_cards(cards_dir: Path) -> list[Card]:
    folders = sorted(path.parent for path in cards_dir.glob(f"*/{CARD_FILE}"))
    if not 0 < len(folders) <= CARDS_MAX:
        raise ModelError(
            f"{cards_dir}: {len(folders)} cards, wanted 1..{CARDS_MAX} folders with a {CARD_FILE}; "
            "name the right folder"
        )
    return [read_card(folder) for folder in folders]


def _look(card: Card, path: Path) -> Weights:
    if not path.is_file():
        return Weights(card, path, "missing", f"run {card.mending_command}")
    try:
        wanted_bytes = pinned(card, path).size_bytes
    except ModelError as error:
        return Weights(card, path, "wrong", str(error))
    size_bytes = path.stat().st_size
    if size_bytes != wanted_bytes:
        why = f"{size_bytes} bytes, wanted {wanted_bytes}; run {card.mending_command}"
        return Weights(card, path, "wrong", why)
    return Weights(card, path, "present", "")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
