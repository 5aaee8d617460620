# SPDX-License-Identifier: Apache-2.0
"""The audit as its user starts it."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.parts import PARTS, chosen
from privacy_audit.runner import fallen_at_start, judged, without_pdf
from privacy_audit.target.testbed import BoxError
from tests.privacy_audit.findings import SOCKETS, USER, result

PROGRAM = Path(sys.executable).with_name("edge-agent")


def test_a_box_that_names_what_it_misses_has_fallen_in_that() -> None:
    missing = "missing: own namespace net, a user of its own; see edge-agent check"
    words = f"confinement: level process, the config wants standard or better; {missing}"
    assert [finding.mechanism for finding in fallen_at_start(BoxError(words))] == [
        Mechanism.UID,
        Mechanism.NAMESPACES,
    ]
    assert (
        fallen_at_start(BoxError("box: did not come up within 120 s; its last words:\nno camera"))
        == ()
    )


def test_a_refusal_without_a_control_is_not_taken_for_proven() -> None:
    alone = replace(SOCKETS, controls=0)
    assert judged(SOCKETS) == SOCKETS
    assert judged(alone).verdict is Verdict.UNPROVEN
    assert "proves little" in judged(alone).detail
    assert judged(USER) == USER, "a measurement has none"


def test_a_pdf_that_cannot_be_written_is_unproven_and_expected() -> None:
    without = without_pdf(result(USER))
    assert [finding.name for finding in without.unproven] == ["the report as a PDF"]
    assert (without.exit_code, without.unexpected) == (0, ())


def test_the_parts_are_chosen_by_name_each_once() -> None:
    assert chosen(()) == PARTS
    assert [part.name for part in chosen(("capacity", "processes", "capacity"))] == [
        "capacity",
        "processes",
    ]
    with pytest.raises(KeyError, match="pixels"):
        chosen(("pixels",))
    assert len({part.name for part in PARTS}) == len(PARTS)


def test_a_part_that_does_not_exist_is_wrong_use() -> None:
    done = subprocess.run(
        [PROGRAM, "audit", "--only", "pixels"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "processes" in done.stderr


def test_a_config_that_cannot_be_read_is_one_sentence() -> None:
    done = subprocess.run(
        [PROGRAM, "audit", "/nowhere.toml", "--json"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "/nowhere.toml: cannot be read" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can prove all of it; run as root")
def test_the_command_looks_reports_and_leaves_nothing_behind() -> None:
    with tempfile.TemporaryDirectory(prefix="audit-test-") as name:
        # The broker becomes a user of its own, who must get through to its files.
        Path(name).chmod(0o755)
        _look_and_leave_nothing(Path(name))


def _look_and_leave_nothing(folder: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(folder)}
    command = [PROGRAM, "audit", "--only", "processes", "--json", "--html", folder / "audit.html"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=240
    )
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert (done.returncode, told["level"], told["fell"], told["unproven"]) == (
        0,
        "standard",
        [],
        [],
    )
    assert (told["parts"], told["whole"], told["root"]) == (["processes"], False, True)
    assert told["versions"]["code"]
    assert [path.name for path in folder.iterdir()] == ["audit.html"]


def test_every_part_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "OPERATIONS.md").read_text()
    section = text.partition("| part | question |")[2].partition("\n\n")[0]
    assert [line.split("`")[1] for line in section.splitlines() if "`" in line] == [
        part.name for part in PARTS
    ]
