# SPDX-License-Identifier: Apache-2.0
import hashlib
import shutil
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from edge_agent.errors import ModelError
from edge_agent.models.added import Added, record_path
from edge_agent.operations.models.weights import list_models, verify_models, write_atomically

ROOT = Path(__file__).parents[4]


def content() -> bytes:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [value], [])
    return bytes(
        helper.make_model(
            graph, ir_version=10, opset_imports=[helper.make_opsetid("", 17)]
        ).SerializeToString()
    )


@pytest.fixture
def cards_dir(tmp_path: Path) -> Path:
    """Return cards of two models, the second of which has the bytes of content()."""
    folder = tmp_path / "cards"
    for name in ("person-ssdlite", "yolox-nano"):
        shutil.copytree(ROOT / "models" / name, folder / name)
    path = folder / "yolox-nano" / "model.toml"
    lines = [
        f'sha256 = "{hashlib.sha256(content()).hexdigest()}"' if line.startswith("sha256") else line
        for line in path.read_text().splitlines()
        if not line.startswith("free_size_sha256")
    ]
    lines = [
        f"size_bytes = {len(content())}" if line.startswith("size_bytes") else line
        for line in lines
    ]
    path.write_text("\n".join(lines))
    return folder


def test_models_are_listed_by_name_with_what_to_do(cards_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "yolox-nano.onnx").write_bytes(content())
    first, second = list_models(cards_dir, tmp_path)
    assert (first.card.name, first.state, first.why) == (
        "person-ssdlite",
        "missing",
        "run edge-agent model fetch person-ssdlite",
    )
    assert (second.card.name, second.state, second.path) == (
        "yolox-nano",
        "present",
        tmp_path / "yolox-nano.onnx",
    )


def test_a_list_looks_at_the_size_only(cards_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "yolox-nano.onnx").write_bytes(bytes(len(content())))
    assert list_models(cards_dir, tmp_path)[1].state == "present"
    (tmp_path / "yolox-nano.onnx").write_bytes(b"")
    assert list_models(cards_dir, tmp_path)[1].state == "wrong"


def test_verifying_reads_the_bytes(cards_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "yolox-nano.onnx"
    path.write_bytes(content())
    assert [weights.state for weights in verify_models(cards_dir, tmp_path)] == [
        "missing",
        "verified",
    ]
    path.write_bytes(bytes(len(content())))
    wrong = verify_models(cards_dir, tmp_path)[1]
    assert wrong.state == "wrong"
    assert "sha256" in wrong.why


def test_what_is_not_known_of_a_model_is_said(cards_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "models/rtmdet-m", cards_dir / "rtmdet-m")
    onnx = tmp_path / "rtmdet-m.onnx"

    def looked() -> tuple[str, str, str]:
        found = {one.card.name: one for one in list_models(cards_dir, tmp_path)}["rtmdet-m"]
        return found.state, found.why, found.note

    wanted = "run edge-agent model add rtmdet-m FILE --sha256 HEX"
    assert looked() == ("missing", wanted, "unmeasured")
    onnx.write_bytes(content())
    state, why, _ = looked()
    assert state == "wrong"
    assert "wanted the hash of rtmdet-m" in why
    sha256 = hashlib.sha256(content()).hexdigest()
    record_path(onnx).write_text(Added(sha256, len(content()), "2026-11-30").text())
    assert looked() == ("present", "", "unmeasured, hash as added on 2026-11-30")
    verified = verify_models(cards_dir, tmp_path)
    assert [one.state for one in verified if one.card.name == "rtmdet-m"] == ["verified"]


def test_a_folder_without_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="0 cards"):
        list_models(tmp_path, tmp_path)


def test_writing_makes_the_folder_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.onnx"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "x.onnx"
    path.mkdir()
    (path / "inside").write_bytes(b"old")
    with pytest.raises(ModelError, match=r"x\.onnx: .*wanted to write 3 bytes"):
        write_atomically(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
    assert (path / "inside").read_bytes() == b"old"
