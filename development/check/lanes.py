# SPDX-License-Identifier: Apache-2.0
"""The lanes in which all tests run beside each other, because most of them wait for processes.

Each file of tests is in one lane. Coverage slows what it watches, so it watches one lane alone: the
tests of the rooms that are judged by it.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

JUDGED = {
    "counting": "edge_agent/counting/*",
    "channel": "edge_agent/channel.py",
    "disclosure": "edge_agent/disclosure/*",
    "wire_contract": "wire_contract/*",
}
"""The rooms in which a count is made, and those that decide what leaves: name to files."""
COVERED_MIN = 95
"""Percent of their lines and branches."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Tests that run one after the other, and those left out.

    Each is a folder or a file, as a pattern, or one test of a file (`file::test`).
    only_computes: no test of it waits for anything, so that it may give way to those that do.
    """

    name: str
    paths: tuple[str, ...]
    without: tuple[str, ...] = ()
    is_judged: bool = False
    only_computes: bool = False

    def arguments(self, root: Path) -> list[str]:
        """Return what pytest is told."""
        left_out = [
            f"--deselect={one}" if "::" in one else f"--ignore={one}"
            for one in _found(root, self.without)
        ]
        return [*_found(root, self.paths), *left_out]

    def holds(self, root: Path, path: Path) -> bool:
        """Say whether a file of tests is in this lane; single tests of it may be in another."""
        return _is_in(path, root, self.paths) and not _is_in(path, root, self.without)


_COUNTS = (
    "tests/edge_agent/counting",
    "tests/edge_agent/disclosure",
    "tests/edge_agent/test_channel.py",
    "tests/wire_contract",
)
_DRAWS = tuple(
    f"tests/edge_agent/{test}"
    for test in (
        "counting/test_accuracy.py::test_lines_all_over_a_crowded_street_are_counted",
        "counting/test_line.py::test_a_crossing_is_timed_where_the_path_met_the_line",
        "counting/test_line.py::test_in_less_out_is_the_change_of_occupancy_of_a_fenced_square",
        "counting/test_line.py::test_neither_the_frame_rate_nor_uneven_frames_change_a_count",
        "counting/test_line.py::test_who_sways_on_the_line_and_walks_on_has_crossed_it_once",
        "counting/test_scene.py::test_a_day_of_people_leaves_no_memory_behind",
        "counting/test_standing.py",
        "counting/test_tracker.py::test_memory_is_bounded_over_fifty_thousand_births",
        "disclosure/test_gate.py::test_over_many_quiet_nights_no_side_field_tells_one_person_from_nobody",
        "disclosure/test_gate.py::test_the_sum_over_many_windows_is_unbiased",
        "disclosure/test_gate.py::test_with_an_epsilon_of_their_own_classes_leave_in_every_window_by_chance",
        "disclosure/interval/test_combine.py::test_the_interval_of_a_sum_holds_the_true_sum_in_eighty_of_a_hundred",
        "disclosure/interval/test_combine.py::test_the_interval_of_the_most_holds_though_the_largest_of_many_noises_is_large",
        "disclosure/interval/test_interval.py::test_the_law_of_the_noise_is_the_one_that_the_rule_draws_from",
        "disclosure/test_rules.py::test_a_class_follows_the_law_of_randomised_response",
        "disclosure/test_rules.py::test_no_class_is_told_from_another_beyond_e_to_the_epsilon",
        "disclosure/test_rules.py::test_nobody_is_not_told_from_one_person_beyond_e_to_the_epsilon",
        "disclosure/test_rules.py::test_what_noise_adds_to_a_sum_is_the_closed_form",
    )
)
"""Tests that do the same some hundred thousand times. Coverage would make them three times as long,
and others run the same lines."""
_WALLS = ("tests/privacy_audit", "tests/edge_agent/confinement")
_WHOLE = ("tests/end_to_end/test_[f-q]*.py",)
_TRIPS = ("tests/end_to_end/test_[r-z]*.py",)
"""Whole boxes wait for half of their time, for windows and for certificates to end: two lanes."""
_PAGE = ("tests/dashboard",)
"""A lane of its own, so that its browser and its centre end with it: a page that is open draws and
asks for as long as it is."""
_CENTRE = ("tests/fusion_service", "tests/contracts")
_API = tuple(
    f"tests/fusion_service/{room}" for room in ("access", "context", "dossier", "shift", "web")
)
LANES = (
    Lane("the-walls", _WALLS),
    Lane("the-counts", _COUNTS, _DRAWS, is_judged=True, only_computes=True),
    Lane("the-box", ("tests/edge_agent",), (*_COUNTS, *_WALLS)),
    Lane("the-draws", _DRAWS, only_computes=True),
    Lane("the-page", _PAGE),
    Lane("the-trips", _TRIPS),
    Lane("the-whole", _WHOLE),
    Lane("the-centre", _CENTRE, _API),
    Lane("the-api", _API),
    Lane(
        "the-rest",
        ("tests",),
        (*_COUNTS, *_WALLS, *_TRIPS, *_WHOLE, *_CENTRE, *_PAGE, "tests/edge_agent"),
    ),
)


@cache
def _found(root: Path, patterns: tuple[str, ...]) -> list[str]:
    found = []
    for one in patterns:
        if "::" in one:
            found.append(one)
        else:
            found += [str(each.relative_to(root)) for each in sorted(root.glob(one))]
    return found


def _is_in(path: Path, root: Path, patterns: tuple[str, ...]) -> bool:
    return any(root / each in (path, *path.parents) for each in _found(root, patterns))
