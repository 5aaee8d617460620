# SPDX-License-Identifier: Apache-2.0
import random

import pytest

from edge_agent.disclosure.interval.calibration import Tally, calibration, tally_variance
from edge_agent.disclosure.interval.error_table import BETWEEN_SCENES_PERMILLE
from edge_agent.disclosure.interval.interval import noise_law
from edge_agent.disclosure.noise import Bits
from edge_agent.disclosure.rules import release
from wire_contract.messages.report import Rule, RuleName

LAPLACE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))
EXACT = Rule(RuleName.EXACT, ())


def test_a_long_tally_is_believed_and_a_short_one_less() -> None:
    long, short = (
        calibration(Tally(windows, 11 * windows, 10 * windows), LAPLACE) for windows in (200, 12)
    )
    assert long is not None
    assert short is not None
    assert long.bias_permille == pytest.approx(100, abs=5)
    assert 0 < short.bias_permille < long.bias_permille
    assert long.spread_permille < short.spread_permille < BETWEEN_SCENES_PERMILLE


@pytest.mark.parametrize(
    "tally", [Tally(10, 29, 100), Tally(10, 100, 29), Tally(60, 40, 31), Tally(10, 0, -5)]
)
def test_a_tally_that_noise_could_explain_says_nothing(tally: Tally) -> None:
    assert calibration(tally, LAPLACE) is None


def test_noise_is_part_of_the_doubt_by_its_closed_form() -> None:
    tally = Tally(30, 600, 600)
    variance = sum(chance * noise**2 for noise, chance in noise_law(LAPLACE, 0).items())
    assert tally_variance(tally, LAPLACE) - tally_variance(tally, EXACT) == pytest.approx(
        60 * variance
    )


def test_the_stated_spread_holds_the_true_bias_as_often_as_a_standard_deviation_should() -> None:
    chance, held, turns = random.Random(3), 0, 400
    for turn in range(turns):
        # Of a line at which a tenth of the released people walk there is no tally.
        bias = max(-0.8, chance.gauss(0.0, BETWEEN_SCENES_PERMILLE / 1000.0))
        counts = [chance.randint(15, 25) for _ in range(20)]
        truth = sum(count * (1.0 + bias) for count in counts)
        released = sum(
            release(count, LAPLACE, Bits(b"t" * 32, f"{turn} {place}")) or 0
            for place, count in enumerate(counts)
        )
        said = calibration(Tally(10, round(truth), released), LAPLACE)
        assert said is not None
        held += abs(said.bias_permille - 1000 * bias) <= said.spread_permille
    assert held / turns >= 0.68
