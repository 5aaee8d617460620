# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Column
from tests.fusion_service.estimate.forecast.towns import town


@pytest.mark.parametrize(("step_s", "horizons"), [(3600, (1, 24, 168)), (900, (1, 4, 672))])
def test_every_horizon_to_a_week_has_its_features(step_s: int, horizons: tuple[int, ...]) -> None:
    panel = town(70, step_s=step_s)
    ahead = np.array(horizons)
    rows = Features(panel).rows(panel.steps - 1 + ahead, ahead)
    assert rows.features.shape == (len(horizons) * panel.series, len(rows.names))
    known = np.isfinite(rows.features).mean(axis=0)
    # Seventy days hold no year before.
    assert {
        name.rsplit("_", 1)[1] for name, one in zip(rows.names, known, strict=True) if not one
    } == {
        "weekday",
        "date",
        "name",
    }
    assert np.isfinite(rows.usual).all()


@pytest.mark.parametrize("horizon", [0, 169])
def test_a_horizon_beyond_a_week_or_before_the_next_step_is_refused(horizon: int) -> None:
    features = Features(town(20))
    with pytest.raises(ValueError, match="between one step and a week"):
        features.rows(np.array([400]), np.array([horizon]))


def test_a_column_is_read_at_the_target_where_it_is_known_by_then() -> None:
    panel = town(20)
    hours = np.arange(panel.steps, dtype=np.float32)
    columns = (Column("forecast", hours, 24), Column("seen", hours, 0))
    features = Features(replace(panel, columns=columns))
    for horizon, expected in ((24, [400.0, 376.0]), (25, [375.0, 375.0])):
        rows = features.rows(np.array([400]), np.array([horizon]))
        at = [rows.names.index(name) for name in ("forecast", "seen")]
        assert list(rows.features[0, at]) == expected
