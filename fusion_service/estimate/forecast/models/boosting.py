# SPDX-License-Identifier: Apache-2.0
"""Quantiles of what comes, by gradient-boosted trees over all series at once.

The median is the mean of several fits: on the log-ratio to the usual, where each hour weighs the
same, and on the difference over the root of the usual, where busy hours weigh more. They err
differently. Both learn from near three years; the ends of the interval from one, a fit each.
LightGBM, one thread, a fixed seed: the same panel gives the same forecast.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import lightgbm
import numpy as np

from fusion_service.estimate.forecast.inputs.events import Events
from fusion_service.estimate.forecast.inputs.features import Features, Rows
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers
from fusion_service.estimate.forecast.inputs.tables import CLIP, OFFSET
from fusion_service.estimate.forecast.models.linear import Linear, fit_linear
from fusion_service.estimate.forecast.models.widening import (
    Learnt,
    Loss,
    aligned,
    fit_losses,
    groups_of,
    held_back,
    missing_in,
    widened,
)

LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9
SHORT_HOURS = 6
"""Beyond this the ratios of the moment say too little for a linear fit of them to help."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale on which trees learn, and the way back."""

    name: str
    onto: Callable[[Floats, Floats], Floats]
    back: Callable[[Floats, Floats], Floats]


LOG = Scale(
    "log",
    lambda counts, usual: np.clip(np.log((counts + OFFSET) / (usual + OFFSET)), -CLIP, CLIP),
    lambda found, usual: np.exp(found) * (usual + OFFSET) - OFFSET,
)
ROOT = Scale(
    "root",
    lambda counts, usual: (counts - usual) / np.sqrt(usual + OFFSET),
    lambda found, usual: usual + found * np.sqrt(usual + OFFSET),
)
SCALES = {one.name: one for one in (LOG, ROOT)}


@dataclass(frozen=True, slots=True)
class Plan:
    """One fit: which quantile, on which scale, over how many days, with how many trees."""

    quantile: float
    scale: str
    days: int
    trees: int
    learning_rate: float = 0.08
    leaves: int = 63


