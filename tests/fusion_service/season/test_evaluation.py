# SPDX-License-Identifier: Apache-2.0
"""A season's figures, worked out again from the store by other means: SQL and plain Python."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from fusion_service.pages.page import page
from fusion_service.season.documents import LANGUAGES, document_of, json_of
from fusion_service.season.evaluation import Evaluation, Lack, evaluate
from fusion_service.season.forecasts import KeptScores
from fusion_service.store.sqlite.read.long_past import LongPastFile
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from tests.fusion_service.season.made_season import FIRST, LAST, SECRETS, MadeSeason


class NoScores:
    """A centre that kept no scores."""

    def scores(self, site: str, *, from_day: str) -> list["Score"]:
        assert site
        assert from_day
        return []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeSeason:
    return MadeSeason(tmp_path_factory.mktemp("season"))


def evaluated(made: MadeSeason, scores: KeptScores | None = None, last: date = LAST) -> Evaluation:
    with ShiftFile(made.path, size_mib_max=64) as log:
        entries = list(log.whole_log())
    past = LongPastFile(made.path)
    return evaluate(made.season(last=last), entries, past, scores or NoScores())


@pytest.fixture(scope="module")
def found(made: MadeSeason) -> Evaluation:
    return evaluated(made)


@pytest.fixture(name="store")
def _store(made: MadeSeason) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(made.path)) as connection:
        yield connection


def figure(found: Evaluation, name: str, of: str = "") -> tuple[float | None, int]:
    """Return the value of a figure, and over how many it is."""
    (one,) = [
        each for _, figures in found.parts for each in figures if (each.name, each.of) == (name, of)
    ]
    return one.value, one.over


def test_time_to_acknowledge_is_what_sql_says(found: Evaluation, store: sqlite3.Connection) -> None:
    query = (
        "SELECT (a.at_ms / 1000) - (r.at_ms / 1000) FROM shift_entry r JOIN shift_entry a ON "
        "a.alarm = r.id AND a.deed = 'alarm acknowledged' WHERE r.deed = 'alarm raised' AND "
        "json_extract(r.detail, '$.level') = ?"
    )
    for severity, name in ((1, "notice"), (2, "warning")):
        waits = [one for (one,) in store.execute(query, (severity,))]
        assert len(waits) >= 5
        assert figure(found, "time_to_acknowledge", name) == (median(waits), len(waits))
    assert figure(found, "acknowledged", "warning") == (5 / 6, 6)


def test_leads_are_what_a_walk_along_the_minutes_says(
    found: Evaluation, store: sqlite3.Connection
) -> None:
    people = dict(store.execute("SELECT at_s, people FROM estimate ORDER BY at_s"))
    begun = [at for at in people if people[at] >= 1000 and people.get(at - 120, 0.0) < 1000]
    for deed, name in (("level proposed", "proposed_lead"), ("level declared", "declared_lead")):
        said = [
            at_ms // 1000
            for (at_ms,) in store.execute(
                "SELECT at_ms FROM shift_entry WHERE deed = ? AND json_extract(detail, '$.level') "
                ">= 1",
                (deed,),
            )
        ]
        leads = [at - one for at, one in zip(begun, said, strict=True) if abs(at - one) < 3 * 3600]
        assert figure(found, name, "yellow") == (median(leads), 12)
    # Orange was proposed on six days and came on three of them.
    assert figure(found, "proposed_falsely", "orange") == (0.5, 6)
    assert figure(found, "reached", "orange") == (3.0, 1)
    assert figure(found, "alarms_false")[0] == 3 / 12


def test_measures_are_what_sql_says(found: Evaluation, store: sqlite3.Connection) -> None:
    done = store.execute("SELECT count(*) FROM shift_entry WHERE deed = 'measure done'").fetchone()
    asked = store.execute(
        "SELECT sum(json_extract(detail, '$.level')) FROM shift_entry WHERE deed = 'level declared'"
    ).fetchone()
    assert figure(found, "measures_done") == (done[0] / asked[0], asked[0])
    ticks = store.execute(
        "SELECT (d.at_ms / 1000) - (SELECT max(l.at_ms / 1000) FROM shift_entry l WHERE l.deed = "
        "'level declared' AND l.id < d.id) FROM shift_entry d WHERE d.deed = 'measure done'"
    )
    assert figure(found, "time_to_a_measure")[0] == median(one for (one,) in ticks)
    assert figure(found, "measures_done", "Gemeente")[1] == 12
    assert figure(found, "measures_done", "Politie")[1] == 6


def test_silences_and_coverage_are_what_was_made(found: Evaluation) -> None:
    # Two days of hours with a hole of five, and then nothing until the period's end.
    silences = found.boxes[0].silences
    assert silences[0][1] - silences[0][0] == 5 * 3600
    assert silences[1][1] - silences[1][0] == found.season.period.to_s - silences[1][0]
    assert figure(found, "outages") == (2.0, 1)
    # Two of three looks are a tenth above the estimate, which reaches a fifth up; the others half.
    assert figure(found, "looks_covered") == (16 / 24, 24)
    assert found.days[0].day == date(2026, 7, 4)
    assert (round(found.days[0].people), found.days[0].at.hour) == (2600, 11)
    assert found.lacks == (Lack.SCORES,)


def test_days_outside_of_the_period_are_in_no_figure(made: MadeSeason) -> None:
    short = evaluated(made, last=FIRST)
    assert figure(short, "alarms") == (1.0, 1)
    assert figure(short, "proposed_lead", "yellow") == (None, 1)
    assert len(short.days) == 1


@dataclass(frozen=True)
class Score:
    """A row of a score, as a centre that forecasts keeps it."""

    day: str
    places: str = "zones"
    horizon_s: int = 3600
    targets: int = 100
    mae: float | None = 30.0
    coverage: float | None = 0.8
    skill: float | None = 0.25
    came: int = 1
    hit: int = 1
    false_episodes: int = 0
    lead_s: int | None = 2700


class Scores:
    """What a centre that forecasts would have kept."""

    def scores(self, site: str, *, from_day: str) -> list[Score]:
        assert (site, from_day) == ("beach", "2026-07-01")
        found = [Score(f"2026-07-{day:02}") for day in range(1, 7)]
        # A day with a quarter of the error of a week before, and one of which nothing is known.
        found.append(Score("2026-07-07", mae=10.0, skill=0.75, coverage=1.0, hit=0, lead_s=0))
        found.append(Score("2026-07-08", mae=None, skill=None, coverage=None, came=0, hit=0))
        return [*found, Score("2026-07-13"), Score("2026-07-09", places="counters")]


def test_kept_scores_of_a_forecast_are_added_up(made: MadeSeason) -> None:
    found = evaluated(made, Scores())
    assert figure(found, "forecast_covered", "1 h") == (580 / 700, 700)
    assert figure(found, "forecast_error", "1 h") == (19_000 / 700, 700)
    # Six days of 30 against 40, and one of 10 against 40.
    assert figure(found, "forecast_skill", "1 h") == (1 - 190 / 280, 700)
    assert figure(found, "warned_before", "1 h") == (6 / 7, 7)
    assert figure(found, "warning_lead", "1 h") == (2700.0, 6)
    assert found.lacks == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_reason_or_comment_is_in_any_document(made: MadeSeason, language: str) -> None:
    found, words = evaluated(made, Scores()), LANGUAGES[language]
    html, said = page(document_of(found, words)), json_of(found, words)
    for secret in (*SECRETS, "p7"):
        assert secret.encode() in made.path.read_bytes()
        assert secret not in html + said
    figures: list[dict[str, Any]] = json.loads(said)["figures"]
    assert all(one["how"] and (one["value"] is None) == one["too_few"] for one in figures)
    assert all(one["value"] is None for one in figures if one["over"] < one["least"])
    assert f'lang="{language}"' in html


def test_both_languages_have_the_same_words(found: Evaluation) -> None:
    dutch, english = LANGUAGES["nl"], LANGUAGES["en"]
    assert dutch.figures.keys() == english.figures.keys()
    assert dutch.parts.keys() == english.parts.keys() == {str(part) for part, _ in found.parts}
    assert dutch.lacks.keys() == english.lacks.keys() == {str(one) for one in Lack}


def test_a_moment_becomes_known_later_and_the_last_word_counts(tmp_path: Path) -> None:
    again = MadeSeason(tmp_path)
    with closing(sqlite3.connect(again.path)) as store, store:
        store.execute(
            "INSERT INTO estimate SELECT site, zone, at_s, known_ms + 9000, people * 2, low_50, "
            "high_50, low_80, high_80, low_95, high_95, density, trend, basis, condition, detail "
            "FROM estimate WHERE people > 1400"
        )
    assert figure(evaluated(again), "reached", "red") == (3.0, 1)
