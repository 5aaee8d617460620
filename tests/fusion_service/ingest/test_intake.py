# SPDX-License-Identifier: Apache-2.0
"""What a batch leaves in the store, and in which order it is said.

Real store, broker in memory (its contract is tested too).
"""

import random
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.ingest.inbox import Delivery
from fusion_service.ingest.intake import Intake
from fusion_service.store.batch import STREAMS_MAX
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import START_S, Box, line, zone
from tests.fusion_service.centre import until
from tests.fusion_service.memory_inbox import MemoryInbox
from wire_contract.codec import encode
from wire_contract.merkle import EMPTY, leaf_hash
from wire_contract.messages.acknowledgement import Acknowledgement, Answer
from wire_contract.messages.report import Clock, Level
from wire_contract.messages.state import Link, State
from wire_contract.topics import Channel, DeviceTopic


class Room:
    """An intake with its store, driven batch by batch."""

    def __init__(
        self,
        path: Path,
        *,
        inbox: MemoryInbox | None = None,
        size_mib_max: int = 64,
        dead_letters_max: int = 50,
    ) -> None:
        self.path = path
        self.now_ms = START_S * 1000
        self.inbox = inbox or MemoryInbox(received_ms=self.now_ms)
        self.store = Writer(path, size_mib_max=size_mib_max, dead_letters_max=dead_letters_max)
        self.intake = Intake(
            self.inbox,
            self.store,
            IngestConfig(batch_ms=0, batch_max=500),
            RetentionConfig(),
            now_ms=lambda: self.now_ms,
        )
        self.reader = Reader(path)

    def enrol(self, box: Box, *, test_site: bool = False) -> Box:
        self.store.add_device(box.site, box.device, box.public_key, test_site=test_site, added_ms=0)
        return box

    def settle(self) -> None:
        """Work through all that was sent."""
        stop = threading.Event()
        stop.set()
        self.intake.run(stop)

    def send(self, box: Box, *sequences: int) -> None:
        for sequence in sequences:
            self.inbox.send(box.topic(), box.envelope(sequence))
        self.settle()

    def ack(self, box: Box) -> Answer | None:
        return self.inbox.published.get(box.topic(Channel.ACK))

    def upto(self, box: Box) -> int:
        acknowledgement = self.ack(box)
        assert acknowledgement is not None
        return acknowledgement.upto

    def disposed(self, box: Box) -> tuple[int, int]:
        acknowledgement = self.ack(box)
        assert acknowledgement is not None
        assert acknowledgement.stream == box.stream
        return acknowledgement.upto, acknowledgement.rejected

    def totals(self) -> dict[str, int]:
        return {f"{row.channel} {row.outcome}": row.total for row in self.reader.outcomes()}

    def sql(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "fusion.sqlite")
    with made.store:
        yield made


@pytest.fixture
def box(room: Room) -> Box:
    return room.enrol(Box())


def test_a_report_is_committed_acknowledged_and_settled(room: Room, box: Box) -> None:
    room.send(box, 1)
    root = EMPTY.append(leaf_hash(box.envelope(1))).root.hex()
    assert room.ack(box) == Acknowledgement(2, box.stream, 1, 0, root, room.store.identity, 1)
    assert room.inbox.unsettled == 0
    (window,) = room.reader.latest_windows(before_id=2**53, limit=10)
    assert (window.sequence, window.start_s, window.length_s) == (1, START_S + 60, 60)
    assert window.received_ms == START_S * 1000
    assert window.committed_ms == START_S * 1000


def test_withheld_counts_stay_null(room: Room, box: Box) -> None:
    report = box.report(
        1, lines=(line(in_count=None, out_count=-3),), zones=(zone(mean=None, peak=None),)
    )
    room.inbox.send(box.topic(), box.seal(report))
    room.settle()
    assert room.sql("SELECT in_count, out_count FROM line_count") == [(None, -3)]
    assert room.sql("SELECT mean, peak FROM zone_count") == [(None, None)]


def test_a_duplicate_is_counted_and_acknowledged_again(room: Room, box: Box) -> None:
    room.send(box, 1)
    room.inbox.published.clear()
    room.send(box, 1, 1)
    assert room.totals() == {"report accepted": 1, "report duplicate": 2}
    assert room.upto(box) == 1


def test_sequences_out_of_order_count_once_the_gap_is_closed(room: Room, box: Box) -> None:
    reached = []
    for sequence in (3, 1, 5, 2, 4):
        room.send(box, sequence)
        reached.append(room.upto(box))
    assert reached == [0, 1, 1, 3, 5]


