# SPDX-License-Identifier: Apache-2.0
"""Which waiting windows go together, and which stay apart."""

from dataclasses import replace

import pytest

from edge_agent.store.pending_window import DAY_S, PendingWindow, group_neighbours
from tests.edge_agent.waiting import BEGIN_S, LENGTH_S, waiting


def grouped(windows: list[PendingWindow], within_s: int = 900) -> list[list[int]]:
    return [[one.id for one in group] for group in group_neighbours(windows, within_s)]


def test_windows_that_follow_each_other_within_a_quarter_of_an_hour_go_together() -> None:
    assert grouped([waiting(number) for number in range(33)]) == [
        list(range(1, 16)),
        list(range(16, 31)),
        list(range(31, 34)),
    ]


def test_and_then_within_an_hour_but_never_across_a_day() -> None:
    quarters = [waiting(number, length_s=900) for number in range(94, 99)]
    assert grouped(quarters) == []
    assert grouped(quarters, 3600) == [[95, 96], [97, 98, 99]]


APART = {
    "there is a gap": waiting(2),
    "another run of the gate": waiting(1, run=2),
    "another quality of the clock": waiting(1, quality="stepped"),
    "the clock was set between": replace(waiting(1), start_s=BEGIN_S + 3),
    "the same minute after another start": replace(waiting(1), start_monotonic_s=7.0),
    "the clock was set back by a day": replace(waiting(1), start_s=BEGIN_S - DAY_S + LENGTH_S),
}


@pytest.mark.parametrize("after", APART.values(), ids=APART.keys())
def test_windows_stay_apart_where(after: PendingWindow) -> None:
    assert grouped([waiting(0), after]) == []
