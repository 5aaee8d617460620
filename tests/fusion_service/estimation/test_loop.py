# SPDX-License-Identifier: Apache-2.0
"""From committed windows to one number a zone, over a real store, at a time that the test says."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fusion_service.estimate.observation import ZoneCondition
from fusion_service.estimation.drawn_sites import DrawnSites
from fusion_service.estimation.loop import Estimation
from fusion_service.store.estimates import EstimateRow
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import START_S, Box, zone
from tests.fusion_service.keeping import keep

DRAWN = """
format = 1
id = "beach"
name = "Beach"
time_zone = "Europe/Amsterdam"

[[zones]]
id = "square"
name = "Square"
polygon = [[4.280, 52.110], [4.282, 52.110], [4.282, 52.111], [4.280, 52.111]]
capacity = 2000

[[devices]]
id = "pier-1"
[[devices.counters]]
zone = "square"
at_zone = "square"
share = 1.0
"""


@dataclass
class Beach:
    """A site with one box, its store, and a clock that the test sets."""

    path: Path
    opened: ExitStack
    test_site: bool = False
    now_s: int = START_S
    box: Box = field(default_factory=Box)
    sequence: int = 0
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = self.opened.enter_context(
            Writer(self.path, size_mib_max=64, dead_letters_max=10)
        )
        self.store.add_device(
            "beach", "pier-1", self.box.public_key, test_site=self.test_site, added_ms=5
        )
        (self.device,) = (one.id for one in self.store.registry().devices.values())
        self.plans = SqliteSitePlans(self.path, size_mib_max=64)
        self.plans.keep("beach", DRAWN, now_ms=1)
        self.picture = EstimateReader(self.path)
        self.begin()

    def begin(self) -> None:
        """Start to estimate, as a service that was started (again) does."""
        self.file = self.opened.enter_context(EstimateFile(self.path, size_mib_max=64))
        self.estimation = Estimation(
            self.file,
            DrawnSites(self.plans),
            now_ms=lambda: self.now_s * 1000,
            told=self.heard.append,
        )

    def window(self, start_s: int, people: int, *, code: int = 0) -> None:
        """Commit a window of the box."""
        self.sequence += 1
        report = self.box.report(
            self.sequence,
            start_s=start_s,
            code=code,
            lines=(),
            zones=(zone("square", people, people + 3),),
        )
        keep(self.store, self.device, report, received_ms=self.now_s * 1000)

    def minutes(self, count: int, people: int) -> None:
        """Go on by minutes, with a window in each."""
        for _ in range(count):
            self.window(self.now_s, people)
            self.now_s += 60
            self.estimation.turn()

    def known(self, at_s: int, *, by_ms: int | None = None) -> EstimateRow | None:
        found = self.picture.series(
            "beach", "square", from_s=at_s, to_s=at_s + 1, known_by_ms=by_ms, limit=1
        )
        return found[0] if found else None

    def latest(self) -> EstimateRow:
        (row,) = self.picture.latest("beach")
        return row


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def beach(tmp_path: Path, opened: ExitStack) -> Beach:
    return Beach(tmp_path / "fusion.sqlite", opened)


def test_a_committed_window_is_the_zones_number_after_the_next_turn(beach: Beach) -> None:
    beach.estimation.turn()
    beach.minutes(5, 100)
    row = beach.latest()
    assert row.estimate.at_s == beach.now_s
    assert 85 <= row.estimate.people <= 115
    assert row.estimate.low_95 <= row.estimate.low_80 <= row.estimate.low_50
    assert row.estimate.low_50 <= row.estimate.people <= row.estimate.high_50
    (one,) = row.estimate.contributions
    assert (one.sensor, one.age_s) == ("pier-1/zone/square", 0)
    assert set(beach.heard) == {"beach"}


def test_what_comes_within_its_minute_takes_the_place_of_what_was_known(beach: Beach) -> None:
    beach.estimation.turn()
    beach.minutes(5, 100)
    beach.now_s += 60
    beach.estimation.turn()  # the minute is over, its window has not come
    before = beach.latest()
    beach.window(beach.now_s - 60, 125)
    beach.now_s += 2
    beach.estimation.turn()
    after = beach.latest()
    assert after.estimate.at_s == before.estimate.at_s
    assert after.estimate.people > before.estimate.people + 2
    assert beach.known(after.estimate.at_s, by_ms=before.known_ms) is None


def test_a_late_window_revises_the_past_beside_what_was_known(beach: Beach) -> None:
    beach.estimation.turn()
    beach.minutes(10, 100)
    missed_s = beach.now_s
    beach.now_s += 60  # a window that the box could not send
    beach.estimation.turn()
    beach.minutes(10, 100)
    at_s = missed_s + 60
    then = beach.known(at_s)
    assert then is not None
    known_ms = beach.now_s * 1000
    beach.now_s += 5
    beach.window(missed_s, 125)
    beach.estimation.turn()
    now = beach.known(at_s)
    assert now is not None
    assert now.estimate.people > then.estimate.people + 2
    assert beach.known(at_s, by_ms=known_ms) == then
    assert now.known_ms > known_ms


def test_what_is_late_is_the_same_in_the_end_as_what_came_in_time(
    tmp_path: Path, opened: ExitStack
) -> None:
    counts = [100, 104, 98, 111, 130, 128, 140, 139, 150, 149, 152, 155]
    in_time = Beach(tmp_path / "in-time.sqlite", opened)
    in_time.estimation.turn()
    for people in counts:
        in_time.minutes(1, people)
    backlog = Beach(tmp_path / "backlog.sqlite", opened)
    backlog.estimation.turn()
    for _ in counts:
        backlog.now_s += 60
        backlog.estimation.turn()
    for number, people in reversed(list(enumerate(counts))):
        backlog.window(START_S + 60 * number, people)
    backlog.estimation.turn()
    late, known = backlog.latest().estimate, in_time.latest().estimate
    assert (late.at_s, late.condition) == (known.at_s, known.condition)
    # What is usual is learnt once more on the way back, and is slow.
    assert late.people == pytest.approx(known.people, abs=3.0)
    assert late.high_80 == pytest.approx(known.high_80, rel=0.1)


def test_a_start_goes_on_from_what_was_learnt_and_tells_no_other_past(beach: Beach) -> None:
    beach.estimation.turn()
    beach.minutes(40, 100)
    before = [beach.known(beach.now_s - 60 * back) for back in range(20)]
    beach.now_s += 30
    beach.begin()
    beach.estimation.turn()
    after = [beach.known(beach.now_s - 30 - 60 * back) for back in range(20)]
    for then, now in zip(before, after, strict=True):
        assert then is not None
        assert now is not None
        assert now.estimate.people == pytest.approx(then.estimate.people, abs=1.0)
    quarter = (beach.now_s - 30) % 900 // 60
    assert after[quarter:] == before[quarter:]  # what was over by then is not told again


def test_a_box_that_falls_silent_is_marked_and_its_number_widens(beach: Beach) -> None:
    beach.estimation.turn()
    beach.minutes(20, 100)
    fine = beach.latest().estimate
    for _ in range(10):
        beach.now_s += 60
        beach.estimation.turn()
    stale = beach.latest().estimate
    assert stale.condition is ZoneCondition.STALE
    assert stale.high_80 - stale.low_80 > fine.high_80 - fine.low_80


def test_a_test_site_is_where_its_newest_window_ended(tmp_path: Path, opened: ExitStack) -> None:
    film = Beach(tmp_path / "fusion.sqlite", opened, test_site=True)
    film.now_s = START_S + 10 * 365 * 86_400
    film.estimation.turn()
    for minute in range(5):
        film.window(START_S + 60 * minute, 50)
        film.estimation.turn()
    assert film.latest().estimate.at_s == START_S + 300


def test_a_site_is_estimated_from_when_it_is_drawn_and_anew_when_it_is_drawn_anew(
    beach: Beach,
) -> None:
    beach.estimation.turn()
    beach.minutes(5, 100)
    wider = DRAWN.replace("share = 1.0", "share = 0.5")
    beach.plans.keep("beach", wider, now_ms=2)
    beach.minutes(30, 100)
    assert beach.latest().estimate.people > 150


def test_a_drawing_that_cannot_be_read_is_left_out(
    beach: Beach, caplog: pytest.LogCaptureFixture
) -> None:
    beach.plans.keep("beach", "format = 2", now_ms=2)
    beach.minutes(2, 100)
    assert "site beach, version 2 is left out" in caplog.text
    assert beach.picture.latest("beach") == []


def test_a_window_shorter_than_a_minute_is_in_the_picture_when_it_has_ended(beach: Beach) -> None:
    beach.estimation.turn()
    beach.minutes(3, 100)
    for turn, people in enumerate((100, 104, 108, 103, 99, 101)):
        beach.sequence += 1
        report = beach.box.report(
            beach.sequence,
            start_s=beach.now_s,
            length_s=10,
            lines=(),
            zones=(zone("square", people, people + 3),),
        )
        beach.now_s += 10
        keep(beach.store, beach.device, report, received_ms=beach.now_s * 1000)
        beach.estimation.turn()
        # The first two may be those of a box that was stopped.
        assert turn < 2 or beach.latest().estimate.at_s == beach.now_s
