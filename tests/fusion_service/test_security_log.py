# SPDX-License-Identifier: Apache-2.0
"""The security log: what stands in a line, who may read it, and what bounds it."""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from fusion_service import security_log
from fusion_service.security_log import (
    COMMANDS,
    FILE_BYTES_MAX,
    FILES_MAX,
    REFUSED,
    Act,
    Result,
    record,
)

ACT = Act("device lost", "beach/pier-1", Result.DONE, "this machine", "anna", "--ca authority")


def lines(folder: Path, name: str = COMMANDS) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / name).read_text("ascii").splitlines()]


def test_a_line_says_when_what_of_what_whence_and_who(tmp_path: Path) -> None:
    record(ACT, (tmp_path,))
    [line] = lines(tmp_path)
    assert str(line.pop("time")).endswith("+00:00")
    assert line == {
        "action": "device lost",
        "object": "beach/pier-1",
        "result": "done",
        "origin": "this machine",
        "actor": "anna",
        "detail": "--ca authority",
        "process": os.getpid(),
    }


def test_a_line_stays_one_line_and_short_whatever_it_is_told(tmp_path: Path) -> None:
    record(
        Act("enrol", 'x\n{"result": "done"}\x1b[2J', Result.REFUSED, "\u202e", "y" * 5000),
        (tmp_path,),
    )
    [raw] = (tmp_path / COMMANDS).read_bytes().splitlines()
    assert raw.isascii()
    assert b"\x1b" not in raw
    assert len(raw) < 1000


def test_only_its_owner_reads_it_also_where_it_was_open(tmp_path: Path) -> None:
    (tmp_path / COMMANDS).touch(mode=0o644)
    (tmp_path / COMMANDS).chmod(0o644)
    record(ACT, (tmp_path,))
    record(ACT, (tmp_path,), name=REFUSED)
    assert {name: oct((tmp_path / name).stat().st_mode)[-3:] for name in (COMMANDS, REFUSED)} == {
        COMMANDS: "600",
        REFUSED: "600",
    }


def test_full_files_move_aside_and_the_oldest_goes(tmp_path: Path) -> None:
    full = json.dumps({"fill": "x" * (FILE_BYTES_MAX - 20)}).encode() + b"\n"
    for number in range(FILES_MAX + 3):
        with (tmp_path / COMMANDS).open("ab") as file:
            file.write(full)
        record(Act("a", str(number), Result.DONE, "", ""), (tmp_path,))
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == [COMMANDS, *(f"{COMMANDS}.{number}" for number in range(1, FILES_MAX))]
    assert lines(tmp_path)[0]["object"] == str(FILES_MAX + 2)
    assert json.loads((tmp_path / f"{COMMANDS}.1").read_text().splitlines()[0])["object"] == str(
        FILES_MAX + 1
    )


def test_what_strangers_cause_pushes_out_nothing_of_ours(tmp_path: Path) -> None:
    record(ACT, (tmp_path,))
    (tmp_path / REFUSED).write_bytes(b"x" * FILE_BYTES_MAX)
    for _ in range(5):
        record(ACT, (tmp_path,), name=REFUSED)
    assert len(lines(tmp_path)) == 1


def test_lines_of_many_processes_are_whole_also_where_a_file_fills(tmp_path: Path) -> None:
    (tmp_path / COMMANDS).write_bytes(b"{}" + b" " * (FILE_BYTES_MAX - 3000) + b"\n")
    program = (
        "import sys; from pathlib import Path; from fusion_service.security_log import *\n"
        "for n in range(20): record(Act('a', f'{sys.argv[2]}-{n}', Result.DONE, '', ''), "
        "(Path(sys.argv[1]),))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path, str(number)])
        for number in range(4)
    ]
    assert [one.wait(60) for one in running] == [0] * 4
    told = [
        json.loads(line) for path in tmp_path.iterdir() for line in path.read_text().splitlines()
    ]
    assert {one["object"] for one in told if one} == {
        f"{process}-{n}" for process in range(4) for n in range(20)
    }


def test_a_log_that_cannot_be_written_is_told_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / COMMANDS).mkdir()
    record(ACT, (tmp_path,))
    told = capsys.readouterr().err
    assert "not written" in told
    assert '"object": "beach/pier-1"' in told


def test_a_pipe_in_its_place_holds_nothing_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / COMMANDS)
    record(ACT, (tmp_path,))
    assert "not written" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_writes_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 65_534, 65_534)
    record(ACT, (tmp_path,))
    assert (tmp_path / COMMANDS).stat().st_uid == 65_534


def test_the_actor_is_the_user_of_this_process() -> None:
    # A user of a container often has no name.
    named = {user.pw_uid: user.pw_name for user in pwd.getpwall()}
    name = named.get(os.getuid(), f"uid {os.getuid()}")
    assert security_log.own_actor().startswith(name)
    assert security_log.own_origin()
