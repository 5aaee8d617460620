# SPDX-License-Identifier: Apache-2.0
"""A gate that is stopped and killed over and over.

A number of a slot has at most one released value, and no draw is used twice.

What has left is read by an outsider: from the files, with SQLite and JSON and nothing of the box's
own.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import random
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from development.fakes.clock import FakeClock
from development.fakes.messages import BOOT
from edge_agent.channel import Kind, Record, Values, pack
from edge_agent.confinement import lock
from edge_agent.errors import ProcessError
from edge_agent.process_settings import GateSettings, SlotSettings, write_settings
from edge_agent.processes.gate import GateProcess
from edge_agent.signing.open_slots import GRACE_S
from tests.edge_agent.processes.test_gate import LENGTH_S, ORIGIN_S, settings
from wire_contract.messages.report import Level

Number = tuple[str, int, str, str]
"""Boot, start (unix seconds), line or zone, which of its numbers."""


def laplace(folder: Path) -> GateSettings:
    return replace(
        settings(folder),
        rule="discrete_laplace",
        rule_parameters=(1000,),
        class_epsilon=1000,
        line_ids=("north", "south"),
        line_max=(255, 255),
        line_calibrations=(None, None),
        zone_ids=("sand",),
        zone_max=(255,),
    )


def entries(folder: Path) -> list[tuple[dict[str, Any], int, str]]:
    """Return each report of every ledger in a folder, with the name of its noise.

    When its window began, and the run.
    """
    found = []
    for path in sorted(folder.glob("ledger*.db")):
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as ledger:
            rows = ledger.execute(
                "SELECT envelope, drawn_ms, drawn_run FROM entry WHERE channel = 'report' ORDER BY "
                "sequence"
            )
            found += [
                (json.loads(bytes(row[0]).rpartition(b"\n")[0]), row[1], row[2]) for row in rows
            ]
    return found


def published(folder: Path) -> list[dict[str, Any]]:
    """Return each report that has ever been put out for the centre."""
    with contextlib.closing(
        sqlite3.connect(f"{(folder / 'outbox.db').as_uri()}?mode=ro", uri=True)
    ) as outbox:
        rows = outbox.execute("SELECT envelope FROM outbox WHERE channel = 'report'").fetchall()
    return [json.loads(bytes(row[0]).rpartition(b"\n")[0]) for row in rows]


def values(reports: list[dict[str, Any]]) -> dict[Number, list[int]]:
    """Return every released value of each number of each slot."""
    found = defaultdict(list)
    for report in reports:
        for one in (*report["lines"], *report["zones"]):
            for name in ("in", "out", "mean", "most", "peak", "speed", "standing"):
                if name in one:
                    found[report["boot"], report["start"], one["id"], name].append(one[name])
    return found


def assert_released_once(folder: Path) -> None:
    found = entries(folder)
    # The outbox still holds what a ledger held that is gone.
    every = {
        (report["stream"], report["sequence"]): report
        for report in (*published(folder), *(one[0] for one in found))
    }
    assert [number for number, each in values(list(every.values())).items() if len(each) > 1] == []
    names = [(report["stream"], report["boot"], run, drawn_ms) for report, drawn_ms, run in found]
    assert len(set(names)) == len(names)
    spans = sorted(
        (report["boot"], drawn_ms, drawn_ms + 1000 * report["length"])
        for report, drawn_ms, _ in found
    )
    assert all(one[0] != other[0] or one[2] <= other[1] for one, other in pairwise(spans))


# --- on a clock that is turned ------------------------------------------------------------------


class Life:
    """A box's gate on a clock that is turned, and all that can befall it.

    Each start has other counts to tell, and other lines.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, FakeClock(monotonic_s=ORIGIN_S + 3.0)
        self.settings, self.starts, self.sequence = laplace(folder), 0, 0
        self.gate = self.start()

    def start(self) -> GateProcess:
        self.starts += 1
        turned = self.starts % 2 == 0
        self.settings = replace(
            self.settings, line_ids=("south", "north") if turned else ("north", "south")
        )
        gate = GateProcess(self.settings, self.clock)
        gate.sign_meta()
        self.sequence = 0
        return gate

    def speak(self) -> None:
        """Say all of the running slot, as a sensor that is told to stop."""
        slot = self.gate.slots.running()
        said: tuple[tuple[Kind, int, Values], ...] = (
            (Kind.LINE, 0, (self.starts % 200, 1, 0, 0)),
            (Kind.LINE, 1, (2, 3, 0, 0)),
            (Kind.ZONE, 0, (5, 7, 3, 2)),
            (Kind.IMAGE_QUALITY, 0, (0, 3, 2, 1)),
        )
        for kind, index, numbers in said:
            self.gate.read_record(pack(Record(kind, index, slot, self.sequence, numbers)))
            self.sequence += 1

    def go_on(self) -> None:
        self.clock.advance(2.25)
        self.gate.tick()
        self.gate.release()

    def end_of_slot(self) -> None:
        now_s, length_s = (
            self.clock.monotonic_s() - ORIGIN_S,
            LENGTH_S,
        )
        self.clock.advance(length_s - now_s % length_s + GRACE_S)
        self.gate.tick()

    def stop(self) -> None:
        self.gate.finish()
        self.gate.close()
        self.gate = self.start()

    def kill(self) -> None:
        for store in (self.gate.stores.pending, self.gate.stores.ledger, self.gate.stores.outbox):
            store._connection.close()
        os.close(self.gate.stores.held_fd)
        self.gate = self.start()

    def killed_after_it_drew(self) -> None:
        slot = self.gate.slots.running()
        if slot >= self.gate.slots.next:
            self.gate._close(slot)
        self.kill()

    def killed_before_the_outbox(self) -> None:
        self.gate.stores.outbox.change("PRAGMA query_only = 1")
        self.gate.finish()
        self.kill()

    def disk_takes_nothing(self) -> None:
        for store in (self.gate.stores.pending, self.gate.stores.ledger):
            store.change("PRAGMA query_only = 1")
        self.gate.finish()
        self.kill()

    def ledger_takes_nothing(self) -> None:
        self.gate.stores.ledger.change("PRAGMA query_only = 1")
        self.stop()

    def clock_set_back(self) -> None:
        # The slots of a box that is started whole follow the clock that was set.
        self.clock.set_utc(self.clock.utc_s() - 7.0)
        slots = SlotSettings(
            origin_s=self.settings.slots.origin_s + 7.0, length_s=LENGTH_S, replay=False
        )
        self.settings = replace(self.settings, slots=slots)
        self.stop()

    def pending_is_lost(self) -> None:
        self._lose("pending.db")

    def ledger_is_lost(self) -> None:
        self._lose("ledger.db")

    def _lose(self, name: str) -> None:
        self.gate.finish()
        self.gate.close()
        for path in self.folder.glob(f"{name}*"):
            path.unlink()
        self.gate = self.start()


