# SPDX-License-Identifier: Apache-2.0
"""What a released window says of how many were seen: a number, its own noise, and its bias. Pure.

The released 80 % interval holds two things. The rule's noise is drawn anew in each window, and time
averages it out. What a box counts wrong it counts wrong in the next window too, in proportion to
how many are there. The first is what is left of the width where nobody is; the second is the rest.
"""

import math
from dataclasses import dataclass

from fusion_service.estimate.observation import Observation

WIDTHS = 2.0 * 1.2816
"""The width of a central 80 % interval, in standard deviations."""
BIAS_UNSAID = 0.08
"""What an interval does not know: how a camera hangs, which part it sees, as a logarithm."""
BIAS_MAX = 0.5
WHOLE = 1.0
"""Ends are whole numbers, each of which stands for half a person to either side."""
OPEN_FACTOR = 2.0
"""A lower bound without a high end is held to reach as far up as down, at least."""


@dataclass(slots=True)
class NoiseOfSensor:
    """What the intervals of one sensor have shown of it.

    least: the least variance of a window, which is the rule's noise; None before the first.
    excess, squares: sums of the rest and of the squared count, slowly forgotten.
    """

    least: float | None = None
    excess: float = BIAS_UNSAID**2 * 400.0
    squares: float = 400.0

    def split(self, observation: Observation, *, learns: bool) -> tuple[float, float]:
        """Return what a window says was seen, and the variance of its own noise."""
        assert observation.count is not None  # noqa: S101 - asked before
        count, low, high = observation.count, observation.low, observation.high
        if low is None and high is None:
            return count, max(abs(count) * POISSON_WITHOUT, 1.0)
        if high is None:
            high = count + (count - low if low is not None else 0.0)
        if low is None:
            low = count - (high - count)
        total = ((high - low + WHOLE) / WIDTHS) ** 2
        least = min(total, total if self.least is None else self.least * LEAST_GROWTH)
        own = min(total, least)
        middle = (low + high) / 2.0
        square = max(count, 0.0) ** 2
        # The table of a box's errors comes from other scenes: whether this box errs as those did
        # or was set up to count right is even, so half of the shift is taken, and half is doubted.
        half = (middle - count) / 2.0
        if learns:
            self.least = least
            self._learn_excess(square, total - own + half * half)
        return count + half, own

    def _learn_excess(self, square: float, excess: float) -> None:
        self.excess = self.excess * FORGETS + excess
        self.squares = self.squares * FORGETS + square

    @property
    def bias_sd(self) -> float:
        """How far the sensor may count wrong for long, as a logarithm."""
        found = self.excess / max(self.squares, 1.0)
        return min(math.sqrt(found + BIAS_UNSAID**2), BIAS_MAX)


POISSON_WITHOUT = 1.0
"""Without an interval a count is as unsure as counts of events are."""
LEAST_GROWTH = 1.0005
"""The least is forgotten by half in 1,400 windows: a rule can change."""
FORGETS = 0.999


GROUPS = 1.6
"""How many people come and go together: the mean square of a group's size over its mean, for many
who walk alone, pairs, and a few families. Counts of people scatter by so much more than a Poisson
law says."""


@dataclass(slots=True)
class Turnover:
    """How long people stay in what one direct counter sees, from how its count changes.

    Of people who come and go in groups, counts a time h apart differ by a variance of
    2 GROUPS n (1 - exp(-h / stay)), besides the noise of each. changes and twice_people sum both.
    """

    last: float | None = None
    changes: float = 20.0 * 0.18 * GROUPS
    twice_people: float = 20.0

    def hear(self, seen: float, own_variance: float) -> None:
        """Take in a window."""
        if self.last is not None:
            change = min(
                (seen - self.last) ** 2, CHANGE_MAX * (max(seen, 0.0) + own_variance + 1.0)
            )
            self.changes = self.changes * FORGETS_TURNOVER + change - 2.0 * own_variance
            self.twice_people = self.twice_people * FORGETS_TURNOVER + 2.0 * max(seen, 0.0)
        self.last = seen

    def stay_s(self, length_s: int) -> float:
        """Return how long people stay in view, seconds."""
        share = min(max(self.changes / max(GROUPS * self.twice_people, 1.0), 0.01), 0.95)
        return min(-length_s / math.log(1.0 - share), STAY_MAX_S)


FORGETS_TURNOVER = 0.995
STAY_MAX_S = 7200.0
CHANGE_MAX = 9.0
"""Beyond three standard deviations a change is no coming and going of one by one."""


def sampling_at_once(people: float, share: float) -> float:
    """Return by how much a count differs because only a share of a zone is seen, at one moment.

    Each group is in view or not.
    """
    return GROUPS * share * (1.0 - share) * (max(people, 0.0) + 1.0)


def sampling_variance(people: float, share: float, stay_s: float, length_s: int) -> float:
    """Return the same as white noise that weighs as much in the end.

    The difference lasts until those in view or those out of view have changed, whichever is sooner.
    Windows within that agree with each other, and filtered as if they did not, each must count for
    less.
    """
    return sampling_at_once(people, share) * 2.0 * stay_s * (1.0 - share) / length_s
