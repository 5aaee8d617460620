# SPDX-License-Identifier: Apache-2.0
"""What a real store holds of lines and zones, on the clock on the wall."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fusion_service.estimation.history import Clock, Place, panel_of, places_of
from fusion_service.store.port import Counted
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.kept_hours import HOUR_S, Kept

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def unix(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fusion.sqlite"


@pytest.fixture
def kept(path: Path) -> Iterator[Kept]:
    with Writer(path, size_mib_max=64, dead_letters_max=10) as store:
        yield Kept(store)


def test_lines_and_zones_of_a_meta_are_places(kept: Kept, path: Path) -> None:
    assert kept.sequence == 1
    assert places_of(Reader(path), "beach") == [
        Place("pier-1", Counted.LINE, "door"),
        Place("pier-1", Counted.ZONE, "square"),
    ]
    assert places_of(Reader(path), "harbour") == []


def test_counts_lie_on_the_clock_on_the_wall(kept: Kept, path: Path) -> None:
    # Clocks go back at 03:00 on 2026-10-25: 02:00 comes twice, and is one step.
    kept.hours(unix(2026, 10, 24, 22), [4, 6, 10, 20, 30])
    reader = Reader(path)
    clock = Clock(date(2026, 10, 25), 1, HOUR_S, AMSTERDAM)
    found = panel_of(reader, "beach", places_of(reader, "beach"), clock, {}).counts
    assert list(found[:4, 1]) == [4.0, 6.0, 15.0, 30.0]
    assert list(found[:4, 0]) == [8.0, 12.0, 30.0, 60.0]
    assert np.isnan(found[4:]).all()


def test_what_could_not_be_seen_is_no_count(kept: Kept, path: Path) -> None:
    kept.hours(unix(2026, 6, 1, 0), [5, None])
    kept.hours(unix(2026, 6, 1, 2), [0], code=31)
    reader = Reader(path)
    clock = Clock(date(2026, 6, 1), 1, HOUR_S, ZoneInfo("UTC"))
    found = panel_of(reader, "beach", places_of(reader, "beach"), clock, {}).counts
    assert found[0, 1] == 5.0
    assert np.isnan(found[1:3]).all()
