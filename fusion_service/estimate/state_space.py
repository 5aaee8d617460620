# SPDX-License-Identifier: Apache-2.0
"""The filter of one zone: how many people are there, and how wrong is each who counts them. Pure.

The state is x = (m, e, b_1 .. b_J). m is the rate: how many people are to be expected now. e is by
how many the people who are here differ from it, because people come one by one. b_j is by how much
sensor j counts too many, as a logarithm. People are m + e, and sensor j says

    y_j = share_j (m + e) exp(b_j) + noise.

m goes slowly back to what is usual, e to 0 within the time that people stay, b_j to 0 within days.
docs/ESTIMATE.md derives each law; the symbols there are the names here.
"""

import math
from array import array
from dataclasses import dataclass

RATE, FLUCTUATION, FIRST_BIAS = 0, 1, 2
"""Places in the state."""
OUTLIER = 3.0
"""Standard deviations beyond which an innovation is held to be noise with a long tail, Huber 1964;
two in a row on one side are held to be true."""


@dataclass(frozen=True, slots=True)
class Step:
    """How a zone goes on from one moment to the next.

    rate, slope: the new m, and its derivative by the old one. stays: share of e that is left.
    bias_stays: the same of b. The rest are the variances that each gains.
    """

    rate: float
    slope: float
    stays: float
    bias_stays: float
    rate_variance: float
    fluctuation_variance: float
    bias_variances: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one window of one direct counter says: y, and the variance R of its own noise.

    share: which part of the zone it sees, above 0 to 1.
    """

    place: int
    value: float
    share: float
    variance: float


@dataclass(frozen=True, slots=True)
class FilterMark:
    """A state, its covariance row by row, and the outliers before, as they were at one moment."""

    state: "array[float]"
    covariance: "array[float]"
    outliers: tuple[int, ...]


class ZoneFilter:
    """An extended Kalman filter over x; the covariance is a full symmetric matrix."""

    __slots__ = ("covariance", "outliers", "state")

    def __init__(self, rate: float, rate_variance: float, bias_variances: list[float]) -> None:
        size = FIRST_BIAS + len(bias_variances)
        self.state = [rate, 0.0, *([0.0] * len(bias_variances))]
        self.covariance = [[0.0] * size for _ in range(size)]
        for place, variance in enumerate([rate_variance, max(rate, 1.0), *bias_variances]):
            self.covariance[place][place] = variance
        self.outliers = [0] * len(bias_variances)

    @property
    def people(self) -> float:
        """How many people are in the zone, 0 or more."""
        return max(self.state[RATE] + self.state[FLUCTUATION], 0.0)

    @property
    def variance(self) -> float:
        """The variance of people."""
        rows = self.covariance
        return max(rows[0][0] + 2.0 * rows[0][1] + rows[1][1], 1e-6)

    def predict(self, step: Step) -> None:
        """Go on to the next moment."""
        state, rows = self.state, self.covariance
        stays = [step.slope, step.stays, *([step.bias_stays] * (len(state) - FIRST_BIAS))]
        state[RATE] = step.rate
        state[FLUCTUATION] *= step.stays
        for place in range(FIRST_BIAS, len(state)):
            state[place] *= step.bias_stays
        gains = (step.rate_variance, step.fluctuation_variance, *step.bias_variances)
        for place, (row, mine, gain) in enumerate(zip(rows, stays, gains, strict=True)):
            for other, theirs in enumerate(stays):
                row[other] *= mine * theirs
            row[place] += gain

    def expected(self, reading: Reading) -> float:
        """Return what the counter would say without noise."""
        bias = self.state[FIRST_BIAS + reading.place]
        return reading.share * self.people * math.exp(bias)

    def observe(self, reading: Reading) -> tuple[float, float]:
        """Correct the state by a reading. Return the innovation and its variance."""
        state, rows = self.state, self.covariance
        place = FIRST_BIAS + reading.place
        by_people = reading.share * math.exp(state[place])
        # Where nobody is expected a bias cannot be learnt: its derivative is that of one person.
        by_bias = by_people * max(self.people, 0.0)
        column = [by_people * (row[0] + row[1]) + by_bias * row[place] for row in rows]
        spread = by_people * (column[0] + column[1]) + by_bias * column[place] + reading.variance
        innovation = reading.value - by_people * self.people
        self._correct(column, innovation, self._trusted(reading.place, innovation, spread))
        return innovation, spread

    def shift(self, people: float, variance: float) -> None:
        """Add people who were counted in, less those counted out; by itself that is no truth."""
        state, rows = self.state, self.covariance
        state[FLUCTUATION] += people
        rows[FLUCTUATION][FLUCTUATION] += variance

    def forget_bias(self, place: int, variance: float) -> None:
        """Begin anew with one counter's bias."""
        place += FIRST_BIAS
        self.state[place] = 0.0
        for row in self.covariance:
            row[place] = 0.0
        self.covariance[place] = [0.0] * len(self.state)
        self.covariance[place][place] = variance

    def begin_anew(self, rate: float, variance: float) -> None:
        """Set how many are to be expected, as others than counters say; biases stay."""
        self.state[RATE], self.state[FLUCTUATION] = rate, 0.0
        for place in (RATE, FLUCTUATION):
            for row in self.covariance:
                row[place] = 0.0
            self.covariance[place] = [0.0] * len(self.state)
        self.covariance[RATE][RATE] = variance

    def mark(self) -> FilterMark:
        """Return a copy of all."""
        flat = array("d", [one for row in self.covariance for one in row])
        return FilterMark(array("d", self.state), flat, tuple(self.outliers))

    def return_to(self, mark: FilterMark) -> None:
        """Become a copy of a mark of the same sensors."""
        size = len(mark.state)
        self.state = list(mark.state)
        self.covariance = [
            list(mark.covariance[first : first + size]) for first in range(0, size * size, size)
        ]
        self.outliers = list(mark.outliers)

    def _trusted(self, place: int, innovation: float, spread: float) -> float:
        """Return the variance that an innovation is held to have, see OUTLIER."""
        side = 0
        if innovation * innovation > OUTLIER * OUTLIER * spread:
            side = 1 if innovation > 0.0 else -1
        is_first = side != 0 and self.outliers[place] != side
        self.outliers[place] = side
        return innovation * innovation / (OUTLIER * OUTLIER) if is_first else spread

    def _correct(self, column: list[float], innovation: float, spread: float) -> None:
        state, rows = self.state, self.covariance
        for place, (row, mine) in enumerate(zip(rows, column, strict=True)):
            gain = mine / spread
            state[place] += gain * innovation
            for other, theirs in enumerate(column):
                row[other] -= gain * theirs
        if state[RATE] < RATE_MIN:
            state[FLUCTUATION] += state[RATE] - RATE_MIN
            state[RATE] = RATE_MIN


RATE_MIN = 0.05
"""The least that is ever to be expected: one person for three minutes of an hour."""
