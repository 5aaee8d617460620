# SPDX-License-Identifier: Apache-2.0
"""What one person spends under differential privacy, over all that they can change. Pure.

One person changes each number of a window by at most 1, so each costs epsilon once, and the sum
bounds what all of them together tell (basic composition: Dwork and Roth 2014, theorem 3.16).
Someone who passes crosses each line once, one way, and is in every zone; where the windows begin is
chance, so a passage touches one window more than it is long.
"""

import math
from dataclasses import dataclass

PASSAGE_S = 60
STAY_S = 8 * 3600
EPSILON_MIN = 0.05
"""Under it a number is all noise: a standard deviation of 28."""
JUDGEMENT_EPSILON = 0.2
"""What one track spends on the judgements of the detector, all of them together: the same as
EPSILON of edge_agent/counting/familiarity/judge.py, which this room does not load."""
RETURNS_A_STAY = 9
"""Someone who stays eight hours is taken to be lost and found again every hour."""
NUMBERS_A_ZONE = 2
"""Mean and peak."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a box counts, in windows of length_s.

    class_epsilon is spent on each class that leaves; 0 where none does.
    """

    lines: int
    zones: int
    length_s: int
    class_epsilon: float = 0.0


@dataclass(frozen=True, slots=True)
class Spent:
    """How many numbers and classes one person touches, and how many tracks they are judged by."""

    numbers: int
    classes: int
    tracks: int = 1

    def loss_permille(self, epsilon: float, class_epsilon: float) -> int:
        """Return the privacy loss over all of them, thousandths, rounded up."""
        loss = self.numbers * epsilon + self.classes * class_epsilon
        return math.ceil(round(1000 * (loss + self.tracks * JUDGEMENT_EPSILON), 6))


def passage(counted: Counted, passage_s: int) -> Spent:
    """Return what someone touches who walks through every line and zone within `passage_s`."""
    windows = math.ceil(passage_s / counted.length_s) + 1
    return Spent(
        counted.lines + NUMBERS_A_ZONE * counted.zones * windows, _classes(counted) * windows
    )


def stay(counted: Counted) -> Spent:
    """Return what someone changes who stays eight hours in one zone; nothing without a zone."""
    windows = math.ceil(STAY_S / counted.length_s)
    zones = min(1, counted.zones)
    return Spent(
        NUMBERS_A_ZONE * zones * windows,
        (2 * zones + 1) * windows if counted.class_epsilon else 0,
        RETURNS_A_STAY,
    )


def epsilon_of(budget: float, counted: Counted, passage_s: int) -> float:
    """Return the epsilon of a number under which a passage spends at most `budget`.

    It is rounded down to whole thousandths.
    """
    spent = passage(counted, passage_s)
    left = budget - spent.classes * counted.class_epsilon - spent.tracks * JUDGEMENT_EPSILON
    return math.floor(round(1000 * left / max(1, spent.numbers), 6)) / 1000


def right_share(numbers: int, epsilon: float) -> float:
    """Return how often the best attacker is right about one person.

    The attacker knows all else and sees every number that the person may have changed.

    Each number speaks for or against the person by epsilon, whichever side of the middle it falls
    on, and is right in e^epsilon / (1 + e^epsilon) of all cases; the attacker goes by the majority,
    and guesses at a draw. .5 is chance.
    """
    right = 1.0 / (1.0 + math.exp(-epsilon))
    chances = _binomial(numbers, right)
    return min(
        1.0,
        sum(chances[numbers // 2 + 1 :])
        + (0.5 * chances[numbers // 2] if numbers % 2 == 0 else 0.0),
    )


def bound(loss_permille: int) -> float:
    """Return how often any attacker can be right at most, by the privacy loss alone."""
    return 1.0 / (1.0 + math.exp(-loss_permille / 1000))


def _classes(counted: Counted) -> int:
    """Count the classes of a window that depend on people.

    They are speed and standing of each zone, and the difficulty.
    """
    return NUMBERS_A_ZONE * counted.zones + 1 if counted.class_epsilon else 0


def _binomial(draws: int, chance: float) -> list[float]:
    """Return the chance of each number of successes, by logarithms.

    Without them 2,000 draws would underflow.
    """
    log_yes, log_no = math.log(chance), math.log1p(-chance)
    whole = math.lgamma(draws + 1)
    return [
        math.exp(
            whole
            - math.lgamma(hits + 1)
            - math.lgamma(draws - hits + 1)
            + hits * log_yes
            + (draws - hits) * log_no
        )
        for hits in range(draws + 1)
    ]
