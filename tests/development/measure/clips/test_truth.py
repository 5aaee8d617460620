# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from development.measure.clips.truth import read_truth
from edge_agent.counting.line import Line
from edge_agent.counting.zone import Zone
from edge_agent.errors import ConfigError

LINE = Line("middle", (100.0, 0.0), (100.0, 200.0))
ZONE = Zone("left", ((0.0, 0.0), (100.0, 0.0), (100.0, 200.0), (0.0, 200.0)))


def write(path: Path, walks: dict[int, list[tuple[float, float]]], *, labelled: int = 1) -> Path:
    """Write people of 20 x 40 pixels with their feet at these places, frame by frame."""
    rows = [
        f"{frame},{person},{x - 10},{y - 40},20,40,{labelled}"
        for person, walk in walks.items()
        for frame, (x, y) in enumerate(walk, 1)
    ]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_crossings_and_people_are_those_of_the_labels(tmp_path: Path) -> None:
    walks = {
        1: [(60.0 + 10 * step, 150.0) for step in range(9)],  # left to right
        2: [(140.0 - 10 * step, 150.0) for step in range(9)],  # right to left
        3: [(60.0 + 10 * step, 250.0) for step in range(9)],  # past the line's end
        4: [(97.0 + 2 * (step % 2), 150.0) for step in range(9)],  # lingers on it
    }
    truth = read_truth(write(tmp_path / "gt.txt", walks), (LINE,), (ZONE,), fps=10.0, frames=9)
    assert [(round(at_s, 3), entered) for at_s, entered in truth.crossings[0]] == [
        (0.4, False),
        (0.4, True),
    ]
    assert truth.people[0].tolist()[0] == 2
    assert truth.people[0].tolist()[8] == 2
    assert len(truth.people[0]) == 9


def test_rows_that_are_labelled_as_not_counting_do_not(tmp_path: Path) -> None:
    walks = {1: [(60.0 + 10 * step, 150.0) for step in range(9)]}
    truth = read_truth(
        write(tmp_path / "gt.txt", walks, labelled=0), (LINE,), (ZONE,), fps=10.0, frames=9
    )
    assert (truth.crossings, truth.people[0].sum()) == (((),), 0)


def test_a_file_that_is_no_truth_is_named(tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text("nothing of the kind\n")
    with pytest.raises(ConfigError, match=r"gt\.txt: no truth in MOTChallenge form"):
        read_truth(tmp_path / "gt.txt", (LINE,), (ZONE,), fps=10.0, frames=9)
