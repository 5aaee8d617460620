# SPDX-License-Identifier: Apache-2.0
"""Seasonal naive: as it was a week before. It stands beside every forecast, as what skill is over.

Where no week is known, as it was a day before.
"""

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel


def seasonal_naive(panel: Panel, targets: Integers, horizons: Integers) -> Floats:
    """Return (N, S): the same step of the last week, or of the last day, that the origin knows."""
    origins = targets - horizons
    week = _known(panel, targets, origins, panel.week)
    day = _known(panel, targets, origins, panel.day)
    return np.where(np.isfinite(week), week, day)


def _known(panel: Panel, targets: Integers, origins: Integers, season: int) -> Floats:
    at = targets + ((origins - targets) // season) * season
    found = panel.counts[np.maximum(at, 0)].copy()
    found[at < 0] = np.nan
    return found