DEEDS = tuple(name for name in vars(Life) if not name.startswith("_") and name != "start")


def befallen(examples: int) -> hypothesis:
    return hypothesis(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )


def live(folder: Path, deeds: list[str]) -> None:
    life = Life(folder)
    for deed in deeds:
        getattr(life, deed)()
    life.end_of_slot()
    life.stop()
    assert_released_once(life.folder)
    life.gate.close()


@befallen(examples=8)
@example(deeds=["speak", "stop", "speak", "stop", "speak", "kill", "speak", "stop"])
@example(deeds=["speak", "ledger_takes_nothing", "ledger_is_lost", "speak", "stop"])
@example(deeds=["speak", "go_on", "killed_before_the_outbox", "speak", "go_on", "stop"])
@given(deeds=st.lists(st.sampled_from(DEEDS), min_size=3, max_size=12))
def test_whatever_befalls_a_gate_no_slot_is_released_twice_and_no_draw_used_twice(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[str]
) -> None:
    live(tmp_path_factory.mktemp("life"), deeds)


@pytest.mark.campaign
@befallen(examples=300)
@given(deeds=st.lists(st.sampled_from(DEEDS), min_size=3, max_size=20))
def test_whatever_befalls_a_gate_for_long_no_slot_is_released_twice(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[str]
) -> None:
    live(tmp_path_factory.mktemp("life"), deeds)


# --- real gates ---------------------------------------------------------------------------------


