# SPDX-License-Identifier: Apache-2.0
import pytest

from privacy_audit.oracles.binomial import interval


@pytest.mark.parametrize(
    ("successes", "trials", "confidence", "low", "high"),
    [
        # Published values of Clopper and Pearson's interval (R, binom.test).
        (0, 10, 0.95, 0.0, 0.30850),
        (10, 10, 0.95, 0.69150, 1.0),
        (7, 20, 0.95, 0.15391, 0.59219),
        (682, 925, 0.95, 0.70762, 0.76540),
    ],
)
def test_the_interval_is_the_published_one(
    successes: int, trials: int, confidence: float, low: float, high: float
) -> None:
    assert interval(successes, trials, confidence=confidence) == pytest.approx(
        (low, high), abs=2e-4
    )


def test_it_narrows_with_more_trials_and_widens_with_more_confidence() -> None:
    few, many = interval(75, 100, confidence=0.95), interval(750, 1000, confidence=0.95)
    sure = interval(75, 100, confidence=0.999)
    assert few[0] < many[0] < 0.75 < many[1] < few[1]
    assert sure[0] < few[0] < few[1] < sure[1]
