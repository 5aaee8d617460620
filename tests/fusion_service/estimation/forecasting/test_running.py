# SPDX-License-Identifier: Apache-2.0
"""A centre that forecasts, over a real store of ten weeks, by a clock that the test sets."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from fusion_service.registry.site_file.reading import read_site
from fusion_service.shift.outlook import Basis, Outlook
from fusion_service.store.forecast.kept import Made, Places, QuarterRow, Said, ScoreRow
from fusion_service.store.forecast.steps import steps_in
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from tests.fusion_service.estimation.forecasting.made_beach import (
    DAY_S,
    DRAWN,
    EVERY_S,
    FROM,
    HOUR_S,
    ZONE_OF_TIME,
    MadeBeach,
    Running,
)

DAYS = 73
BEGUN = (70, 22.0)
"""Ten weeks after the first count, at ten in the evening."""
SCORED = (FROM + timedelta(days=71)).date()


@dataclass
class Ran:
    """A centre that forecast for a day and more, and was started again in between."""

    beach: MadeBeach
    running: Running
    before: dict[Made, list[Said]]
    """What had been said when it was ended."""

    @property
    def at_noon(self) -> int:
        """The last hour from which something was said before that."""
        return self.beach.at(71, 11)


@pytest.fixture(scope="module", name="ran")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    beach = MadeBeach(tmp_path_factory.mktemp("centre"), DAYS)
    beach.live_until(beach.at(*BEGUN))
    with ExitStack() as first:
        running = Running(beach, first, beach.at(*BEGUN))
        running.hours_until(beach.at(71, 11))
        before = everything(running)
    with ExitStack() as second:
        running = Running(beach, second, beach.at(71, 12))
        running.hours_until(beach.at(72, 3))
        yield Ran(beach, running, before)


def everything(running: Running) -> dict[Made, list[Said]]:
    return {
        made: running.keeper.said(made)
        for step_s in (900, HOUR_S)
        for made in running.keeper.made_between("beach", step_s, from_s=0, to_s=2**40)
    }


def test_each_hour_is_forecast_a_week_ahead_and_each_quarter_an_hour(ran: Ran) -> None:
    assert ran.running.loop.fault == ""
    (made,) = [one for one in ran.before if one.step_s == HOUR_S and one.origin_s == ran.at_noon]
    square = next(one for one in ran.before[made] if one.place == "zone/square")
    steps = steps_in(square.said)
    assert (len(steps), square.by_ratio, made.version) == (168, True, None)
    assert all(low <= middle <= high for low, middle, high, _ in steps)
    near = Made("beach", 900, made.origin_s, made.made_ms, None)
    assert [len(steps_in(one.said)) for one in ran.before[near]] == [4, 4]


@pytest.mark.parametrize("step_s", [900, HOUR_S])
def test_what_is_said_is_of_the_time_that_it_says(ran: Ran, step_s: int) -> None:
    # Moved by a step either way, it would be further from what came.
    errors = {moved: list[float]() for moved in (-1, 0, 1)}
    for made, said in everything(ran.running).items():
        if made.step_s != step_s:
            continue
        for one in said:
            people = ran.beach.people[one.place.removeprefix("zone/")]
            for ahead, (_, middle, _, _) in enumerate(steps_in(one.said)[:2]):
                for moved, found in errors.items():
                    start_s = made.origin_s + (ahead + moved) * step_s
                    first = (start_s - ran.beach.from_s) // EVERY_S + 1
                    came = np.mean(people[first : first + step_s // EVERY_S])
                    found.append(abs(float(came) - middle))
    means = {moved: np.mean(found) for moved, found in errors.items()}
    assert means[0] < 0.9 * min(means[-1], means[1])


def test_a_start_goes_on_and_what_was_said_stays(ran: Ran) -> None:
    now = everything(ran.running)
    assert {made: now[made] for made in ran.before} == ran.before
    hours = {one.origin_s for one in now if one.step_s == HOUR_S}
    # Of the hour in which it was away nothing was said, and nothing is said afterwards.
    every = range(ran.beach.at(70, 23), ran.beach.at(72, 3) + 1, HOUR_S)
    assert set(every) - hours == {ran.beach.at(71, 12)}
    assert ran.running.ahead.forecast("beach").keys() == {"square", "pier"}


def test_the_outlook_of_a_week_is_the_forecasts(ran: Ran) -> None:
    site = read_site(DRAWN.encode())
    outlook = Outlook(lambda *_: None)
    days = outlook.of(site, ran.running.now_s, dict(ran.running.ahead.forecast("beach")))
    assert len(days) == 14
    assert {one.basis for one in days} == {Basis.FORECAST}
    assert all((one.low or 0) <= (one.people or 0) <= (one.high or 0) for one in days)


def test_yesterdays_score_is_that_of_what_was_said_and_came(ran: Ran) -> None:
    rows = {
        (row.places, row.horizon_s): row
        for row in ran.running.keeper.scores("beach", from_day=SCORED.isoformat())
        if row.day == SCORED.isoformat()
    }
    assert set(rows) == {(Places.ZONES, one) for one in (900, 1800, HOUR_S, 3 * HOUR_S, DAY_S)}
    assert rows[Places.ZONES, HOUR_S].targets == 46  # of noon nothing was said
    for step_s, ahead in ((900, 2), (HOUR_S, 1), (HOUR_S, 3)):
        check(ran, rows[Places.ZONES, ahead * step_s], step_s, ahead)
    assert (rows[Places.ZONES, HOUR_S].skill or 0) > 0.2


def check(ran: Ran, row: ScoreRow, step_s: int, ahead: int) -> None:
    """Work a score out again, from the tables alone."""
    begin = int(datetime.combine(SCORED, datetime.min.time(), ZONE_OF_TIME).timestamp())
    errors, inside = [], []
    with closing(sqlite3.connect(ran.beach.path)) as connection:
        for start_s in range(begin, begin + DAY_S, step_s):
            said = connection.execute(
                "SELECT s.place, f.said FROM forecast_made m, forecast_said f, forecast_series s "
                "WHERE f.made_id = m.id AND s.id = f.series_id AND m.step_s = ? AND "
                "m.origin_s = ?",
                (step_s, start_s - (ahead - 1) * step_s),
            ).fetchall()
            for place, content in said:
                low, middle, high, _ = np.frombuffer(content, "<f2").reshape(-1, 4)[ahead - 1]
                first = (start_s - ran.beach.from_s) // EVERY_S + 1
                people = ran.beach.people[place.removeprefix("zone/")]
                came = float(np.mean(people[first : first + step_s // EVERY_S]))
                errors.append(abs(came - float(middle)))
                inside.append(float(low) <= came <= float(high))
    assert row.targets == len(errors)
    assert row.mae == pytest.approx(np.mean(errors), rel=2e-3)
    assert row.coverage == pytest.approx(np.mean(inside), abs=0.05)


class Hasty(ForecastFile):
    """A planted leak: a store that says of each hour what the next one brings."""

    def zone_quarters(
        self, site: str, zones: Sequence[str], *, from_s: int, to_s: int
    ) -> list[QuarterRow]:
        """Return the quarters of an hour later as those of now."""
        later = super().zone_quarters(site, zones, from_s=from_s + HOUR_S, to_s=to_s + HOUR_S)
        return [replace(row, start_s=row.start_s - HOUR_S) for row in later]


def said_by_the_live_path(
    folder: Path, kind: type[ForecastFile], *, other: bool
) -> dict[Made, list[Said]]:
    """Forecast at eleven in a store that holds the night after it already: its own, or another."""
    beach = MadeBeach(folder, 11)
    at_s = beach.at(9, 23)
    if other:
        for people in beach.people.values():
            later = (at_s - beach.from_s) // EVERY_S + 1
            people[later:] = people[later:] * 3.0 + 500.0
    with ExitStack() as opened:
        running = Running(beach, opened, at_s + 125, kind=kind)
        beach.live_until(beach.at(10, 4))
        while running.loop.turn():
            pass
        found = everything(running)
    assert {one.origin_s for one in found} == {at_s}
    return found


@pytest.mark.parametrize(
    ("kind", "is_honest"),
    [
        pytest.param(ForecastFile, True, id="as it is"),
        pytest.param(Hasty, False, id="with a planted leak"),
    ],
)
def test_what_is_said_rests_on_nothing_that_came_after(
    kind: type[ForecastFile], tmp_path: Path, *, is_honest: bool
) -> None:
    folders = [tmp_path / "own", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    said = [said_by_the_live_path(folder, kind, other=folder.name == "other") for folder in folders]
    assert (said[0] == said[1]) == is_honest


def test_a_day_that_nobody_scored_is_scored_after_a_start(ran: Ran) -> None:
    keeper = ran.running.keeper
    rows = [row for row in keeper.scores("beach", from_day="2026-01-01") if row.mae is not None]
    assert {date.fromisoformat(row.day) for row in rows} >= {SCORED - timedelta(days=1), SCORED}
    with closing(sqlite3.connect(ran.beach.path)) as connection, connection:
        connection.execute("DELETE FROM forecast_score")
    with ExitStack() as opened:
        again = Running(ran.beach, opened, ran.running.now_s)
        again.go_to(ran.running.now_s)
        found = again.keeper.scores("beach", from_day="2026-01-01")
    assert [replace(one, scored_ms=0) for one in found] == [
        replace(one, scored_ms=0) for one in rows
    ]