ENDS = (
    Plan(LOW, "log", 400, 80, learning_rate=0.12, leaves=31),
    Plan(HIGH, "log", 400, 80, learning_rate=0.12, leaves=31),
)
SHORT_PLANS = (
    Plan(MIDDLE, "log", 1000, 200),
    Plan(MIDDLE, "root", 1000, 130, learning_rate=0.12),
    *ENDS,
)
LONG_PLANS = (
    Plan(MIDDLE, "log", 1000, 240, leaves=31),
    Plan(MIDDLE, "root", 1000, 160, learning_rate=0.1, leaves=31),
    *ENDS,
)
"""Up to six hours ahead there is more to learn than beyond, and trees have more leaves for it."""
LOSS_DAYS = 400
"""Over how many days it is measured what a group of columns is worth."""
SEED = 1
SHARED = {
    "objective": "quantile",
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "min_data_in_leaf": 60,
    "max_bin": 127,
    "force_col_wise": True,
    "deterministic": True,
    "num_threads": 1,
    "seed": SEED,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class Member:
    """One fit and its plan."""

    plan: Plan
    trees: lightgbm.Booster


@dataclass(frozen=True, slots=True)
class Boosted:
    """A model of some horizons. linear: of short ones only. losses: of its groups of columns."""

    names: tuple[str, ...]
    members: tuple[Member, ...]
    linear: Linear | None
    losses: tuple[Loss, ...] = ()

    def quantiles(self, rows: Rows) -> Floats:
        """Return the .1, .5 and .9 quantile of each row, (N * S, 3), in order and not below 0.

        Wider where a group of columns is missing, and where an event was never seen before. NaN
        where nothing is usual yet: that is for the ratio model.
        """
        rows = self._aligned(rows)
        inputs = self._inputs(rows)
        low, middle, high = (self._quantile(one, inputs, rows.usual) for one in (LOW, MIDDLE, HIGH))
        ordered = [np.minimum(low, middle), middle, np.maximum(high, middle)]
        said = np.asarray(np.maximum(np.stack(ordered, axis=1), 0.0), dtype=np.float32)
        return widened(said, self.names, rows.features, self.losses)

    def medians(self, rows: Rows) -> Floats:
        """Return the median of each row alone, (N * S,)."""
        rows = self._aligned(rows)
        return np.maximum(self._quantile(MIDDLE, self._inputs(rows), rows.usual), 0.0)

    def missing(self, rows: Rows) -> tuple[str, ...]:
        """Name what is missing in all of the rows: a group of columns, or columns of one."""
        rows = self._aligned(rows)
        return missing_in(self.names, rows.features, self.losses)

    def _aligned(self, rows: Rows) -> Rows:
        """Return the rows with the features that were learnt: feeds come and go."""
        return replace(
            rows, names=self.names, features=aligned(self.names, rows.names, rows.features)
        )

    def _inputs(self, rows: Rows) -> Floats:
        if self.linear is None:
            return rows.features
        return np.column_stack([rows.features, self.linear.log_ratios(rows)])

    def _quantile(self, quantile: float, inputs: Floats, usual: Floats) -> Floats:
        each = [
            SCALES[one.plan.scale].back(np.asarray(one.trees.predict(inputs)), usual)
            for one in self.members
            if one.plan.quantile == quantile
        ]
        return np.asarray(np.mean(each, axis=0), dtype=np.float32)


def fit_boosted(
    features: Features,
    until: int,
    horizons: Integers,
    plans: tuple[Plan, ...] | None = None,
) -> Boosted:
    """Fit a model of `horizons` to all steps before `until`, and to none later.

    horizons: (H,), steps; each target is learnt at one of them, drawn by a fixed seed: in turn, a
    horizon would always meet the same hours. until: a step. plans: None are those of the horizons.
    """
    panel = features.panel
    is_short = bool(horizons.max() <= SHORT_HOURS * panel.hour)
    if plans is None:
        plans = SHORT_PLANS if is_short else LONG_PLANS
    longest = max(plan.days for plan in plans) * panel.day
    targets = np.arange(max(until - longest, panel.week), until, dtype=np.int64)
    drawn = np.random.default_rng(SEED).integers(0, len(horizons), len(targets))
    rows = features.rows(targets, horizons[drawn])
    counts = panel.counts[targets].reshape(-1)
    linear = None
    inputs = rows.features
    if is_short:
        linear = fit_linear(rows, LOG.onto(counts, rows.usual), panel.series)
        inputs = np.column_stack([inputs, linear.log_ratios(rows)])
    known = np.isfinite(counts) & np.isfinite(rows.usual)
    step = np.repeat(targets, panel.series)
    inputs = held_back(inputs, rows.names, panel.day_of(step))
    members: list[Member] = []
    for days in sorted({plan.days for plan in plans}):
        chosen = known & (step >= until - days * panel.day)
        # Sorting numbers into bins takes a fourth of a fit: it is done once for all of its plans.
        data = lightgbm.Dataset(inputs[chosen], params=SHARED, free_raw_data=True)
        for plan in (one for one in plans if one.days == days):
            data.set_label(SCALES[plan.scale].onto(counts[chosen], rows.usual[chosen]))
            settings = {
                **SHARED,
                "alpha": plan.quantile,
                "learning_rate": plan.learning_rate,
                "num_leaves": plan.leaves,
            }
            members.append(Member(plan, lightgbm.train(settings, data, plan.trees)))
    losses: tuple[Loss, ...] = ()
    if groups_of(rows.names) and any(plan.quantile != MIDDLE for plan in plans):
        chosen = known & (step >= until - LOSS_DAYS * panel.day)
        week = step[chosen] // panel.week
        learnt = Learnt(rows.names, inputs[chosen], counts[chosen], rows.usual[chosen], week)
        losses = _losses(features, until, learnt, max(plan.trees for plan in plans))
    return Boosted(rows.names, tuple(members), linear, losses)


def _losses(features: Features, until: int, learnt: Learnt, trees: int) -> tuple[Loss, ...]:
    """Measure what each group of columns is worth to the ends of intervals."""
    spreads = {
        one.group: one.spread(features.panel, features.tables.ratio, until)
        for one in features.panel.columns
        if isinstance(one, Events)
    }
    return fit_losses(learnt, LOG.onto, LOG.back, dict(SHARED), spreads, trees=trees)