def test_a_meta_takes_its_place_in_the_stream(room: Room, box: Box) -> None:
    room.send(box, 2)
    room.inbox.send(box.topic(Channel.META), box.seal(box.meta(1), Channel.META))
    room.settle()
    assert room.upto(box) == 2


def test_an_older_meta_of_the_stream_does_not_replace_a_later_one(room: Room, box: Box) -> None:
    for sequence, software in ((4, "0.4.0"), (2, "0.2.0")):
        room.inbox.send(
            box.topic(Channel.META), box.seal(box.meta(sequence, software=software), Channel.META)
        )
    room.settle()
    row = room.reader.device(box.site, box.device)
    assert row is not None
    assert row.meta is not None
    assert row.meta.software == "0.4.0"


def test_a_fork_is_kept_as_a_dead_letter_and_overwrites_nothing(room: Room, box: Box) -> None:
    room.send(box, 1)
    fork = box.seal(box.report(1, lines=(line(in_count=99),)))
    for _ in range(2):
        room.inbox.send(box.topic(), fork)
        room.settle()
    assert room.totals() == {"report accepted": 1, "report unusable": 1, "report duplicate": 1}
    assert room.disposed(box) == (1, 1)
    assert room.sql("SELECT in_count FROM line_count") == [(1,)]
    assert room.sql("SELECT reason, payload, times FROM dead_letter") == [("unusable", fork, 2)]


def test_an_unusable_report_is_disposed_of_where_its_sequence_can_be_read(
    room: Room, box: Box
) -> None:
    room.inbox.send(box.topic(), box.seal(box.report(1, level=Level.UNCONFINED)))
    room.send(box, 2)
    assert room.disposed(box) == (2, 1)
    room.inbox.send(box.topic(), box.seal(box.report(1, level=Level.UNCONFINED)))
    room.settle()
    assert room.totals() == {"report accepted": 1, "report unusable": 1, "report duplicate": 1}


def test_an_unusable_report_without_a_sequence_is_kept_and_not_acknowledged(
    room: Room, box: Box
) -> None:
    envelope = box.seal_bytes(b"what is this")
    room.inbox.send(box.topic(), envelope)
    room.settle()
    assert room.ack(box) is None
    assert room.inbox.unsettled == 0
    assert room.sql("SELECT authentic, payload FROM dead_letter") == [(1, envelope)]


def test_a_stranger_is_settled_with_the_broker_and_not_acknowledged(room: Room, box: Box) -> None:
    stranger = Box(device="pier-9")
    room.inbox.send(stranger.topic(), stranger.envelope(1))
    room.inbox.send(box.topic(), stranger.envelope(1))
    room.settle()
    assert room.totals() == {"report unknown-device": 1, "report forged": 1}
    assert room.inbox.published == {}
    assert room.inbox.unsettled == 0
    assert (
        room.sql("SELECT authentic, length(head), payload FROM dead_letter") == [(0, 64, None)] * 2
    )


def test_a_test_site_may_send_what_a_real_one_may_not(room: Room, box: Box) -> None:
    bench = room.enrol(Box("lab", "bench-1"), test_site=True)
    for sender in (box, bench):
        room.inbox.send(
            sender.topic(), sender.seal(sender.report(1, level=Level.PROCESS, clock=Clock.REPLAY))
        )
    room.settle()
    assert room.totals() == {"report accepted": 1, "report unusable": 1}


def test_a_device_is_known_from_the_moment_it_is_enrolled(room: Room, box: Box) -> None:
    """Within the second of other news of the registry too.

    The installer waits on the ladder for the first report.
    """
    later = Box(device="pier-2")
    room.send(box, 1)
    room.send(later, 1)
    assert room.ack(later) is None
    room.enrol(later)
    room.send(later, 1)
    assert room.upto(later) == 1
    assert room.totals() == {"report accepted": 2, "report unknown-device": 1}


def test_a_device_is_refused_from_the_moment_it_is_lost_and_taken_from_the_moment_it_is_found(
    room: Room, box: Box
) -> None:
    room.send(box, 1)
    room.store.set_lost(box.site, box.device, room.now_ms)
    room.send(box, 2)
    assert room.upto(box) == 1
    room.store.set_lost(box.site, box.device, None)
    room.send(box, 2)
    assert room.upto(box) == 2
    assert room.totals() == {"report accepted": 2, "report lost-device": 1}


