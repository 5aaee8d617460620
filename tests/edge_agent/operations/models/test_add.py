# SPDX-License-Identifier: Apache-2.0
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.errors import ModelError
from edge_agent.models.card import Card, read_card
from edge_agent.models.layouts import YoloxLayout
from edge_agent.models.load import load_model
from edge_agent.operations.models.add import add_model
from tests.edge_agent.operations.models.tiny_models import (
    card_of,
    rtmdet,
    rtmdet_card_of,
    rtmdet_table,
    yolox,
    yolox_table,
)

ROOT = Path(__file__).parents[4]
TINY = yolox(yolox_table())
SHA256 = hashlib.sha256(TINY).hexdigest()


def brought(folder: Path, content: bytes) -> Path:
    path = folder / "brought.onnx"
    path.write_bytes(content)
    return path


def test_a_file_that_is_its_cards_is_taken(tmp_path: Path) -> None:
    path = add_model(card_of(TINY), brought(tmp_path, TINY), tmp_path / "weights")
    assert path == tmp_path / "weights" / "yolox-nano.onnx"
    assert path.read_bytes() == TINY
    assert list(path.parent.iterdir()) == [path]


def test_an_rtmdet_is_taken(tmp_path: Path) -> None:
    content = rtmdet(rtmdet_table(), [0] * 4)
    path = add_model(rtmdet_card_of(content), brought(tmp_path, content), tmp_path / "weights")
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["person-ssdlite", "yolox-nano", "rtmdet-nano"])
def test_the_files_themselves_are_taken(tmp_path: Path, name: str) -> None:
    file = ROOT / "var/models" / f"{name}.onnx"
    if not file.exists():
        pytest.skip(f"var/models/{name}.onnx is absent: run edge-agent model add {name} FILE")
    path = add_model(read_card(ROOT / "models" / name), file, tmp_path)
    assert path.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("content", "card", "said"),
    [
        (b"", card_of(TINY), "0 bytes"),  # an empty file
        (TINY[:-1] + b"\x00", card_of(TINY), "sha256"),  # one byte is another
        (
            yolox(yolox_table(), domain="home"),
            card_of(yolox(yolox_table(), domain="home")),
            "operator 'Mul' of domain 'home'",
        ),  # the card is as wrong as the file
        (
            TINY,
            replace(card_of(TINY), layout=YoloxLayout("found", 1, 0, (8,))),
            "outputs",
        ),  # another name
        (
            TINY,
            replace(card_of(TINY), layout=YoloxLayout("output", 2, 0, (8,))),
            "as the card says",
        ),  # a class too many
        (
            TINY,
            replace(card_of(TINY), layout=YoloxLayout("output", 1, 0, (16,))),
            "as the card says",
        ),  # fewer cells
    ],
)
def test_a_file_that_is_not_its_cards_is_not_taken(
    tmp_path: Path, content: bytes, card: Card, said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        add_model(card, brought(tmp_path, content), tmp_path / "weights")
    assert not (tmp_path / "weights").exists()


def test_what_is_no_file_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a file, wanted the weights of yolox-nano"):
        add_model(card_of(TINY), tmp_path, tmp_path / "weights")


@pytest.fixture
def unknown() -> Card:
    """Return a card that knows no hash."""
    return replace(card_of(TINY), sha256=None, size_bytes=None)


def test_a_card_without_a_hash_takes_the_file_whose_hash_is_given_and_holds_to_it(
    tmp_path: Path, unknown: Card
) -> None:
    path = add_model(unknown, brought(tmp_path, TINY), tmp_path / "weights", sha256=SHA256)
    assert load_model(unknown, path).content == TINY
    path.write_bytes(TINY[:-1] + b"\x00")
    with pytest.raises(ModelError, match=r"sha256 .* is not .*model add yolox-nano FILE"):
        load_model(unknown, path)
    path.write_bytes(TINY)
    path.with_suffix(".added.toml").unlink()
    with pytest.raises(ModelError, match="not there; wanted the hash of yolox-nano"):
        load_model(unknown, path)


def test_a_card_without_a_hash_takes_nothing_unless_one_is_given(
    tmp_path: Path, unknown: Card
) -> None:
    with pytest.raises(ModelError, match=f"knows no hash, and this file has sha256 {SHA256}"):
        add_model(unknown, brought(tmp_path, TINY), tmp_path / "weights")
    with pytest.raises(ModelError, match=f"sha256 {SHA256} is not {'0' * 64}"):
        add_model(unknown, brought(tmp_path, TINY), tmp_path / "weights", sha256="0" * 64)
    assert not (tmp_path / "weights").exists()


def test_a_hash_that_is_given_does_not_outweigh_the_cards(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="leave --sha256 away"):
        add_model(card_of(TINY), brought(tmp_path, TINY), tmp_path, sha256="0" * 64)
    add_model(card_of(TINY), brought(tmp_path, TINY), tmp_path / "weights", sha256=SHA256)
