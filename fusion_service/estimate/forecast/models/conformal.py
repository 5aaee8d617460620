# SPDX-License-Identifier: Apache-2.0
"""Widen and narrow intervals by what came: adaptive conformal inference, one pair a regime.

A regime is a kind of hour in which a model errs alike. Each side has a factor; a miss widens it, a
hit narrows it a little, so that in the long run each side misses one in ten (Gibbs and Candes 2021,
Adaptive conformal inference under distribution shift, equation 2, on the logarithm of the width).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel

MISS = 0.1
"""The share that each side is to miss."""
RATE = 0.35
"""How far a whole batch of misses moves the logarithm of a width."""
FACTOR_MAX = 1.2
"""The logarithm's ends."""
SPECIAL_START = 0.15
"""What special days begin with beyond an ordinary day's width: few of them have been seen."""
QUIET, DAY, EVENING, SPECIAL = range(4)
REGIMES = 4
EVE_DAYS, AFTER_DAYS = 6, 1
"""Days before and after a special day that are no ordinary days either."""


def regimes_of(panel: Panel, targets: Integers) -> Integers:
    """Return each target's regime, (N,): night, day, evening, or a special day and those around."""
    hour = panel.time_of_day(targets) // panel.hour
    plain = np.where(hour < 7, QUIET, np.where(hour < 18, DAY, EVENING))  # noqa: PLR2004 - hours.
    return np.where(is_special(panel, targets), SPECIAL, plain)


def is_special(panel: Panel, targets: Integers) -> NDArray[np.bool_]:
    """Return whether each target's day is special, or close to one that is."""
    day, calendar = panel.day_of(targets), panel.calendar
    return (calendar.until[day] <= EVE_DAYS) | (calendar.since[day] <= AFTER_DAYS)


def _start() -> NDArray[np.float64]:
    start = np.zeros((REGIMES, 2))
    start[SPECIAL] = SPECIAL_START
    return start


@dataclass(slots=True)
class Conformal:
    """The logarithm of each regime's two factors, (regimes, 2), low and high side."""

    widths: NDArray[np.float64] = field(default_factory=_start)

    def adjusted(self, quantiles: Floats, regimes: Integers) -> Floats:
        """Return quantiles, (N, S, 3), with their ends moved by the factors of their regimes."""
        low, middle, high = (quantiles[..., one] for one in range(3))
        widths = self.widths.copy()
        widths[SPECIAL] += widths[DAY]
        factors = np.exp(widths[regimes])
        below = middle - (middle - low) * factors[:, 0, None]
        above = middle + (high - middle) * factors[:, 1, None]
        return np.stack([np.maximum(below, 0.0), middle, above], axis=-1).astype(np.float32)

    def learn(self, counts: Floats, adjusted: Floats, regimes: Integers) -> None:
        """Move the factors by what came, (N, S), where `adjusted` was said."""
        for regime in np.unique(regimes):
            chosen = regimes == regime
            came, said = counts[chosen], adjusted[chosen]
            known = np.isfinite(came) & np.isfinite(said[..., 1])
            if not known.any():
                continue
            below = (came < said[..., 0])[known].mean()
            # A low end of 0 cannot be missed, and is not too wide for that.
            above = (came > said[..., 2])[known].mean()
            self.widths[regime] += RATE * (np.array([below, above]) - MISS)
        np.clip(self.widths, -FACTOR_MAX, FACTOR_MAX, out=self.widths)