def test_strangers_are_no_news_of_the_registry(room: Room, box: Box) -> None:
    room.send(box, 1)
    before = room.store.registry_version()
    for name in range(5):
        room.send(Box(device=f"stranger-{name}"), 1)
    assert room.store.registry_version() == before
    room.enrol(Box(device="pier-2"))
    assert room.store.registry_version() != before


def test_a_late_report_is_accepted_and_flagged(room: Room, box: Box) -> None:
    room.inbox.send(box.topic(), box.seal(box.report(1, start_s=START_S - 181)))
    room.settle()
    assert room.sql("SELECT late FROM report") == [(1,)]
    assert room.reader.counts().late_reports == 1


def test_the_link_of_a_box_is_noted(room: Room, box: Box) -> None:
    room.inbox.send(box.topic(Channel.STATE), encode(State(1, box.boot, Link.OFFLINE)))
    room.settle()
    row = room.reader.device(box.site, box.device)
    assert row is not None
    assert row.link == Link.OFFLINE
    assert room.sql("SELECT link_boot FROM device") == [(box.boot,)]
    assert row.last_seen_ms is None  # nobody signed it


def test_dead_letters_are_bounded_and_strangers_cannot_push_out_authentic_ones(
    room: Room, box: Box
) -> None:
    room.inbox.send(box.topic(), box.seal_bytes(b"authentic"))
    for number in range(130):
        room.inbox.send(box.topic(), b"%d" % number)
    room.settle()
    assert room.sql("SELECT authentic, count(*) FROM dead_letter GROUP BY 1") == [(0, 50), (1, 1)]
    assert room.sql("SELECT min(CAST(head AS INTEGER)) FROM dead_letter WHERE authentic = 0") == [
        (80,)
    ]  # the oldest went
    assert room.reader.counts().dead_letters_dropped == 80


def test_a_device_cannot_open_streams_without_end(room: Room, box: Box) -> None:
    for _ in range(STREAMS_MAX + 3):
        one = Box(box.site, box.device, key=box.key)
        room.inbox.send(one.topic(), one.envelope(1))
    room.settle()
    assert room.sql("SELECT count(*) FROM stream") == [(STREAMS_MAX,)]
    assert room.totals() == {"report accepted": STREAMS_MAX, "report unusable": 3}


