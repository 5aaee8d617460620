# SPDX-License-Identifier: Apache-2.0
"""How sure a share is that was counted: Clopper and Pearson 1934, from the binomial law itself.

Pure.
"""

import math

_HALVINGS = 50


def interval(successes: int, trials: int, *, confidence: float) -> tuple[float, float]:
    """Return the ends of the two-sided interval of a share, from 0 to 1.

    Beyond each lie at most (1 - confidence) / 2.
    """
    beyond = (1.0 - confidence) / 2.0
    low = 0.0 if successes == 0 else _share_with_tail(successes, trials, beyond)
    high = (
        1.0 if successes == trials else 1.0 - _share_with_tail(trials - successes, trials, beyond)
    )
    return low, high


def _share_with_tail(successes: int, trials: int, chance: float) -> float:
    """Return the share at which so many successes or more come with this chance.

    The chance grows with the share.
    """
    low, high = 0.0, successes / trials
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (
            (middle, high) if _at_least(successes, trials, middle) < chance else (low, middle)
        )
    return low


def _at_least(successes: int, trials: int, share: float) -> float:
    """Return the chance of so many successes or more."""
    whole = math.lgamma(trials + 1)
    hit, missed = math.log(share or math.ulp(0.0)), math.log1p(-share) if share < 1.0 else -math.inf
    logs = (
        whole
        - math.lgamma(one + 1)
        - math.lgamma(trials - one + 1)
        + one * hit
        + (trials - one) * missed
        for one in range(successes, trials)
    )
    return math.fsum(map(math.exp, logs)) + math.exp(trials * hit)
