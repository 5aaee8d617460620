# SPDX-License-Identifier: Apache-2.0
"""The command line as its users meet it; `replay` has its own tests beside the tool."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from development.testbed.verbs import ended_box_verb
from edge_agent.commands.box import _colour

PROGRAM = Path(sys.executable).with_name("edge-agent")
TEXT = """
site = "test"
device = "box"
[camera]
source = "file"
path = "street.avi"
[[lines]]
id = "door"
a = [0, 100]
b = [200, 100]
[store]
directory = "box"
[keys]
directory = "keys"
"""


def edge_agent(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return ended_box_verb(*arguments)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "box.toml").write_text(TEXT)
    return tmp_path / "box.toml"


def test_check_prints_facts_to_stdout_and_mistakes_to_stderr_and_fails(file: Path) -> None:
    done = edge_agent("check", file, "--set", "device=other")
    assert done.returncode == 1
    assert done.stdout.startswith("device test/other, real site, config ")
    assert "line door: in is walking down the picture" in done.stdout
    assert all(line.startswith(f"{file}: ") for line in done.stderr.splitlines())
    assert f"{file}: camera.path: " in done.stderr
    assert f"{file}: keys.directory: " in done.stderr
    assert f"{file}: keys.directory: " in done.stderr


def test_check_tells_machines_the_same(file: Path) -> None:
    done = edge_agent("check", file, "--json", "--set", "window.length_s=1", "--set", "zebra=1")
    assert (done.returncode, done.stderr) == (1, "")
    said = json.loads(done.stdout)
    assert said["ok"] is False
    assert said["facts"] == []
    assert [mistake.split(": ")[1] for mistake in said["mistakes"]] == ["window.length_s", "zebra"]


def test_run_refuses_what_a_box_may_not_do_and_starts_nothing(file: Path) -> None:
    done = edge_agent("run", file, "--set", "disclosure.rule=exact")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{file}: disclosure.rule: got exact" in done.stderr
    assert f"{file}: keys.directory: " in done.stderr
    assert sorted(path.name for path in file.parent.iterdir()) == ["box.toml"]


def test_keygen_makes_keys_once_and_never_again(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    first = edge_agent("keygen", keys)
    assert (first.returncode, first.stdout, first.stderr) == (0, f"{keys / 'signing.pub'}\n", "")
    made = {path.name: path.read_bytes() for path in keys.iterdir()}
    assert sorted(made) == ["noise.key", "signing.key", "signing.pub"]
    assert [
        stat.S_IMODE((keys / name).stat().st_mode) for name in ("noise.key", "signing.key")
    ] == [0o600, 0o600]
    second = edge_agent("keygen", keys)
    assert (second.returncode, second.stdout) == (1, "")
    assert "is there already" in second.stderr
    assert {path.name: path.read_bytes() for path in keys.iterdir()} == made


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],  # no such verb
        ["check"],  # nothing to check
        ["check", "box.toml", "--loud"],  # no such option
    ],
)
def test_wrong_use_is_exit_code_two(arguments: list[str]) -> None:
    done = edge_agent(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_an_error_is_its_own_sentence_and_exit_code_one(tmp_path: Path) -> None:
    done = edge_agent("run", tmp_path / "absent.toml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{tmp_path / 'absent.toml'}: cannot be read: ")
    assert "Traceback" not in done.stderr


def test_a_reader_who_has_gone_is_no_accident(file: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [PROGRAM, "check", file, "--json"]
    done = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writing)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("line", "colour"),
    [
        (
            (
                "edge_agent.processes.supervision.supervisor INFO feeder: confinement level "
                "network-camera (no new privileges)"
            ),
            "red",
        ),
        (
            (
                "edge_agent.processes.supervision.supervisor INFO sensor: confinement level "
                "process (no new privileges)"
            ),
            "red",
        ),
        ("confinement: at least network-camera; what it is, the running box measures", "red"),
        (
            (
                "camera: rtsp at 192.0.2.20 port 554, network-camera: its pictures cross a cable "
                "that nobody here guards"
            ),
            "red",
        ),
        (
            (
                "edge_agent.processes.supervision.supervisor INFO sensor: confinement level "
                "standard (no new privileges)"
            ),
            None,
        ),
        (
            (
                "edge_agent.processes.supervision.supervisor INFO sensor: confinement level full "
                "(no new privileges)"
            ),
            None,
        ),
        ("edge_agent.uplink INFO a process was started again", None),
    ],
)
def test_a_line_that_says_a_level_below_standard_is_red(line: str, colour: str | None) -> None:
    assert _colour(line) == colour


def test_check_says_in_words_that_a_network_camera_is_unguarded(file: Path) -> None:
    camera = 'camera={source = "rtsp", host = "192.0.2.20", port = 554}'
    done = edge_agent(
        "check", file, "--set", camera, "--set", "confinement.level_min=network-camera"
    )
    assert (
        "camera: rtsp at 192.0.2.20 port 554, network-camera: its pictures cross a "
        "cable that nobody here guards" in done.stdout
    )
    assert "confinement: at least network-camera" in done.stdout
