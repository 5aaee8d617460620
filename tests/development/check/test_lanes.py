# SPDX-License-Identifier: Apache-2.0
"""Every test runs once when all are run."""

from pathlib import Path

import pytest

from development.check.lanes import LANES

ROOT = Path(__file__).parents[3]


def test_each_file_of_tests_is_in_one_lane() -> None:
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    assert len(files) > 100
    lanes = {
        str(path.relative_to(ROOT)): [lane.name for lane in LANES if lane.holds(ROOT, path)]
        for path in files
    }
    assert {path: names for path, names in lanes.items() if len(names) != 1} == {}


@pytest.mark.parametrize("lane", LANES, ids=lambda lane: lane.name)
def test_what_a_lane_names_is_there(lane: object) -> None:
    told = next(each for each in LANES if each is lane).arguments(ROOT)
    places = [word.removeprefix("--ignore=").removeprefix("--deselect=") for word in told]
    assert places
    for place in places:
        file, _, test = place.partition("::")
        assert (ROOT / file).exists(), place
        assert not test or f"def {test}(" in (ROOT / file).read_text(), place


def test_a_single_test_that_one_lane_leaves_out_is_in_another() -> None:
    left_out = {one for lane in LANES for one in lane.without if "::" in one}
    assert left_out == {one for lane in LANES for one in lane.paths if "::" in one}
