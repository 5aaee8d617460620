# SPDX-License-Identifier: Apache-2.0
"""What a history reads of a real store, and that it reads no more than it must."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fusion_service.estimation.forecasting.history import PLACES_MAX, SiteHistory, Stores
from fusion_service.registry.site_file.reading import read_site
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.estimation.forecasting.made_beach import DRAWN, MadeBeach
from tests.fusion_service.kept_hours import Kept

DAY_S, HOUR_S, QUARTER_S = 86_400, 3600, 900
BOX = """
[[devices]]
id = "pier-1"
counters = [{ line = "door", at_zone = "square" }, { zone = "square", at_zone = "square" }]
"""
SITE = read_site((DRAWN + BOX).encode())


@dataclass
class Read:
    beach: MadeBeach
    store: Writer
    stores: Stores

    def history(self, now_s: int, days: int = 10) -> SiteHistory:
        return SiteHistory(SITE, self.stores, now_s=now_s, days=days)

    def sql(self, statement: str, *values: int) -> None:
        with closing(sqlite3.connect(self.beach.path)) as connection, connection:
            connection.execute(statement, values)


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Iterator[Read]:
    beach = MadeBeach(tmp_path, 5)
    with (
        Writer(beach.path, size_mib_max=64, dead_letters_max=10) as store,
        ForecastFile(beach.path, size_mib_max=64) as keeper,
    ):
        yield Read(beach, store, Stores(keeper, Reader(beach.path)))


def at(history: SiteHistory, place: str, time_s: int) -> float:
    quarters = history.quarters
    index = quarters.places.index(place)
    return float(quarters.counts[time_s // QUARTER_S - quarters.first_day * 96, index])


def test_a_zone_is_the_mean_of_what_was_estimated(read: Read) -> None:
    noon = read.beach.at(1, 12)
    read.beach.live_until(noon)
    history = read.history(noon)
    first = (noon - QUARTER_S - read.beach.from_s) // 180 + 1
    came = float(np.mean(read.beach.people["square"][first : first + 5]))
    assert at(history, "zone/square", noon - QUARTER_S) == pytest.approx(came, rel=1e-5)
    assert np.isnan(at(history, "zone/square", noon))


def test_what_is_usual_and_what_is_stale_teach_nothing(read: Read) -> None:
    noon = read.beach.at(1, 12)
    read.beach.live_until(noon)
    read.sql("UPDATE estimate SET basis = 'usual' WHERE zone = 'pier'")
    read.sql("UPDATE estimate SET condition = 'stale' WHERE zone = 'square'")
    assert not np.isfinite(read.history(noon).quarters.counts).any()


def test_a_window_that_is_longer_than_a_quarter_is_spread_over_it(read: Read) -> None:
    kept = Kept(read.store)
    noon = read.beach.at(1, 12)
    kept.hours(noon - 2 * HOUR_S, [40, 80])
    history = read.history(noon)
    for minutes in (15, 30, 45):  # read anew, it is the same
        quarters = [noon - 2 * HOUR_S + one * QUARTER_S for one in range(8)]
        door = [at(history, "pier-1/line/door", one) for one in quarters]
        assert door == pytest.approx([20.0] * 4 + [40.0] * 4)
        square = [at(history, "pier-1/zone/square", one) for one in quarters]
        assert square == pytest.approx([40.0] * 4 + [80.0] * 4)
        history.advance(noon + minutes * 60)


def test_the_past_is_read_once_newest_first_and_a_start_takes_it_back(read: Read) -> None:
    now = read.beach.at(4, 12)
    read.beach.live_until(now)
    history = read.history(now)
    assert at(history, "zone/square", now - QUARTER_S) > 0
    assert at(history, "zone/square", read.beach.at(3, 12)) > 0  # the day before is there at once
    assert np.isnan(at(history, "zone/square", read.beach.at(1, 12)))
    filled = 0
    while history.fill():
        filled += 1
    assert filled == 9
    known = history.quarters.counts.copy()
    read.sql("DELETE FROM estimate WHERE at_s < ?", read.beach.at(3, 2))
    again = read.history(now)
    assert np.array_equal(again.quarters.counts, known, equal_nan=True)
    assert not again.fill()


def test_what_came_late_is_taken_in_for_two_hours(read: Read) -> None:
    now = read.beach.at(2, 12)
    read.beach.live_until(now)
    history = read.history(now)
    read.sql("UPDATE estimate SET people = 5000 WHERE at_s > ?", now - HOUR_S)
    read.sql("UPDATE estimate SET people = 7000 WHERE at_s <= ?", now - 5 * HOUR_S)
    history.advance(now + QUARTER_S)
    assert at(history, "zone/square", now - QUARTER_S) == 5000
    assert at(history, "zone/square", now - 6 * HOUR_S) < 5000


def test_a_site_with_more_places_than_fit_says_so(read: Read) -> None:
    lines = ", ".join(f'{{ line = "l{one}", at_zone = "square" }}' for one in range(15))
    boxes = "".join(f'\n[[devices]]\nid = "b{one}"\ncounters = [{lines}]\n' for one in range(18))
    site = read_site((DRAWN + boxes).encode())
    history = SiteHistory(site, read.stores, now_s=read.beach.at(2), days=3)
    assert len(history.quarters.places) == PLACES_MAX
    assert history.left_out == 2 + 270 - PLACES_MAX
    assert history.quarters.places[:2] == ("zone/square", "zone/pier")
