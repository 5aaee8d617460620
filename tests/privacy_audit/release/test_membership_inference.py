# SPDX-License-Identifier: Apache-2.0
"""Attackers who guess, on the real disclosure and a real gate.

They must see lies about the noise.
"""

from pathlib import Path

from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.oracles.records import LINE, ZONE
from privacy_audit.release import membership_inference, nights
from tests.privacy_audit.bare_box import bare_box


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
