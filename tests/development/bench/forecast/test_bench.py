# SPDX-License-Identifier: Apache-2.0
"""How the bench reads what others have published, and joins counters to sites."""

import csv
import gzip
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from development.bench.forecast.auckland import read_auckland
from development.bench.forecast.boulevard import boulevard
from development.bench.forecast.cold_start import cold_start
from development.bench.forecast.leeds import PLACES, read_leeds, weather_of
from development.bench.forecast.reference import reference
from development.bench.forecast.warned import sites_of
from fusion_service.estimate.forecast.inputs.events import NEVER
from fusion_service.estimate.forecast.inputs.panel import Panel
from tests.fusion_service.estimate.forecast.towns import town


def test_auckland_is_read_in_the_order_of_its_hours(tmp_path: Path) -> None:
    hours = [*range(6, 24), *range(6), *range(6, 10), 11]  # 10:00 of the second day is left out
    with (tmp_path / "hourly_counts.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["date", "hour", "year", "Quay", "Queen"])
        for index, hour in enumerate(hours):
            day = "2025-01-01" if index < 24 else "2025-01-07"  # a date that is wrong
            rows.writerow([day, f"{hour}:00-{hour}:59", 2025, index, "" if index == 1 else 7])
    (tmp_path / "locations.csv").write_text(
        "Address,Latitude,Longitude\nQueen,-36.85,174.77\nQuay,-36.84,174.76\n"
    )
    found = read_auckland(tmp_path)
    assert found.first == datetime(2025, 1, 1, 6)  # noqa: DTZ001 - the clock on the wall
    assert found.counts.shape == (30, 2)
    assert list(found.counts[18:20, 0]) == [18.0, 19.0]
    assert np.isnan(found.counts[1, 1])
    assert np.isnan(found.counts[28]).all()
    assert found.counts[29, 0] == 28.0
    assert 1_300 < np.linalg.norm(found.positions_m[0] - found.positions_m[1]) < 1_500


def test_leeds_is_read_with_its_weather(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "footfall.csv.gz", "wt") as file:
        file.write("Date,InCount,LocationName,Hour,NewDate\n")
        file.writelines(f"2009-01-02,12,{name},5,02-Jan-2009\n" for name in PLACES)
    (tmp_path / "overall_weather.csv").write_text(
        "date,mean_temp,rain,wind_speed\n01/01/2009,0.0,0.0,0.0\n02/01/2009,4.5,1.5,3.0\n"
    )
    counters = read_leeds(tmp_path)
    assert counters.counts.shape == (30, 8)
    assert (counters.counts[29] == 12.0).all()
    panel = counters.panel(counters.first, counters.first + timedelta(hours=30), {})
    temperature, rain, _ = weather_of(tmp_path, panel)
    assert np.isnan(temperature.values[:24]).all()
    assert (temperature.values[24:] == 4.5).all()
    assert (rain.values[24:] == 1.5).all()
    assert rain.ahead_steps == 48


def test_sites_are_three_neighbours_each_and_sum_them() -> None:
    panel = town(10, series=6)
    sites = sites_of(panel)
    assert sites.series == 2
    assert np.array_equal(np.sort(sites.counts.sum(axis=1)), np.sort(panel.counts.sum(axis=1)))
    assert abs(sites.positions_m[0, 0] - sites.positions_m[1, 0]) == 300.0


def test_the_reference_and_a_cold_start_answer_for_every_target() -> None:
    panel = town(460)
    first = panel.steps - 9 * 24
    assert reference(panel, first, 24).shape == (9 * 24, 3)
    cut = Panel(panel.first, 3600, panel.counts[: 45 * 24], panel.positions_m, panel.calendar)
    found = cold_start(cut, 31 * 24, np.array([1, 24]))
    assert {days: set(each) for days, each in found.items()} == {
        1: {1, 24},
        7: {1, 24},
        30: {1, 24},
    }
    skill = found[30][1].skill
    assert skill is not None
    assert skill > 0.2
    assert cut.calendar.weekday[0] == date(2025, 1, 6).weekday()


def test_a_boulevard_is_made_alike_by_one_seed_and_its_events_are_what_lifts_it() -> None:
    one, other = boulevard(120, 100, seed=3), boulevard(120, 100, seed=3)
    assert np.array_equal(one.panel.counts, other.panel.counts)
    told = [each for each in one.events.events if each.gone == NEVER]
    assert all(each.known <= each.begin for each in one.events.events)
    on = np.zeros(len(one.lifted), dtype=np.bool_)
    for each in told:
        on[each.begin - 1 : each.end] = True
    assert np.array_equal(one.lifted.max(axis=1) > 0.0, on)
    assert one.is_new[: 100 * 24].sum() == 0 < one.is_new.sum()
    quiet = ~on[:, None] & (np.arange(len(on)) % 24 >= 12)[:, None]
    assert one.panel.counts[one.lifted > 0.5].mean() > 1.3 * one.panel.counts[quiet[:, 0]].mean()
