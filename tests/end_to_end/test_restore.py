# SPDX-License-Identifier: Apache-2.0
"""A centre whose store was put back from a copy, copied over, or lost.

The box goes on at once, and what is lost is named.
"""

import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from development.fakes.messages import STREAM
from development.testbed.verbs import run_verb
from tests.broker import Broker
from tests.edge_agent.processes.test_uplink import notes
from tests.end_to_end.signing_box import SIZE, SigningBox, committed
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre, until
from tests.fusion_service.ingest.test_versions import old_report
from tests.fusion_service.wire import Wire
from wire_contract.messages.acknowledgement import AcknowledgementV1
from wire_contract.topics import Channel

LIVE_S = 60.0
"""Within so long, and within one window, live counts are there again."""


class Whole:
    """A box, a broker, and a centre whose store is lost."""

    def __init__(self, folder: Path, broker: Broker, *, bytes_max: int = SIZE) -> None:
        self.folder, self.broker = folder, broker
        self.centre = Centre(folder / "centre", broker.port)
        self.box = SigningBox(folder / "box", broker, bytes_max=bytes_max)
        self.enrol()
        self.centre.start()

    def end(self) -> None:
        self.box.end()
        self.centre.__exit__()

    def enrol(self) -> None:
        command = [
            "device",
            "add",
            "beach/pier-1",
            "--public-key",
            self.box.public_key,
            "--test-site",
        ]
        self.command(*command)

    def command(self, *words: str | Path) -> str:
        return run_verb(*words, "--config", self.centre.config)

    def run(self, windows: int) -> None:
        """Count so many windows, and have all of them acknowledged."""
        for begun in range(0, windows, 50):
            self.box.count(min(50, windows - begun))
            self.box.note_signed()
            self.box.turn_until(self.box.is_level, "all to be acknowledged")

    def backup(self) -> Path:
        copy = self.folder / "copy.sqlite"
        self.command("store", "backup", "--out", copy)
        return copy

    def lose(self) -> None:
        """Take the store away from under the centre."""
        self.centre.stop()
        for path in self.centre.store.parent.glob("fusion.sqlite*"):
            path.rename(path.with_name(f"gone-{path.name}"))

    def live(self) -> float:
        """Count one window more; within a minute it is in the sums, without a hand on the box."""
        self.box.count(1)
        self.box.note_signed()
        start_s = max(self.box.said)
        return self.box.turn_until(
            lambda: start_s in committed(self.centre.store), "the live window", LIVE_S
        )

    def lost(self) -> list[tuple[int, int, str]]:
        return [
            (one["first"], one["last"], one["why"]) for one in self.centre.get("/v1/lost")["items"]
        ]

    def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = self.centre.get("/v1/devices/beach/pier-1")["ledger"]
        return found

    def sql(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.centre.store)) as file:
            return file.execute(query).fetchall()


@pytest.fixture
def whole(tmp_path: Path, broker: Broker) -> Iterator[Whole]:
    made = Whole(tmp_path, broker)
    yield made
    made.end()


def check_rest(whole: Whole, gone: range) -> None:
    """All windows but those that are gone are in the sums once, with what the sensor counted."""
    said = whole.box.said
    lost = {start_s for sequence, start_s in whole.box.signed.items() if sequence in gone}
    assert set(whole.box.signed.values()) == set(said)
    assert committed(whole.centre.store) == {
        start_s: count for start_s, count in said.items() if start_s not in lost
    }


def restored(whole: Whole, copy: Path) -> None:
    whole.lose()
    whole.command("store", "restore", copy)


def copied_over(whole: Whole, copy: Path) -> None:
    """Put a raw copy of the file back: the same store, an earlier state of it."""
    whole.lose()
    shutil.copy2(copy, whole.centre.store)


def emptied(whole: Whole, _copy: Path) -> None:
    whole.lose()
    whole.enrol()


WINDOWS, MORE = 30, 300


@pytest.mark.parametrize(
    ("takes", "held", "why"),
    [
        (restored, WINDOWS + 1, "the store was restored"),
        pytest.param(copied_over, WINDOWS + 1, "acknowledged before", marks=pytest.mark.campaign),
        # The broker keeps the meta message, which is entry 1.
        pytest.param(emptied, 1, "acknowledged before", marks=pytest.mark.campaign),
    ],
    ids=["restored", "copied over", "emptied"],
)
def test_after_the_store_was_lost_the_box_is_live_at_once_and_what_it_had_purged_is_named(
    whole: Whole, takes: Callable[[Whole, Path], None], held: int, why: str
) -> None:
    whole.run(WINDOWS)
    copy = whole.backup()
    whole.run(MORE)
    first_here = whole.box.oldest()
    gone = range(held + 1, first_here)
    assert len(gone) > 100, "the test wants payloads that the box keeps no longer"
    takes(whole, copy)
    whole.centre.start()
    live_s = whole.live()
    level_s = live_s + whole.box.turn_until(whole.box.is_level, "the box to be level again")
    sys.stdout.write(f"live after {live_s:.1f} s, level after {level_s:.1f} s\n")
    whole.run(5)
    assert whole.lost() == [(gone[0], gone[-1], why)]
    check_rest(whole, gone)
    ledger = whole.ledger()
    assert (ledger["state"], ledger["first"], ledger["last"]) == (
        "lost at the centre",
        gone[0],
        gone[-1],
    )
    assert whole.sql("SELECT missing FROM stream") == [(0,)]
    assert whole.sql("SELECT verdict FROM checkpoint ORDER BY size DESC LIMIT 1") == [("agrees",)]


