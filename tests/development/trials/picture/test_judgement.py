# SPDX-License-Identifier: Apache-2.0
"""What a campaign against the picture holds against its bars, and what it lets pass."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from development.trials.picture.judgement import (
    Kill,
    Verdict,
    compare_committed,
    compare_known,
    compare_levels,
    compare_series,
)
from development.trials.picture.looking import LEVELS, Shown
from development.trials.picture.signers import Signed

STREAM = "stream"


def shown(level: str) -> Shown:
    return Shown(100.0, 90.0, 110.0, level, "fine")


def test_a_level_that_is_lower_than_without_the_faults_is_found() -> None:
    verdict = Verdict()
    faulted = {("a", 60): shown("green"), ("a", 120): shown("yellow"), ("b", 120): shown("red")}
    without = {("a", 60): shown("yellow"), ("a", 120): shown("orange"), ("b", 120): shown("green")}
    compare_levels(verdict, faulted, without, from_s=0, first_fault_s=100)
    assert [(one.zone, one.level, one.level_without) for one in verdict.lowered] == [
        ("a", "yellow", "orange")
    ]
    assert (verdict.lowered_before, verdict.raised, verdict.zone_minutes) == (1, 1, 2)
    assert not verdict.bars["no level lowered"]


@pytest.mark.parametrize(
    ("marked", "held"),
    [
        (180.0, True),  # at the bar
        (181.0, False),  # a second late
        (None, False),  # never
    ],
)
def test_a_box_must_be_marked_within_three_minutes(marked: float | None, held: bool) -> None:  # noqa: FBT001 - a column of the table
    assert Verdict(marked_s={"box-1": 100.0, "box-2": marked}).bars["marked"] is held


def test_what_a_death_costs_the_past_is_told() -> None:
    kill = Kill()
    before = {("a", at_s): {"people": 100.0, "level": "yellow"} for at_s in (60, 120, 180)}
    after = {
        ("a", 60): {"people": 100.4, "level": "yellow"},  # the same, to half a person
        ("a", 120): {"people": 90.0, "level": "green"},
    }
    compare_series(kill, before, after, LEVELS, over_before_s=180)
    compare_known(kill, before, after, over_before_s=120)
    assert (kill.compared, kill.gone, kill.revised, kill.levels_lowered) == (3, 1, 1, 1)
    assert kill.revised_people_max == pytest.approx(10.0)
    assert kill.known_otherwise == 1
    assert not Verdict(kills=[kill]).bars["estimates kept"]


def test_what_was_signed_and_is_not_committed_is_missing(tmp_path: Path) -> None:
    store = tmp_path / "fusion.sqlite"
    with closing(sqlite3.connect(store)) as connection:
        connection.executescript(
            "CREATE TABLE stream (id INTEGER, uuid TEXT);"
            "CREATE TABLE entry (id INTEGER, stream_id INTEGER, sequence INTEGER);"
            "CREATE TABLE report (id INTEGER);"
            "CREATE TABLE line_count (report_id INTEGER, in_count INTEGER, out_count INTEGER);"
            "INSERT INTO stream VALUES (1, 'stream');"
            "INSERT INTO entry VALUES (1, 1, 1), (2, 1, 2);"
            "INSERT INTO report VALUES (2);"
            "INSERT INTO line_count VALUES (2, 3, 4), (2, NULL, 1);"
        )
    verdict = Verdict()
    compare_committed(verdict, store, Signed({(STREAM, 2), (STREAM, 3)}, crossings=8))
    assert (verdict.signed, verdict.committed, verdict.missing) == (2, 1, 1)
    assert verdict.crossings_committed == 8
    assert not verdict.bars["nothing lost"]
