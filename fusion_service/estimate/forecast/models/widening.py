# SPDX-License-Identifier: Apache-2.0
"""How much less sure a forecast is without a group of columns, and of an event never seen before.

A group is missing where its feed broke. Trees learn to do without it from days on which it was held
back; how much wider their intervals have to be then is measured on weeks that a small fit did not
see, with the group and without it. It is never as sure as with it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, group_of

HELD_BACK = 0.1
"""The share of days on which a group is held back from what trees learn."""
WIDER_MIN, WIDER_MAX = 1.05, 3.0
KNOWN_MIN = 0.5
"""A column that is known in less of the rows than this does not tell whether its group is there."""
HELD_WEEKS = 5
"""One week in so many is not learnt from, and measured on."""
ROWS_MIN, ROWS_MAX = 500, 150_000
TREES = 60
LIGHT = {"learning_rate": 0.15, "num_leaves": 31}
QUANTILES = (0.1, 0.5, 0.9)
END_DEVIATIONS = 1.2816
"""How many standard deviations the ends of an 80 % interval lie from its middle."""
OFFSET = 3.0
"""As of the log-ratio; see inputs/tables."""
REACH_MIN = 0.05
"""A side that is hardly ever passed still has a length to compare with."""
SEED = 2


@dataclass(frozen=True, slots=True)
class Loss:
    """What a group's loss costs.

    columns: the features that tell whether it is there. low, high: the factors of an interval's
    sides without it. spread: how far what events of it do is apart, a log-ratio; 0 of no calendar.
    """

    group: str
    columns: tuple[str, ...]
    low: float
    high: float
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a fit learns from: inputs (R, F), counts and usual (R,), and the week of each row."""

    names: tuple[str, ...]
    inputs: Floats
    counts: Floats
    usual: Floats
    week: Integers


