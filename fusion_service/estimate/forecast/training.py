# SPDX-License-Identifier: Apache-2.0
"""Train a forecaster anew, and let it go live only where it beats the one before.

Both are compared on the last weeks, to which the new one is not fitted either; only then is it
fitted to all there is.
"""

from dataclasses import dataclass

import numpy as np

from fusion_service.estimate.forecast.forecaster import Forecaster, fit_forecaster
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Floats, Panel
from fusion_service.estimate.forecast.models.boosting import Plan
from fusion_service.estimate.forecast.scoring.selection import Choice, choose

COMPARED_DAYS = 28
COMPARED_H = (1, 24)
DAYS_MIN = 60 + COMPARED_DAYS
"""What a panel must hold: two months to learn from, and what is compared on."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A forecaster fitted to all of a panel, and how it did; without one before it is live at once.

    choice: None where there was none to compare with.
    """

    forecaster: Forecaster
    choice: Choice | None

    @property
    def is_live(self) -> bool:
        """Whether it takes the place of the one before."""
        return self.choice is None or self.choice.is_new


def train(panel: Panel, live: Forecaster | None, plans: tuple[Plan, ...] | None = None) -> Trained:
    """Train on a panel of at least DAYS_MIN days; live: the one before, fitted to less of it."""
    features = Features(panel)
    choice = None if live is None else _compare(features, live, plans)
    return Trained(fit_forecaster(features, panel.steps, plans), choice)


def _compare(features: Features, live: Forecaster, plans: tuple[Plan, ...] | None) -> Choice:
    panel = features.panel
    first = panel.steps - COMPARED_DAYS * panel.day
    # Of the targets' origins the first is a day before: the new one is fitted to none later.
    new = fit_forecaster(features, first - max(COMPARED_H) * panel.hour + 1, plans)
    targets = np.arange(first, panel.steps, dtype=np.int64)
    said = [
        np.concatenate([_medians(one, features, first, hours) for hours in COMPARED_H])
        for one in (new, live)
    ]
    counts = np.concatenate([panel.counts[targets]] * len(COMPARED_H))
    days = np.concatenate([panel.day_of(targets)] * len(COMPARED_H))
    return choose(counts, said[0], said[1], days)


def _medians(forecaster: Forecaster, features: Features, first: int, hours: int) -> Floats:
    panel = features.panel
    targets = np.arange(first, panel.steps, dtype=np.int64)
    horizon = hours * panel.hour
    rows = features.rows(targets, np.full(len(targets), horizon, dtype=np.int64))
    model = next(model for longest, model in forecaster.bands if horizon <= longest)
    return model.medians(rows).reshape(len(targets), panel.series)
