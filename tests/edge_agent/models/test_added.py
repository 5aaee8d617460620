# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.errors import ModelError
from edge_agent.models.added import Added, file_sha256, pinned, read_record, record_path
from edge_agent.models.card import Card

ADDED = Added("ab" * 32, 1234, "2026-11-30")


@pytest.fixture
def unknown(yolox_card: Card) -> Card:
    """Return a card that knows no hash."""
    return replace(yolox_card, sha256=None, size_bytes=None)


def test_a_record_is_read_as_it_was_written(tmp_path: Path, unknown: Card) -> None:
    onnx = tmp_path / "yolox-nano.onnx"
    record_path(onnx).write_text(ADDED.text())
    assert record_path(onnx) == tmp_path / "yolox-nano.added.toml"
    assert read_record(unknown, onnx) == ADDED
    card = pinned(unknown, onnx)
    assert (card.sha256, card.size_bytes) == (ADDED.sha256, ADDED.size_bytes)
    assert file_sha256(unknown, onnx) == ADDED.sha256


def test_a_card_that_knows_its_hash_asks_no_record(tmp_path: Path, yolox_card: Card) -> None:
    onnx = tmp_path / "yolox-nano.onnx"
    record_path(onnx).write_text(ADDED.text())
    assert pinned(yolox_card, onnx) == yolox_card
    assert file_sha256(yolox_card, onnx) == yolox_card.sha256


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "not there; wanted the hash of yolox-nano"),  # never added
        ("sha256 = ", "no record"),  # cut off
        (ADDED.text().replace("ab", "AB", 1), "sha256 is"),  # no hash
        (ADDED.text().replace("1234", "0"), "size_bytes is 0"),  # no file
        (ADDED.text() + "more = 1\n", "more is not known"),  # written by somebody else
    ],
)
def test_without_a_record_nothing_is_taken(
    tmp_path: Path, unknown: Card, text: str | None, said: str
) -> None:
    onnx = tmp_path / "yolox-nano.onnx"
    if text is not None:
        record_path(onnx).write_text(text)
    with pytest.raises(ModelError, match=said) as refused:
        pinned(unknown, onnx)
    assert "edge-agent model add yolox-nano FILE --sha256 HEX" in str(refused.value)
