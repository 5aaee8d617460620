# SPDX-License-Identifier: Apache-2.0
"""A centre that starts with a clock that is behind, and is set right while it runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.ingest.clock_step import STEP_MS, Behind, ClockStep
from fusion_service.ingest.intake import Intake
from fusion_service.store.set_apart import Apart
from tests.fusion_service.box import START_S, Box, line
from tests.fusion_service.ingest.test_intake import Room
from wire_contract.messages.report import Level
from wire_contract.topics import Channel

DAY_MS = 86_400_000


class Clocked(Room):
    """A room with two clocks."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.monotonic_ms = 1_000
        self.now_ms = START_S * 1000 - DAY_MS
        self.step = ClockStep(lambda: self.now_ms, lambda: self.monotonic_ms)
        self.intake = Intake(
            self.inbox,
            self.store,
            IngestConfig(batch_ms=0),
            RetentionConfig(),
            now_ms=lambda: self.now_ms,
            step=self.step,
        )
        self.box = self.enrol(Box())

    def pass_ms(self, milliseconds: int) -> None:
        self.monotonic_ms += milliseconds
        self.now_ms += milliseconds

    def hear(self, *sequences: int, start_s: int | None = None, in_count: int = 1) -> None:
        self.inbox.received_ms = self.now_ms
        for sequence in sequences:
            report = self.box.report(
                sequence, level=Level.STANDARD, start_s=start_s, lines=(line(in_count=in_count),)
            )
            self.inbox.send(self.box.topic(), self.box.seal(report))
        self.settle()

    def apart(self) -> list[tuple[int, str | None]]:
        return self.sql(
            "SELECT e.sequence, r.set_apart FROM report r JOIN entry e ON e.id = r.id ORDER BY 1"
        )


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Clocked]:
    made = Clocked(tmp_path / "fusion.sqlite")
    with made.store:
        yield made


def test_what_a_centre_set_apart_while_its_clock_was_behind_comes_into_the_sums_once_it_is_set(
    room: Clocked,
) -> None:
    room.inbox.send(
        room.box.topic(Channel.META),
        room.box.seal(room.box.meta(1, level=Level.STANDARD), Channel.META),
    )
    room.hear(2, 3)
    room.hear(4, start_s=START_S + 100 * 86_400)  # that one is ahead by any clock
    room.hear(5, in_count=9_999)
    assert room.apart() == [(n, Apart.FUTURE) for n in (2, 3, 4, 5)]
    room.pass_ms(10_000)
    room.now_ms += DAY_MS
    for sequence in (6, 7, 8):
        room.pass_ms(1000)
        room.hear(sequence)
    assert room.apart() == [
        (2, None),
        (3, None),
        (4, Apart.FUTURE),
        (5, Apart.COUNT),
        (6, None),
        (7, None),
        (8, None),
    ]
    counts = dict(room.reader.counts().set_apart)
    assert (counts[Apart.FUTURE], counts[Apart.COUNT]) == (1, 1)
    received = room.sql(
        "SELECT r.received_ms FROM report r JOIN entry e ON e.id = r.id WHERE e.sequence = 2"
    )
    assert received == [(START_S * 1000,)]


def test_a_box_that_lies_about_the_time_is_not_let_in_by_time_alone(room: Clocked) -> None:
    room.now_ms = START_S * 1000
    room.step = ClockStep(lambda: room.now_ms, lambda: room.monotonic_ms)
    room.hear(1, start_s=START_S + 7_200)
    room.pass_ms(DAY_MS)
    room.hear(2, start_s=START_S + 86_400)
    assert room.apart() == [(1, Apart.FUTURE), (2, None)]


def test_a_step_is_known_by_the_clock_that_nobody_sets() -> None:
    now_ms, monotonic_ms = 1_000_000, 0
    step = ClockStep(lambda: now_ms, lambda: monotonic_ms)
    now_ms, monotonic_ms = now_ms + 500_000, 500_000
    assert step.behind() is None
    now_ms += STEP_MS
    assert step.behind() == Behind(1_000_000, 1_500_000, STEP_MS)
    step.done()
    now_ms -= 10 * STEP_MS
    assert step.behind() is None