class Street:
    """A store, a channel that stays open, and gates that are started on them one after the other.

    The test is their sensor.
    """

    TRUTH: tuple[tuple[Kind, int, Values], ...] = (
        (Kind.LINE, 0, (3, 1, 0, 0)),
        (Kind.LINE, 1, (0, 2, 0, 0)),
        (Kind.ZONE, 0, (4, 6, 3, 2)),
        (Kind.IMAGE_QUALITY, 0, (0, 3, 2, 1)),
    )

    def __init__(self, folder: Path, *, length_s: int, into_s: float) -> None:
        """Cut time into slots of length_s, of which one began `into_s` ago."""
        self.folder, self.words = folder, folder / "gate.log"
        self._reading, self._writing = os.pipe2(os.O_DIRECT)
        slots = SlotSettings(
            origin_s=time.monotonic() - length_s - into_s, length_s=length_s, replay=False
        )
        self.settings = replace(
            laplace(folder),
            channel_fd=self._reading,
            slots=slots,
            clock_wait_s=0,
            capacity_bits_per_minute_max=1e6,
        )
        self._process: subprocess.Popen[bytes] | None = None
        # The box has run before: it has released all up to this slot.
        before = GateProcess(self.settings, FakeClock(monotonic_s=slots.origin_s + length_s))
        before.sign_meta()
        before.close()

    def start(self) -> None:
        locked_out, locked_in = os.pipe()
        go_out, go_in = os.pipe()
        handed = (write_settings(self.settings), locked_in, go_out)
        with self.words.open("ab") as words:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", "edge_agent.processes.gate", *map(str, handed)],
                pass_fds=(*handed, self._reading), stdin=subprocess.DEVNULL, stderr=words,
            )  # fmt: skip
        for descriptor in handed:
            os.close(descriptor)
        os.read(locked_out, 1)
        os.write(go_in, lock.word_with(Level.PROCESS))
        for descriptor in (locked_out, go_in):
            os.close(descriptor)

    def speak(self) -> None:
        slots = self.settings.slots
        slot = int((time.monotonic() - slots.origin_s) // slots.length_s)
        for sequence, (kind, index, numbers) in enumerate(self.TRUTH):
            os.write(self._writing, pack(Record(kind, index, slot, sequence, numbers)))

    def heard(self) -> None:
        """Wait until the gate has read all that was said."""
        until_s = time.monotonic() + 30
        while struct.unpack("i", fcntl.ioctl(self._reading, termios.FIONREAD, bytes(4)))[0]:
            assert time.monotonic() < until_s, self.words.read_text()
            time.sleep(0.005)

    def end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(30)
        assert code == (0 if number is signal.SIGTERM else -signal.SIGKILL), self.words.read_text()

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for descriptor in (self._reading, self._writing):
            os.close(descriptor)


def restarted(street: Street, *, restarts: int, seed: int) -> None:
    """Start a gate in one slot over and over, let it hear all counts, and stop or kill it."""
    source = random.Random(seed)
    for turn in range(restarts):
        street.start()
        street.speak()
        killed = turn < 2 or source.random() < 0.5
        if killed:
            street.heard()
        street.end(signal.SIGKILL if killed else signal.SIGTERM)


def guesses(reports: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Return what an attacker who has all reports gets of each number of the slot.

    As many guesses as there are draws.
    """
    return {f"{one} {name}": each for (_, _, one, name), each in values(reports).items()}


@pytest.mark.parametrize("restarts", [6, pytest.param(50, marks=pytest.mark.campaign)])
def test_however_often_a_gate_starts_again_in_a_slot_one_value_of_each_number_leaves(
    tmp_path: Path, restarts: int
) -> None:
    street = Street(tmp_path, length_s=600, into_s=5.0)
    try:
        restarted(street, restarts=restarts, seed=restarts)
    finally:
        street.close()
    left = published(tmp_path)
    found = guesses(left)
    assert len(left) == 1, street.words.read_text()
    assert {number: len(each) for number, each in found.items()} == dict.fromkeys(found, 1)
    # Neither a difference nor a mean of all reports is anything else than the one report.
    assert {one - other for each in found.values() for one in each for other in each} == {0}
    assert all(sum(each) / len(each) == each[0] for each in found.values())
    assert {"north in", "south out", "sand mean"} <= found.keys()
    assert 5 <= left[0]["length"] < 600
    assert_released_once(tmp_path)


@pytest.mark.campaign
def test_over_many_slots_with_a_death_in_each_no_slot_has_two_values(tmp_path: Path) -> None:
    street, source = Street(tmp_path, length_s=4, into_s=0.0), random.Random(7)
    try:
        for _ in range(60):
            street.start()
            street.speak()
            street.heard()
            select.select([], [], [], source.uniform(0.0, 3.0))
            street.end(source.choice((signal.SIGKILL, signal.SIGTERM)))
    finally:
        street.close()
    left = published(tmp_path)
    assert len(left) >= 10
    assert_released_once(tmp_path)


def test_a_second_gate_on_a_store_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    first = GateProcess(laplace(tmp_path), FakeClock(monotonic_s=ORIGIN_S))
    with pytest.raises(ProcessError, match="another gate has this store open"):
        GateProcess(laplace(tmp_path), FakeClock(monotonic_s=ORIGIN_S))
    first.close()
    GateProcess(laplace(tmp_path), FakeClock(monotonic_s=ORIGIN_S)).close()


# --- a store of before --------------------------------------------------------------------------

BEFORE = """
CREATE TABLE pending (
  id INTEGER UNIQUE NOT NULL, run INTEGER NOT NULL, boot TEXT NOT NULL, quality TEXT NOT NULL,
  start_monotonic_s REAL NOT NULL, start_s INTEGER NOT NULL, length_s INTEGER NOT NULL,
  body BLOB NOT NULL, digest BLOB NOT NULL, closed INTEGER PRIMARY KEY
);
"""


def window_of_before(folder: Path, *, at: int) -> None:
    """Put a window into a pending file as the release before runs were in a draw's name had it."""
    gate = GateProcess(laplace(folder), FakeClock(monotonic_s=ORIGIN_S))
    body = gate._gate.disclose(
        {(Kind.LINE, 0): (1, 2, 0, 0), (Kind.IMAGE_QUALITY, 0): (0, 3, 2, 1)},
        at_ms=at * 1000,
        health=gate._health(),
    )
    gate.close()
    fields = (7, 99, BOOT, "synchronised", float(at), 1_750_000_000 + at, LENGTH_S, body)
    digest = hashlib.sha256(" ".join(map(str, fields)).encode()).digest()[:8]
    with contextlib.closing(sqlite3.connect(folder / "pending.db")) as old, old:
        old.executescript("DROP TABLE pending; DROP TABLE released;" + BEFORE)
        old.execute("INSERT INTO pending VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)", (*fields, digest))


def test_a_window_that_waited_over_the_upgrade_is_released_under_the_name_that_its_noise_had(
    tmp_path: Path,
) -> None:
    window_of_before(tmp_path, at=900)
    gate = GateProcess(laplace(tmp_path), FakeClock(monotonic_s=ORIGIN_S))
    gate.release()
    gate.close()
    [(report, drawn_ms, run)] = entries(tmp_path)
    assert (report["start"], drawn_ms, run) == (1_750_000_900, 900_000, None)


def test_a_file_of_before_that_is_damaged_too_loses_nothing_that_can_be_read(
    tmp_path: Path,
) -> None:
    window_of_before(tmp_path, at=900)
    path = tmp_path / "pending.db"
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.execute("CREATE TABLE other (filling BLOB)")
        old.execute("INSERT INTO other VALUES (zeroblob(4000))")
        old.commit()
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1024])  # the file was cut short, behind what is looked for
    gate = GateProcess(laplace(tmp_path), FakeClock(monotonic_s=ORIGIN_S))
    assert gate.stores.pending.damage is not None
    gate.release()
    gate.close()
    assert [(report["start"], drawn_ms, run) for report, drawn_ms, run in entries(tmp_path)] == [
        (1_750_000_900, 900_000, None)
    ]


