# SPDX-License-Identifier: Apache-2.0
"""One zone over time: its filter, what is usual in it, who comes, and what it is told. Pure."""

import math
from dataclasses import dataclass

from fusion_service.estimate.counters.reading import GROUPS
from fusion_service.estimate.state_space import (
    FilterMark,
    Reading,
    Step,
    ZoneFilter,
    of_the_rate,
)
from fusion_service.estimate.zones.flow import FlowOfZone
from fusion_service.estimate.zones.usual import UsualOfZone
from fusion_service.registry.site import Zone

RETURNS_S = 6 * 3600.0
"""How long a counted zone takes to forget that it is not as usual."""
RETURNS_UNCOUNTED_S = 600.0
"""The same where nobody counts: what others say of it is all there is."""
UNUSUAL_SD = 0.7
"""How far a zone is from usual, as a logarithm: people double or halve between like days."""
COLD_SD = 0.7
"""How far a zone is from its share by capacity."""
SHARED_WEIGHT = 0.6
"""How far zones of one site go together."""
STAY_S = 600.0
STAY_LEARNS = 0.05
PEOPLE_MIN = 0.2
FAST_S, SLOW_S = 300.0, 900.0
"""The trend is the difference of two means that lag by so much."""


@dataclass(frozen=True, slots=True)
class Guess:
    """How many are to be expected where nobody counts, and how unsure that is, as a logarithm."""

    people: float
    sd: float
    by_flow: bool


@dataclass(frozen=True, slots=True)
class ZoneMark:
    """What changes of a zone from window to window, at one moment."""

    at_s: int | None
    was_counted: tuple[bool, bool]
    guess: Guess
    numbers: tuple[float, float, float, float]
    learnt: tuple[float, float, float, float]
    filter: FilterMark


class ZoneState:
    """What is known of a zone. Times are unix seconds.

    It has more than ten attributes: its parts, how the step before was, and two means of people.
    """

    __slots__ = (
        "at_s",
        "bias_variance",
        "filter",
        "flow",
        "guess",
        "is_counted_once",
        "mean_fast",
        "mean_slow",
        "stay_s",
        "usual",
        "was_counted",
        "zone",
    )

    def __init__(self, zone: Zone, flow: FlowOfZone) -> None:
        self.zone, self.flow = zone, flow
        self.usual = UsualOfZone()
        rate = max(0.05 * zone.capacity, 1.0)
        self.filter = ZoneFilter(rate, (2.0 * rate) ** 2)
        self.at_s: int | None = None
        self.guess = Guess(rate, 2.0 * COLD_SD, by_flow=False)
        self.stay_s = STAY_S
        self.is_counted_once = self.was_counted = False
        self.bias_variance = 0.0
        """What is left of the counters' biases, relative to the people."""
        self.mean_fast = self.mean_slow = rate

    def advance(self, at_s: int, guess: Guess, *, is_counted: bool) -> None:
        """Go on to a moment, towards what is guessed for it."""
        if self.at_s is None:
            self.at_s, self.guess = at_s, guess
            self.filter.begin_anew(guess.people, (2.0 * guess.sd * guess.people) ** 2 + 4.0)
            self.mean_fast = self.mean_slow = self.filter.people
            return
        if is_counted != self.was_counted:
            self.was_counted = is_counted
            self.guess = guess if not is_counted else self.guess
        elapsed = at_s - self.at_s
        if elapsed <= 0:
            return
        rate, slope, variance = of_the_rate(
            self.filter.rate,
            self.filter.people,
            (max(self.guess.people, PEOPLE_MIN), max(guess.people, PEOPLE_MIN)),
            elapsed,
            returns_s=RETURNS_S if is_counted else RETURNS_UNCOUNTED_S,
            sd=UNUSUAL_SD if is_counted else guess.sd,
        )
        stays = math.exp(-elapsed / max(self.stay_s, 1.0))
        come_and_go = GROUPS * (rate + 0.5) * (1.0 - stays * stays)
        self.filter.predict(Step(rate, slope, stays, variance, come_and_go))
        self.at_s, self.guess = at_s, guess
        people = self.filter.people
        self.mean_fast += (people - self.mean_fast) * (1.0 - math.exp(-elapsed / FAST_S))
        self.mean_slow += (people - self.mean_slow) * (1.0 - math.exp(-elapsed / SLOW_S))

    def observe(self, reading: Reading) -> float:
        """Take in a reading. Return its normalised innovation squared.

        The first one says where the zone begins: no guess is as good.
        """
        if not self.is_counted_once:
            self.is_counted_once = True
            people = max(reading.value / reading.scale, PEOPLE_MIN)
            self.filter.begin_anew(people, reading.variance / reading.scale**2 + people)
            self.mean_fast = self.mean_slow = people
            return 1.0
        innovation, spread = self.filter.observe(reading)
        return innovation * innovation / spread

    def learn_stay(self, stay_s: float) -> None:
        """Take in how long people seem to stay, from one counter."""
        self.stay_s += STAY_LEARNS * (stay_s - self.stay_s)

    def mark(self) -> ZoneMark:
        """Return what changes from window to window."""
        usual, flow = self.usual, self.flow
        return ZoneMark(
            self.at_s,
            (self.is_counted_once, self.was_counted),
            self.guess,
            (self.stay_s, self.bias_variance, self.mean_fast, self.mean_slow),
            (usual.level, usual.level_seen, flow.longer, flow.learnt_s),
            self.filter.mark(),
        )

    def return_to(self, mark: ZoneMark) -> None:
        """Go back to a mark."""
        self.at_s, self.guess = mark.at_s, mark.guess
        self.is_counted_once, self.was_counted = mark.was_counted
        self.stay_s, self.bias_variance, self.mean_fast, self.mean_slow = mark.numbers
        self.usual.level, self.usual.level_seen, self.flow.longer, self.flow.learnt_s = mark.learnt
        self.filter.return_to(mark.filter)

    def shared(self, activity: float) -> float:
        """Return its share of the site by capacity; activity: people a place, site-wide."""
        return max(self.zone.capacity * activity * math.exp(self.usual.level), PEOPLE_MIN)

    def stand_in(self, rate: float, activity: float) -> float:
        """Return what stands in for an unknown hour of a counted zone: its rate, and its share.

        The share weighs as much as is known of how the zone goes with the site.
        """
        seen = self.usual.level_seen
        weight = SHARED_WEIGHT * seen / (seen + 1.0)
        return math.exp(
            (1.0 - weight) * math.log(max(rate, PEOPLE_MIN))
            + weight * math.log(self.shared(activity))
        )

    @property
    def trend(self) -> float:
        """People more a minute."""
        return (self.mean_fast - self.mean_slow) / ((SLOW_S - FAST_S) / 60.0)
