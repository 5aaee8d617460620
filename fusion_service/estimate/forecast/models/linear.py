# SPDX-License-Identifier: Apache-2.0
"""Log-ratios by ridge in closed form, a fit a series, on its own ratios and those of all others.

It knows which counter feeds which; trees then learn what is not linear in it. Weighted by the root
of the usual, so that a busy hour counts for more than a quiet one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.features import Rows
from fusion_service.estimate.forecast.inputs.panel import Floats
from fusion_service.estimate.forecast.inputs.tables import CLIP, OFFSET

RIDGE = 0.03
"""Of the mean of the diagonal of the normal equations."""
OWN = ("ratio_", "city_", "near_")
ACROSS = ("ratio_0", "ratio_1d")


@dataclass(frozen=True, slots=True)
class Linear:
    """weights: (S, K), those of one series a row, the first of them the constant."""

    weights: NDArray[np.float64]

    def log_ratios(self, rows: Rows) -> Floats:
        """Return the log-ratio expected of each row, (N * S,)."""
        series = len(self.weights)
        design = _Design(rows, series)
        found = [design.of(one) @ self.weights[one] for one in range(series)]
        together = np.clip(np.stack(found, axis=1), -CLIP, CLIP)
        return np.asarray(together.reshape(-1), dtype=np.float32)


def fit_linear(rows: Rows, log_ratios: Floats, series: int) -> Linear:
    """Fit each series to the log-ratios that came, (N * S,), NaN where nothing was counted."""
    design = _Design(rows, series)
    wanted = log_ratios.reshape(-1, series)
    sizes = np.sqrt(np.maximum(rows.usual, 0.0) + OFFSET).reshape(-1, series)
    weights = []
    for one in range(series):
        known = np.isfinite(wanted[:, one]) & np.isfinite(sizes[:, one])
        size = sizes[known, one][:, None].astype(np.float64)
        inputs = design.of(one)[known] * size
        squares = inputs.T @ inputs
        squares += (RIDGE * np.trace(squares) / len(squares) + 1e-6) * np.identity(len(squares))
        target = inputs.T @ (wanted[known, one][:, None] * size)
        weights.append(np.linalg.solve(squares, target)[:, 0])
    return Linear(np.stack(weights))


class _Design:
    """The inputs of every series, whose shared part is laid out once."""

    def __init__(self, rows: Rows, series: int) -> None:
        self._cube = np.nan_to_num(rows.features).reshape(-1, series, len(rows.names))
        self._own = [
            index
            for index, name in enumerate(rows.names)
            if name.startswith(OWN) and not name.endswith("_name")
        ]
        across = [self._cube[:, :, rows.names.index(name)] for name in ACROSS]
        self._across = np.concatenate([np.ones((len(self._cube), 1)), *across], axis=1)

    def of(self, series: int) -> NDArray[np.float64]:
        return np.concatenate([self._across, self._cube[:, series, self._own]], axis=1)
