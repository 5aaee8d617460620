# SPDX-License-Identifier: Apache-2.0
"""The verb that plays a scripted day: on the shipped site, in a store of its own, marked."""

import subprocess
from pathlib import Path

import pytest

from development.testbed.verbs import ended_verb
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer

SHIPPED = Path(__file__).parents[3] / "firmware_configs"
SITE = SHIPPED / "sites" / "scheveningen.toml"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return ended_verb(*arguments)


@pytest.fixture(name="short")
def _short(tmp_path: Path) -> Path:
    text = (SHIPPED / "scenarios" / "sudden-gate-closure.toml").read_text()
    path = tmp_path / "short.toml"
    path.write_text(text.replace('begins = "13:00"\nhours = 5', 'begins = "14:55"\nhours = 1'))
    return path


def test_a_scenario_is_played_and_estimated_on_the_shipped_site(
    short: Path, tmp_path: Path
) -> None:
    store = tmp_path / "exercise.sqlite"
    done = run("exercise", short, "--site", SITE, "--store", store)
    assert done.returncode == 0, done.stderr
    first, *hours, last = done.stdout.splitlines()
    assert first.startswith("EXERCISE sudden-gate-closure: site scheveningen")
    assert any(line.startswith("15:00") and "true" in line for line in hours)
    assert last.startswith("EXERCISE sudden-gate-closure: 60 minutes")
    assert Reader(store).exercise() == "sudden-gate-closure"


def test_what_is_there_already_is_not_written(short: Path, tmp_path: Path) -> None:
    live = tmp_path / "fusion.sqlite"
    live.write_bytes(b"what was counted")
    done = run("exercise", short, "--site", SITE, "--store", live)
    assert done.returncode == 1
    assert "is there already, wanted a file that is not" in done.stderr
    assert live.read_bytes() == b"what was counted"


def test_every_mistake_of_a_scenario_is_told_and_nothing_is_made(
    short: Path, tmp_path: Path
) -> None:
    wrong = short.read_text().replace('"gate 1"', '"gate 99"').replace('"15:40"', '"tea"')
    short.write_text(wrong)
    store = tmp_path / "exercise.sqlite"
    done = run("exercise", short, "--site", SITE, "--store", store)
    assert done.returncode == 2
    assert "injects[1].at: got 'tea', wanted a local time" in done.stderr
    assert not store.exists()


def test_a_recorded_day_is_played_from_a_copy_beside_the_scenario(
    short: Path, tmp_path: Path
) -> None:
    brief = short.read_text().replace("hours = 1\n", "hours = 0.25\n")
    short.write_text(brief.split("[[injects]]")[0])
    first = tmp_path / "first.sqlite"
    assert run("exercise", "run", short, "--site", SITE, "--store", first).returncode == 0
    config = tmp_path / "fusion.toml"
    config.write_text(f'[store]\npath = "{first.name}"\n')
    copied = run("store", "backup", "--config", config, "--out", tmp_path / "copy.sqlite")
    assert copied.returncode == 0, copied.stderr
    day = next(line for line in brief.splitlines() if line.startswith("date = "))
    again = tmp_path / "again.toml"
    again.write_text(
        f'format = 1\nname = "again"\n{day}\nrecorded = "copy.sqlite"\n'
        f'{day.replace("date", "day")}\nfrom = "14:55"\nto = "15:10"\n'
    )
    done = run("exercise", again, "--site", SITE, "--store", tmp_path / "again.sqlite")
    assert done.returncode == 0, done.stderr
    begun, hour, alarms, ended = done.stdout.splitlines()
    assert begun.startswith("EXERCISE again: site scheveningen")
    assert hour.startswith("15:00")
    assert "true" not in hour  # of a day that was, nobody knows
    assert alarms == "alarms: none"
    assert ended.startswith("EXERCISE again: 15 minutes")


@pytest.fixture(name="played", scope="module")
def _played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the store of six minutes of an exercise."""
    folder = tmp_path_factory.mktemp("played")
    text = (SHIPPED / "scenarios" / "sudden-gate-closure.toml").read_text()
    brief = text.replace('begins = "13:00"\nhours = 5', 'begins = "14:55"\nhours = 0.1')
    (folder / "short.toml").write_text(brief.split("[[injects]]")[0])
    store = folder / "exercise.sqlite"
    assert run("exercise", folder / "short.toml", "--site", SITE, "--store", store).returncode == 0
    return store


def test_no_service_runs_on_the_store_of_an_exercise(played: Path, tmp_path: Path) -> None:
    config = tmp_path / "fusion.toml"
    config.write_text(f'[store]\npath = "{played}"\n[http]\nport = 18099\n')
    done = run("run", "--config", config)
    assert done.returncode == 1
    assert "is of the exercise sudden-gate-closure" in done.stderr


def test_an_exercise_that_is_over_is_debriefed_and_no_other_store_is(
    played: Path, tmp_path: Path
) -> None:
    out = tmp_path / "debrief.html"
    done = run("exercise", "debrief", played, "--out", out, "--language", "en")
    assert (done.returncode, done.stdout.strip()) == (0, str(out)), done.stderr
    assert "EXERCISE sudden-gate-closure" in out.read_text("utf-8")
    live = tmp_path / "fusion.sqlite"
    Writer(live, size_mib_max=64, dead_letters_max=10).close()
    refused = run("exercise", "debrief", live, "--out", out)
    assert refused.returncode == 1
    assert "is of no exercise" in refused.stderr
