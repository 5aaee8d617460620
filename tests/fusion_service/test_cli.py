# SPDX-License-Identifier: Apache-2.0
"""The verbs: what they say, where, and with which exit code."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.broker import Broker, free_port
from tests.fusion_service.box import Box
from tests.fusion_service.centre import PROGRAM, Centre


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "fusion.toml"
    path.write_text('[store]\npath = "fusion.sqlite"\n')
    return path


def test_a_device_is_added_once(tmp_path: Path, config: Path) -> None:
    key = Box().write_public_key(tmp_path)
    command = ("device", "add", "beach/pier-1", "--public-key", key, "--config", config)
    first, again = run(*command), run(*command)
    assert (first.returncode, first.stdout) == (0, "beach/pier-1 added\n")
    assert (again.returncode, again.stdout) == (0, "beach/pier-1 was there already\n")
    refused = run(*command, "--test-site")
    assert refused.returncode == 1
    assert "not a test site" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "Usage"),  # nothing
        (("run",), 2, "Missing option"),  # no config
        (("run", "--config", "nowhere.toml"), 2, "cannot be read"),  # no file
        (("device", "add", "beach", "--public-key", "x", "--config", "x"), 2, "wanted SITE/DEVICE"),  # no device
        (("status", "--url", "ftp://x"), 2, "http://"),  # not a web address
        (("status", "--url", f"http://127.0.0.1:{free_port()}"), 1, "start fusion-service run"),  # nobody there
    ],
)
def test_wrong_use_is_2_and_failure_is_1(arguments: tuple[str, ...], code: int, told: str) -> None:
    ended = run(*arguments)
    assert ended.returncode == code
    assert told in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr


def test_a_file_that_is_no_public_key_is_named(tmp_path: Path, config: Path) -> None:
    (tmp_path / "signing.pub").write_bytes(b"AAAA\n")
    ended = run("device", "add", "beach/pier-1", "--public-key", tmp_path / "signing.pub", "--config", config)
    assert ended.returncode == 1
    assert "got 5 bytes that are not a public key" in ended.stderr


def test_status_is_a_table_for_people_and_json_for_machines(tmp_path: Path, broker: Broker) -> None:
    with Centre(tmp_path / "centre", broker.port) as centre:
        centre.enrol(Box(), "--test-site")
        table = run("status", "--url", centre.url)
        machine = run("status", "--url", centre.url, "--json")
    assert table.returncode == 0
    assert "beach/pier-1 (test)" in table.stdout
    assert json.loads(machine.stdout)["devices"]["items"][0]["device"] == "pier-1"
