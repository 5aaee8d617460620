# SPDX-License-Identifier: Apache-2.0
"""When a window was, and what waits for a better clock, over real files."""

from dataclasses import replace
from pathlib import Path

import pytest

from development.fakes.clock import FakeClock
from development.fakes.messages import BOOT
from edge_agent.processes.gate import GateProcess
from edge_agent.signing.open_slots import GRACE_S
from tests.edge_agent.processes.test_gate import (
    LENGTH_S,
    ORIGIN_S,
    Talk,
    released,
    reports,
    run_slots,
    settings,
)
from wire_contract.messages.report import ClockQuality


def test_a_window_from_before_the_clock_was_right_waits_and_is_dated_once(tmp_path: Path) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S, utc_s=12.0, synchronised=False)
    gate = GateProcess(settings(tmp_path), clock)
    Talk(gate).say(0, 3)
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    assert reports(tmp_path) == []
    clock.set_utc(1_750_000_100.0 + GRACE_S)
    gate.release()
    [report] = reports(tmp_path)
    assert (report.start_s, report.clock_quality) == (1_750_000_090, ClockQuality.REDATED)


def test_a_window_that_no_clock_can_date_goes_after_a_stated_time_and_says_so(
    tmp_path: Path,
) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S, utc_s=12.0, synchronised=False)
    gate = GateProcess(settings(tmp_path), clock)
    Talk(gate).say(0, 3)
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    clock.advance(900)
    gate.release()
    assert [report.clock_quality for report in reports(tmp_path)] == [ClockQuality.UNSYNCHRONISED]


def test_a_window_of_an_earlier_boot_keeps_its_terms_and_is_not_dated_by_this_one(
    tmp_path: Path,
) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S, utc_s=12.0, synchronised=False)
    gate = GateProcess(settings(tmp_path), clock)
    run_slots(gate, clock, Talk(gate), range(1))
    gate.close()
    other = "11111111-2222-4333-8444-555555555555"
    later = replace(settings(tmp_path), boot=other, config_sha256="e" * 64)
    again = GateProcess(later, FakeClock(monotonic_s=ORIGIN_S))
    again.release()
    [report] = reports(tmp_path)
    assert (report.boot, report.config, report.clock_quality) == (
        BOOT,
        "a" * 64,
        ClockQuality.UNSYNCHRONISED,
    )
    again.close()


@pytest.mark.parametrize(
    "utc_s", [0.0, 12.0, 1_750_000_000.0 - 86_400, 1_750_000_000.0 + 86_400, 4_000_000_000.0]
)
def test_a_box_starts_under_any_clock_and_goes_on_in_its_ledger(
    tmp_path: Path, utc_s: float
) -> None:
    gate, _ = released(tmp_path, 3)
    head = gate.stores.ledger.head()
    gate.close()
    clock = FakeClock(monotonic_s=ORIGIN_S + 1000, utc_s=utc_s)
    again = GateProcess(settings(tmp_path), clock)
    again.sign_meta()
    clock.advance(LENGTH_S + GRACE_S)
    again.tick()
    assert again.stores.ledger.stream == head.stream
    assert again.stores.ledger.size() >= head.size + 2
    again.close()
