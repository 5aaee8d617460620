# SPDX-License-Identifier: Apache-2.0
"""Warn that a site will reach a level: by calibrated probability, within a budget of false ones.

A control room hears of a site, not of a counter. A warning stands for each target whose probability
is at least a threshold. Warnings in a row, away from any step that reached the level, are a false
episode, and another one every eight hours: so who always warns is always false. The threshold comes
from weeks before: the lowest at which false episodes stayed within the aim, a part of what the room
can bear.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers
from fusion_service.estimate.forecast.inputs.tables import OFFSET

Flags = NDArray[np.bool_]
Doubles = NDArray[np.float64]

BUDGET_HOURS = 8
"""A site may warn falsely once in so many hours, and no more."""
AIM = 1.0 / 9.0
"""The part of the budget that a threshold is chosen for, a false warning in three days: the budget
itself is one that nobody would answer for long."""
ONE_IN_TEN = 1.2816
GAP_STEPS = 1
"""Episodes with no more than this between them are one."""
_NEWTON_STEPS = 40
_LEAN = 1.0
_STEP_MAX = 0.5


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a probability is to be read: a line on its log-odds (Platt 1999)."""

    slope: float = 1.0
    constant: float = 0.0

    def applied(self, probability: Doubles) -> Doubles:
        """Return what such a probability came to before."""
        return _chance(self.slope * _odds(probability) + self.constant)


@dataclass(frozen=True, slots=True)
class WarningScore:
    """What warnings came to: episodes that came, those warned of before they began, false ones."""

    came: int
    hit: int
    false: int

    @property
    def hit_rate(self) -> float | None:
        """The share of what came that was warned of; None where nothing came."""
        return self.hit / self.came if self.came else None


def probability_of(quantiles: Floats, level: Floats) -> Doubles:
    """Return how likely counts reach a level, (N, S), by quantiles, (N, S, 3), and levels, (S,).

    Between and beyond the quantiles a logarithm is taken to be normal, a side by itself.
    """
    low, middle, high = (np.log(quantiles[..., one] + OFFSET) for one in range(3))
    distance = np.log(level + OFFSET) - middle
    side = np.where(distance >= 0, high - middle, middle - low)
    z = distance / np.maximum(side / ONE_IN_TEN, 0.01)
    return np.asarray(_normal_above(z.astype(np.float64)))


def calibrate(probability: Doubles, reached: Flags) -> Calibration:
    """Fit a line to what came of probabilities, both (N,), leaning to leaving them as they are."""
    inputs = np.stack([_odds(probability), np.ones(len(probability))], axis=1)
    weights, start = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(_NEWTON_STEPS):
        chance = _chance(inputs @ weights)
        slope = inputs.T @ (chance - reached) + _LEAN * (weights - start)
        curve = (inputs * (chance * (1.0 - chance))[:, None]).T @ inputs + _LEAN * np.identity(2)
        step = np.linalg.solve(curve, slope)
        # Where chances are all but 0 or 1 the curve is flat, and a whole step would leap away.
        weights = weights - step * min(1.0, _STEP_MAX / float(np.abs(step).max(initial=1e-9)))
    return Calibration(float(weights[0]), float(weights[1]))


def episodes_of(flags: Flags) -> list[tuple[int, int]]:
    """Return first and last index of each run of flags, (N,), short gaps bridged."""
    found: list[tuple[int, int]] = []
    for index in np.flatnonzero(flags):
        if found and index - found[-1][1] <= GAP_STEPS + 1:
            found[-1] = (found[-1][0], int(index))
        else:
            found.append((int(index), int(index)))
    return found


def score_warnings(warned: Flags, reached: Flags, horizon: int, hour: int) -> WarningScore:
    """Count one site's episodes, (N,): that came, that were warned of, that never came.

    A warning of a step is made `horizon` steps before it: of the first so many steps of an episode
    it comes before the episode begins. hour: steps of an hour.
    """
    came = episodes_of(reached)
    hit = sum(bool(warned[first : min(last + 1, first + horizon)].any()) for first, last in came)
    return WarningScore(len(came), hit, _false_of(warned, reached, hour))


def threshold_of(values: Doubles, reached: Flags, false_max: float, hour: int) -> float:
    """Return the lowest threshold of values, (N, S), with at most so many false episodes in all."""
    candidates = np.unique(np.quantile(values[np.isfinite(values)], np.linspace(0.5, 1.0, 101)))
    best = math.inf
    for candidate in candidates[::-1]:
        if false_episodes(values >= candidate, reached, hour) > false_max:
            break
        best = float(candidate)
    return best


def false_episodes(warned: Flags, reached: Flags, hour: int) -> int:
    """Count warnings of nothing over all sites, both (N, S)."""
    return sum(_false_of(warned[:, one], reached[:, one], hour) for one in range(warned.shape[1]))


def false_max_of(steps: int, sites: int, hour: int) -> float:
    """Return how many false episodes a threshold is chosen for, over so many steps and sites."""
    return AIM * sites * steps / (hour * BUDGET_HOURS)


def lead_steps(warned: Flags, reached: Flags, horizon: int, day: Integers) -> dict[int, int]:
    """Return, for each day on which the level was reached, how many steps before it was warned.

    Of one site, all (N,). A warning of step t stood from t - horizon on, so no lead is longer than
    that. 0 is without a warning before it; one of an hour before the level was reached is false.
    """
    leads: dict[int, int] = {}
    for one in np.unique(day[reached]):
        steps = np.flatnonzero(day == one)
        first = int(steps[reached[steps]][0])
        early = steps[warned[steps] & (steps >= first) & (steps - horizon < first)]
        leads[int(one)] = first - (int(early[0]) - horizon) if len(early) else 0
    return leads


def _false_of(warned: Flags, reached: Flags, hour: int) -> int:
    near = reached.copy()
    near[1:] |= reached[:-1]
    near[:-1] |= reached[1:]
    budget = BUDGET_HOURS * hour
    return sum((last - first) // budget + 1 for first, last in episodes_of(warned & ~near))


def _odds(probability: Doubles) -> Doubles:
    kept = np.clip(probability, 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(kept / (1.0 - kept)))


def _chance(odds: Doubles) -> Doubles:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0))))


def _normal_above(z: Doubles) -> Doubles:
    """Return the chance of more than z (Abramowitz and Stegun 7.1.26, good to 1.5e-7)."""
    size = np.abs(z) / math.sqrt(2.0)
    t = 1.0 / (1.0 + 0.3275911 * size)
    terms = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    tail = sum(term * t ** (power + 1) for power, term in enumerate(terms)) * np.exp(-(size**2)) / 2
    return np.asarray(np.where(z >= 0, tail, 1.0 - tail))
