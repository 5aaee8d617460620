# SPDX-License-Identifier: Apache-2.0
"""Where a store may be kept, and what is said of a place where none can be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.errors import StoreError
from edge_agent.store import layout


def refusal(directory: Path) -> str:
    with pytest.raises(StoreError) as refused:
        layout.try_out(directory)
    return str(refused.value)


@pytest.mark.parametrize("name", ["box", "deep/er/box", "."])
def test_a_folder_that_is_there_or_can_be_made_is_fine_and_nothing_is_left_in_it(
    tmp_path: Path, name: str
) -> None:
    layout.try_out(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_its_place_or_on_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("x")
    assert f"{tmp_path / 'afile'} is a file, wanted a folder" in refusal(tmp_path / "afile")
    assert f"{tmp_path / 'afile'} is a file, wanted a folder" in refusal(tmp_path / "afile" / "box")


@pytest.mark.parametrize(
    ("name", "folder"),
    [("outbox", False), ("ledger.db", True), ("pending.db", True), ("outbox/outbox.db", True)],
)
def test_what_lies_where_the_box_keeps_its_own_is_named(
    tmp_path: Path, name: str, *, folder: bool
) -> None:
    if folder:
        (tmp_path / name).mkdir(parents=True)
    else:
        (tmp_path / name).write_text("x")
    assert refusal(tmp_path).startswith(
        f"{tmp_path / name}: is no {'file' if folder else 'folder'}, and the box keeps one there"
    )


@pytest.mark.parametrize("place", ["/proc/x", "/proc/self/box", "/sys/x"])
def test_a_place_without_a_disk_is_named(place: str) -> None:
    assert refusal(Path(place)).startswith(f"{place}: ")


def test_a_link_to_itself_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "loop" in refusal(tmp_path / "loop" / "box")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert refusal(tmp_path / "gone")


def test_a_name_too_long_or_of_strange_characters_is_named(tmp_path: Path) -> None:
    assert "too long" in refusal(tmp_path / ("x" * 300) / "box")
    assert "null" in refusal(Path(f"{tmp_path}/a\0b"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "this user may not write there" in refusal(tmp_path / "box")
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("ro,size=1m", "mounted read-only; mount it for writing"),
        ("size=4k,nr_inodes=2", "the disk is full; free some space"),
    ],
)
def test_a_disk_that_takes_nothing_is_named(tmp_path: Path, options: str, said: str) -> None:
    # In a mount namespace of its own, which ends with the shell: nothing stays mounted,
    # whatever happens.
    place = tmp_path / "disk" / "box"
    code = (
        "from pathlib import Path; from edge_agent.store import layout; "
        f"layout.try_out(Path({str(place)!r}))"
    )
    (tmp_path / "disk").mkdir()
    script = (
        f'mount -t tmpfs -o {options} none "$1" && (head -c 8192 /dev/zero > "$1/full"; exec '
        '"$2" -c "$3")'
    )
    command = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        script,
        "sh",
        str(tmp_path / "disk"),
        sys.executable,
        code,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"this machine mounts nothing: {done.stderr.strip()[:100]}")
    assert f"StoreError: {place}: " in done.stderr
    assert said in done.stderr


def test_a_store_on_a_full_disk_is_no_obstacle_once_it_is_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the disk is full"), layout.named(tmp_path):
        raise OSError(28, "No space left on device")
    layout.try_out(tmp_path)
