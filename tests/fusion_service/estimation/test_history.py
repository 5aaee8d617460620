# SPDX-License-Identifier: Apache-2.0
"""What a real store holds of lines and zones, on the clock on the wall, and scored by command."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fusion_service.cli import main
from fusion_service.estimation.history import Clock, Place, panel_of, places_of
from fusion_service.store.port import Counted
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box, line, zone
from tests.fusion_service.keeping import keep

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR_S = 3600


def unix(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


class Kept:
    """A store with one box, whose windows are an hour long."""

    def __init__(self, store: Writer) -> None:
        self.store, self.box, self.sequence = store, Box(), 1
        store.add_device("beach", "pier-1", self.box.public_key, test_site=False, added_ms=5)
        (self.device,) = (one.id for one in store.registry().devices.values())
        keep(store, self.device, self.box.meta(1))

    def hours(self, start_s: int, counts: list[int | None], *, code: int = 0) -> None:
        reports = []
        for index, count in enumerate(counts):
            self.sequence += 1
            reports.append(
                self.box.report(
                    self.sequence,
                    start_s=start_s + index * HOUR_S,
                    length_s=HOUR_S,
                    code=code,
                    observed=0 if code else 3,
                    lines=(line("door", count, count),),
                    zones=(zone("square", count, count),),
                )
            )
        keep(self.store, self.device, *reports)


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


def test_a_young_site_is_forecast_again_by_command(
    kept: Kept, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day: list[int | None] = [5] * 8 + [40, 60, 80, 90, 95, 90, 80, 60, 50, 40, 30, 20, 10, 8, 6, 5]
    kept.hours(unix(2026, 5, 31, 22), day * 12)
    config = path.with_name("fusion.toml")
    config.write_text('[store]\npath = "fusion.sqlite"\n')
    words = ["backtest", "beach", "--config", str(config), "--until", "2026-06-13", "--days", "4"]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--json"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["model"], found["leaks"]) == ("ratio", [])
    assert found["horizons"]["24"]["mae"] < 5.0
    assert found["horizons"]["24"]["cover80"] > 0.75
    with pytest.raises(SystemExit) as ended:
        main([*words[:-1], "40"])
    assert ended.value.code == 1
    assert "ask for fewer --days" in capsys.readouterr().err
