# SPDX-License-Identifier: Apache-2.0
"""How wide what is said is said, by how it came out before; and how it is written down."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Floats, Panel
from fusion_service.estimate.forecast.models.conformal import Conformal, regimes_of
from fusion_service.estimation.forecasting.working.saying import Ahead, Flags
from fusion_service.store.forecast.kept import Said
from fusion_service.store.forecast.steps import HALF_MAX, NUMBERS

BANDS_H = (1, 6, 24, 168)
"""Horizons up to each have one width of their own, learnt at that of SCORED_H."""
SCORED_H = (1, 3, 24, 168)
NEAR_QUARTERS = 2
"""The horizon at which the width of quarters is learnt: half an hour."""
HALF = np.dtype("<f2")


@dataclass(frozen=True, slots=True)
class Widths:
    """How much wider or narrower intervals are said: as they came out.

    bands: of each band of hours. near: of quarters.
    """

    bands: tuple[Conformal, ...] = field(
        default_factory=lambda: tuple(Conformal() for _ in BANDS_H)
    )
    near: Conformal = field(default_factory=Conformal)

    def applied_near(self, panel: Panel, ahead: Ahead) -> Ahead:
        """Return quarters ahead of a panel's last step with their ends moved."""
        targets = panel.steps + np.arange(len(ahead.quantiles), dtype=np.int64)
        quantiles = self.near.adjusted(ahead.quantiles, regimes_of(panel, targets))
        return Ahead(quantiles, ahead.naive, ahead.by_ratio)

    def applied(self, panel: Panel, ahead: Ahead) -> Ahead:
        """Return hours ahead of a panel's last step with their ends moved."""
        targets = panel.steps + np.arange(len(ahead.quantiles), dtype=np.int64)
        quantiles, shortest = ahead.quantiles.copy(), 0
        for longest, band in zip(BANDS_H, self.bands, strict=True):
            chosen = slice(shortest, longest)
            regimes = regimes_of(panel, targets[chosen])
            quantiles[chosen] = band.adjusted(quantiles[chosen], regimes)
            shortest = longest
        return Ahead(quantiles, ahead.naive, ahead.by_ratio, ahead.missing)


def written(places: Sequence[str], ahead: Ahead, moved: Floats | None = None) -> list[Said]:
    """Return what is said of each place of which anything is known, as it is kept.

    moved: its quantiles as what was declared moves them; None where nothing does.
    """
    halves = _halves(ahead.quantiles, ahead.naive)
    others = None if moved is None else _halves(moved, ahead.naive)
    known: Flags = np.asarray(np.isfinite(ahead.quantiles[..., 1]).any(axis=0))
    return [
        Said(
            place,
            by_ratio=bool(ahead.by_ratio[index]),
            said=halves[:, index].tobytes(),
            moved=None if others is None else others[:, index].tobytes(),
        )
        for index, place in enumerate(places)
        if known[index]
    ]


def _halves(quantiles: Floats, naive: Floats) -> NDArray[np.float16]:
    numbers = np.concatenate([quantiles, naive[..., None]], axis=2)
    return np.minimum(np.round(numbers, 1), HALF_MAX).astype(HALF)


def read_back(content: bytes) -> Floats:
    """Return what was said of a place, (H, 4): quantiles and naive."""
    return np.frombuffer(content, HALF).reshape(-1, NUMBERS).astype(np.float32)
