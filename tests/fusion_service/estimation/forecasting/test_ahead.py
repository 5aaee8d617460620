# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from fusion_service.estimate.levels import Coming
from fusion_service.estimation.forecasting.ahead import KnownAhead
from fusion_service.registry.site import Level
from fusion_service.store.forecast.kept import Made, Said, WarningRow
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S, packed
from fusion_service.store.sqlite.forecast.keeper import ForecastFile

ZONE = ZoneInfo("Europe/Amsterdam")
AT_S = 1_790_000_000 // HOUR_S * HOUR_S
NEAR = Made("beach", QUARTER_S, AT_S, AT_S * 1000, None)
WEEK = Made("beach", HOUR_S, AT_S, AT_S * 1000, 7)
UNKNOWN = float("nan")


def said(*middles: float, place: str = "zone/square", moved: float | None = None) -> Said:
    steps = [number for one in middles for number in (one * 0.8, one, one * 1.2, 1.0)]
    other = None if moved is None else packed([moved] * len(steps))
    return Said(place, by_ratio=True, said=packed(steps), moved=other)


def test_quarters_come_first_and_hours_after_them() -> None:
    ahead = KnownAhead(lambda _site: AT_S + 60)
    assert ahead.forecast("beach") == {}
    ahead.tell(WEEK, [said(100.0, 200.0, UNKNOWN), said(5.0, place="pier-1/line/door")], ZONE)
    ahead.tell(NEAR, [said(90.0, 95.0, 100.0, 105.0)], ZONE)
    (steps,) = ahead.forecast("beach").values()
    assert [(one.at_s - AT_S, one.people) for one in steps] == [
        (450, 90.0),
        (1350, 95.0),
        (2250, 100.0),
        (3150, 105.0),
        (5400, 200.0),
    ]
    assert (steps[0].low_80, steps[0].high_80) == (72.0, 108.0)


def test_what_was_declared_moves_what_levels_see() -> None:
    ahead = KnownAhead(lambda _site: AT_S)
    ahead.tell(NEAR, [said(90.0, moved=40.0)], ZONE)
    assert [one.people for one in ahead.forecast("beach")["square"]] == [40.0]


def test_what_is_old_is_none() -> None:
    now = [AT_S]
    ahead = KnownAhead(lambda _site: now[0])
    coming = Coming(Level.ORANGE, "square", AT_S + 2 * HOUR_S, 0.7)
    ahead.tell(NEAR, [said(90.0)], ZONE)
    ahead.tell(WEEK, [said(100.0, 200.0)], ZONE, [coming])
    assert ahead.coming("beach") == (coming,)
    now[0] += 2 * QUARTER_S + 1  # quarters are no more; the hour that runs is
    assert [one.people for one in ahead.forecast("beach")["square"]] == [100.0, 200.0]
    now[0] = AT_S + 3 * HOUR_S  # its hour is over
    assert ahead.coming("beach") == ()
    now[0] += 1
    assert ahead.forecast("beach") == {}
    assert ahead.coming("harbour") == ()


def test_a_start_takes_up_what_was_said_last(tmp_path: Path) -> None:
    with ForecastFile(tmp_path / "fusion.sqlite", size_mib_max=64) as keeper:
        keeper.keep_made(NEAR, [said(90.0)])
        warned = WarningRow("beach", AT_S, 2, 3 * HOUR_S, "square", 0.7, warned=True)
        quiet = replace(warned, level=3, warned=False)
        keeper.keep_made(WEEK, [said(100.0, 200.0)], [warned, quiet])
        ahead = KnownAhead(lambda _site: AT_S)
        ahead.recall(keeper, "beach", ZONE)
        assert [one.people for one in ahead.forecast("beach")["square"]] == [90.0, 200.0]
        assert ahead.coming("beach") == (Coming(Level.ORANGE, "square", AT_S + 2 * HOUR_S, 0.7),)
