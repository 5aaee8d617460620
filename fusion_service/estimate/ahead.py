# SPDX-License-Identifier: Apache-2.0
"""What the next hour may bring where nobody forecasts: the trend, damped. Pure.

A trend is worth little beyond an hour, so it dies away: after h minutes a zone has grown by
`trend * DAMPED_MIN * (1 - exp(-h / DAMPED_MIN))` people, which is never more than DAMPED_MIN
minutes of it (Gardner and McKenzie 1985, damped trends). The interval is that of now, wider by a
share of what is added.
"""

import math

from fusion_service.estimate.levels import Ahead
from fusion_service.estimate.observation import ZoneEstimate

DAMPED_MIN = 45.0
STEPS_MIN = (10, 20, 30, 40, 50, 60)
UNSURE = 0.5
"""How much of what a trend adds may as well not come, or come twice."""


def by_trend(estimate: ZoneEstimate) -> tuple[Ahead, ...]:
    """Return the next hour of a zone by its trend; a guess has none."""
    if estimate.is_guess:
        return ()
    found = []
    for minutes in STEPS_MIN:
        added = estimate.trend * DAMPED_MIN * (1.0 - math.exp(-minutes / DAMPED_MIN))
        unsure = UNSURE * abs(added)
        found.append(
            Ahead(
                estimate.at_s + 60 * minutes,
                max(estimate.people + added, 0.0),
                max(estimate.low_80 + added - unsure, 0.0),
                max(estimate.high_80 + added + unsure, 0.0),
            )
        )
    return tuple(found)
