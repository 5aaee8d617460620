# SPDX-License-Identifier: Apache-2.0
"""What the centre relies on of whatever keeps its estimates, held by each store behind the port."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fusion_service.estimate.observation import (
    Basis,
    Contribution,
    SensorCondition,
    ZoneCondition,
    ZoneEstimate,
)
from fusion_service.store.estimates import EstimateKeeper, EstimateRow, Memory, Picture, SiteClock
from fusion_service.store.port import Store
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import START_S, Box, line, zone
from tests.fusion_service.keeping import keep

SITE = "beach"
PIER = ZoneEstimate(
    zone="pier",
    at_s=START_S,
    people=120.25,
    low_50=110.0,
    high_50=131.0,
    low_80=100.0,
    high_80=142.0,
    low_95=88.0,
    high_95=160.0,
    density=0.04,
    trend=-1.5,
    basis=Basis.COUNTED,
    condition=ZoneCondition.FINE,
    contributions=(
        Contribution("pier-1/zone/square", 0.75, 60, SensorCondition.FINE, START_S - 600),
        Contribution("pier-2/line/door", 0.25, None, SensorCondition.SILENT, None),
    ),
)


@dataclass
class Shelf:
    """A store with one device, and both sides of its estimates."""

    store: Store
    keeper: EstimateKeeper
    picture: Picture
    device: int
    box: Box

    def know(self, *estimates: ZoneEstimate, known_ms: int, in_place: bool = False) -> None:
        self.keeper.keep([EstimateRow(SITE, known_ms, one) for one in estimates], in_place=in_place)

    def series(self, *, known_by_ms: int | None = None, limit: int = 100) -> list[EstimateRow]:
        return self.picture.series(
            SITE, "pier", from_s=0, to_s=2**40, known_by_ms=known_by_ms, limit=limit
        )


def sqlite(folder: Path, opened: ExitStack) -> Shelf:
    path = folder / "fusion.sqlite"
    store = opened.enter_context(Writer(path, size_mib_max=64, dead_letters_max=10))
    box = Box()
    store.add_device(box.site, box.device, box.public_key, test_site=False, added_ms=5)
    keeper = opened.enter_context(EstimateFile(path, size_mib_max=64))
    (device,) = (one.id for one in store.registry().devices.values())
    return Shelf(store, keeper, EstimateReader(path), device, box)


STORES: tuple[Callable[[Path, ExitStack], Shelf], ...] = (sqlite,)


@pytest.fixture(params=STORES, ids=lambda opening: opening.__name__)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    with ExitStack() as opened:
        yield request.param(tmp_path, opened)


def test_an_estimate_comes_back_as_it_was_kept(shelf: Shelf) -> None:
    shelf.know(PIER, known_ms=7)
    assert shelf.series() == shelf.picture.latest(SITE) == [EstimateRow(SITE, 7, PIER)]
    assert shelf.picture.latest("elsewhere") == []


def test_what_was_known_then_stays_beside_what_is_known_now(shelf: Shelf) -> None:
    before, now = PIER, replace(PIER, people=180.0)
    shelf.know(before, known_ms=1_000)
    shelf.know(now, known_ms=5_000)
    assert [row.estimate.people for row in shelf.series()] == [180.0]
    assert [row.estimate.people for row in shelf.series(known_by_ms=4_999)] == [120.25]
    assert [row.estimate.people for row in shelf.series(known_by_ms=5_000)] == [180.0]
    assert shelf.series(known_by_ms=999) == []


def test_of_the_running_step_only_the_newest_is_kept(shelf: Shelf) -> None:
    shelf.know(PIER, known_ms=1_000, in_place=True)
    shelf.know(replace(PIER, people=125.0), known_ms=2_000, in_place=True)
    assert shelf.series(known_by_ms=1_500) == []
    assert [row.estimate.people for row in shelf.series()] == [125.0]


def test_the_same_again_is_not_another_version(shelf: Shelf) -> None:
    shelf.know(PIER, known_ms=1_000)
    shelf.know(replace(PIER, people=120.6), known_ms=2_000)
    assert [row.known_ms for row in shelf.series()] == [1_000]
    shelf.know(replace(PIER, condition=ZoneCondition.CONFLICT), known_ms=3_000)
    assert [row.known_ms for row in shelf.series()] == [3_000]


def test_the_latest_is_that_of_each_zone(shelf: Shelf) -> None:
    later = replace(PIER, at_s=START_S + 60, people=99.0)
    kurhaus = replace(PIER, zone="kurhaus", at_s=START_S - 60)
    shelf.know(PIER, kurhaus, known_ms=1_000)
    shelf.know(later, known_ms=2_000)
    latest = [(row.estimate.zone, row.estimate.at_s) for row in shelf.picture.latest(SITE)]
    assert latest == [("kurhaus", START_S - 60), ("pier", START_S + 60)]


def test_changes_go_on_where_the_last_call_ended(shelf: Shelf) -> None:
    for known_ms in (10, 20, 30):
        shelf.know(replace(PIER, at_s=START_S + known_ms), known_ms=known_ms)
    first = shelf.picture.changes(SITE, after_ms=10, limit=1)
    rest = shelf.picture.changes(SITE, after_ms=first[-1].known_ms, limit=5)
    assert [row.known_ms for row in (*first, *rest)] == [20, 30]


def test_a_series_is_limited_and_in_order(shelf: Shelf) -> None:
    for step in (3, 1, 2):
        shelf.know(replace(PIER, at_s=START_S + 60 * step), known_ms=step)
    assert [row.estimate.at_s - START_S for row in shelf.series(limit=2)] == [60, 120]


def test_windows_come_in_the_order_of_their_commit_and_once(shelf: Shelf) -> None:
    reports = [
        shelf.box.report(
            sequence, start_s=START_S + 60 * sequence, lines=(line(),), zones=(zone(),)
        )
        for sequence in (2, 1, 3)
    ]
    for report in reports:
        keep(shelf.store, shelf.device, report)
    first = shelf.keeper.windows_after(0)
    assert [window.sequence for window in first] == [2, 1, 3]
    assert shelf.keeper.windows_after(first[-1].id) == []
    assert shelf.keeper.newest_row() == first[-1].id
    ending = shelf.keeper.windows_ending(
        SITE, after_s=START_S + 120, until_s=START_S + 240, upto_row=first[-1].id
    )
    assert [window.sequence for window in ending] == [2, 3]
    ending = shelf.keeper.windows_ending(
        SITE, after_s=START_S + 120, until_s=START_S + 240, upto_row=first[0].id
    )
    assert [window.sequence for window in ending] == [2]
    assert shelf.keeper.site_clock(SITE) == SiteClock(test_site=False, newest_end_s=START_S + 240)
    assert shelf.keeper.site_clock("elsewhere") == SiteClock(test_site=False, newest_end_s=0)


def test_what_was_learnt_takes_the_place_of_what_was_before(shelf: Shelf) -> None:
    assert shelf.keeper.memory(SITE) is None
    for at_s in (60, 120):
        shelf.keeper.remember(SITE, Memory(at_s, 3, b"learnt"))
    assert shelf.keeper.memory(SITE) == Memory(120, 3, b"learnt")


def test_what_is_past_its_time_goes_a_little_at_a_time(shelf: Shelf) -> None:
    for step in range(5):
        shelf.know(replace(PIER, at_s=START_S + 60 * step), known_ms=step)
    assert shelf.keeper.forget(before_s=START_S + 180, limit=2) == 2
    assert shelf.keeper.forget(before_s=START_S + 180, limit=2) == 1
    assert [row.estimate.at_s - START_S for row in shelf.series()] == [180, 240]


def test_who_listens_hears_of_a_site_until_they_leave(shelf: Shelf) -> None:
    reader = shelf.picture
    assert isinstance(reader, EstimateReader)
    heard: list[str] = []
    with reader.listening(heard.append):
        reader.tell(SITE)
    reader.tell(SITE)
    assert heard == [SITE]


def test_a_peak_is_of_what_was_counted_and_as_it_is_known_now(shelf: Shelf) -> None:
    def peak() -> float | None:
        return shelf.picture.peak(SITE, "pier", from_s=START_S, to_s=START_S + 3_600)

    assert peak() is None
    shelf.know(replace(PIER, people=383.0, basis=Basis.USUAL), known_ms=1_000)
    shelf.know(replace(PIER, at_s=START_S + 60, people=999.0), known_ms=1_000)
    shelf.know(replace(PIER, at_s=START_S + 60, people=90.0), known_ms=2_000)
    shelf.know(replace(PIER, at_s=START_S + 120, people=70.0), known_ms=2_000)
    stale = replace(PIER, at_s=START_S + 180, people=500.0, condition=ZoneCondition.STALE)
    shelf.know(stale, known_ms=2_000)
    assert peak() == 90.0
