# SPDX-License-Identifier: Apache-2.0
from fusion_service.estimate.forecast.models.boosting import Plan
from fusion_service.estimate.forecast.scoring.backtest import backtest
from tests.fusion_service.estimate.forecast.scoring.test_leaks import Leaking
from tests.fusion_service.estimate.forecast.towns import town

PLANS = tuple(Plan(quantile, "log", 80, 20, leaves=15) for quantile in (0.1, 0.5, 0.9))


def test_a_window_is_forecast_again_and_scored() -> None:
    panel = town(120)
    found = backtest(panel, 112 * 24, (1,), PLANS)
    assert not found.is_ratio
    assert found.leaks == ()
    skill = found.scores[1].skill
    assert skill is not None
    assert skill > 0.3


def test_a_planted_leak_is_named_whichever_model_answers() -> None:
    panel = town(60)
    found = backtest(panel, 55 * 24, (24,), PLANS, Leaking)
    assert found.is_ratio
    assert found.leaks[0] == "planted"
