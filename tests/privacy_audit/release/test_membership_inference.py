# SPDX-License-Identifier: Apache-2.0
"""Attackers who guess, on the real disclosure and a real gate.

And lies about the noise that they must see.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.oracles.records import LINE, ZONE
from privacy_audit.release import live_gate, membership_inference, nights, noise_redrawn
from tests.privacy_audit.bare_box import bare_box


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guessing")


@pytest.fixture(scope="module")
def live(folder: Path) -> live_gate.Live:
    return live_gate.run_live(bare_box(folder), folder, slots=10)


def test_nobody_gains_more_than_epsilon_allows(tmp_path: Path) -> None:
    config = bare_box(tmp_path).config
    for finding in (
        *membership_inference._guesses(config),
        *membership_inference._side_fields(config),
    ):
        assert finding.verdict is Verdict.TWIN, finding.detail


def test_noise_that_is_less_than_was_promised_falls(tmp_path: Path) -> None:
    config, less = bare_box(tmp_path).config, bare_box(tmp_path, "disclosure.epsilon=4").config
    for source, spent in (((LINE, 0), 1), ((ZONE, 0), 2)):
        seen = nights.nights(less, source, count=400, seed=3)
        finding = membership_inference.mark(config, "less noise", source, spent, seen)
        assert (finding.verdict, finding.mechanism) == (Verdict.FELL, Mechanism.NOISE_KEY)


def test_a_side_field_that_leaves_falls(tmp_path: Path) -> None:
    # Without noise a mean of ten people would let the classes out; here the rule that hides nothing
    # does.
    config = bare_box(tmp_path, "disclosure.rule=exact").config
    seen = nights.nights(config, (ZONE, 0), count=400, seed=4)
    right = membership_inference.side_channel.accuracy(
        [night.features for night in seen], [night.present for night in seen]
    )
    assert right > 0.9


def test_a_rule_that_promises_nothing_is_not_said_to_hold(tmp_path: Path) -> None:
    config = bare_box(tmp_path, "disclosure.rule=random_rounding").config
    assert {finding.verdict for finding in membership_inference._guesses(config)} == {
        Verdict.UNPROVEN
    }


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
