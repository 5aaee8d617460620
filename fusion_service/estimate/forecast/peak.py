# SPDX-License-Identifier: Apache-2.0
"""A day's peak and when it is, from the forecasts of its steps."""

from dataclasses import dataclass

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel


@dataclass(frozen=True, slots=True)
class DailyPeak:
    """Of one day and series: the peak's step, and the .1, .5 and .9 quantile of how high it is.

    The ends are the highest of the steps' ends: the true peak lies above its low end more often
    than nine times in ten, since any step may have it.
    """

    day: int
    step: int
    low: float
    middle: float
    high: float


def daily_peaks(panel: Panel, targets: Integers, quantiles: Floats) -> list[list[DailyPeak]]:
    """Return for each series its days' peaks, of targets, (N,), with quantiles, (N, S, 3).

    A day counts with the targets that are given. One that nothing is known of is left out.
    """
    days = panel.day_of(targets)
    return [_of_series(days, targets, quantiles[:, one]) for one in range(quantiles.shape[1])]


def _of_series(days: Integers, targets: Integers, quantiles: Floats) -> list[DailyPeak]:
    found = []
    for day in np.unique(days):
        chosen = (days == day) & np.isfinite(quantiles[:, 1])
        if chosen.any():
            step = int(targets[chosen][np.argmax(quantiles[chosen, 1])])
            low, middle, high = (float(one) for one in quantiles[chosen].max(axis=0))
            found.append(DailyPeak(int(day), step, low, middle, high))
    return found
