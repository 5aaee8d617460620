# SPDX-License-Identifier: Apache-2.0
"""Whether a site's trees fit what is known of it today: another release may ask for others.

Feeds come and go: what one said is then missing, which trees have learnt to do without.
"""

import numpy as np

from fusion_service.estimate.forecast.forecaster import Forecaster
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Panel, group_of


def fits(forecaster: Forecaster, panel: Panel) -> bool:
    """Say whether a panel has the features that trees were made of, but for those of feeds."""
    recent = panel.cut(max(panel.steps - panel.week, 0), panel.steps)
    one = np.array([1])
    names = Features(recent).rows(np.array([recent.steps]), one).names
    return all(
        name in names or group_of(name) for _, model in forecaster.bands for name in model.names
    )
