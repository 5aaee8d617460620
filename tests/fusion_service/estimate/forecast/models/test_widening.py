# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from fusion_service.estimate.forecast.forecaster import Forecaster, forecast
from fusion_service.estimate.forecast.inputs.events import Event, Events
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Column, Floats, Panel
from fusion_service.estimate.forecast.models.boosting import Boosted, Plan, fit_boosted
from fusion_service.estimate.forecast.models.model_file import from_bytes, to_bytes
from fusion_service.estimate.forecast.models.widening import (
    Loss,
    aligned,
    missing_in,
    widened,
)
from tests.fusion_service.estimate.forecast.towns import town

PLANS = tuple(Plan(quantile, "log", 120, 25, leaves=15) for quantile in (0.1, 0.5, 0.9))
DAYS, FIRST = 160, 130 * 24
SAID = np.array([[80.0, 100.0, 130.0]], np.float32)
NAMES = ("hour", "weather:warmth", "weather:rain", "calendar:new", "calendar:running")
LOSSES = (
    Loss("weather", ("weather:warmth", "weather:rain"), 1.2, 1.5),
    Loss("calendar", ("calendar:running",), 1.1, 1.1, spread=0.5),
)


def features(*values: float) -> Floats:
    return np.array([values], np.float32)


def test_nothing_missing_and_nothing_new_changes_nothing() -> None:
    assert np.array_equal(widened(SAID, NAMES, features(9, 20, 0, 0, 1), LOSSES), SAID)


def test_a_missing_group_widens_each_side_by_its_factor() -> None:
    gone = features(9, np.nan, np.nan, 0, 0)
    assert widened(SAID, NAMES, gone, LOSSES)[0] == pytest.approx([76.0, 100.0, 145.0])
    assert missing_in(NAMES, gone, LOSSES) == ("weather",)


def test_a_part_of_a_group_widens_by_a_part() -> None:
    part = features(9, np.nan, 0, 0, 0)
    assert widened(SAID, NAMES, part, LOSSES)[0, 2] == pytest.approx(100 + 30 * 1.5**0.5)
    assert missing_in(NAMES, part, LOSSES) == ("weather:warmth",)


def test_an_event_that_was_never_on_before_widens_both_sides() -> None:
    low, middle, high = widened(SAID, NAMES, features(9, 20, 0, 1, 1), LOSSES)[0]
    assert middle == 100.0
    assert low < 60.0
    assert high > 190.0


def test_features_that_are_gone_are_unknown_and_others_find_their_place() -> None:
    found = aligned(NAMES, ("weather:rain", "new:one", "hour"), features(3, 4, 9))
    assert found[0, [0, 2]].tolist() == [9.0, 3.0]
    assert np.isnan(found[0, [1, 3, 4]]).all()


@pytest.fixture(scope="module")
def warm_town() -> Panel:
    """Return a town where people follow the warmth, which is known two days ahead.

    It is around twenty degrees: who takes what is unknown for nought has never seen such cold.
    """
    panel, rng = town(DAYS), np.random.default_rng(3)
    warmth = np.repeat(rng.normal(20.0, 1.0, DAYS), 24).astype(np.float32)
    counts = rng.poisson(panel.counts * np.exp(0.5 * (warmth[:, None] - 20.0))).astype(np.float32)
    columns = (
        Column("weather:warmth", warmth, 48),
        Events("calendar", (), np.zeros(panel.steps, dtype=np.bool_)),
    )
    return replace(panel, counts=counts, columns=columns)


@pytest.fixture(scope="module")
def knowing(warm_town: Panel) -> Boosted:
    return fit_boosted(Features(warm_town), FIRST - 23, np.array([24]), PLANS)


def said(model: Boosted, panel: Panel) -> tuple[Floats, Floats]:
    """Return what a model says of the last month, and what came."""
    targets = np.arange(FIRST, panel.steps)
    rows = Features(panel).rows(targets, np.full(len(targets), 24))
    return model.quantiles(rows), panel.counts[targets].reshape(-1)


def without(panel: Panel) -> Panel:
    """Return the panel on whose last month the weather is missing."""
    warmth, calendar = panel.columns
    assert isinstance(warmth, Column)
    values = warmth.values.copy()
    values[FIRST:] = np.nan
    return replace(panel, columns=(replace(warmth, values=values), calendar))


def covers(found: Floats, came: Floats) -> float:
    return float(((came >= found[:, 0]) & (came <= found[:, 2])).mean())


def test_a_forecast_without_what_it_lived_by_is_wider_and_still_covers(
    warm_town: Panel, knowing: Boosted
) -> None:
    (loss, _) = knowing.losses
    assert loss.group == "weather"
    assert max(loss.low, loss.high) > 1.1
    with_it, came = said(knowing, warm_town)
    gone, _ = said(knowing, without(warm_town))
    bare, _ = said(replace(knowing, losses=()), without(warm_town))
    width = [float((one[:, 2] - one[:, 0]).mean()) for one in (with_it, bare, gone)]
    assert width[0] < width[2]
    assert width[1] < width[2]
    assert covers(gone, came) >= 0.75
    assert np.abs(came - with_it[:, 1]).mean() < 0.8 * np.abs(came - gone[:, 1]).mean()


def test_what_is_missing_is_named_in_the_answer(warm_town: Panel, knowing: Boosted) -> None:
    live = without(warm_town)
    model = Forecaster(((24, knowing),))
    week = np.arange(1, 25)
    whole = forecast(model, Features(warm_town.cut(0, FIRST)), week)
    assert whole.missing == ()
    assert forecast(model, Features(live.cut(0, FIRST)), week).missing == ("weather",)
    # A feed that was taken out of the config is missing as well, and one that came is no matter.
    other = replace(live, columns=(Column("sea:tide", np.zeros(live.steps, np.float32), 24),))
    assert set(forecast(model, Features(other.cut(0, FIRST)), week).missing) == {
        "weather",
        "calendar",
    }


def test_a_new_event_is_told_apart_by_a_model_that_never_saw_one(
    warm_town: Panel, knowing: Boosted
) -> None:
    event = Event("Tall ships", FIRST + 36, FIRST + 40, 0)
    warmth, calendar = warm_town.columns
    assert isinstance(calendar, Events)
    told = replace(warm_town, columns=(warmth, replace(calendar, events=(event,))))
    quiet, loud = (said(knowing, one)[0].reshape(-1, 3, 3) for one in (warm_town, told))
    assert (loud[37, :, 2] > 1.25 * quiet[37, :, 2]).all()
    assert np.array_equal(loud[60], quiet[60])


def test_what_a_loss_costs_is_kept_with_the_model(knowing: Boosted) -> None:
    ((_, read),) = from_bytes(to_bytes(((24, knowing),)))
    assert read.losses == knowing.losses
