# SPDX-License-Identifier: Apache-2.0
import json
import zlib

import numpy as np
import pytest

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.models.boosting import Plan, fit_boosted
from fusion_service.estimate.forecast.models.model_file import from_bytes, to_bytes
from tests.fusion_service.estimate.forecast.towns import town

PLANS = tuple(Plan(quantile, "log", 60, 4, leaves=7) for quantile in (0.1, 0.5, 0.9))


def test_a_model_says_the_same_after_it_was_kept() -> None:
    panel = town(80)
    features = Features(panel)
    horizons = np.array([1, 2])
    model = fit_boosted(features, 79 * 24, horizons, PLANS)
    ((longest, again),) = from_bytes(to_bytes(((2, model),)))
    rows = features.rows(np.arange(79 * 24, 80 * 24), np.full(24, 2))
    assert longest == 2
    assert np.array_equal(model.quantiles(rows), again.quantiles(rows))
    assert again.linear is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",  # nothing
        b"trees",  # not compressed
        zlib.compress(b"{}"),  # no format
        zlib.compress(json.dumps({"format": 2, "bands": []}).encode()),  # of a later release
        zlib.compress(json.dumps({"format": 1, "bands": [{"longest": 1}]}).encode()),  # no trees
    ],
)
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ForecastError, match="train it again"):
        from_bytes(content)
