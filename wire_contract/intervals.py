# SPDX-License-Identifier: Apache-2.0
"""The 80 % interval of released counts taken together: one law for box and centre. Pure.

Two things make a count unsure, and they add up in two ways. The rule's noise is each number's own,
so its squares add up. What a box counts wrong is shared by the windows of one place, so it adds up
in full; the middles of the intervals do too. Where one number is a lower bound, the whole is one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wire_contract.messages.report import RuleName

Z80 = 1.2816
"""Half the width of the 80 % interval of a normal law, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Addend:
    """One released number and the ends of its interval; without a high end it is a lower bound.

    weight: how often it counts in the whole (1 in a sum, a share of the time in a mean).
    noise_square: the square of how far its own noise reaches to either side, at 80 %.
    """

    value: int
    low: int
    high: int | None
    weight: float
    noise_square: float


@dataclass(frozen=True, slots=True)
class Whole:
    """What the interval of a sum or a mean is made of, already added up over its numbers.

    total and middle: of the numbers, and of their intervals' middles. noise_square: of all noise.
    shared and shared_below: how far the intervals reach besides the noise, to either side, and
    below the numbers.
    """

    total: float
    middle: float
    noise_square: float
    shared: float
    shared_below: float

    def ends(self) -> tuple[float, float]:
        """Return both ends, where every number has both."""
        half = math.hypot(math.sqrt(self.noise_square), self.shared)
        return self.middle - half, self.middle + half

    def low_end(self) -> float:
        """Return the low end, where the whole is a lower bound."""
        return self.total - math.hypot(math.sqrt(self.noise_square), self.shared_below)


def add_up(addends: Sequence[Addend]) -> Whole:
    """Add up numbers and what their intervals are made of."""
    reaches = [0.0 if one.high is None else (one.high - one.low) / 2.0 for one in addends]
    pairs = list(zip(addends, reaches, strict=True))
    return Whole(
        total=sum(one.weight * one.value for one in addends),
        middle=sum(one.weight * (one.low + reach) for one, reach in pairs),
        noise_square=sum(one.weight**2 * one.noise_square for one in addends),
        shared=sum(one.weight * shared_reach(reach, one.noise_square) for one, reach in pairs),
        shared_below=sum(
            one.weight * shared_reach(max(one.value - one.low, 0), one.noise_square)
            for one in addends
        ),
    )


def shared_reach(reach: float, noise_square: float) -> float:
    """Return how far an interval reaches to one side besides the rule's noise."""
    return math.sqrt(max(reach**2 - noise_square, 0.0))


def noise_square(rule: str, parameter: int) -> float:
    """Return the square of how far a rule's noise reaches to either side in 80 of 100 numbers.

    parameter: the rule's first. The other rules have no noise of each number's own.
    """
    if rule == RuleName.DISCRETE_LAPLACE:
        fall = math.exp(-parameter / 1000.0)
        return Z80**2 * 2.0 * fall / (1.0 - fall) ** 2
    if rule == RuleName.RANDOM_ROUNDING:
        return Z80**2 * (parameter**2 - 1) / 6.0
    return 0.0
