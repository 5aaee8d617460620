# SPDX-License-Identifier: Apache-2.0
"""The score of a day that has passed: what was forecast for it, against what came.

Computed from what was said then and is kept, never from a model of today.
"""

from dataclasses import dataclass

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Floats
from fusion_service.estimate.forecast.scoring.score import Score, score
from fusion_service.estimate.forecast.warnings import (
    Flags,
    WarningScore,
    lead_steps,
    score_warnings,
)


@dataclass(frozen=True, slots=True)
class DailyScore:
    """Of one day, site and horizon.

    warnings: of the site's level. lead_steps: how long before the level was reached it was warned;
    0 without a warning, None where it was not reached.
    """

    horizon: int
    score: Score
    warnings: WarningScore
    lead_steps: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """What was said `horizon` steps before each of a day's N steps.

    quantiles: (N, S, 3) of each series; naive: (N, S); warned: (N,), of the site as one.
    """

    horizon: int
    quantiles: Floats
    naive: Floats
    warned: Flags


def score_day(said: Said, counts: Floats, reached: Flags, hour: int) -> DailyScore:
    """Score a day: counts (N, S), whether the site reached its level (N,), steps of an hour."""
    leads = lead_steps(said.warned, reached, said.horizon, np.zeros(len(reached), dtype=np.int64))
    return DailyScore(
        said.horizon,
        score(counts, said.quantiles, said.naive),
        score_warnings(said.warned, reached, said.horizon, hour),
        leads.get(0),
    )
