# SPDX-License-Identifier: Apache-2.0
"""By how much each direct counter of a zone counts too many, from where they disagree. Pure.

b_j is a logarithm. Before anything is learnt it is 0, give or take what the counter's interval says
of its lasting error, g_j. Windows show how a counter differs from the estimate, so they show the
differences between counters and never what all of them count wrong: that is held to be such that
the sum of b_j / g_j^2 is 0, the most probable of all that fit. What is left of it has the variance
1 / sum(1 / g_j^2), relative to the people.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

DRIFT_PER_DAY = 0.05
"""How far a counter's bias wanders in a day: a lens gets dirty, a branch grows."""
DAY_S = 86_400.0
DIFFERENCE_MAX = 0.7
"""The most that one window tells: beyond a factor of two it is no bias but a conflict."""


@dataclass(slots=True)
class Bias:
    """b and its variance; prior: g squared."""

    value: float = 0.0
    variance: float = 0.04
    prior: float = 0.04

    def learn(self, ratio: float, variance: float, length_s: int) -> None:
        """Take in by what factor a window was above the estimate; variance: of its logarithm."""
        wander = DRIFT_PER_DAY * DRIFT_PER_DAY * length_s / DAY_S
        self.variance = min(self.variance + wander, self.prior)
        gain = self.variance / (self.variance + variance)
        difference = min(max(math.log(max(ratio, 1e-3)), -DIFFERENCE_MAX), DIFFERENCE_MAX)
        self.value += gain * (difference - self.value)
        self.variance *= 1.0 - gain

    def forget(self) -> None:
        """Begin anew."""
        self.value, self.variance = 0.0, self.prior


def settle(biases: Iterable[Bias]) -> float:
    """Shift the biases of a zone's counters so that they fit. Return the variance that is left."""
    found = list(biases)
    weights = [1.0 / one.prior for one in found]
    total = sum(weights)
    if not total:
        return 0.0
    common = sum(weight * one.value for weight, one in zip(weights, found, strict=True)) / total
    for one in found:
        one.value -= common
    return 1.0 / total
