# SPDX-License-Identifier: Apache-2.0
"""The interval of a sum of released counts, from the intervals of the windows. Pure.

The law is that of the box (wire_contract/intervals.py); here it is added up window by window.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from wire_contract.intervals import Whole, noise_square, shared_reach


@lru_cache(maxsize=64)
def own_square(rule: str, parameters: str) -> float:
    """Return the square of how far a rule's noise reaches to either side in 80 of 100 numbers.

    Parameters as they are stored.
    """
    return noise_square(rule, int(parameters.partition(",")[0] or 0))


def shared(reach: float | None, rule: str, parameters: str) -> float | None:
    """Return how far an interval reaches to one side besides the rule's noise.

    What windows of one place share.
    """
    return None if reach is None else shared_reach(reach, own_square(rule, parameters))


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
        whole = Whole(
            self.total, self.twice_middle / 2.0, self.own_square, self.shared, self.shared_below
        )
        return whole.ends() if self.with_high >= self.windows else (whole.low_end(), None)


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
