# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from fusion_service.estimate.forecast.expected import Expected, as_if_on, expected_of
from fusion_service.estimate.forecast.inputs.events import Event, Events
from fusion_service.estimate.forecast.inputs.tables import tables_of
from tests.fusion_service.estimate.forecast.towns import town

NOW = 1_800_000_000
TIMES = NOW + 3600 * np.arange(6) + 1800
SAID = np.broadcast_to(np.array([80.0, 100.0, 130.0], np.float32), (6, 2, 3))


def test_what_a_title_did_is_believed_the_more_the_more_often_it_was_on() -> None:
    panel = town(90)
    counts = panel.counts.copy()
    concerts = tuple(Event("Concert", day * 24 + 18, day * 24 + 22, 0) for day in (60, 65, 70, 75))
    for one in concerts:
        counts[one.begin : one.end, 0] *= 2.0
    panel = replace(panel, counts=counts)
    ratio = tables_of(panel).ratio
    calendar = Events("agenda", concerts, np.zeros(panel.steps, dtype=np.bool_))
    once = replace(calendar, events=concerts[:1])
    often, seldom, never = (
        expected_of(title, [each], panel, ratio)
        for title, each in (("Concert 2027", calendar), ("concert", once), ("Regatta", calendar))
    )
    assert (often.times, seldom.times, never.times) == (4, 1, 0)
    assert often.log_ratios[0] - often.log_ratios[2] == pytest.approx(0.8 * np.log(2), abs=0.2)
    assert seldom.log_ratios[0] < often.log_ratios[0]
    assert often.spread < seldom.spread < never.spread
    assert not never.log_ratios.any()


def test_without_a_calendar_nobody_knows_and_that_is_wide() -> None:
    panel = town(20)
    found = expected_of("Regatta", [], panel, tables_of(panel).ratio)
    assert found.times == 0
    assert found.spread > 1.0


def test_an_event_moves_the_hours_in_which_it_is_on_and_widens_them() -> None:
    expected = Expected(3, np.array([np.log(2.0), 0.0]), 0.3)
    found = as_if_on(SAID, TIMES, expected, begins_s=NOW + 7200, ends_s=NOW + 4 * 3600)
    assert np.array_equal(found[[0, 1, 4, 5]], SAID[[0, 1, 4, 5]])
    low, middle, high = found[2, 0]
    assert middle == pytest.approx(200.0, abs=4.0)
    assert (high - middle) / middle > 0.3
    assert low < 160.0
    low, middle, high = found[2, 1]
    assert middle == pytest.approx(100.0, abs=0.01)
    assert low < 80.0
    assert high > 130.0
