# SPDX-License-Identifier: Apache-2.0
"""The first day of docs/OPERATIONS.md: every marked block can be typed, and, as a campaign, is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FIRST_DAY = [sys.executable, "-m", "development.trials.first_day"]
"""As scripts/first-day starts it, without the set-up before."""


def listed(root: Path) -> list[str]:
    return subprocess.run(
        [*FIRST_DAY, "--list"], cwd=root, check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()


def test_the_day_has_an_authority_a_centre_two_boxes_one_lost_one_replaced_and_a_restore(
    root: Path,
) -> None:
    day = "\n".join(listed(root))
    order = [
        "ca init",
        "ca server",
        "ca client",
        "enrol-token",
        "edge-agent enrol",
        "edge-agent run",
        "device lost",
        "device replace",
        "store restore",
    ]
    places = [day.index(words) for words in order]
    assert places == sorted(places)
    assert {f"boulevard/pier-{number}" in day for number in (1, 2)} == {True}


def test_every_block_of_the_day_is_shell(root: Path) -> None:
    text = (root / "docs" / "OPERATIONS.md").read_text()
    blocks = [part.partition("```\n")[0] for part in text.split("-->\n```sh\n")[1:]]
    assert len(blocks) == sum(step.startswith("Block") for step in listed(root))
    for block in blocks:
        assert (
            subprocess.run(
                ["bash", "-n"],  # noqa: S607
                input=block,
                check=False,
                capture_output=True,
                text=True,
            ).stderr
            == ""
        )


def test_a_mark_that_can_not_be_done_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copytree(root / "development", tmp_path / "development")
    (tmp_path / "docs" / "OPERATIONS.md").write_text(
        "<!-- first-day: pier-9 -->\n```sh\ntrue\n```\n"
    )
    done = subprocess.run(
        [*FIRST_DAY, "--list"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "pier-9: wanted a block" in done.stderr


@pytest.mark.campaign
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for machines of its own")
def test_the_first_day_is_followed_word_for_word(root: Path) -> None:
    done = subprocess.run(
        FIRST_DAY,
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    if "wanted " in done.stderr.partition("\n")[0] and "apt install" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
