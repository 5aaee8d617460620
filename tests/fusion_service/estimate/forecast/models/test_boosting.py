# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.models.boosting import LOG, ROOT, Plan, Scale
from fusion_service.estimate.forecast.scoring.rolling import roll
from fusion_service.estimate.forecast.scoring.score import score
from tests.fusion_service.estimate.forecast.towns import town

PLANS = (
    Plan(0.5, "log", 100, 40, leaves=15),
    Plan(0.5, "root", 100, 40, leaves=15),
    Plan(0.1, "log", 100, 20, leaves=7),
    Plan(0.9, "log", 100, 20, leaves=7),
)


@pytest.mark.parametrize("scale", [LOG, ROOT])
def test_a_scale_leads_back_to_where_it_came_from(scale: Scale) -> None:
    counts, usual = np.array([0.0, 4.0, 90.0]), np.array([1.0, 10.0, 60.0])
    assert np.allclose(scale.back(scale.onto(counts, usual), usual), counts)


def test_an_hour_ahead_it_knows_the_mood_and_beats_last_week() -> None:
    panel = town(150)
    features = Features(panel)
    first = panel.steps - 14 * 24
    rolled = roll(features, first, panel.steps, 1, PLANS)
    found = score(panel.counts[rolled.targets], rolled.quantiles, rolled.naive)
    assert found.skill is not None
    assert found.skill > 0.5
    assert found.coverage is not None
    assert 0.65 < found.coverage < 0.92
    assert (np.diff(rolled.quantiles, axis=2) >= 0).all()
    again = roll(features, first, panel.steps, 1, PLANS)
    assert np.array_equal(again.quantiles, rolled.quantiles)
