# SPDX-License-Identifier: Apache-2.0
"""How good forecasts were: MAE, pinball, coverage, skill, and whether one is better than another.

Pure. Arrays hold counts; what was not counted is NaN and is left out of every figure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers

QUANTILES = (0.1, 0.5, 0.9)
DRAWS = 2000
BOTH_ENDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Score:
    """Of one horizon over some targets; None where nothing was counted.

    pinball: the mean over the three quantiles. coverage: the share of counts within the 80 %
    interval. skill: 1 - MAE / MAE of seasonal naive.
    """

    targets: int
    mae: float | None
    pinball: float | None
    coverage: float | None
    skill: float | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """One MAE over another, and the ends of its 95 % interval by bootstrap of whole days."""

    ratio: float
    low: float
    high: float


def score(counts: Floats, quantiles: Floats, naive: Floats) -> Score:
    """Score quantiles, (..., 3), and the naive forecast beside them against the counts, (...)."""
    known = np.isfinite(counts) & np.isfinite(quantiles[..., 1])
    if not known.any():
        return Score(0, None, None, None, None)
    came, said = counts[known].astype(np.float64), quantiles[known].astype(np.float64)
    mae = float(np.abs(came - said[:, 1]).mean())
    inside = (came >= said[:, 0]) & (came <= said[:, 2])
    return Score(
        targets=len(came),
        mae=mae,
        pinball=float(np.mean([_pinball(came - said[:, i], q) for i, q in enumerate(QUANTILES)])),
        coverage=float(inside.mean()),
        skill=_skill(counts, quantiles[..., 1], naive),
    )


def mae_ratio(
    counts: Floats, one: Floats, other: Floats, days: Integers, *, seed: int = 1
) -> Ratio:
    """Compare two forecasts, (N, S), on the targets that both have, paired by day.

    days: (N,), the day of each row.
    """
    known = np.isfinite(counts) & np.isfinite(one) & np.isfinite(other)
    errors = [np.where(known, np.abs(said - counts), 0.0).sum(axis=1) for said in (one, other)]
    _, group = np.unique(days, return_inverse=True)
    sums = np.stack([np.bincount(group, error) for error in errors])
    low, high = bootstrap_ratio(sums[0], sums[1], seed=seed)
    return Ratio(float(sums[0].sum() / sums[1].sum()), low, high)


def bootstrap_ratio(
    one: NDArray[np.float64], other: NDArray[np.float64], *, seed: int = 1
) -> tuple[float, float]:
    """Return the 95 % interval of sum(one) / sum(other), drawing the same days for both."""
    drawn = np.random.default_rng(seed).integers(0, len(one), (DRAWS, len(one)))
    ratios = one[drawn].sum(axis=1) / other[drawn].sum(axis=1)
    low, high = np.percentile(ratios, BOTH_ENDS)
    return float(low), float(high)


def _pinball(errors: NDArray[np.float64], quantile: float) -> float:
    return float(np.maximum(quantile * errors, (quantile - 1.0) * errors).mean())


def _skill(counts: Floats, middle: Floats, naive: Floats) -> float | None:
    known = np.isfinite(counts) & np.isfinite(middle) & np.isfinite(naive)
    beside = float(np.abs(counts - naive)[known].sum())
    return 1.0 - float(np.abs(counts - middle)[known].sum()) / beside if beside else None
