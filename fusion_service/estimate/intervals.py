# SPDX-License-Identifier: Apache-2.0
"""The interval of a sum of released counts, from the intervals of the windows. Pure.

Noise is each number's own, so it adds up as squares. What a box counts wrong, windows of one place
share, so that part of their widths adds up in full, and so do the middles. A window that is a lower
bound takes the high end of the sum away.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from wire_contract.messages.report import RuleName

Z80 = 1.2816
"""Half the width of the 80 % interval of a normal law, standard deviations."""


@lru_cache(maxsize=64)
def own_square(rule: str, parameters: str) -> float:
    """Return the square of how far a rule's noise reaches to either side in 80 of 100 numbers.

    Parameters as they are stored.
    """
    if rule == RuleName.DISCRETE_LAPLACE:
        fall = math.exp(-int(parameters) / 1000.0)
        return Z80**2 * 2.0 * fall / (1.0 - fall) ** 2
    if rule == RuleName.RANDOM_ROUNDING:
        return Z80**2 * (int(parameters) ** 2 - 1) / 6.0
    return 0.0


def shared(reach: float | None, rule: str, parameters: str) -> float | None:
    """Return how far an interval reaches to one side besides the rule's noise.

    What windows of one place share.
    """
    return None if reach is None else math.sqrt(max(reach**2 - own_square(rule, parameters), 0.0))


class Released(NamedTuple):
    """One released count with the ends of its 80 % interval, None where it came without.

    It is taken `weight` times: 1 for what adds up, its window's length for a mean over time.
    """

    number: int
    low: int | None
    high: int | None
    weight: int
    rule: str
    parameters: str


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts of one step: how many windows released one, their sum, and its interval's parts.

    weight is what a mean of them is divided by: the windows' number, or their seconds.
    """

    windows: int
    total: int | None
    with_low: int
    with_high: int
    twice_middle: float
    own_square: float
    shared: float
    shared_below: float
    weight: float

    def ends(self) -> tuple[float | None, float | None]:
        """Return the 80 % interval of the sum.

        No ends where a window came without, no high one where one is a lower bound.
        """
        if self.total is None or self.with_low < self.windows:
            return None, None
        if self.with_high < self.windows:
            return self.total - math.hypot(math.sqrt(self.own_square), self.shared_below), None
        middle, half = self.twice_middle / 2.0, math.hypot(math.sqrt(self.own_square), self.shared)
        return middle - half, middle + half


def sums_of(counts: Iterable[Released]) -> Sums:
    """Add up released counts, and what the interval of their sum is made of."""
    windows = total = with_low = with_high = weights = 0
    twice_middle = squares = shares = shares_below = 0.0
    for number, low, high, weight, rule, parameters in counts:
        windows += 1
        total += weight * number
        weights += weight
        squares += weight * weight * own_square(rule, parameters)
        if low is not None:
            with_low += 1
            shares_below += weight * (shared(max(number - low, 0), rule, parameters) or 0.0)
        if high is not None:
            with_high += 1
        if low is not None and high is not None:
            twice_middle += weight * (low + high)
            shares += weight * (shared((high - low) / 2.0, rule, parameters) or 0.0)
    return Sums(
        windows,
        total if windows else None,
        with_low,
        with_high,
        twice_middle,
        squares,
        shares,
        shares_below,
        float(weights),
    )