def test_a_pending_file_put_back_from_a_copy_lets_no_second_value_out(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.end_of_slot()
    # The ledger takes nothing, so the window waits; the copy is of then.
    life.speak()
    life.clock.advance(LENGTH_S)
    life.gate.stores.ledger.change("PRAGMA query_only = 1")
    life.gate.tick()
    life.gate.stores.pending.change("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = (tmp_path / "pending.db").read_bytes()
    assert b'"lines"' in copy
    life.gate.stores.ledger.change("PRAGMA query_only = 0")
    life.gate.release()
    life.clock.advance(2.0)
    life.speak()
    life.gate.finish()
    life.gate.close()
    for path in tmp_path.glob("pending.db-*"):
        path.unlink()
    (tmp_path / "pending.db").write_bytes(copy)
    life.gate = life.start()
    for _ in range(2):
        life.speak()
        life.stop()
    assert len(entries(tmp_path)) >= 2
    assert_released_once(tmp_path)
    life.gate.close()


def test_two_replays_of_one_file_draw_their_noise_each_anew_and_a_replay_marks_nothing(
    tmp_path: Path,
) -> None:
    """A file is a test: whoever replays it often enough learns its counts.

    But no draw serves two counts.
    """
    replay = replace(
        laplace(tmp_path), slots=SlotSettings(origin_s=0.0, length_s=LENGTH_S, replay=True)
    )
    for count in (3, 5):
        gate = GateProcess(replay, FakeClock())
        gate.sign_meta()
        for slot in range(8):
            said = ((Kind.LINE, 0, (count, count, 0, 0)), (Kind.IMAGE_QUALITY, 0, (0, 3, 2, 1)))
            for place, (kind, index, numbers) in enumerate(said):
                gate.read_record(pack(Record(kind, index, slot, 2 * slot + place, numbers)))
        gate.finish()
        gate.close()
    found = entries(tmp_path)
    assert len({(drawn_ms, run) for _, drawn_ms, run in found}) == len(found) == 16
    noises = {
        run: {ms: report["lines"][0]["in"] - 3 for report, ms, each in found if each == run}
        for _, _, run in found
    }
    first, second = noises.values()
    # With one noise for both, the two would differ by two people in every window.
    assert {second[ms] - first[ms] for ms in first} != {2}
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger:
        assert ledger.execute("SELECT COUNT(*) FROM released").fetchone() == (0,)
