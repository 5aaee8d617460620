# SPDX-License-Identifier: Apache-2.0
"""A forecaster is trained by a process of its own, at a quiet hour, and takes over."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fusion_service.estimate.forecast.forecaster import fit_forecaster
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Column
from fusion_service.estimate.forecast.scoring.leaks import TINY
from fusion_service.estimation.forecasting.training.request import (
    Request,
    read_request,
    write_request,
)
from fusion_service.estimation.forecasting.training.retraining import EVERY_S, TRIED_S, Retraining
from fusion_service.estimation.forecasting.wall_panel import Locality
from fusion_service.estimation.model_folder import ModelFolder
from fusion_service.store.forecast.steps import HOUR_S
from tests.fusion_service.estimate.forecast.towns import town
from tests.fusion_service.estimation.forecasting.made_beach import MadeBeach, Running

THERE = Locality(ZoneInfo("Europe/Amsterdam"), {})
NIGHT_S = int(datetime(2026, 7, 8, 2, 30, tzinfo=UTC).timestamp())
"""Half past four there."""


@pytest.fixture(name="retraining")
def _retraining() -> Iterator[Retraining]:
    made = Retraining()
    yield made
    made.stop()


def wait_for(retraining: Retraining) -> None:
    until = time.monotonic() + 120
    while retraining.look_after():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_it_is_due_once_a_week_at_night(retraining: Retraining) -> None:
    assert retraining.is_quiet(NIGHT_S, THERE)
    assert not retraining.is_quiet(NIGHT_S + HOUR_S, THERE)
    assert retraining.is_due("beach", NIGHT_S, None)
    assert not retraining.is_due("beach", NIGHT_S, (NIGHT_S - EVERY_S + 1) * 1000)
    assert retraining.is_due("beach", NIGHT_S, (NIGHT_S - EVERY_S) * 1000)
    retraining.note_tried("beach", NIGHT_S)
    assert not retraining.is_due("beach", NIGHT_S + TRIED_S - 1, None)
    assert retraining.is_due("beach", NIGHT_S + TRIED_S, None)
    assert retraining.is_due("harbour", NIGHT_S, None)


def test_a_request_is_read_as_it_was_written(tmp_path: Path) -> None:
    panel = town(9)
    values = np.arange(panel.steps + 24, dtype=np.float32)
    panel = type(panel)(
        panel.first,
        panel.step_s,
        panel.counts,
        panel.positions_m,
        panel.calendar,
        (Column("weather", values, 24),),
    )
    with (tmp_path / "request").open("wb") as file:
        write_request(file, Request(panel, ("a", "b", "c"), 17))
    found = read_request(tmp_path / "request")
    assert (found.places, found.made_ms) == (("a", "b", "c"), 17)
    assert found.panel.first == panel.first
    assert np.array_equal(found.panel.counts, panel.counts)
    assert np.array_equal(found.panel.calendar.by_date, panel.calendar.by_date)
    (column,) = found.panel.columns
    assert (column.name, column.ahead_steps) == ("weather", 24)
    assert np.array_equal(column.values, values)


def test_one_that_fails_is_named_and_leaves_nothing(retraining: Retraining, tmp_path: Path) -> None:
    at = datetime.fromtimestamp(NIGHT_S, UTC)
    folder = tmp_path / "beach"
    folder.mkdir()
    (folder / "000001.json").write_text("{")
    retraining.begin("beach", town(9), ("a", "b", "c"), folder, at)
    assert not retraining.is_quiet(NIGHT_S, THERE)  # one at a time
    wait_for(retraining)
    assert "000001.json: is no line of a forecast model" in retraining.trouble["beach"]
    assert list(folder.glob("*.request")) == []


@pytest.fixture(scope="module", name="old")
def _old(tmp_path_factory: pytest.TempPathFactory) -> MadeBeach:
    """A beach of three months, known until four in the morning."""
    beach = MadeBeach(tmp_path_factory.mktemp("centre"), 94)
    beach.live_until(beach.at(91, 4))
    return beach


def test_the_live_version_forecasts_and_one_that_cannot_be_read_is_named(old: MadeBeach) -> None:
    with ExitStack() as opened:
        running = Running(old, opened, old.at(91, 4))
        running.go_to(old.at(91, 3) + 125)
        forecasts = running.loop.site("beach")
        assert forecasts is not None
        panel = forecasts.laid(old.at(91, 3), HOUR_S, 400).panel
        folder = ModelFolder(old.models / "beach")
        folder.keep(
            fit_forecaster(Features(panel), panel.steps, TINY),
            made_ms=5,
            is_live=True,
            step_s=HOUR_S,
            places=forecasts.places,
            ratio=None,
        )
        running.go_to(old.at(91, 4) + 125)
        made = running.keeper.newest("beach", HOUR_S)
        assert made is not None
        assert (made.version, made.origin_s) == (1, old.at(91, 4))
        assert [one.by_ratio for one in running.keeper.said(made)] == [False, False]
        (old.models / "beach" / "000001.model").write_bytes(b"nothing")
        running.go_to(old.at(91, 5) + 125)
        assert "cannot be read, train it again" in running.loop.fault
        later = running.keeper.newest("beach", HOUR_S)
        assert later is not None
        assert (later.version, later.origin_s) == (None, old.at(91, 5))


@pytest.mark.campaign
def test_a_site_of_three_months_is_trained_by_night_and_forecast_by_trees(old: MadeBeach) -> None:
    for path in old.models.rglob("0*"):
        path.unlink()
    with ExitStack() as opened:
        running = Running(old, opened, old.at(91, 3), trains=True)
        running.go_to(old.at(91, 3) + 125)
        running.now_s = old.at(91, 4) + 125
        until = time.monotonic() + 600
        while not list(old.models.rglob("*.json")) and time.monotonic() < until:
            running.loop.turn()
            time.sleep(0.05)
        while list(old.models.rglob("*.request")):
            running.loop.turn()
            time.sleep(0.05)
        running.go_to(old.at(91, 5) + 125)
        assert running.loop.fault == ""
        made = running.keeper.newest("beach", HOUR_S)
        assert made is not None
        assert made.version == 1
        assert [one.by_ratio for one in running.keeper.said(made)] == [False, False]
