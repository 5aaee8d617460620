# SPDX-License-Identifier: Apache-2.0
"""What feeds said, through a real store, as a model may read it: as it was known then."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fusion_service.context.build import feeds_of
from fusion_service.estimate.forecast.inputs.events import Events
from fusion_service.estimate.forecast.inputs.features import Features, Rows
from fusion_service.estimate.forecast.inputs.panel import Panel, PanelColumn
from fusion_service.estimate.forecast.scoring.leaks import leaks_in
from fusion_service.estimation.beside.context_columns import columns_of
from fusion_service.estimation.history import Clock
from fusion_service.feed_config import (
    FeedTable,
    GtfsRealtimeTable,
    IcalTable,
    OpenMeteoTable,
    SpdpTable,
)
from fusion_service.store.context import ContextValue, Quantity
from fusion_service.store.sqlite.context import ContextFile
from tests.fusion_service.estimate.forecast.towns import town

DAYS, HOUR_S, DAY_S = 42, 3_600, 86_400
CLOCK = Clock(date(2025, 1, 6), DAYS, HOUR_S, ZoneInfo("Europe/Amsterdam"))
BEGIN_S = CLOCK.from_s
END_S = BEGIN_S + DAYS * DAY_S
TABLES: dict[str, FeedTable] = {
    "weather": OpenMeteoTable(kind="open-meteo", latitude=52.1, longitude=4.3),
    "tram": GtfsRealtimeTable(kind="gtfs-rt", stops={"kurhaus": ["1"]}),
    "cars": SpdpTable(kind="spdp", facilities={"north": "1", "south": "2"}),
    "agenda": IcalTable(kind="ical", url="https://example.org/a.ics", place="beach"),
}
FEEDS = feeds_of(TABLES)


def at(day: int, hour: int = 0) -> int:
    return BEGIN_S + day * DAY_S + hour * HOUR_S


def say(kept: ContextFile, feed: str, known_s: int, *values: ContextValue) -> None:
    kept.keep(feed, values, known_s)


def warmth(valid_s: int, amount: float) -> ContextValue:
    return ContextValue("52.1,4.3", Quantity.TEMPERATURE, valid_s, valid_s, amount)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContextFile]:
    """Return a store in which a forecast was put right after the fact, and feeds broke."""
    with ContextFile(tmp_path_factory.mktemp("store") / "fusion.sqlite", size_mib_max=64) as file:
        rng = np.random.default_rng(2)
        for day in range(DAYS):
            ahead = rng.normal(10.0, 4.0, 72)
            hours = [warmth(at(day, hour), float(ahead[hour])) for hour in range(72)]
            say(file, "weather", at(day) + 60, *hours)
            # What it turned out to be is said once more, when it is over.
            right = [warmth(at(day, hour), 99.0) for hour in range(24)]
            say(file, "weather", at(day + 1) + 30, *right)
            for hour in range(24):
                for place, amount in (("north", 0.5), ("south", hour / 24)):
                    moment_s = at(day, hour) + 900
                    value = ContextValue(
                        place, Quantity.PARKING_OCCUPANCY, moment_s, moment_s, amount
                    )
                    say(file, "cars", moment_s + 60, value)
        concert = ContextValue(
            "beach/1", Quantity.EVENT, at(35, 19), at(20), 1.0, 4 * HOUR_S, note="Concert 2025"
        )
        say(file, "agenda", at(20, 12), concert)
        say(file, "agenda", at(33), replace(concert, amount=0.0))
        gone = frozenset({("", Quantity.TEMPERATURE)})
        file.note_missing("weather", gone, at(30))
        file.note_missing("weather", frozenset(), at(31))
        yield file


@pytest.fixture(scope="module")
def columns(kept: ContextFile) -> tuple[PanelColumn, ...]:
    return columns_of(kept, FEEDS, CLOCK, known_s=END_S)


def panel(columns: tuple[PanelColumn, ...]) -> Panel:
    return replace(town(DAYS), first=town(1).first, columns=columns)


def rows(columns: tuple[PanelColumn, ...], target: int, horizon: int) -> Rows:
    return Features(panel(columns)).rows(np.array([target]), np.array([horizon]))


def value(columns: tuple[PanelColumn, ...], name: str, target: int, horizon: int) -> float:
    found = rows(columns, target, horizon)
    return float(found.features[0, found.names.index(name)])


def test_each_feed_has_its_columns(columns: tuple[PanelColumn, ...]) -> None:
    names = [name for name in rows(columns, 500, 24).names if ":" in name]
    assert names == [
        "weather:temperature:52.1,4.3.hour",
        "weather:temperature:52.1,4.3.day",
        "cars:parking_occupancy:north.now",
        "cars:parking_occupancy:north.unusual",
        "cars:parking_occupancy:south.now",
        "cars:parking_occupancy:south.unusual",
        *(
            f"agenda:{one}"
            for one in ("running", "of_day", "new", "period", "until", "since", "effect")
        ),
    ]


WARM = "weather:temperature:52.1,4.3.hour"


def test_a_row_sees_what_was_known_at_its_origin_and_not_what_was_put_right(
    kept: ContextFile, columns: tuple[PanelColumn, ...]
) -> None:
    target = 20 * 24 + 15
    for horizon in (1, 12, 24, 48):
        origin_s = at(0, target - horizon + 1)
        said = kept.known_at(
            "weather", known_s=origin_s, from_s=at(20, 15), until_s=at(20, 16), limit=9
        )
        assert value(columns, WARM, target, horizon) == pytest.approx(
            said[0].value.amount, abs=1e-3
        )
        assert said[0].value.amount < 50.0
    assert np.isnan(value(columns, WARM, target, 70))


def test_a_planted_leak_through_the_store_is_caught_and_what_is_kept_leaks_nothing(
    columns: tuple[PanelColumn, ...],
) -> None:
    assert leaks_in(panel(columns), 36 * 24, 24) == []
    # A store that forgot when things became known would say what was put right.
    weather = columns[0]
    known_at_once = replace(weather, known=np.zeros_like(weather.known))  # type: ignore[attr-defined,type-var] # Revised
    assert value((known_at_once,), WARM, 20 * 24 + 15, 24) == 99.0


def test_rows_are_the_same_whether_or_not_more_was_said_since(
    kept: ContextFile, columns: tuple[PanelColumn, ...]
) -> None:
    then = columns_of(kept, FEEDS, CLOCK, known_s=at(25) - 1)
    targets = np.arange(24 * 24, 25 * 24 + 48)
    horizons = np.maximum(targets - 24 * 24 + 12, 24)
    horizons = np.where(targets - horizons >= 25 * 24, targets - 25 * 24 + 1, horizons)
    one, other = (Features(panel(each)).rows(targets, horizons) for each in (then, columns))
    assert one.names == other.names
    assert np.array_equal(one.features, other.features, equal_nan=True)


def test_only_what_is_asked_for_is_read(
    kept: ContextFile, columns: tuple[PanelColumn, ...]
) -> None:
    late = columns_of(kept, FEEDS, CLOCK, known_s=END_S, from_s=at(38))
    assert value(late, WARM, 41 * 24, 24) == value(columns, WARM, 41 * 24, 24)
    assert np.isnan(value(late, WARM, 30 * 24, 24))
    assert value(late, "agenda:of_day", 35 * 24 + 20, 72) == 1.0


def test_while_a_feed_is_missing_its_columns_are_unknown_and_then_they_are_back(
    columns: tuple[PanelColumn, ...],
) -> None:
    assert np.isnan(value(columns, WARM, 30 * 24 + 20, 5))
    assert np.isnan(value(columns, WARM, 31 * 24 + 5, 12))
    assert np.isfinite(value(columns, WARM, 30 * 24 + 20, 24))
    assert np.isfinite(value(columns, WARM, 31 * 24 + 5, 4))


def test_an_event_is_known_from_when_it_was_told_until_it_was_called_off(
    columns: tuple[PanelColumn, ...],
) -> None:
    target = 35 * 24 + 20
    assert value(columns, "agenda:running", target, 72) == 1.0
    assert value(columns, "agenda:running", target, 24) == 0.0
    (agenda,) = (one for one in columns if isinstance(one, Events))
    (concert,) = agenda.events
    assert (concert.begin, concert.end) == (35 * 24 + 19, 35 * 24 + 23)


def test_what_is_lies_beside_what_it_usually_is(columns: tuple[PanelColumn, ...]) -> None:
    target = 40 * 24 + 12
    assert value(columns, "cars:parking_occupancy:south.now", target, 1) == pytest.approx(
        (11 + 10) / 2 / 24, abs=1e-3
    )
    assert value(columns, "cars:parking_occupancy:south.unusual", target, 1) == pytest.approx(0.0)


def test_a_summer_hour_that_is_said_twice_is_one_step(tmp_path: Path) -> None:
    clock = Clock(date(2025, 10, 20), 14, HOUR_S, ZoneInfo("Europe/Amsterdam"))
    with ContextFile(tmp_path / "fusion.sqlite", size_mib_max=64) as file:
        begin_s = clock.from_s
        values = [warmth(begin_s + hour * HOUR_S, float(hour)) for hour in range(14 * 24)]
        file.keep("weather", values, begin_s + 30)
        feeds = feeds_of({"weather": TABLES["weather"]})
        (column,) = columns_of(file, feeds, clock, known_s=begin_s + DAY_S)
    hours = column.hour  # type: ignore[attr-defined] # Revised
    assert len(set(hours.tolist())) == len(hours) == 14 * 24 - 1