def slow(whole: Whole, upto: int) -> None:
    """Turn until the centre holds so many without a gap again: in the middle of it."""
    whole.box.turn_until(
        lambda: whole.sql("SELECT max(upto) FROM stream")[0][0] >= upto,
        f"the centre to hold {upto}",
    )


@pytest.mark.campaign
def test_killed_in_the_middle_of_sending_again_box_and_centre_lose_nothing_more(
    tmp_path: Path, broker: Broker
) -> None:
    whole = Whole(tmp_path, broker, bytes_max=2**21)
    whole.run(WINDOWS)
    copy = whole.backup()
    whole.run(MORE)
    assert whole.box.oldest() == 1, "the test wants all payloads to be there"
    restored(whole, copy)
    whole.centre.start()
    for upto in (WINDOWS + 40, WINDOWS + 110, WINDOWS + 180, WINDOWS + 250):
        slow(whole, upto)
        assert not whole.box.is_level()
        whole.box.kill()
        whole.box.begin()
        whole.live()
        whole.centre.kill()
        whole.box.turn()
        whole.centre.start()
    whole.box.turn_until(whole.box.is_level, "the box to be level again")
    assert whole.lost() == []
    check_rest(whole, range(0))
    whole.run(1)
    assert whole.ledger()["state"] == "complete"
    whole.end()


@pytest.mark.campaign
def test_a_word_of_before_that_the_broker_brings_back_costs_nothing(whole: Whole) -> None:
    whole.run(WINDOWS)
    copy = whole.backup()
    whole.run(40)
    topic = "pc/v1/beach/pier-1/ack"
    with Wire(whole.broker.port) as wire:
        until(lambda: topic in wire.heard, "what the broker keeps")
        stale = wire.heard[topic][-1]
        restored(whole, copy)
        whole.centre.start()
        whole.live()
        whole.box.turn_until(whole.box.is_level, "the box to be level again")
        # A broker that fell back to what it had saved a while ago, and a box that comes back to it.
        whole.box.end()
        wire.send(topic, stale, retain=True)
        whole.box.begin()
        whole.live()
        whole.box.turn_until(whole.box.is_level, "the box to be level again")
    whole.run(5)
    assert whole.lost() == []
    check_rest(whole, range(0))
    assert whole.ledger()["state"] == "complete"


@pytest.mark.campaign
def test_a_second_centre_takes_nothing_from_the_first_and_the_box_names_both(whole: Whole) -> None:
    whole.run(WINDOWS)
    copy = whole.folder / "second" / "fusion.sqlite"
    second = Centre(copy.parent, whole.broker.port, broker='client_id = "second"')
    whole.command("store", "backup", "--out", whole.folder / "early.sqlite")
    whole.run(20)
    run_verb("store", "restore", whole.folder / "early.sqlite", "--config", second.config)
    with second:
        for _ in range(6):
            whole.live()
        said = notes(whole.box.folder)
        assert "two centres answer" in said["two centres"]
        for store in (whole.centre.store, copy):
            with closing(sqlite3.connect(store)) as file:
                assert (
                    file.execute("SELECT store FROM identity").fetchone()[0] in said["two centres"]
                )
        whole.run(5)
    check_rest(whole, range(0))
    assert whole.ledger()["state"] == "complete"
    assert whole.lost() == []


@pytest.mark.campaign
def test_a_box_of_version_1_goes_on_too_though_it_never_sends_again(whole: Whole) -> None:
    box = Box(device="old-1", stream=STREAM)
    whole.centre.enrol(box, "--test-site")
    topic = box.topic(Channel.ACK)
    with Wire(whole.broker.port) as wire:

        def has(upto: int) -> bool:
            said = wire.acknowledgement(topic)
            return isinstance(said, AcknowledgementV1) and said.upto >= upto

        def send(*sequences: int) -> None:
            for sequence in sequences:
                wire.send(box.topic(), old_report(box, sequence))

        send(*range(1, 31))
        until(lambda: has(30), "all to be acknowledged")
        copy = whole.backup()
        send(*range(31, 331))
        until(lambda: has(330), "all to be acknowledged")
        restored(whole, copy)
        wire.heard.clear()
        whole.centre.start()
        begun_s = time.monotonic()
        live = 331
        while not has(live - 1):  # a window every few seconds, as such a box lets at most 64 wait
            assert time.monotonic() - begun_s < LIVE_S
            send(live)
            top = "SELECT max(sequence) FROM entry"
            until(lambda: whole.sql(top) == [(live,)], "the live window")  # noqa: B023 - waited for here
            live += 1
            time.sleep(1.0)
    assert whole.lost() == [(31, 330, "acknowledged before")]
    assert len(whole.sql("SELECT 1 FROM report")) == 30 + live - 331
    assert whole.centre.get("/v1/devices/beach/old-1")["ledger"]["state"] == "lost at the centre"
    status = whole.centre.status()
    assert [(one["device"], one["missing"]) for one in status["lost"]["items"]] == [("old-1", 300)]
    assert 'fusion_lost{why="acknowledged before"} 300.0' in whole.centre.text("/metrics")
