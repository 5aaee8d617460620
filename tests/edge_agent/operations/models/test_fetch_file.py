# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.errors import ModelError
from edge_agent.models.card import Card, Download, read_card
from edge_agent.operations.models.fetch_file import fetch_file
from tests.edge_agent.operations.models.https_server import (
    HttpsServer,
    cut_after,
    ranges,
    served,
    whole,
)
from tests.edge_agent.operations.models.tiny_models import card_of, yolox, yolox_table

ROOT = Path(__file__).parents[4]
TINY = yolox(yolox_table())


def fetched(server: HttpsServer, folder: Path, card: Card, said: list[str] | None = None) -> Path:
    card = replace(card, download=Download(server.url))
    progress = (said if said is not None else []).append
    return fetch_file(card, folder / "weights", progress=progress, network=server.network())


def test_the_file_comes_and_the_second_time_is_already_there(tmp_path: Path) -> None:
    said: list[str] = []
    with served(tmp_path, whole(TINY)) as server:
        path = fetched(server, tmp_path, card_of(TINY), said)
        assert path.read_bytes() == TINY
        assert list(path.parent.iterdir()) == [path]
        assert said[-1].startswith(f"{path} written, {len(TINY)} bytes, sha256 ")
        said.clear()
        assert fetched(server, tmp_path, card_of(TINY), said) == path
    assert len(server.requests) == 1
    assert said == [f"{path} is there and is what the card says"]


def test_what_a_cut_left_is_gone_on_from_by_the_next_run(tmp_path: Path) -> None:
    with (
        served(tmp_path, whole(TINY + b"!")) as server,
        pytest.raises(ModelError, match=r"model add yolox-nano FILE"),
    ):
        fetched(server, tmp_path, card_of(TINY))
    card = card_of(TINY)
    part = tmp_path / "weights" / f".yolox-nano.onnx.{str(card.sha256)[:12]}.part"
    part.write_bytes(TINY[:300])
    with served(tmp_path, ranges(TINY)) as server:
        assert fetched(server, tmp_path, card).read_bytes() == TINY
    assert server.requests[0]["range"] == "bytes=300-"


def test_a_cut_is_told_and_gone_on_from(tmp_path: Path) -> None:
    said: list[str] = []
    with served(tmp_path, cut_after(TINY, 200), ranges(TINY)) as server:
        fetched(server, tmp_path, card_of(TINY), said)
    assert [line for line in said if "asking again for the rest" in line] == [said[1]]


def test_a_file_that_is_its_cards_and_sees_nobody_is_not_kept(tmp_path: Path) -> None:
    blind = yolox(yolox_table(0.0))
    with (
        served(tmp_path, whole(blind)) as server,
        pytest.raises(ModelError, match="it sees nobody"),
    ):
        fetched(server, tmp_path, card_of(blind))
    assert not (tmp_path / "weights" / "yolox-nano.onnx").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "rtmdet-nano",
            r"and nobody here has the publisher's hash of its file; .*model add rtmdet-nano FILE$",
        ),
        ("yolox-s", r"edge-agent model add yolox-s FILE --sha256 HEX$"),
    ],
)
def test_a_model_that_nothing_vouches_for_is_not_fetched(
    tmp_path: Path, name: str, said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        fetch_file(read_card(ROOT / "models" / name), tmp_path, progress=lambda _: None)


def test_no_card_of_ours_has_an_address_that_nobody_has_looked_at() -> None:
    cards = [read_card(folder) for folder in (ROOT / "models").iterdir()]
    assert [card.name for card in cards if card.download] == []
