# SPDX-License-Identifier: Apache-2.0
"""A gate that is stopped and killed over and over: a number of a slot has at most one released value, and no draw is used twice.

What has left is read by an outsider: from the files, with SQLite and JSON and nothing of the box's own.
"""

import contextlib
import fcntl
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
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from edge_agent.channel import Kind, Record, Values, pack
from edge_agent.errors import ProcessError
from edge_agent.gate_process import GRACE_S, GateProcess
from edge_agent.handover import GateSettings, SlotSettings, write_settings
from tests.edge_agent.test_gate_process import LENGTH_S, ORIGIN_S, settings
from tests.fakes.clock import FakeClock

Number = tuple[str, int, str, str]
"""Boot, start (unix seconds), line or zone, which of its numbers."""


def laplace(folder: Path) -> GateSettings:
    return replace(
        settings(folder), rule="discrete_laplace", rule_parameters=(1000,), class_epsilon=1000,
        line_ids=("north", "south"), line_max=(255, 255), line_calibrations=(None, None), zone_ids=("sand",), zone_max=(255,),
    )  # fmt: skip


def entries(folder: Path) -> list[tuple[dict[str, Any], int, str]]:
    """Return each report of every ledger in a folder, with the name of its noise: when its window began, and the run."""
    found = []
    for path in sorted(folder.glob("ledger*.db")):
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as ledger:
            rows = ledger.execute("SELECT envelope, drawn_ms, drawn_run FROM entry WHERE channel = 'report' ORDER BY sequence")
            found += [(json.loads(bytes(row[0]).rpartition(b"\n")[0]), row[1], row[2]) for row in rows]
    return found


def published(folder: Path) -> list[dict[str, Any]]:
    """Return each report that has ever been put out for the centre."""
    with contextlib.closing(sqlite3.connect(f"{(folder / 'outbox.db').as_uri()}?mode=ro", uri=True)) as outbox:
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
    every = {(report["stream"], report["sequence"]): report for report in (*published(folder), *(one[0] for one in found))}
    assert [number for number, each in values(list(every.values())).items() if len(each) > 1] == []
    names = [(report["stream"], report["boot"], run, drawn_ms) for report, drawn_ms, run in found]
    assert len(set(names)) == len(names)
    spans = sorted((report["boot"], drawn_ms, drawn_ms + 1000 * report["length"]) for report, drawn_ms, _ in found)
    assert all(one[0] != other[0] or one[2] <= other[1] for one, other in zip(spans, spans[1:], strict=False))


# --- on a clock that is turned -------------------------------------------------------------------------------------------------


class Life:
    """A box's gate on a clock that is turned, and all that can befall it. Each start has other counts to tell, and other lines."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, FakeClock(monotonic_s=ORIGIN_S + 3.0)
        self.settings, self.starts, self.sequence = laplace(folder), 0, 0
        self.gate = self.start()

    def start(self) -> GateProcess:
        self.starts += 1
        turned = self.starts % 2 == 0
        self.settings = replace(self.settings, line_ids=("south", "north") if turned else ("north", "south"))
        gate = GateProcess(self.settings, self.clock)
        gate.birth()
        self.sequence = 0
        return gate

    def speak(self) -> None:
        """Say all of the running slot, as a sensor that is told to stop."""
        slot = self.gate._slots.at(self.clock.monotonic_s())
        said: tuple[tuple[Kind, int, Values], ...] = (
            (Kind.LINE, 0, (self.starts % 200, 1, 0, 0)), (Kind.LINE, 1, (2, 3, 0, 0)), (Kind.ZONE, 0, (5, 7, 3, 2)),
            (Kind.EYE, 0, (0, 3, 2, 1)),
        )  # fmt: skip
        for kind, index, numbers in said:
            self.gate.take(pack(Record(kind, index, slot, self.sequence, numbers)))
            self.sequence += 1

    def go_on(self) -> None:
        self.clock.advance(2.25)
        self.gate.tick()
        self.gate.release()

    def end_of_slot(self) -> None:
        now_s, length_s = self.clock.monotonic_s() - self.gate._slots.origin_s, self.gate._slots.length_s
        self.clock.advance(length_s - now_s % length_s + GRACE_S)
        self.gate.tick()

    def stop(self) -> None:
        self.gate.finish()
        self.gate.close()
        self.gate = self.start()

    def kill(self) -> None:
        for store in (self.gate._pending, self.gate._ledger, self.gate._outbox):
            store._connection.close()
        os.close(self.gate._held_fd)
        self.gate = self.start()

    def killed_after_it_drew(self) -> None:
        slot = self.gate._slots.at(self.clock.monotonic_s())
        if slot >= self.gate._next_slot:
            self.gate._close(slot)
        self.kill()

    def killed_before_the_outbox(self) -> None:
        self.gate._outbox.change("PRAGMA query_only = 1")
        self.gate.finish()
        self.kill()

    def disk_takes_nothing(self) -> None:
        for store in (self.gate._pending, self.gate._ledger):
            store.change("PRAGMA query_only = 1")
        self.gate.finish()
        self.kill()

    def ledger_takes_nothing(self) -> None:
        self.gate._ledger.change("PRAGMA query_only = 1")
        self.stop()

    def clock_set_back(self) -> None:
        # The slots of a box that is started whole follow the clock that was set.
        self.clock.set_utc(self.clock.utc_s() - 7.0)
        slots = SlotSettings(origin_s=self.settings.slots.origin_s + 7.0, length_s=LENGTH_S, replay=False)
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
    return hypothesis(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
