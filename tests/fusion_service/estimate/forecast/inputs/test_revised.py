# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel
from fusion_service.estimate.forecast.inputs.revised import Revised, revised
from fusion_service.estimate.forecast.scoring.leaks import leaks_in
from tests.fusion_service.estimate.forecast.towns import town

DAYS = 40


@pytest.fixture(scope="module")
def panel() -> Panel:
    return town(DAYS)


def forecast(days: int, *, seed: int = 7, missing: slice | None = None) -> Revised:
    """Return a forecast of warmth, said anew each midnight for three days ahead."""
    rng = np.random.default_rng(seed)
    made, hour = np.meshgrid(np.arange(days) * 24, np.arange(72), indexing="ij")
    said = (
        (made + hour).reshape(-1),
        made.reshape(-1),
        rng.normal(15.0, 5.0, days * 72).astype(np.float32),
    )
    gone = np.zeros(days * 24, dtype=np.bool_)
    if missing is not None:
        gone[missing] = True
    return revised("weather:temperature", said, gone)


def read(panel: Panel, column: Revised, target: int, horizon: int, what: str = "hour") -> float:
    rows = Features(replace(panel, columns=(column,))).rows(np.array([target]), np.array([horizon]))
    return float(rows.features[0, rows.names.index(f"weather:temperature.{what}")])


def told(column: Revised, target: int, origin: int) -> list[float]:
    """Look it up one by one, as a person would: the newest that the origin had been told."""
    known = [
        (int(when), float(amount))
        for hour, when, amount in zip(column.hour, column.known, column.amounts, strict=True)
        if hour == target and when <= origin
    ]
    return [max(known)[1]] if known else []


@pytest.mark.parametrize("horizon", [1, 5, 24, 48, 71, 90])
def test_a_row_reads_the_newest_of_what_its_origin_knew(panel: Panel, horizon: int) -> None:
    column = forecast(DAYS)
    for target in (300, 311, 500):
        found = read(panel, column, target, horizon)
        expected = told(column, target, target - horizon)
        assert [found] == expected if expected else np.isnan(found)
        day = target // 24 * 24
        hours = [told(column, day + one, target - horizon) for one in range(24)]
        known = [one[0] for one in hours if one]
        mean = read(panel, column, target, horizon, "day")
        assert mean == pytest.approx(np.mean(known)) if len(known) >= 12 else np.isnan(mean)


def test_what_was_said_after_the_origin_changes_nothing(panel: Panel) -> None:
    column = forecast(DAYS)
    later = column.known > 276
    other = replace(column, amounts=np.where(later, 99.0, column.amounts).astype(np.float32))
    assert read(panel, column, 300, 24) == read(panel, other, 300, 24) != 99.0
    assert read(panel, other, 300, 12) == 99.0
    assert read(panel, column.cut(100, 277), 200, 24) == read(panel, column, 300, 24)


def test_while_it_is_missing_nothing_is_known_of_it(panel: Panel) -> None:
    column = forecast(DAYS, missing=slice(250, 260))
    assert np.isnan(read(panel, column, 270, 12))
    assert np.isnan(read(panel, column, 270, 12, "day"))
    assert np.isfinite(read(panel, column, 270, 10))
    assert np.isfinite(read(panel, column, 270, 21))


class PutRight(Revised):
    """Says what was said in the end, as a table does that keeps no more than the newest."""

    def read(
        self, panel: Panel, ratio: Floats, targets: Integers, horizons: Integers
    ) -> Iterator[tuple[str, Floats]]:
        yield from super().read(panel, ratio, targets, np.zeros_like(horizons))

    def scrambled(self, origin: int, rng: np.random.Generator) -> "PutRight":
        other = super().scrambled(origin, rng)
        return PutRight(other.name, other.hour, other.known, other.amounts, other.missing)


def test_a_forecast_that_was_revised_after_the_fact_is_named(panel: Panel) -> None:
    column = forecast(DAYS)
    fair = replace(panel, columns=(column,))
    assert leaks_in(fair, 30 * 24, 24) == []
    planted = PutRight(column.name, column.hour, column.known, column.amounts, column.missing)
    found = leaks_in(replace(panel, columns=(planted,)), 30 * 24, 24)
    assert {"weather:temperature.hour", "weather:temperature.day"} <= set(found)


def test_quarters_of_an_hour_read_the_value_of_their_hour() -> None:
    panel = town(20, step_s=900)
    said = (np.array([1600, 1604]), np.array([1300, 1300]), np.array([1.0, 2.0], np.float32))
    column = revised("weather:temperature", said, np.zeros(panel.steps, dtype=np.bool_))
    assert [read(panel, column, target, 200) for target in (1600, 1603, 1604)] == [1.0, 1.0, 2.0]
