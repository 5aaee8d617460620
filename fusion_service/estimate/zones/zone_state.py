# SPDX-License-Identifier: Apache-2.0
"""One zone over time: its filter, what is usual in it, who comes, and what it is told. Pure."""

import math
from dataclasses import dataclass

from fusion_service.estimate.state_space import RATE_MIN, FilterMark, Reading, Step, ZoneFilter
from fusion_service.estimate.zones.flow import FlowOfZone
from fusion_service.estimate.zones.usual import UsualOfZone
from fusion_service.registry.site import Zone

RETURNS_S = 6 * 3600.0
"""How long a counted zone takes to forget that it is not as usual."""
RETURNS_UNCOUNTED_S = 600.0
"""The same where nobody counts: what others say of it is all there is."""
UNUSUAL_SD = 0.6
"""How far a zone is from usual, as a logarithm: people double or halve between like days."""
COLD_SD = 0.7
"""How far a zone is from its share by capacity."""
BIAS_RETURNS_S = 3 * 86_400.0
PACE_MIN, PACE_MAX = 0.1, 10.0
PACE_LEARNS = 0.03
"""How fast it is learnt that a zone changes faster or slower than the law says."""
STAY_S = 600.0
PEOPLE_MIN = 0.2


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
    guess: Guess
    numbers: tuple[float, float, float, float]
    filter: FilterMark


class ZoneState:
    """What is known of a zone. Times are unix seconds.

    It has more than ten attributes: the zone's parts, and how it goes on from step to step.
    """

    __slots__ = (
        "at_s",
        "bias_sds",
        "filter",
        "flow",
        "guess",
        "mean_fast",
        "mean_slow",
        "pace",
        "places",
        "stay_s",
        "usual",
        "zone",
    )

    def __init__(self, zone: Zone, flow: FlowOfZone, direct: list[str]) -> None:
        self.zone, self.flow = zone, flow
        self.usual = UsualOfZone()
        self.places = {sensor: place for place, sensor in enumerate(direct)}
        self.bias_sds = [0.2] * len(direct)
        rate = max(0.05 * zone.capacity, 1.0)
        self.filter = ZoneFilter(rate, (COLD_SD * 2.0 * rate) ** 2, [0.04] * len(direct))
        self.at_s: int | None = None
        self.guess = Guess(rate, 2.0 * COLD_SD, by_flow=False)
        self.pace = 1.0
        self.stay_s = STAY_S
        self.mean_fast = self.mean_slow = rate

    def advance(self, at_s: int, guess: Guess, *, is_counted: bool) -> None:
        """Go on to a moment, towards what is guessed for it."""
        if self.at_s is None:
            self.at_s, self.guess = at_s, guess
            if not is_counted:
                self.filter.begin_anew(guess.people, (guess.sd * guess.people) ** 2)
            return
        if guess.by_flow != self.guess.by_flow:
            self.guess = guess
        elapsed = at_s - self.at_s
        if elapsed <= 0:
            return
        self.filter.predict(self._step(elapsed, guess, is_counted=is_counted))
        self.at_s, self.guess = at_s, guess
        people = self.filter.people
        self.mean_fast += (people - self.mean_fast) * (1.0 - math.exp(-elapsed / 300.0))
        self.mean_slow += (people - self.mean_slow) * (1.0 - math.exp(-elapsed / 900.0))

    def _step(self, elapsed: int, guess: Guess, *, is_counted: bool) -> Step:
        returns_s = RETURNS_S if is_counted else RETURNS_UNCOUNTED_S
        stays = math.exp(-elapsed / returns_s)
        before = max(self.filter.state[0], RATE_MIN)
        z = math.log(before / max(self.guess.people, PEOPLE_MIN))
        rate = max(guess.people, PEOPLE_MIN) * math.exp(min(max(z, -5.0), 5.0) * stays)
        pace = self.pace if is_counted else 1.0
        sd = UNUSUAL_SD if is_counted else guess.sd
        remains = math.exp(-elapsed / max(self.stay_s, 1.0))
        bias_stays = math.exp(-elapsed / BIAS_RETURNS_S)
        return Step(
            rate=max(rate, RATE_MIN),
            slope=stays * rate / before,
            stays=remains,
            bias_stays=bias_stays,
            rate_variance=pace * (sd * rate) ** 2 * (1.0 - stays * stays),
            fluctuation_variance=max(rate, RATE_MIN) * (1.0 - remains * remains),
            bias_variances=tuple(
                one * one * (1.0 - bias_stays * bias_stays) for one in self.bias_sds
            ),
        )

    def observe(self, reading: Reading) -> float:
        """Take in a reading. Return its normalised innovation squared."""
        innovation, spread = self.filter.observe(reading)
        squared = min(innovation * innovation / spread, 25.0)
        self.pace *= math.exp(PACE_LEARNS * min(squared - 1.0, 4.0))
        self.pace = min(max(self.pace, PACE_MIN), PACE_MAX)
        return squared

    def mark(self) -> ZoneMark:
        """Return what changes from window to window."""
        numbers = (self.pace, self.stay_s, self.mean_fast, self.mean_slow)
        return ZoneMark(self.at_s, self.guess, numbers, self.filter.mark())

    def return_to(self, mark: ZoneMark) -> None:
        """Go back to a mark."""
        self.at_s, self.guess = mark.at_s, mark.guess
        self.pace, self.stay_s, self.mean_fast, self.mean_slow = mark.numbers
        self.filter.return_to(mark.filter)

    def shared(self, activity: float) -> float:
        """Return its share of the site by capacity; activity: people a place, site-wide."""
        return max(self.zone.capacity * activity, PEOPLE_MIN)

    @property
    def trend(self) -> float:
        """People more a minute."""
        return (self.mean_fast - self.mean_slow) / ((900.0 - 300.0) / 60.0)
