# SPDX-License-Identifier: Apache-2.0
"""The word of somebody who looks, let in by what lets in a real one."""

from pathlib import Path

from fusion_service.exercise.runner import run_exercise
from fusion_service.exercise.steward import who_looks
from fusion_service.exercise_service import exercise
from fusion_service.store.sources import SourceCount
from fusion_service.store.sqlite.sources import SourceFile
from tests.fusion_service.exercise.drawn_site import SCRIPTED, SITE, START_S, estimates, read

SAYS = """
[[injects]]
kind = "person_says"
at = "12:30"
zone = "head"
people = 600
"""


def test_who_looks_at_a_zone_is_found_and_what_they_call_it() -> None:
    assert who_looks(SITE, "head") == ("kiosk", "point")
    assert who_looks(SITE, "deck") is None


def test_what_a_person_says_is_kept_as_the_count_of_a_source(tmp_path: Path) -> None:
    store = tmp_path / "exercise.sqlite"
    run_exercise(read(SCRIPTED + SAYS), store)
    with SourceFile(store, size_mib_max=64) as sources:
        (row,) = sources.counts_after(0, limit=10)
        (source,) = sources.sources(after=("", ""), limit=10)
    at_s = START_S + 1800
    assert row.count == SourceCount("point", at_s, 60, people=600.0, low=300.0, high=1200.0)
    assert (row.site, row.source, row.received_ms) == ("pier", "kiosk", at_s * 1000)
    assert (source.name, source.refused) == ("kiosk", 0)


def test_what_a_person_says_is_in_the_estimate(tmp_path: Path) -> None:
    people = []
    for name, text in (("without", SCRIPTED), ("with", SCRIPTED + SAYS)):
        exercise(read(text), tmp_path / name)
        people.append({at_s: number for at_s, number, *_ in estimates(tmp_path / name, "head")})
    before, after = START_S + 1500, START_S + 1920
    assert people[0][before] == people[1][before]
    assert people[1][after] > people[0][after] + 50
