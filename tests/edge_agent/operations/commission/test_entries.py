# SPDX-License-Identifier: Apache-2.0
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from development.fakes.clock import FakeClock
from edge_agent.clock import boot_id
from edge_agent.confinement.probe import Measured
from edge_agent.errors import ProcessError
from edge_agent.operations.commission.entries import Entries
from edge_agent.operations.commission.scene_file import load_blank
from edge_agent.operations.doctor.set_up import set_up_notes
from edge_agent.process_settings import SlotSettings
from edge_agent.processes.launch import Run
from edge_agent.store.release_mark import hold_alone
from wire_contract.messages.report import Level
from wire_contract.quality import QualityCode, Validity, validity

RUN = Run(SlotSettings(origin_s=1000.0, length_s=10, replay=False), boot_id())
MEASURED = Measured(Level.STANDARD, (), ())


class RunningClock(FakeClock):
    """Each look at it takes a fifth of a second."""

    def monotonic_s(self) -> float:
        self.advance(0.2)
        return super().monotonic_s()


def reports(store: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(store / "ledger.db") as ledger:
        rows = ledger.execute(
            "SELECT envelope FROM entry WHERE channel = 'report' ORDER BY sequence"
        ).fetchall()
    return [json.loads(row[0].rpartition(b"\n")[0]) for row in rows]


def test_every_window_of_a_session_is_in_the_ledger_and_has_no_number(blank: Path) -> None:
    config, clock = load_blank(blank, ()), RunningClock()
    store = config.store.directory
    with Entries(config, RUN, clock) as entries:
        entries.begin(MEASURED)
        # Before anything is seen, it is written.
        begun = reports(store)
        for _ in range(60):
            entries.turn()
        entries.end()
        assert entries.is_signed
    signed = reports(store)
    assert len(begun) == 1
    assert len(signed) >= 3
    assert {one["image_quality"]["code"] for one in signed} == {QualityCode.COMMISSIONING}
    assert all(one["lines"] == one["zones"] == [] for one in signed)
    assert {one["level"] for one in signed} == {Level.STANDARD}
    assert validity(QualityCode.COMMISSIONING, 3) is Validity.NOT_COUNTED
    # The windows follow each other, and none is released twice.
    starts = [one["start"] for one in signed]
    assert starts == sorted(set(starts))
    [note] = set_up_notes(config)
    assert "set up" in note.found


def test_while_a_gate_has_the_store_no_session_opens_and_the_other_way_round(blank: Path) -> None:
    config = load_blank(blank, ())
    held_fd = hold_alone(config.store.directory)
    with pytest.raises(ProcessError, match="another gate"):
        Entries(config, RUN, RunningClock())
    os.close(held_fd)
    with (
        Entries(config, RUN, RunningClock()),
        pytest.raises(ProcessError, match="another gate"),
    ):
        hold_alone(config.store.directory)
