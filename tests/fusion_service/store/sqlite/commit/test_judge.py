# SPDX-License-Identifier: Apache-2.0
"""What is in the sums of a real store and what is not, from signed messages.

Asked by SQL of another hand.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.ingest.forgetting import DAY_MS, FORGET_INTERVAL_MS
from fusion_service.ingest.intake import Intake
from fusion_service.store.port import Span
from fusion_service.store.set_apart import ENROLMENT_MS, FUTURE_MS, SEQUENCE_MAX
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import START_S, Box, line, zone
from tests.fusion_service.memory_inbox import MemoryInbox
from wire_contract.messages.report import Clock, ClockQuality, Level, Report
from wire_contract.topics import Channel

ENROLLED_MS = START_S * 1000 - 30 * DAY_MS


class Desk:
    """A centre without sockets, and one box."""

    def __init__(self, path: Path) -> None:
        self.path, self.box, self.inbox = path, Box(), MemoryInbox()
        self.now_ms = START_S * 1000
        self.shown: list[Report] = []
        self.store = Writer(path, size_mib_max=64, dead_letters_max=50)
        self.store.add_device(
            "beach", "pier-1", self.box.public_key, test_site=True, added_ms=ENROLLED_MS
        )
        days = RetentionConfig(report_days=7)
        self.intake = Intake(
            self.inbox,
            self.store,
            IngestConfig(batch_ms=0),
            days,
            now_ms=lambda: self.now_ms,
            show=self.shown.append,
        )

    def tell(self, *reports: Report) -> None:
        """Send reports in one batch."""
        self.inbox.received_ms = self.now_ms
        for report in reports:
            self.inbox.send(self.box.topic(), self.box.seal(report))
        self._run()

    def tell_meta(self, sequence: int) -> None:
        self.inbox.send(
            self.box.topic(Channel.META), self.box.seal(self.box.meta(sequence), Channel.META)
        )
        self._run()

    def _run(self) -> None:
        stop = threading.Event()
        stop.set()
        self.intake.run(stop)

    def report(self, sequence: int, **parts: Any) -> Report:
        return self.box.report(
            sequence,
            **{"start_s": START_S + 60 * (sequence % 100), "level": Level.STANDARD, **parts},
        )

    def sql(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()

    def series(self, step_s: int) -> tuple[int, int]:
        """Sum what every step says of the line."""
        with_time = Span("beach", "pier-1", 0, 2**40, step_s)
        steps = Reader(self.path).line_steps(with_time, "door") or []
        return sum(step.entered.total or 0 for step in steps), sum(
            step.left.total or 0 for step in steps
        )

    def apart(self) -> dict[int, str | None]:
        windows = Reader(self.path).latest_windows(before_id=2**53, limit=100)
        return {window.sequence: window.set_apart for window in windows}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "fusion.sqlite")
    with made.store:
        yield made


@pytest.mark.parametrize("restarts", [1, 3, 10])
@pytest.mark.parametrize("window_s", [60, 120])
@pytest.mark.parametrize("is_old", [False, True])
def test_what_a_box_released_that_was_started_again_is_all_in_the_series(
    desk: Desk, restarts: int, window_s: int, *, is_old: bool
) -> None:
    released, reports = [0, 0], []
    cuts = [window_s * n // (restarts + 1) for n in range(restarts + 2)]
    for sequence, (began, ended_s) in enumerate(pairwise(cuts), 1):
        # Earlier releases dated each part from the window's start, and gave it the whole length.
        start_s, length_s = (0, window_s) if is_old else (began, ended_s - began)
        counts = (3 * sequence, 2 * sequence - 1)
        report = desk.report(
            sequence, start_s=START_S + start_s, length_s=length_s, lines=(line("door", *counts),)
        )
        # The clock was 60 s ahead until the second start, and the box was switched off for the
        # third.
        report = replace(
            report,
            start_s=report.start_s + 60 * (sequence == 1),
            boot=Box().boot if sequence > 2 else report.boot,
        )
        released = [released[0] + counts[0], released[1] + counts[1]]
        reports.append(report)
    desk.now_ms += 300_000
    desk.tell(*reports)
    committed = desk.sql("SELECT sum(in_count), sum(out_count) FROM line_count WHERE line = 'door'")
    for step_s in (1, 60, 3600):
        assert list(desk.series(step_s)) == released == list(committed[0])
    assert set(desk.apart().values()) == {None}


TO_COME = {"start_s": START_S + FUTURE_MS // 1000 + 1}
BEFORE = {"start_s": (ENROLLED_MS - ENROLMENT_MS) // 1000 - 61}


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (TO_COME, "in the future"),
        (BEFORE, "before enrolment"),
        ({"start_s": 0}, "before enrolment"),  # an unsynchronised clock in 1970
        ({"level": Level.FULL}, "impossible level"),
        ({"level": Level.NETWORK_COUNTER}, "impossible level"),
        ({"sequence": SEQUENCE_MAX + 1}, "impossible sequence"),
        ({"lines": (line("window"),)}, "unknown name"),
        ({"zones": (zone("roof"),)}, "unknown name"),
        ({"lines": (line("door", 255 + 37, 0),)}, "impossible count"),
        ({"lines": (line("door", 0, -37),)}, "impossible count"),
        ({"zones": (zone("square", 0, 900_000),)}, "impossible count"),
        ({"zones": (zone("square", -37, 0),)}, "impossible count"),
        # What an honest box may say.
        ({"start_s": TO_COME["start_s"] - 61}, None),
        ({"start_s": BEFORE["start_s"] + 1}, None),
        ({"lines": (line("door", 255 + 36, -36),)}, None),  # noise
        (
            {"lines": (line("door", 2 * 255 + 72, 0),), "length_s": 61},
            None,
        ),  # two windows merged, the second cut
        ({**TO_COME, "clock": Clock.REPLAY}, None),  # the time of a film
    ],
)
def test_what_no_box_can_say_is_committed_and_counted_by_name_and_in_no_sum(
    desk: Desk, parts: dict[str, Any], reason: str | None
) -> None:
    desk.tell_meta(1)
    lie = replace(desk.report(3), **{"length_s": 60, **parts})
    desk.tell(desk.report(2, start_s=START_S - 60), lie)
    assert desk.apart() == {2: None, lie.sequence: reason}
    told = dict(Reader(desk.path).counts().set_apart)
    assert {name: number for name, number in told.items() if number} == (
        {} if reason is None else {reason: 1}
    )
    counted = (
        (1, 2) if reason else (1 + (lie.lines[0].in_count or 0), 2 + (lie.lines[0].out_count or 0))
    )
    assert desk.series(60) == counted
    totals = {
        row.outcome: row.total for row in Reader(desk.path).outcomes() if row.channel == "report"
    }
    assert totals == {"accepted": 2}
    is_late = lie.clock is Clock.LIVE and lie.start_s < START_S - 600
    assert (lie in desk.shown) == (reason in {None, "in the future"} and not is_late)


def test_windows_of_a_clock_that_nobody_set_are_kept_and_say_so(desk: Desk) -> None:
    lost = replace(desk.report(1, start_s=120), clock_quality=ClockQuality.UNSYNCHRONISED)
    desk.tell(lost)
    (window,) = Reader(desk.path).latest_windows(before_id=2**53, limit=10)
    assert (window.set_apart, window.clock_quality, window.lines[0].in_count) == (
        "before enrolment",
        "unsynchronised",
        1,
    )


def test_reports_that_come_before_their_meta_are_judged_by_it_when_it_comes(desk: Desk) -> None:
    desk.tell(
        desk.report(2),
        desk.report(3, lines=(line("window"),)),
        desk.report(4, lines=(line("door", 100_000, 0),)),
    )
    assert desk.apart() == {2: None, 3: None, 4: None}
    desk.tell_meta(1)
    assert desk.apart() == {2: None, 3: "unknown name", 4: "impossible count"}
    assert desk.series(60) == (1, 2)
    desk.tell_meta(1)
    assert dict(Reader(desk.path).counts().set_apart)["unknown name"] == 1


def test_a_meta_of_another_config_judges_nothing(desk: Desk) -> None:
    desk.tell_meta(1)
    desk.tell(replace(desk.report(2, lines=(line("window"),)), config="0" * 64))
    assert desk.apart() == {2: None}


def test_a_sequence_that_jumped_is_not_the_last_window_for_ever(desk: Desk) -> None:
    desk.tell(desk.report(1), desk.report(1_000_000_000))
    desk.tell(desk.report(2))
    device = Reader(desk.path).device("beach", "pier-1")
    assert device is not None
    assert device.last_window is not None
    assert device.last_window.sequence == 2


def test_a_window_in_the_future_does_not_outlive_its_retention(desk: Desk) -> None:
    desk.tell(desk.report(1), desk.report(2, start_s=START_S + 10**9))
    desk.now_ms += 8 * DAY_MS + FORGET_INTERVAL_MS
    desk.tell(desk.report(3, start_s=desk.now_ms // 1000 - 60))
    desk.now_ms += 2 * FORGET_INTERVAL_MS
    desk.tell()
    assert desk.apart() == {3: None}
    assert desk.sql("SELECT count(*) FROM entry") == [(3,)]
