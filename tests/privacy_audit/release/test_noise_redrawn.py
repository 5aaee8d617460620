# SPDX-License-Identifier: Apache-2.0
"""The noise, drawn again from the key of a gate beside the box and of the running one."""

from dataclasses import replace
from pathlib import Path

import pytest

from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.release import live_gate, noise_redrawn
from tests.privacy_audit.bare_box import bare_box


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guessing")


@pytest.fixture(scope="module")
def live(folder: Path) -> live_gate.Live:
    return live_gate.run_live(bare_box(folder), folder, slots=10)


def test_a_gate_releases_what_key_name_and_count_give(folder: Path, live: live_gate.Live) -> None:
    finding = noise_redrawn.known_input(bare_box(folder).config, live)
    assert "40 of 40 numbers are what key, name and input give" in finding.detail


def test_noise_from_another_key_falls(folder: Path, live: live_gate.Live) -> None:
    finding = noise_redrawn.known_input(bare_box(folder).config, replace(live, key=bytes(32)))
    assert (finding.verdict, finding.mechanism) == (Verdict.FELL, Mechanism.NOISE_KEY)


def test_what_a_box_has_released_shows_whether_its_key_was_used(
    folder: Path, live: live_gate.Live
) -> None:
    assert live.entries
    box = bare_box(folder, "store.directory=store", "keys.directory=keys")
    assert noise_redrawn.running_box(box).verdict is Verdict.PROVEN
    (folder / "others").mkdir()
    (folder / "others" / "noise.key").write_text("A" * 43 + "=\n")
    liar = bare_box(folder, "store.directory=store", "keys.directory=others")
    assert noise_redrawn.running_box(liar).verdict is Verdict.FELL
