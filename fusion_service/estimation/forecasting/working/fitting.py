# SPDX-License-Identifier: Apache-2.0
"""Whether a site's trees fit what is known of it today: another set of feeds asks for others."""

import numpy as np

from fusion_service.estimate.forecast.forecaster import Forecaster
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Panel


def fits(forecaster: Forecaster, panel: Panel) -> bool:
    """Say whether trees were made of the features that a panel has, in their order."""
    recent = panel.cut(max(panel.steps - panel.week, 0), panel.steps)
    one = np.array([1])
    names = Features(recent).rows(np.array([recent.steps]), one).names
    return all(model.names == names for _, model in forecaster.bands)
