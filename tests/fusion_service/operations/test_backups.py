# SPDX-License-Identifier: Apache-2.0
"""Copies in another place, and a restore that is rehearsed."""

import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fusion_service import cli
from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.errors import StoreError
from fusion_service.ingest.intake import Intake
from fusion_service.operations.backups import back_up_into, copies, send
from fusion_service.operations.rehearsal import newest, rehearse
from fusion_service.store.sqlite.upkeep.rebuild import rebuild
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import START_S, Box
from tests.fusion_service.centre import PROGRAM
from tests.fusion_service.memory_inbox import MemoryInbox

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with thirty reports and three signed checkpoints of one box."""
    path, box = tmp_path / "store" / "fusion.sqlite", Box()
    path.parent.mkdir()
    with Writer(path, size_mib_max=64, dead_letters_max=100) as writer:
        inbox = MemoryInbox(received_ms=START_S * 1000)
        intake = Intake(
            inbox,
            writer,
            IngestConfig(batch_ms=0),
            RetentionConfig(),
            now_ms=lambda: START_S * 1000,
        )
        writer.add_device(box.site, box.device, box.public_key, test_site=False, added_ms=0)
        for sequence in range(1, 31):
            inbox.send(box.topic(), box.envelope(sequence))
        intake.run(_set())
    return path


def _set() -> threading.Event:
    stop = threading.Event()
    stop.set()
    return stop


def test_the_newest_stay_and_the_oldest_go_once_the_new_one_is_there(
    store: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    for day in range(5):
        back_up_into(store, folder, keep=3, now=NOW + timedelta(days=day))
    assert [path.name for path in copies(folder)] == [
        f"fusion-2026060{day}T030000Z.sqlite" for day in (5, 4, 3)
    ]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_where_no_copy_can_be_made_none_is_deleted(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    back_up_into(store, folder, keep=1, now=NOW)
    with pytest.raises(StoreError):
        back_up_into(tmp_path / "none.sqlite", folder, keep=1, now=NOW + timedelta(1))
    assert len(copies(folder)) == 1


def test_a_folder_that_is_not_there_is_not_made(store: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="mount the disk"):
        back_up_into(store, tmp_path / "disk" / "copies", keep=3, now=NOW)
    assert not (tmp_path / "disk").exists()


def test_what_a_killed_run_left_goes_and_other_files_stay(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    left, fresh, other = (
        folder / name
        for name in (".fusion-20260101T000000Z.sqlite-ab12", ".fusion-1.sqlite-x", "notes.txt")
    )
    for path in (left, fresh, other):
        path.touch()
    os.utime(left, (time.time() - 200_000, time.time() - 200_000))
    back_up_into(store, folder, keep=1, now=NOW)
    assert (left.exists(), fresh.exists(), other.exists()) == (False, True, True)


@pytest.mark.skipif(
    shutil.which("rsync") is None, reason="rsync is not installed: apt install rsync"
)
def test_a_copy_is_sent_on_and_what_lies_there_stays(store: Path, tmp_path: Path) -> None:
    folder, away = tmp_path / "copies", tmp_path / "away"
    for path in (folder, away):
        path.mkdir()
    first = back_up_into(store, folder, keep=1, now=NOW)
    send(first, str(away))
    second = back_up_into(store, folder, keep=1, now=NOW + timedelta(1))
    send(second, str(away))
    assert sorted(path.name for path in away.iterdir()) == [first.name, second.name]
    assert (away / second.name).read_bytes() == second.read_bytes()
    assert (away / second.name).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(
    shutil.which("rsync") is None, reason="rsync is not installed: apt install rsync"
)
@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("--remove-source-files", "is no target"),  # an option in the place of a target
        ("nobody@127.0.0.1:/var/backups", "send it again"),  # nobody lets us in
        ("/proc/nowhere/at/all", "send it again"),  # no such place
    ],
)
def test_a_target_that_takes_nothing_is_told_and_the_copy_stays(
    store: Path, tmp_path: Path, target: str, told: str
) -> None:
    copy = back_up_into(store, tmp_path, keep=1, now=NOW)
    with pytest.raises(StoreError, match=told):
        send(copy, target)
    assert copy.exists()


def test_a_restore_is_rehearsed_with_the_newest_copy_and_leaves_nothing(
    store: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    for hours in (0, 5):
        back_up_into(store, folder, keep=9, now=NOW + timedelta(hours=hours))
    done = rehearse(newest(folder), folder, now=NOW + timedelta(hours=6))
    assert (done.copy.name, done.age_s) == ("fusion-20260601T080000Z.sqlite", 3600)
    assert (done.holds.devices, done.holds.reports, done.holds.streams, done.holds.rebuilt) == (
        1,
        30,
        1,
        1,
    )
    assert done.restore_s > 0 < done.start_s
    assert len(list(folder.iterdir())) == 2


def test_a_copy_with_one_other_leaf_is_found_out(store: Path, tmp_path: Path) -> None:
    copy = back_up_into(store, tmp_path, keep=1, now=NOW)
    assert rebuild(copy).rebuilt == 1
    with closing(sqlite3.connect(copy)) as changed:
        changed.execute(
            "UPDATE entry SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE "
            "sequence = 7"
        )
        changed.commit()
    with pytest.raises(StoreError, match=r"another root than was kept; take an earlier copy"):
        rebuild(copy)


def test_a_folder_without_a_copy_and_a_copy_that_is_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no copy"):
        newest(tmp_path)
    (tmp_path / "copy.sqlite").write_bytes(b"no store" * 1000)
    with pytest.raises(StoreError):
        rehearse(tmp_path / "copy.sqlite", tmp_path, now=NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["copy.sqlite"]


@pytest.mark.usefixtures("store")
def test_the_verbs_do_it_and_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, folder = tmp_path / "fusion.toml", tmp_path / "copies"
    folder.mkdir()
    config.write_text('[store]\npath = "store/fusion.sqlite"\n')
    with pytest.raises(SystemExit) as neither:
        cli.main(["store", "backup", "--config", str(config)])
    assert neither.value.code == 2
    with pytest.raises(SystemExit):
        cli.main(["store", "backup", "--config", str(config), "--into", str(folder), "--keep", "2"])
    assert "1 copies kept" in capsys.readouterr().out
    command = [PROGRAM, "store", "rehearse", folder, "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert told["recovery_s"] == told["restore_s"] + told["start_s"]
    assert told["holds"]["reports"] == 30
