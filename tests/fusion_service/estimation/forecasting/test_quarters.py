# SPDX-License-Identifier: Apache-2.0
import numpy as np

from fusion_service.estimation.forecasting.quarters import QUARTERS, Quarters
from fusion_service.store.forecast.kept import DayRow
from fusion_service.store.forecast.steps import QUARTER_S

DAY_S = 86_400
PLACES = ("zone/square", "pier-1/line/door")


def test_the_oldest_day_goes_when_another_begins() -> None:
    kept = Quarters(PLACES, last_day=101, days=3)
    for day in (98, 99, 100, 101, 102):  # the first and the last lie outside of what is held
        kept.put("zone/square", day * DAY_S + QUARTER_S, float(day))
    assert kept.counts.shape == (3 * QUARTERS, 2)
    assert sorted(kept.counts[np.isfinite(kept.counts)]) == [99.0, 100.0, 101.0]
    kept.move_to(103)
    assert (kept.first_day, kept.last_day) == (101, 103)
    assert sorted(kept.counts[np.isfinite(kept.counts)]) == [101.0]
    kept.move_to(90)
    assert kept.last_day == 103
    kept.move_to(500)
    assert (kept.first_day, np.isfinite(kept.counts).sum()) == (498, 0)


def test_a_day_that_was_read_is_kept_and_comes_back_as_it_was() -> None:
    one = Quarters(PLACES, last_day=101, days=3)
    one.put("zone/square", 100 * DAY_S, 12.25)
    assert one.newest_unread(101) == 100
    rows = one.note_read(100, one.unread(100))
    assert [(row.place, len(row.counts)) for row in rows] == [(PLACES[0], 384), (PLACES[1], 0)]
    other = Quarters(PLACES[:1], last_day=101, days=3)
    other.restore([*rows, DayRow(PLACES[0], 90, b""), DayRow("zone/gone", 100, b"")])
    assert other.counts[QUARTERS, 0] == 12.25
    assert (other.unread(100), other.newest_unread(101)) == ([], 99)


def test_what_is_read_anew_is_forgotten_before() -> None:
    kept = Quarters(PLACES, last_day=101, days=1)
    for quarter in range(4):
        kept.put("zone/square", 101 * DAY_S + quarter * QUARTER_S, 1.0)
    kept.clear("zone/square", 101 * DAY_S + QUARTER_S, 101 * DAY_S + 3 * QUARTER_S)
    assert np.isfinite(kept.counts[:4, 0]).tolist() == [True, False, False, True]
    kept.clear("zone/square", 0, 50 * DAY_S)
    assert np.isfinite(kept.counts[:4, 0]).sum() == 2
