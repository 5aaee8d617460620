# SPDX-License-Identifier: Apache-2.0
"""A site as its file says it: two zones, a way between them, a gate, two boxes and a steward."""

from datetime import UTC, datetime
from pathlib import Path

from fusion_service.exercise.scenario import Scenario
from fusion_service.exercise.scenario_file import read_scenario
from fusion_service.exercise_service import exercise
from fusion_service.registry.site_file.reading import read_site
from fusion_service.store.sqlite.estimates import EstimateReader
from fusion_service.store.sqlite.upkeep.backup import backup

TEXT = """\
id = "pier"

[[zones]]
id = "deck"
polygon = [[4.2790, 52.1170], [4.2800, 52.1170], [4.2800, 52.1175], [4.2790, 52.1175]]
capacity = 1000

[[zones]]
id = "head"
polygon = [[4.2800, 52.1170], [4.2810, 52.1170], [4.2810, 52.1175], [4.2800, 52.1175]]
capacity = 1000

[[links]]
id = "entry"
to = "deck"
path = [[4.2788, 52.11725], [4.2791, 52.11725]]
width_m = 6

[[links]]
id = "way"
from = "deck"
to = "head"
path = [[4.2799, 52.11725], [4.2801, 52.11725]]
width_m = 6

[[devices]]
id = "box-1"
counters = [
    { zone = "ground", at_zone = "deck", share = 0.5 },
    { line = "entry", at_link = "entry", in_toward = "deck" },
]

[[devices]]
id = "box-2"
counters = [{ line = "way", at_link = "way", in_toward = "head" }]

[[sources]]
id = "kiosk"
kind = "person"
technology = "person"
provenance = "Stewards"
licence = "own"

[[sources.counters]]
zone = "point"
at_zone = "head"
"""
SITE = read_site(TEXT.encode())
SCRIPTED = f"""\
format = 1
name = "drill"
date = 2026-07-19
begins = "12:00"
hours = 1

[[profiles]]
zone = "every"
arrivals = [{", ".join(["0.3"] * 24)}]
stay_min = 30
"""
RECORDED = """\
format = 1
name = "again"
date = 2026-07-26
recorded = "copy.sqlite"
day = 2026-07-19
from = "12:00"
to = "13:00"
"""
START_S = int(datetime(2026, 7, 19, 10, tzinfo=UTC).timestamp())
WEEK_S = 7 * 86_400


def read(text: str) -> Scenario:
    return read_scenario(text.encode(), "drill.toml", SITE, TEXT)


def recording(folder: Path) -> Path:
    """Play the scripted day and return a copy of its store, as an operator makes it."""
    exercise(read(SCRIPTED), folder / "first.sqlite")
    backup(folder / "first.sqlite", folder / "copy.sqlite")
    return folder / "copy.sqlite"


def estimates(path: Path, zone: str) -> list[tuple[int, float, float, float]]:
    """Return of each estimate of a zone its time, its number and the ends of its 80 %."""
    rows = EstimateReader(path).series(
        "pier", zone, from_s=0, to_s=2**40, known_by_ms=None, limit=100_000
    )
    found = (row.estimate for row in rows)
    return [(one.at_s, one.people, one.low_80, one.high_80) for one in found]
