# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from fusion_service.estimate.forecast.inputs.features import Features, Rows
from fusion_service.estimate.forecast.inputs.panel import Column, Floats, Integers, Panel
from fusion_service.estimate.forecast.scoring.leaks import leaks_in, scrambled_after
from tests.fusion_service.estimate.forecast.towns import town

FIRST = 100 * 24


@pytest.fixture(scope="module")
def panel() -> Panel:
    return town(110)


@pytest.mark.parametrize("horizon", [1, 24, 168])
def test_nothing_reads_later_than_its_origin(panel: Panel, horizon: int) -> None:
    assert leaks_in(panel, FIRST, horizon) == []


class Leaking(Features):
    """Reads the hour that follows the origin."""

    def _columns(self, targets: Integers, horizons: Integers) -> Iterator[tuple[str, Floats]]:
        yield from super()._columns(targets, horizons)
        yield "planted", self.tables.counts[targets - horizons + 1]


def test_a_feature_that_reads_an_hour_too_late_is_named(panel: Panel) -> None:
    assert leaks_in(panel, FIRST, 24, Leaking)[0] == "planted"


class FilledFromBehind(Features):
    """Says the usual of the week that follows."""

    def rows(self, targets: Integers, horizons: Integers) -> Rows:
        rows = super().rows(targets, horizons)
        later = np.minimum(targets + self.panel.week, len(self.tables.usual) - 1)
        return replace(rows, usual=self.tables.usual[later].reshape(-1))


def test_a_usual_from_behind_is_named(panel: Panel) -> None:
    assert "usual" in leaks_in(panel, FIRST, 24, FilledFromBehind)


class LearningFromBehind(Features):
    """Reads as it may, but learns what a counter will have counted."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        for index in range(panel.series):
            self.panel.counts[:, index] += panel.counts[-1, index]


def test_a_fit_to_what_comes_later_is_named(panel: Panel) -> None:
    copied = replace(panel, counts=panel.counts.copy())

    def build(given: Panel) -> Features:
        return LearningFromBehind(replace(given, counts=given.counts.copy()))

    assert "forecast" in leaks_in(copied, FIRST, 24, build)


def test_a_column_made_of_what_is_to_be_forecast_is_named(panel: Panel) -> None:
    told = panel.counts.sum(axis=1) * 2.0 + 1.0
    leaking = replace(panel, columns=(Column("oracle", told, 48),))
    assert leaks_in(leaking, FIRST, 24) == ["oracle"]


def test_a_column_that_is_known_ahead_by_right_is_not(panel: Panel) -> None:
    rain = np.random.default_rng(3).exponential(1.0, panel.steps).astype(np.float32)
    columns = (Column("rain", rain, 48), Column("seen", panel.counts[:, 0].copy(), 0))
    assert leaks_in(replace(panel, columns=columns), FIRST, 24) == []


def test_a_column_that_stands_still_follows_nothing() -> None:
    still = town(30)
    same = np.tile(still.counts[:168], (5, 1))[: still.steps]
    holiday = Column("holiday", np.zeros(still.steps, np.float32), 48)
    assert leaks_in(replace(still, counts=same, columns=(holiday,)), 25 * 24, 24) == []


def test_scrambling_leaves_what_was_known_and_nothing_else(panel: Panel) -> None:
    other = scrambled_after(panel, 500)
    assert np.array_equal(other.counts[:501], panel.counts[:501])
    assert (other.counts[501:] != panel.counts[501:]).all()