def groups_of(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the features of each group."""
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        if group := group_of(name):
            found[group] = (*found.get(group, ()), name)
    return found


def held_back(inputs: Floats, names: tuple[str, ...], days: Integers) -> Floats:
    """Return inputs, (R, F), without each group on a tenth of the days, drawn by a fixed seed."""
    groups = groups_of(names)
    if not groups:
        return inputs
    rng, inputs = np.random.default_rng(SEED), inputs.copy()
    first = int(days.min(initial=0))
    for columns in groups.values():
        drawn = rng.random(int(days.max(initial=0)) - first + 1) < HELD_BACK
        chosen = drawn[days - first]
        for place in _places(names, columns):
            inputs[chosen, place] = np.nan
    return inputs


def fit_losses(
    learnt: Learnt,
    onto: Callable[[Floats, Floats], Floats],
    back: Callable[[Floats, Floats], Floats],
    settings: dict[str, object],
    spreads: dict[str, float],
    *,
    trees: int = TREES,
) -> tuple[Loss, ...]:
    """Measure what each group's loss costs; onto and back: the scale that trees learn on.

    settings: of every fit. spreads: of the groups that are calendars. trees: at most so many.
    """
    groups = _telling(learnt)
    chosen = np.arange(len(learnt.week))
    if len(chosen) > ROWS_MAX:
        chosen = np.sort(np.random.default_rng(SEED).choice(chosen, ROWS_MAX, replace=False))
    held = learnt.week[chosen] % HELD_WEEKS == 0
    seen, apart = chosen[~held], chosen[held]
    if min(len(seen), len(apart)) < ROWS_MIN:
        return tuple(
            Loss(group, columns, WIDER_MIN, WIDER_MIN, spreads.get(group, 0.0))
            for group, columns in groups.items()
        )
    data = lightgbm.Dataset(learnt.inputs[seen], params=settings, free_raw_data=False)
    data.set_label(onto(learnt.counts[seen], learnt.usual[seen]))
    fits = [
        lightgbm.train({**settings, **LIGHT, "alpha": one}, data, min(trees, TREES))
        for one in QUANTILES
    ]

    def reach(inputs: Floats) -> NDArray[np.float64]:
        usual = learnt.usual[apart]
        said = [back(np.asarray(one.predict(inputs)), usual) for one in fits]
        return _reach(learnt.counts[apart], said[0], said[1], said[2])

    whole, losses = reach(learnt.inputs[apart]), []
    for group, columns in groups.items():
        without = learnt.inputs[apart].copy()
        without[:, _places(learnt.names, groups_of(learnt.names)[group])] = np.nan
        low, high = np.clip(reach(without) / whole, WIDER_MIN, WIDER_MAX)
        losses.append(Loss(group, columns, float(low), float(high), spreads.get(group, 0.0)))
    return tuple(losses)


def _telling(learnt: Learnt) -> dict[str, tuple[str, ...]]:
    """Return the features by which each group is known to be there, of groups that have any."""
    known = np.isfinite(learnt.inputs[:, : len(learnt.names)]).mean(axis=0) >= KNOWN_MIN
    telling = {
        group: tuple(name for name in features if known[learnt.names.index(name)])
        for group, features in groups_of(learnt.names).items()
    }
    return {group: columns for group, columns in telling.items() if columns}


def widened(
    quantiles: Floats, names: tuple[str, ...], features: Floats, losses: tuple[Loss, ...]
) -> Floats:
    """Return quantiles, (R, 3), wider by what is missing in their features, (R, F), and is new.

    Where a part of a group is missing, it costs a part of the whole's logarithm.
    """
    wide = quantiles
    for loss in losses:
        places = _places(names, loss.columns)
        share = np.isnan(features[:, places]).mean(axis=1)
        low, middle, high = (wide[:, one] for one in range(3))
        low = middle - (middle - low) * loss.low**share
        high = middle + (high - middle) * loss.high**share
        if loss.spread > 0.0 and f"{loss.group}:new" in names:
            is_new = features[:, names.index(f"{loss.group}:new")] > 0.0
            low = np.where(is_new, _apart(middle, low, -loss.spread), low)
            high = np.where(is_new, _apart(middle, high, loss.spread), high)
        wide = np.stack([np.maximum(low, 0.0), middle, high], axis=1).astype(np.float32)
    return wide


def missing_in(
    names: tuple[str, ...], features: Floats, losses: tuple[Loss, ...]
) -> tuple[str, ...]:
    """Name what is missing in each of the rows: a group, or the columns of one that is there."""
    found: list[str] = []
    for loss in losses:
        unknown = [name for name in loss.columns if np.isnan(features[:, names.index(name)]).all()]
        found += [loss.group] if len(unknown) == len(loss.columns) else unknown
    return tuple(found)


def aligned(names: tuple[str, ...], found: tuple[str, ...], features: Floats) -> Floats:
    """Return features in the order of `names`; what is not among those found is unknown."""
    if names == found:
        return features
    places = {name: index for index, name in enumerate(found)}
    table = np.full((len(features), len(names)), np.nan, dtype=np.float32)
    for index, name in enumerate(names):
        if name in places:
            table[:, index] = features[:, places[name]]
    return table


def _places(names: tuple[str, ...], wanted: tuple[str, ...]) -> list[int]:
    return [names.index(one) for one in wanted]


def _reach(came: Floats, low: Floats, middle: Floats, high: Floats) -> NDArray[np.float64]:
    """Return by what factor each side must be wider for one in ten to lie beyond it."""
    below = (middle - came) / np.maximum(middle - low, 1.0)
    above = (came - middle) / np.maximum(high - middle, 1.0)
    ends = [np.quantile(one, QUANTILES[2]) for one in (below, above)]
    return np.maximum(np.array(ends, dtype=np.float64), REACH_MIN)


def _apart(middle: Floats, end: Floats, spread: float) -> Floats:
    """Return an end moved out by a spread of the log-ratio, as independent errors add up."""
    ratio = np.log((end + OFFSET) / (middle + OFFSET))
    both = np.sqrt(np.square(ratio) + (END_DEVIATIONS * spread) ** 2)
    moved = np.exp(np.copysign(both, spread)) * (middle + OFFSET) - OFFSET
    return np.asarray(moved, dtype=np.float32)
