# SPDX-License-Identifier: Apache-2.0
"""The verb that evaluates a season: three files of the same figures, and what it refuses."""

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service import cli
from fusion_service.commands.season.verb import SeasonLanguage
from fusion_service.season.documents import LANGUAGES
from fusion_service.store.forecast.kept import Places, ScoreRow
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from tests.fusion_service.season.made_season import DRAWN, MadeSeason

DAYS = ("--from", "2026-07-01", "--to", "2026-07-12")


@pytest.fixture(name="config", scope="module")
def _config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("season")
    MadeSeason(folder)
    config = folder / "fusion.toml"
    config.write_text('[store]\npath = "fusion.sqlite"\n')
    return config


def told(config: Path, *arguments: object) -> int:
    given = ["season", *map(str, arguments), "--config", str(config)]
    try:
        cli.main(given)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_one_command_writes_the_same_figures_three_times(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = config.parent / "out"
    assert told(config, "beach", *DAYS, "--out", out) == 0
    said = capsys.readouterr()
    names = ["season.html", "season.pdf", "season.json"]
    assert said.out.split() == [str(out / name) for name in names]
    assert said.err == "Er zijn geen scores van een voorspelling bewaard; dat deel is leeg.\n"
    figures = json.loads((out / "season.json").read_text("utf-8"))["figures"]
    html = (out / "season.html").read_text("utf-8")
    (share,) = [one for one in figures if (one["name"], one["of"]) == ("measures_done", None)]
    assert f"{100 * share['value']:.0f} % ({share['over']} gevraagde maatregelen)" in html
    assert (out / "season.pdf").read_bytes().startswith(b"%PDF-")


def test_scores_of_forecasts_that_the_centre_kept_are_in_it(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    score = ScoreRow(
        *("beach", "2026-07-02", Places.ZONES, 3600, 24, 30.0, 9.0, 0.75, 0.5),
        *(1, 1, 0, 3600, 0),
    )
    with ForecastFile(config.parent / "fusion.sqlite", size_mib_max=64) as kept:
        kept.keep_scores([score, replace(score, places=Places.COUNTERS)])
    out = config.parent / "scored"
    assert told(config, "beach", *DAYS, "--out", out) == 0
    assert capsys.readouterr().err == ""
    figures = json.loads((out / "season.json").read_text("utf-8"))["figures"]
    found = {one["name"]: one["value"] for one in figures if one["part"] == "forecasts"}
    assert found == {
        "forecast_covered": 0.75,
        "forecast_error": 30.0,
        "forecast_skill": 0.5,
        "warned_before": None,
        "warned_falsely": 0,
        "warning_lead": None,
    }


def test_measures_are_those_of_the_file_that_was_in_force_then(config: Path) -> None:
    plans = SqliteSitePlans(config.parent / "fusion.sqlite", size_mib_max=64)
    later = DRAWN.replace("Stewards sturen", "Iets anders doen")
    assert plans.keep("beach", later, now_ms=1_790_000_000_000) is not None
    out = config.parent / "english"
    assert told(config, "beach", *DAYS, "--out", out, "--language", "en") == 0
    said = json.loads((out / "season.json").read_text("utf-8"))
    assert said["site_version"] == 1
    assert "too few to say" in (out / "season.html").read_text("utf-8")


def test_each_language_of_the_verb_has_words() -> None:
    assert [str(one) for one in SeasonLanguage] == list(LANGUAGES)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", *DAYS), "nowhere: no file is in force"),
        (("beach", "--from", "2026-07-02", "--to", "2026-07-01"), "--to on or after --from"),
        (("beach", "--from", "2020-01-01", "--to", "2026-07-01"), "at most 731 days"),
        (("beach", *DAYS, "--out", "/proc/season"), "name a folder that this user may write"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    config: Path, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(config, *arguments) == 1
    assert re.search(re.escape(said), capsys.readouterr().err)


def test_nothing_is_said_of_a_log_that_was_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = MadeSeason(tmp_path)
    (tmp_path / "fusion.toml").write_text('[store]\npath = "fusion.sqlite"\n')
    with closing(sqlite3.connect(made.path)) as store, store:
        store.execute("UPDATE shift_entry SET at_ms = at_ms - 60000 WHERE id = 3")
    assert told(tmp_path / "fusion.toml", "beach", *DAYS, "--out", tmp_path / "out") == 1
    assert "shift log: entry 3 was changed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
