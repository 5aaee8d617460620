# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Column, calendar_of
from tests.fusion_service.estimate.forecast.towns import town


def test_a_calendar_knows_what_a_date_is_and_which_day_was_alike() -> None:
    special = {date(2024, 12, 25): "Christmas", date(2025, 12, 25): "Christmas"}
    calendar = calendar_of(date(2024, 12, 24), 367, special)
    christmas = 366
    assert calendar.weekday[0] == 1
    assert list(calendar.special[:3]) == [0, 1, 0]
    assert calendar.until[0] == 1
    assert calendar.since[2] == 1
    assert calendar.by_date[christmas] == 1
    assert calendar.by_name[christmas] == 1
    assert calendar.by_date[0] == -366


def test_the_29th_of_february_was_the_28th_a_year_back() -> None:
    calendar = calendar_of(date(2023, 2, 28), 367, {})
    assert calendar.by_date[366] == 0


def test_a_panel_that_is_cut_is_as_if_nothing_else_had_been_there() -> None:
    whole = town(21)
    values = np.arange(whole.steps, dtype=np.float32)
    whole = replace(whole, columns=(Column("rain", values, 24),))
    cut = whole.cut(30, 200)
    assert cut.first == datetime(2025, 1, 7, 6)  # noqa: DTZ001 - the clock on the wall
    assert np.array_equal(cut.counts, whole.counts[30:200])
    steps = np.arange(170)
    assert np.array_equal(cut.time_of_day(steps), whole.time_of_day(steps + 30))
    days = cut.calendar.weekday[cut.day_of(steps)]
    assert np.array_equal(days, whole.calendar.weekday[whole.day_of(steps + 30)])
    assert cut.columns[0].values[-1] == 223
