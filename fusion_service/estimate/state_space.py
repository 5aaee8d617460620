# SPDX-License-Identifier: Apache-2.0
"""The filter of one zone: how many people are there, and how unsure that is. Pure.

The state is x = (m, e). m is the rate: how many people are to be expected now. e is by how many the
people who are here differ from it, because people come and go one by one. People are n = m + e, and
a counter that sees a share s of the zone and counts a factor exp(b) too many says

    y = s exp(b) (m + e) + noise.

Between windows m goes slowly to what is usual, and e to 0 within the time that people stay.
b is no part of the state: what one counter counts wrong for good cannot be told from how many are
there. It is learnt from where several disagree (bias.py), and what is left of it, which no time
averages out, is added to the variance of n at the end. docs/ESTIMATE.md derives each law; its
symbols are the names here.
"""

import math
from dataclasses import dataclass

OUTLIER = 3.0
"""Standard deviations beyond which an innovation is held to be noise with a long tail (Huber 1964);
two in a row on one side are held to be true."""
RATE_MIN = 0.05
"""The least that is ever to be expected: one person for three minutes of an hour."""


@dataclass(frozen=True, slots=True)
class Step:
    """How a zone goes on from one moment to the next.

    rate, slope: the new m, and its derivative by the old one; stays: share of e that is left;
    rate_variance, fluctuation_variance: what each gains.
    """

    rate: float
    slope: float
    stays: float
    rate_variance: float
    fluctuation_variance: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one window of one direct counter says: y = scale n, give or take its variance."""

    sensor: str
    value: float
    scale: float
    variance: float


@dataclass(frozen=True, slots=True)
class FilterMark:
    """All of a filter, as it was at one moment."""

    numbers: tuple[float, float, float, float, float]
    outliers: tuple[tuple[str, int], ...]


class ZoneFilter:
    """An extended Kalman filter over (m, e); its covariance is ((mm, me), (me, ee))."""

    __slots__ = ("ee", "fluctuation", "me", "mm", "outliers", "rate")

    def __init__(self, rate: float, variance: float) -> None:
        self.rate, self.fluctuation = rate, 0.0
        self.mm, self.me, self.ee = variance, 0.0, max(rate, RATE_MIN)
        self.outliers: dict[str, int] = {}
        """Of each counter: the side on which its last innovation was an outlier, or 0."""

    @property
    def people(self) -> float:
        """How many people are in the zone, 0 or more."""
        return max(self.rate + self.fluctuation, 0.0)

    @property
    def variance(self) -> float:
        """The variance of people, but for what counters count wrong for good."""
        return max(self.mm + 2.0 * self.me + self.ee, 1e-6)

    def predict(self, step: Step) -> None:
        """Go on to the next moment."""
        self.rate = step.rate
        self.fluctuation *= step.stays
        self.mm = step.slope * step.slope * self.mm + step.rate_variance
        self.me *= step.slope * step.stays
        self.ee = step.stays * step.stays * self.ee + step.fluctuation_variance

    def observe(self, reading: Reading) -> tuple[float, float]:
        """Correct the state by a reading. Return the innovation and its variance."""
        scale = reading.scale
        innovation = reading.value - scale * (self.rate + self.fluctuation)
        with_rate = scale * (self.mm + self.me)
        with_fluctuation = scale * (self.me + self.ee)
        spread = scale * (with_rate + with_fluctuation) + reading.variance
        trusted = self._trusted(reading.sensor, innovation, spread)
        self._correct((with_rate, with_fluctuation), innovation / trusted, 1.0 / trusted)
        return innovation, spread

    def observe_below(self, reading: Reading, weight: float) -> None:
        """Correct the state by a number that was withheld because it is less than the reading's.

        The mean and variance of a normal law cut off above (Tobit 1958) take the place of the
        number. weight, 0 to 1: how much of it is not in the windows before already.
        """
        scale = reading.scale
        with_rate = scale * (self.mm + self.me)
        with_fluctuation = scale * (self.me + self.ee)
        spread = scale * (with_rate + with_fluctuation) + reading.variance
        sd = math.sqrt(max(spread, reading.variance))
        above = (reading.value - scale * (self.rate + self.fluctuation)) / sd
        density = math.exp(-above * above / 2.0) / math.sqrt(2.0 * math.pi)
        below = 0.5 * math.erfc(-above / math.sqrt(2.0))
        # Far in the tail the ratio of the two is the distance itself (Mills).
        ratio = density / below if below > TAIL_MIN else -above
        narrowed = min(max(ratio * (above + ratio), 0.0), 1.0)
        self._correct(
            (with_rate, with_fluctuation), -weight * ratio / sd, weight * narrowed / spread
        )

    def _correct(
        self, covariances: tuple[float, float], innovation: float, information: float
    ) -> None:
        """Move by covariances times innovation, and take away what is known now."""
        with_rate, with_fluctuation = covariances
        self.rate += with_rate * innovation
        self.fluctuation += with_fluctuation * innovation
        self.mm -= with_rate * with_rate * information
        self.me -= with_rate * with_fluctuation * information
        self.ee -= with_fluctuation * with_fluctuation * information
        # Rounding may leave a little less than nothing of a variance.
        self.mm, self.ee = max(self.mm, 0.0), max(self.ee, 0.0)
        if self.rate < RATE_MIN:
            self.fluctuation += self.rate - RATE_MIN
            self.rate = RATE_MIN

    def begin_anew(self, rate: float, variance: float) -> None:
        """Set how many are to be expected, as others than counters of the zone say."""
        self.rate, self.fluctuation = max(rate, RATE_MIN), 0.0
        self.mm, self.me, self.ee = variance, 0.0, self.rate

    def mark(self) -> FilterMark:
        """Return a copy of all."""
        numbers = (self.rate, self.fluctuation, self.mm, self.me, self.ee)
        return FilterMark(numbers, tuple(self.outliers.items()))

    def return_to(self, mark: FilterMark) -> None:
        """Become a copy of a mark."""
        self.rate, self.fluctuation, self.mm, self.me, self.ee = mark.numbers
        self.outliers = dict(mark.outliers)

    def _trusted(self, sensor: str, innovation: float, spread: float) -> float:
        """Return the variance that an innovation is held to have, see OUTLIER."""
        side = 0
        if innovation * innovation > OUTLIER * OUTLIER * spread:
            side = 1 if innovation > 0.0 else -1
        is_first = side != 0 and self.outliers.get(sensor, 0) != side
        self.outliers[sensor] = side
        return innovation * innovation / (OUTLIER * OUTLIER) if is_first else spread


def of_the_rate(
    rate: float,
    people: float,
    usual: tuple[float, float],
    elapsed_s: float,
    *,
    returns_s: float,
    sd: float,
) -> tuple[float, float, float]:
    """Return where the rate goes, the derivative, and the variance that it gains.

    z = log(m / usual) is an Ornstein-Uhlenbeck process: it returns to 0 within returns_s and has
    the standard deviation sd where nothing is known. usual: before and after. Where few are
    expected and more are there, the rate changes as theirs would.
    """
    usual_before, usual_after = usual
    stays = math.exp(-elapsed_s / returns_s)
    before = max(rate, RATE_MIN)
    z = min(max(math.log(before / usual_before), -Z_MAX), Z_MAX)
    after = max(usual_after * math.exp(z * stays), RATE_MIN)
    larger = max(after, people) + 1.0
    return after, stays * after / before, (sd * larger) ** 2 * (1.0 - stays * stays)


TAIL_MIN = 1e-12
Z_MAX = 5.0
"""Nowhere are 150 times as many people as usual."""
