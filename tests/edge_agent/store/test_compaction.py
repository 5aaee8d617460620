# SPDX-License-Identifier: Apache-2.0
"""Space runs out: what waits is merged and every released number is still in the sum.

Only then is it dropped, and counted.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.store.compaction import FEW_PAGES, Shelf, WindowsInMemory, make_room
from edge_agent.store.pending import Pending
from edge_agent.store.pending_window import PendingWindow
from tests.edge_agent.waiting import LENGTH_S, inside, line, waiting, zone
from wire_contract.quality import QualityCode

WEEK = 7 * 24 * 60
FOUR_DAYS = 4 * 24 * 60
SMALLEST = 262_144


def number_of(at: int) -> int:
    return at * 7919 % 23 - 2


def windows(count: int) -> Iterator[PendingWindow]:
    for at in range(count):
        yield waiting(at, line(number_of(at), 1), zone(number_of(at), 20))


def fill(shelf: Shelf, count: int) -> int:
    """Let windows come, as the gate does; return how many were dropped."""
    gone = 0
    for window in windows(count):
        gone += make_room(shelf, LENGTH_S)
        shelf.append([window])
    return gone


def counted(shelf: Shelf) -> tuple[int, int, int]:
    """Return the sum of the released numbers, their windows, and the windows dropped."""
    total = stood_for = said_dropped = 0
    for one in shelf.walk():
        window = inside(one)
        if window.image_quality.code == QualityCode.DROPPED:
            said_dropped += one.length_s // LENGTH_S
            continue
        stood_for += one.length_s // LENGTH_S
        total += sum(count.in_count or 0 for count in window.lines)
    return total, stood_for, said_dropped


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(2**20, id="a megabyte", marks=pytest.mark.campaign),
        pytest.param(SMALLEST, id="the smallest file"),
    ],
)
def test_a_week_of_windows_fits_and_every_released_number_is_still_in_the_sum(
    tmp_path: Path, size: int
) -> None:
    pending = Pending(tmp_path / "pending.db", bytes_max=size)
    pending.change("PRAGMA synchronous = OFF")  # ten thousand commits: nobody cuts the power here
    assert fill(pending, WEEK) == 0
    assert counted(pending) == (sum(map(number_of, range(WEEK))), WEEK, 0)
    lengths = [one.length_s for one in pending.walk()]
    assert lengths[-1] == LENGTH_S
    assert {*lengths} <= {60 * minutes for minutes in range(1, 61)}
    assert max(lengths) >= 900
    pending.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= size


def test_memory_holds_a_week_in_the_room_of_four_hundred_windows() -> None:
    held = WindowsInMemory(400)
    gone = fill(held, WEEK)
    assert (gone, *counted(held)) == (0, sum(map(number_of, range(WEEK))), WEEK, 0)
    assert len(held.windows) <= 400


def test_what_no_longer_fits_is_dropped_oldest_first_and_counted_exactly() -> None:
    held = WindowsInMemory(150)
    gone = fill(held, FOUR_DAYS)
    total, stood_for, said_dropped = counted(held)
    assert gone > 0
    assert gone + stood_for == FOUR_DAYS
    assert said_dropped == gone
    assert total == sum(map(number_of, range(gone, FOUR_DAYS)))
    assert held.free_pages() >= 0
    # A day that went leaves one window, which says so.
    stones = [one for one in held.windows if inside(one).image_quality.code == QualityCode.DROPPED]
    assert [one.length_s for one in stones[:-1]] == [86_400] * (len(stones) - 1)
    assert stones[0].start_s < stones[-1].start_s < held.windows[-1].start_s


def test_the_same_on_the_disk(tmp_path: Path) -> None:
    pending = Pending(tmp_path / "pending.db", bytes_max=100 * 1024)
    pending.change("PRAGMA synchronous = OFF")
    gone = fill(pending, WEEK)
    total, stood_for, said_dropped = counted(pending)
    assert (gone > 0, gone + stood_for, said_dropped) == (True, WEEK, gone)
    assert total == sum(map(number_of, range(gone, WEEK)))
    pending.close()


def test_with_room_nothing_is_touched(tmp_path: Path) -> None:
    pending = Pending(tmp_path / "pending.db", bytes_max=2**20)
    pending.append(windows(60))
    assert make_room(pending, LENGTH_S) == 0
    assert [one.length_s for one in pending.walk()] == [LENGTH_S] * 60
    pending.close()


def test_windows_that_nothing_can_merge_are_dropped_one_by_one_and_in_the_end_forgotten() -> None:
    held = WindowsInMemory(2 * FEW_PAGES)
    gone = 0
    for at in range(0, 1200, 2):  # a gap after each
        gone += make_room(held, LENGTH_S)
        held.append([waiting(at, line(1, 1))])
    assert len(held.windows) <= 2 * FEW_PAGES
    assert (
        gone + sum(inside(one).image_quality.code != QualityCode.DROPPED for one in held.windows)
        == 600
    )
