# SPDX-License-Identifier: Apache-2.0
"""The verbs of forecasts over a real store of a young site."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fusion_service.cli import main
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.writer import Writer
from tests.contracts.test_forecasts import SCORE
from tests.fusion_service.kept_hours import Kept

DAY: list[int | None] = [5] * 8 + [40, 60, 80, 90, 95, 90, 80, 60, 50, 40, 30, 20, 10, 8, 6, 5]
DAYS = 12
UNTIL = "2026-06-13"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("centre")
    path = folder / "fusion.toml"
    path.write_text('[store]\npath = "fusion.sqlite"\n')
    with Writer(folder / "fusion.sqlite", size_mib_max=64, dead_letters_max=10) as store:
        start = datetime(2026, 5, 31, 22, tzinfo=UTC)  # midnight of the 1st of June there
        Kept(store).hours(int(start.timestamp()), DAY * DAYS)
        yield path


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(words))
    return int(end.value.code or 0)


def test_a_young_site_is_forecast_again(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("backtest", "beach", "--config", str(config), "--until", UNTIL)
    assert ended(*words, "--days", "4", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["model"], found["leaks"]) == ("ratio", [])
    assert found["horizons"]["24"]["mae"] < 5.0
    assert found["horizons"]["24"]["cover80"] > 0.75
    assert ended(*words, "--days", "4") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "by the ratio model"


def test_a_week_ahead_has_a_peak_each_day(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("forecast", "show", "beach", "--config", str(config), "--until", UNTIL)
    assert ended(*words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["version"] is None
    square = found["places"]["pier-1/zone/square"]
    assert (square["by_ratio"], len(square["hours"])) == (True, 168)
    assert square["peaks"][0]["at"] in {"2026-06-13T11:00:00", "2026-06-13T12:00:00"}
    assert square["peaks"][0]["low"] < 95 < square["peaks"][0]["high"]
    assert ended(*words) == 0
    assert "by the ratio model" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("forecast", "train", "beach", "--until", UNTIL), 1, "wanted 88"),  # too young for trees
        (("backtest", "beach", "--until", UNTIL, "--days", "40"), 1, "ask for fewer --days"),
        (("backtest", "harbour", "--until", UNTIL), 1, "no device of this site"),
        (("backtest", "beach", "--country", "XX"), 1, "got 'XX'"),
        (("backtest", "beach", "--time-zone", "Mars/Base"), 2, "wanted one as Europe/Amsterdam"),
    ],
)
def test_what_cannot_be_is_said(
    words: tuple[str, ...], code: int, told: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(*words, "--config", str(config)) == code
    assert told in capsys.readouterr().err


def test_the_score_of_the_last_days_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fusion.toml").write_text('[store]\npath = "fusion.sqlite"\n')
    words = ("forecast", "score", "beach", "--config", str(tmp_path / "fusion.toml"))
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    with ForecastFile(tmp_path / "fusion.sqlite", size_mib_max=64) as kept:
        assert ended(*words) == 0
        assert "nothing was scored" in capsys.readouterr().err
        kept.keep_scores([replace(SCORE, day=yesterday), replace(SCORE, day="2026-01-01")])
    assert ended(*words) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.split()[:5] == ["day", "of", "hours", "targets", "MAE"]
    assert line.split() == [
        yesterday,
        "zones",
        "1",
        "24",
        "12.50",
        "-",
        "0.81",
        "-0.10",
        "1",
        "1",
        "0",
    ]
    assert ended(*words, "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["horizon_s"], row["lead_s"]) == (3600, 7200)
