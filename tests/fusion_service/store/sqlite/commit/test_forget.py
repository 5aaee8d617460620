# SPDX-License-Identifier: Apache-2.0
"""What counters of others said is deleted when reports of the same time are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion_service.config import RetentionConfig
from fusion_service.ingest.forgetting import DAY_MS, Forgetting
from fusion_service.store.port import FORGET_MAX
from fusion_service.store.sources import SourceCount
from fusion_service.store.sqlite.sources import SourceFile
from fusion_service.store.sqlite.writer import Writer

NOW_S = 1_784_471_640
DAY_S = DAY_MS // 1000


class Shelf:
    """A store of both, and two sources in it."""

    def __init__(self, path: Path) -> None:
        self.store = Writer(path, dead_letters_max=10, size_mib_max=64)
        self.others = SourceFile(path, size_mib_max=64)
        for name in ("kiosk", "car-park"):
            self.others.add("beach", name, b"k" * 32, 0)

    def say(self, name: str, counter: str, *starts_s: int, came_s: int | None = None) -> None:
        for start_s in starts_s:
            said = SourceCount(counter, start_s, 60, people=1.0)
            came_ms = (start_s + 60 if came_s is None else came_s) * 1000
            self.others.keep("beach", name, [said], came_ms)

    def starts_s(self) -> list[tuple[str, int]]:
        rows = self.others.counts_after(0, limit=10_000)
        return [(row.count.counter, row.count.start_s) for row in rows]

    def forget(self, days: int) -> None:
        kept = RetentionConfig(report_days=days)
        clock = iter((NOW_S * 1000 - 1, NOW_S * 1000))
        Forgetting(self.store, kept, lambda: next(clock)).run_if_due()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "fusion.sqlite")
    yield made
    made.others.close()
    made.store.close()


def test_what_is_past_its_time_goes_of_every_counter_of_every_source(shelf: Shelf) -> None:
    old_s, young_s = NOW_S - 3 * DAY_S, NOW_S - DAY_S
    for name, counter in (("kiosk", "door"), ("kiosk", "shop"), ("car-park", "all")):
        shelf.say(name, counter, old_s, young_s)
    shelf.forget(2)
    assert shelf.starts_s() == [("door", young_s), ("shop", young_s), ("all", young_s)]


def test_what_came_lately_of_an_old_time_stays_as_long_as_a_report_would(shelf: Shelf) -> None:
    shelf.say("kiosk", "door", NOW_S - 3 * DAY_S, came_s=NOW_S)
    shelf.say("kiosk", "door", NOW_S)
    shelf.forget(2)
    assert len(shelf.starts_s()) == 2


def test_the_newest_row_stays_so_that_no_number_comes_a_second_time(shelf: Shelf) -> None:
    shelf.say("kiosk", "door", *(NOW_S - 9 * DAY_S + 60 * number for number in range(3)))
    shelf.forget(2)
    assert shelf.others.newest_count() == 3
    assert len(shelf.starts_s()) == 1
    shelf.say("kiosk", "door", NOW_S)
    shelf.forget(2)
    assert shelf.starts_s() == [("door", NOW_S)]
    assert shelf.others.newest_count() == 4


def test_at_most_so_many_go_at_once(shelf: Shelf) -> None:
    for name, counter in (("kiosk", "door"), ("car-park", "all")):
        said = [
            SourceCount(counter, NOW_S - 9 * DAY_S + 60 * number, 60, people=1.0)
            for number in range(FORGET_MAX)
        ]
        shelf.others.keep("beach", name, said, 0)
    everything = {"reports_before_s": NOW_S, "dead_letters_before_ms": 0}
    assert shelf.store.forget(**everything) == FORGET_MAX
    assert shelf.store.forget(**everything) == FORGET_MAX - 1
    assert shelf.store.forget(**everything) == 0
