# SPDX-License-Identifier: Apache-2.0
"""Columns of what was observed: its value lately, and how far that is from the same time of weeks.

A garage that is full at eleven says little; one that is fuller than at eleven on other Sundays says
that many come. Only what had come in by the end of a step counts for it.
"""

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Column, Floats, Integers
from fusion_service.estimate.forecast.inputs.tables import shifted

LATELY_H = 2
"""What was observed so long up to an origin counts; a source may be an hour late."""
WEEKS = 8


def observed(
    name: str,
    said: tuple[Integers, Integers, Floats],
    missing: NDArray[np.bool_],
    *,
    hour: int,
    week: int,
) -> tuple[Column, Column]:
    """Return the columns of what was said, (step, known, amount), of steps and known by which.

    missing: (T,), whether it was too old at the end of a step. hour, week: steps of one.
    """
    step, known, amounts = said
    sums, numbers = np.zeros(len(missing)), np.zeros(len(missing))
    for late in range(LATELY_H * hour):
        at = step + late
        counts = (at >= known) & (at >= 0) & (at < len(missing))
        np.add.at(sums, at[counts], amounts[counts])
        np.add.at(numbers, at[counts], 1.0)
    lately = np.where((numbers > 0) & ~missing, sums / np.maximum(numbers, 1.0), np.nan)
    values = lately.astype(np.float32)
    return (
        Column(f"{name}.now", values, 0),
        Column(f"{name}.unusual", values - _usual(values, week), 0),
    )


def _usual(values: Floats, week: int) -> Floats:
    """Return the mean of the same place in the week over the weeks before."""
    back = np.stack([shifted(values, week * one) for one in range(1, WEEKS + 1)])
    known = np.isfinite(back)
    number = known.sum(axis=0)
    total = np.where(known, back, 0.0).sum(axis=0)
    return np.asarray(np.where(number > 0, total / np.maximum(number, 1), np.nan), np.float32)
