# SPDX-License-Identifier: Apache-2.0
"""What the centre relies on of whatever keeps counters of others."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.errors import DeviceError
from fusion_service.store.sources import Colour, KeptCounts, SourceCount, SourceKeeper
from fusion_service.store.sqlite.sources import SourceFile

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
COUNT = SourceCount("pier", 600, 60, people=12.0, low=6.0, high=24.0, colour=Colour.YELLOW)
LINE = SourceCount("door", 600, 60, entered=4.0, gone=1.0)


def sqlite(folder: Path) -> AbstractContextManager[SourceKeeper]:
    return SourceFile(folder / "fusion.sqlite", size_mib_max=64)


KEEPERS: tuple[Callable[[Path], AbstractContextManager[SourceKeeper]], ...] = (sqlite,)


@pytest.fixture(params=KEEPERS, ids=lambda opening: opening.__name__)
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SourceKeeper]:
    with request.param(tmp_path) as opened:
        opened.add("beach", "steward-a", KEY, 1_000)
        yield opened


def test_a_source_has_the_key_that_it_was_given_last(keeper: SourceKeeper) -> None:
    assert keeper.key_of("beach", "steward-a") == KEY
    assert keeper.add("beach", "steward-a", OTHER_KEY, 2_000) is False
    assert keeper.key_of("beach", "steward-a") == OTHER_KEY
    assert keeper.add("beach", "steward-b", KEY, 2_000) is True


def test_a_source_that_is_not_known_or_retired_has_no_key(keeper: SourceKeeper) -> None:
    assert keeper.key_of("beach", "nobody") is None
    assert keeper.retire("beach", "steward-a", 3_000) is True
    assert keeper.retire("beach", "steward-a", 4_000) is False
    assert keeper.key_of("beach", "steward-a") is None
    (row,) = keeper.sources(after=("", ""), limit=10)
    assert row.retired_ms == 3_000
    keeper.add("beach", "steward-a", OTHER_KEY, 5_000)
    assert keeper.key_of("beach", "steward-a") == OTHER_KEY


def test_what_is_not_known_cannot_be_retired_nor_say_anything(keeper: SourceKeeper) -> None:
    with pytest.raises(DeviceError, match="beach/nobody: is no source here; fusion-service source"):
        keeper.retire("beach", "nobody", 1)
    with pytest.raises(DeviceError, match="is no source here"):
        keeper.keep("beach", "nobody", [COUNT], 1)


def test_what_was_said_is_read_as_it_was_said(keeper: SourceKeeper) -> None:
    assert keeper.keep("beach", "steward-a", [COUNT, LINE], 700_000) == KeptCounts(new=2)
    rows = keeper.counts_after(0, limit=10)
    assert [(row.site, row.source, row.count, row.revision, row.received_ms) for row in rows] == [
        ("beach", "steward-a", COUNT, 0, 700_000),
        ("beach", "steward-a", LINE, 0, 700_000),
    ]
    (source,) = keeper.sources(after=("", ""), limit=10)
    assert source.last_ms == 700_000


def test_the_same_again_changes_nothing(keeper: SourceKeeper) -> None:
    keeper.keep("beach", "steward-a", [COUNT], 700_000)
    before = keeper.counts_after(0, limit=10)
    assert keeper.keep("beach", "steward-a", [COUNT], 800_000) == KeptCounts(repeated=1)
    assert keeper.counts_after(0, limit=10) == before


def test_the_same_time_again_takes_the_place_under_a_new_row(keeper: SourceKeeper) -> None:
    keeper.keep("beach", "steward-a", [COUNT], 700_000)
    seen = keeper.newest_count()
    changed = replace(COUNT, people=30.0, high=60.0)
    assert keeper.keep("beach", "steward-a", [changed], 800_000) == KeptCounts(revised=1)
    (row,) = keeper.counts_after(seen, limit=10)
    assert (row.count, row.revision) == (changed, 1)
    assert [one.count for one in keeper.counts_after(0, limit=10)] == [changed]


def test_counts_are_found_by_when_their_windows_ended(keeper: SourceKeeper) -> None:
    counts = [replace(COUNT, start_s=600 + 60 * number) for number in range(5)]
    keeper.keep("beach", "steward-a", counts, 900_000)

    def ending(after_s: int, until_s: int, upto_row: int = 99, site: str = "beach") -> list[int]:
        rows = keeper.counts_ending(site, after_s=after_s, until_s=until_s, upto_row=upto_row)
        return [row.count.start_s for row in rows]

    assert ending(660, 780) == [660, 720]
    assert ending(0, 10_000, upto_row=2) == [600, 660]
    assert ending(0, 10_000, site="other") == []


def test_refusals_are_counted_with_the_last_reason(keeper: SourceKeeper) -> None:
    keeper.refuse("beach", "steward-a", "row 1, people: got 'x', wanted a number", 1)
    keeper.refuse("beach", "steward-a", "y" * 1_000, 2)
    keeper.refuse("beach", "nobody", "a stranger's", 3)
    (row,) = keeper.sources(after=("", ""), limit=10)
    assert (row.refused, row.last_refusal) == (2, "y" * 300)


def test_sources_come_in_pages_by_site_and_name(keeper: SourceKeeper) -> None:
    for name in ("c", "a", "b"):
        keeper.add("arcade", name, KEY, 1)
    page = keeper.sources(after=("", ""), limit=3)
    assert [(row.site, row.name) for row in page] == [
        ("arcade", "a"),
        ("arcade", "b"),
        ("arcade", "c"),
    ]
    rest = keeper.sources(after=("arcade", "c"), limit=3)
    assert [(row.site, row.name) for row in rest] == [("beach", "steward-a")]
