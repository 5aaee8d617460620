# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.forecaster import Forecaster, forecast
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Panel
from fusion_service.estimate.forecast.models.boosting import Plan
from fusion_service.estimate.forecast.training import Trained, train
from fusion_service.estimation.model_folder import KEPT_MAX, ModelFolder, ModelVersion
from tests.fusion_service.estimate.forecast.towns import town

GOOD = tuple(Plan(quantile, "log", 80, 12, leaves=15) for quantile in (0.1, 0.5, 0.9))
POOR = tuple(Plan(quantile, "log", 80, 1, 0.01, leaves=2) for quantile in (0.1, 0.5, 0.9))
PLACES = ("pier-1/line/door", "pier-1/zone/square", "pier-2/line/door")


@pytest.fixture(scope="module")
def panel() -> Panel:
    return town(100)


@pytest.fixture(scope="module")
def trained(panel: Panel) -> Trained:
    return train(panel, None, GOOD)


def kept(folder: ModelFolder, forecaster: Forecaster, *, is_live: bool) -> ModelVersion:
    return folder.keep(
        forecaster, made_ms=5, is_live=is_live, step_s=3600, places=PLACES, ratio=(0.9, 0.8, 1.1)
    )


def test_the_first_is_live_and_a_worse_one_is_not(panel: Panel, trained: Trained) -> None:
    assert trained.is_live
    worse = train(panel, trained.forecaster, POOR)
    assert not worse.is_live
    assert worse.choice is not None
    assert worse.choice.ratio.ratio > 1.1
    assert train(panel, worse.forecaster, GOOD).is_live


def test_the_newest_live_version_answers(tmp_path: Path, panel: Panel, trained: Trained) -> None:
    folder = ModelFolder(tmp_path / "forecasts" / "beach")
    assert folder.live(PLACES, 3600) is None
    first = kept(folder, trained.forecaster, is_live=True)
    kept(folder, trained.forecaster, is_live=False)
    found = folder.live(PLACES, 3600)
    assert found is not None
    assert found[0] == first
    hours = np.arange(1, 25)
    features = Features(panel)
    again, before = (forecast(one, features, hours) for one in (found[1], trained.forecaster))
    assert np.array_equal(again.quantiles, before.quantiles)
    assert folder.live(PLACES[:2], 3600) is None
    assert folder.live(PLACES, 900) is None


def test_twelve_versions_are_kept_and_the_live_one_beyond(tmp_path: Path, trained: Trained) -> None:
    folder = ModelFolder(tmp_path)
    small = Forecaster(trained.forecaster.bands[:1])
    kept(folder, small, is_live=True)
    for _ in range(KEPT_MAX + 3):
        kept(folder, small, is_live=False)
    versions = [one.version for one in folder.versions()]
    assert versions == [1, *range(5, 17)]
    assert len(list(tmp_path.iterdir())) == 2 * len(versions)


def test_a_file_that_is_damaged_is_named(tmp_path: Path, trained: Trained) -> None:
    folder = ModelFolder(tmp_path)
    kept(folder, Forecaster(trained.forecaster.bands[:1]), is_live=True)
    (tmp_path / "000001.model").write_bytes(b"x")
    with pytest.raises(ForecastError, match="train it again"):
        folder.live(PLACES, 3600)
    (tmp_path / "000001.json").write_text("{}")
    with pytest.raises(ForecastError, match="is no line"):
        folder.versions()
