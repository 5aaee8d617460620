# SPDX-License-Identifier: Apache-2.0
"""How the camera stands, in a folder that another user owns."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.errors import CameraFault, ProcessError, StoreError
from edge_agent.operations import camera_advice
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import (
    FILE,
    WORDS,
    CameraState,
    Told,
    forget,
    tell,
    told,
    word_of,
)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_is_read_back_and_has_its_advice(tmp_path: Path, word: str) -> None:
    tell(tmp_path, word, utc_s=1_764_444_444.9)
    state = told(tmp_path)
    assert state == Told(word, 1_764_444_444)
    assert (state.fault is None) == (word in set(CameraState))
    found, do = (
        camera_advice.FAULTS[state.fault] if state.fault else camera_advice.SAYS[CameraState(word)]
    )
    assert found
    assert do or word in (CameraState.OPENING, CameraState.OPEN, CameraState.RESTING)


def test_a_word_that_stands_already_keeps_its_time_and_another_does_not(tmp_path: Path) -> None:
    for utc_s, word in ((100.0, "missing"), (200.0, "missing"), (300.0, "open")):
        tell(tmp_path, word, utc_s=utc_s)
        state = told(tmp_path)
        assert state is not None
        assert state.since_s == (100 if word == "missing" else 300)
    forget(tmp_path)
    assert told(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_an_exit_code_that_no_camera_has_says_only_that_the_process_ended() -> None:
    assert [word_of(code) for code in (0, 1, -9, 3, 32, 44)] == [
        "ended",
        "ended",
        "ended",
        "lost",
        "missing",
        "udp only",
    ]
    assert len({int(fault) for fault in CameraFault} & set(range(32))) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"open",
        b"opened\n5\n",
        b"open\nlater\n",
        b"open\n5\nmore\n",
        b"\xff\n5\n",
        b"open\n" * 99,
    ],
)
def test_what_is_no_word_is_not_believed(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / FILE).write_bytes(raw)
    assert told(tmp_path) is None
    tell(tmp_path, CameraState.OPEN, utc_s=7.0)
    assert told(tmp_path) == Told("open", 7)


@pytest.mark.parametrize("name", [FILE, f"{FILE}.new"])
def test_a_link_that_stands_in_the_folder_is_not_followed(tmp_path: Path, name: str) -> None:
    target, store = tmp_path / "precious", tmp_path / "store"
    store.mkdir()
    target.write_text("kept")
    (store / name).symlink_to(target)
    assert told(store) is None
    tell(store, CameraState.OPEN, utc_s=7.0)
    assert target.read_text() == "kept"
    assert told(store) == Told("open", 7)
    assert not (store / FILE).is_symlink()


def test_a_folder_that_is_a_link_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "real")
    with pytest.raises(StoreError, match="not written down"):
        tell(tmp_path / "store", CameraState.OPEN, utc_s=7.0)
    assert list((tmp_path / "real").iterdir()) == []
    camera_state.forget(tmp_path / "store")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a folder to another user")
def test_the_gates_user_reads_the_word_and_a_store_that_holds_it_is_still_the_boxs_own(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o755)
    store = tmp_path / "box"
    user = User(65102, 65102)
    namespaces.hand_over(str(store), user=user, mode=0o700, file_mode=0o600)
    tell(store, CameraFault.NO_ENTRY.word, utc_s=7.0)
    code = (
        "import os\nfrom pathlib import Path\nfrom edge_agent.processes.camera_state import told\n"
        "os.setgroups([]); os.setgid(65102); os.setuid(65102)\nprint(told(Path('.')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True, cwd=store
    )
    assert "no entry" in done.stdout
    namespaces.hand_over(str(store), user=user, mode=0o700, file_mode=0o600)
    (store / "camera.states").write_text("")
    with pytest.raises(ProcessError, match=r"camera\.states"):
        namespaces.hand_over(str(store), user=user, mode=0o700, file_mode=0o600)