class Witness(MemoryInbox):
    """Looks into the store, over a connection of its own, whenever something is said."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.seen: list[tuple[str, int]] = []

    def publish(self, topic: DeviceTopic, acknowledgement: Answer) -> None:
        self._look("box")
        super().publish(topic, acknowledgement)

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        self._look("broker")
        super().settle(deliveries)

    def _look(self, who: str) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            self.seen.append((who, connection.execute("SELECT count(*) FROM report").fetchone()[0]))


def test_the_commit_comes_before_the_box_is_told_and_that_before_the_broker(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "fusion.sqlite")
    room = Room(tmp_path / "fusion.sqlite", inbox=witness)
    with room.store:
        room.send(room.enrol(Box()), 1, 2, 3)
    assert witness.seen == [("box", 3), ("broker", 3)]


def test_a_full_store_acknowledges_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    box = Box()
    path = tmp_path / "fusion.sqlite"
    small = Room(path, size_mib_max=1)
    with small.store:
        small.enrol(box)
        for sequence in range(1, 6_001):
            small.inbox.send(box.topic(), box.envelope(sequence))
        stop = threading.Event()
        worker = threading.Thread(target=small.intake.run, args=(stop,))
        worker.start()
        until(lambda: small.intake.fault is not None, "the store to be full")
        acknowledged = small.upto(box)
        assert "SQLITE_FULL" in str(small.intake.fault)
        assert small.sql("SELECT count(*) FROM report") == [(acknowledged,)]
        assert small.inbox.unsettled == 6_000 - acknowledged
        stop.set()
        worker.join()
    assert 0 < acknowledged < 6_000
    large = Room(path, inbox=small.inbox)
    with large.store:
        large.inbox.reconnect()
        large.settle()
        assert large.upto(box) == 6_000
        assert large.inbox.unsettled == 0


def test_a_store_held_by_another_is_waited_for(room: Room, box: Box) -> None:
    room.send(box, 1)
    with closing(sqlite3.connect(room.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        room.inbox.send(box.topic(), box.envelope(2))
        stop = threading.Event()
        worker = threading.Thread(target=room.intake.run, args=(stop,))
        worker.start()
        until(lambda: room.intake.fault is not None, "the store to refuse")
        assert "SQLITE_BUSY" in str(room.intake.fault)
        assert room.inbox.unsettled == 1
        other.execute("ROLLBACK")
    until(lambda: room.intake.fault is None, "the store to take it")
    stop.set()
    worker.join()
    assert room.upto(box) == 2


def test_ten_thousand_hostile_messages_each_end_in_a_named_outcome(tmp_path: Path) -> None:
    source = random.Random(20261122)
    room = Room(tmp_path / "fusion.sqlite", dead_letters_max=100)
    with room.store:
        box = room.enrol(Box())
        good = [box.envelope(sequence) for sequence in range(1, 21)]
        for _ in range(10_000):
            room.inbox.send(*hostile(source, box, good))
        room.settle()
        room.send(box, *range(1, 21))
        assert sum(room.totals().values()) == 10_020
        assert room.inbox.unsettled == 0
        assert room.upto(box) == 20
        assert room.sql("PRAGMA integrity_check") == [("ok",)]
        assert (
            max(row[0] for row in room.sql("SELECT count(*) FROM dead_letter GROUP BY authentic"))
            <= 100
        )
        assert room.sql("SELECT count(*) FROM report") == [(20,)]


def hostile(source: random.Random, box: Box, good: list[bytes]) -> tuple[str, bytes]:
    topics = [
        box.topic(),
        box.topic(Channel.META),
        box.topic(Channel.STATE),
        box.topic(Channel.ACK),
        "pc/v1/x",
        "",
        "é/\x00/🦆",
    ]
    topic = source.choice(
        [*topics, box.topic().replace("pier", source.choice(["pier-9", "PIER", "+", "#"]))]
    )
    kind = source.randrange(5)
    if kind == 0:
        return topic, source.randbytes(source.randrange(200))
    envelope = bytearray(source.choice(good))
    if kind == 1:  # bits flipped
        envelope[source.randrange(len(envelope))] ^= 1 << source.randrange(8)
        return topic, bytes(envelope)
    if kind == 2:  # cut
        return topic, bytes(envelope[: source.randrange(len(envelope))])
    if kind == 3:  # signed by the box itself, but bent; without a sequence that the good ones use
        bent = encode(box.report(source.randrange(1000, 2000))).replace(
            b'"length":60', b'"length":%d' % source.randrange(-9, 0)
        )
        return topic, box.seal_bytes(bent)
    return topic, source.choice([b"{" * 6000, b"1" * 6000, b"\n", b"\xff" * 9000, good[0] * 5, b""])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(1, 12), max_size=6), max_size=6))
def test_upto_is_what_a_plain_model_says(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]]
) -> None:
    room = Room(tmp_path_factory.mktemp("upto") / "fusion.sqlite")
    with room.store:
        box = room.enrol(Box())
        disposed: set[int] = set()
        for batch in batches:
            room.send(box, *batch)
            disposed.update(batch)
            missing = next(n for n in range(1, 14) if n not in disposed)
            if batch:
                assert room.upto(box) == missing - 1
        assert room.sql("SELECT count(*) FROM report") == [(len(disposed),)]


def test_three_thousand_reports_need_few_commits(room: Room, box: Box) -> None:
    for sequence in range(1, 3_001):
        room.inbox.send(box.topic(), box.envelope(sequence))
    started_s = time.monotonic()
    room.settle()
    assert time.monotonic() - started_s < 30
    assert room.sql("SELECT count(*) FROM batch") == [(6,)]
    assert room.upto(box) == 3_000


def test_a_birth_between_a_report_and_its_repetition_stops_no_batch(room: Room, box: Box) -> None:
    room.inbox.send(box.topic(), box.envelope(1))
    room.inbox.send(box.topic(Channel.META), box.seal(box.meta(2), Channel.META))
    room.inbox.send(box.topic(), box.envelope(1))  # the same again
    room.inbox.send(box.topic(), box.seal(box.report(1, length_s=59)))  # other bytes in its place
    room.inbox.send(box.topic(), box.envelope(3))
    room.settle()
    assert room.intake.fault is None
    assert room.disposed(box) == (3, 1)
    assert room.totals() == {
        "report accepted": 2,
        "meta accepted": 1,
        "report duplicate": 1,
        "report unusable": 1,
    }
