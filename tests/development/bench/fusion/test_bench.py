# SPDX-License-Identifier: Apache-2.0
"""The simulator is exact, and its scenes go through a folder unchanged."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from development.bench.fusion.__main__ import main
from development.bench.fusion.boxes import simulate
from development.bench.fusion.liars import lies_since
from development.bench.fusion.scene import read_scene, write_scene
from development.bench.fusion.scoring import Score, score
from development.bench.fusion.walkers import mean_people, walk
from development.bench.fusion.worlds import BOULEVARD, World

SHORT = replace(BOULEVARD, name="short", hours=1.0, start_hour=13.0, window_s=300)


@pytest.fixture(scope="module")
def world() -> World:
    return SHORT


def test_mean_people_are_person_seconds_over_seconds() -> None:
    begin, end = np.array([0.0, 30.0]), np.array([60.0, 90.0])
    found = mean_people(begin, end, np.array([0.0, 60.0, 120.0]))
    assert found.tolist() == pytest.approx([1.5, 0.5])


def test_who_goes_in_comes_out_or_is_there(world: World) -> None:
    day = walk(world, np.random.default_rng(1))
    crossings, visits = day.crossings, day.visits
    at = 1800.0
    into_first = (crossings.link == 0) & crossings.onward
    into_first |= (crossings.link == 1) & ~crossings.onward
    out_of_first = (crossings.link == 0) & ~crossings.onward
    out_of_first |= (crossings.link == 1) & crossings.onward
    inside = int((crossings.at[into_first] <= at).sum() - (crossings.at[out_of_first] <= at).sum())
    here = visits.zone == 0
    assert inside == int(((visits.begin[here] <= at) & (visits.end[here] > at)).sum())


def test_a_scene_goes_through_a_folder_unchanged(world: World, tmp_path: Path) -> None:
    scene = simulate(world, 1, lie=True)
    write_scene(scene, tmp_path / scene.name)
    again = read_scene(tmp_path / scene.name)
    assert again.reports == scene.reports
    assert (again.site_toml, again.liars, again.name) == (
        scene.site_toml,
        scene.liars,
        scene.name,
    )
    assert [one.people for one in again.truth] == pytest.approx(
        [one.people for one in scene.truth], abs=1e-4
    )


def test_the_same_figures_come_from_the_folder_as_from_memory(world: World, tmp_path: Path) -> None:
    scene = simulate(world, 1, lie=True)
    write_scene(scene, tmp_path / scene.name)
    found = score(scene).figures()
    again = score(read_scene(tmp_path / scene.name)).figures()
    assert again == pytest.approx(found, abs=1e-3, nan_ok=True) or again == found


def test_liars_are_found_by_the_truth_where_nobody_names_them() -> None:
    honest = [(60 * one, 40.0 + one % 3, 40.0) for one in range(400)]
    lying = [(at, said * (2.5 if at >= 9_000 else 1.0), true) for at, said, true in honest]
    stuck = [(at, 41.0 if at >= 9_000 else said, true) for at, said, true in honest]
    assert lies_since(honest, 0.5) is None
    assert lies_since(lying, 0.5) == 9_000
    assert abs((lies_since(stuck, 0.5) or 0) - 9_000) <= 60
    assert lies_since([(at, said, 2.0) for at, said, _ in lying], 0.5) is None


def test_scores_of_scenes_add_up() -> None:
    whole = Score(fused=1.0, mean_counter=2.0, liar_minutes=[10.0])
    whole.join(Score(fused=3.0, mean_counter=2.0, liar_minutes=[30.0, 20.0]))
    figures = whole.figures()
    assert figures["mae_ratio_mean_counter"] == 1.0
    assert figures["liar_minutes_median"] == 20.0
    assert figures["mae_ratio_best_counter"] is None


def test_the_last_line_is_the_figures(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scene = simulate(SHORT, 1, lie=False)
    write_scene(scene, tmp_path / scene.name)
    assert main(["--json", "--scenes", str(tmp_path)]) == 0
    assert set(json.loads(capsys.readouterr().out.splitlines()[-1])) == {
        "mae_ratio_mean_counter",
        "mae_ratio_best_counter",
        "mae_share_uncounted",
        "cover80_busy",
        "cover80_quiet",
        "liar_minutes_median",
        "false_flags_30_days",
        "mae_ratio_integration",
    }
