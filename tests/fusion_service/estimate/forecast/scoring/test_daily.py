# SPDX-License-Identifier: Apache-2.0
import numpy as np

from fusion_service.estimate.forecast.scoring.daily import Said, score_day


def test_a_day_is_scored_by_what_was_said_of_it() -> None:
    counts = np.full((24, 2), 50.0, np.float32)
    counts[14:17] = 100.0
    middle = np.full((24, 2), 60.0, np.float32)
    quantiles = np.stack([middle - 20, middle, middle + 20], axis=2)
    reached = counts.sum(axis=1) >= 200.0
    warned = np.zeros(24, dtype=bool)
    warned[[3, 13, 14]] = True
    found = score_day(Said(3, quantiles, counts, warned), counts, reached, 1)
    assert (found.warnings.came, found.warnings.hit, found.warnings.false) == (1, 1, 1)
    assert found.lead_steps == 3
    assert found.score.mae == 21 / 24 * 10 + 3 / 24 * 40
    assert found.score.coverage == 21 / 24
    assert found.score.skill is None
