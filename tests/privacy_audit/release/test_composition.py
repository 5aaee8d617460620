# SPDX-License-Identifier: Apache-2.0
"""An attacker who sees many numbers, drawn by the real rules."""

from pathlib import Path

import pytest

from edge_agent.config.privacy_loss import Spent, right_share
from privacy_audit.finding import Verdict
from privacy_audit.release import composition
from tests.privacy_audit.bare_box import bare_box
from wire_contract.messages.report import Rule, RuleName


def laplace(epsilon_thousandths: int) -> Rule:
    return Rule(RuleName.DISCRETE_LAPLACE, (epsilon_thousandths,))


def test_a_passage_and_eight_hours_tell_what_the_law_of_the_noise_gives_and_no_more(
    tmp_path: Path,
) -> None:
    found = composition.look(bare_box(tmp_path, "window.length_s=600").config)
    assert [(finding.name, finding.verdict) for finding in found] == [
        ("all numbers of a passage of 60 s", Verdict.TWIN),
        ("all numbers of eight hours in a zone", Verdict.TWIN),
    ], found
    assert all("99.9 %: +0." in finding.detail for finding in found)


@pytest.mark.parametrize("numbers", [2, 6, 16])
def test_what_is_measured_is_what_was_computed(numbers: int) -> None:
    marked = composition.mark(laplace(1000), numbers)
    _, low, high = marked.share()
    assert marked.guesses == 1000
    assert low < right_share(numbers, 1.0) < high
    assert high - low < 0.12


def test_noise_that_is_less_than_was_promised_falls(tmp_path: Path) -> None:
    config = bare_box(tmp_path).config
    less = composition.mark(laplace(2000), 2)
    assert composition.judged(config, "less noise", Spent(2, 0), less).verdict is Verdict.FELL


def test_a_rule_that_promises_nothing_is_not_said_to_hold(tmp_path: Path) -> None:
    config = bare_box(tmp_path, "disclosure.rule=random_rounding", "window.length_s=600").config
    assert {finding.verdict for finding in composition.look(config)} == {Verdict.UNPROVEN}
