# SPDX-License-Identifier: Apache-2.0
"""A process of its own says what this one would say, or why it cannot."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.inputs.panel import Column
from fusion_service.estimation.forecasting.working.apart import say_apart
from fusion_service.estimation.forecasting.working.saying import Ahead, Asked, say_here
from tests.fusion_service.estimate.forecast.towns import town

PLACES = ("zone/a", "zone/b", "box/line/c")


def same(one: Ahead | None, other: Ahead | None) -> bool:
    if one is None or other is None:
        return one is other
    pairs = zip(
        (one.quantiles, one.naive, one.by_ratio),
        (other.quantiles, other.naive, other.by_ratio),
        strict=True,
    )
    return all(np.array_equal(*pair, equal_nan=True) for pair in pairs)


def test_another_process_says_the_same(tmp_path: Path) -> None:
    hours = town(9)
    values = np.arange(hours.steps + 24, dtype=np.float32)
    hours = replace(hours, columns=(Column("weather", values, 24),))
    asked = Asked(PLACES, tmp_path / "forecasts" / "beach", town(9, step_s=900), hours)
    apart, here = say_apart(asked), say_here(asked)
    assert same(apart.quarters, here.quarters)
    assert same(apart.hours, here.hours)
    assert (apart.version, apart.trouble) == (None, "")
    assert apart.quarters is not None
    assert apart.quarters.quantiles.shape == (4, 3, 3)
    assert list((tmp_path / "forecasts").iterdir()) == []


def test_one_that_fails_says_why(tmp_path: Path) -> None:
    broken = replace(town(9), step_s=0)
    with pytest.raises(ForecastError, match="ended with 1: ZeroDivisionError"):
        say_apart(Asked(PLACES, tmp_path / "beach", None, broken))
