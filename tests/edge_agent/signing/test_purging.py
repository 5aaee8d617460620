# SPDX-License-Identifier: Apache-2.0
"""Which payloads go, and by which clock none does, over real files."""

from dataclasses import replace
from pathlib import Path

import pytest

from development.fakes.clock import FakeClock
from edge_agent.processes.gate import GateProcess
from edge_agent.signing.open_slots import GRACE_S
from edge_agent.store.ledger import Ledger
from edge_agent.store.outbox import Acknowledged, Outbox
from tests.edge_agent.processes.test_gate import (
    LENGTH_S,
    ORIGIN_S,
    Talk,
    reports,
    run_slots,
    settings,
)
from wire_contract.messages.report import ClockQuality


def payloads(folder: Path) -> int:
    ledger = Ledger(folder / "ledger.db", bytes_max=2**20)
    kept = len(ledger.after(0))
    ledger.close()
    return kept


@pytest.mark.parametrize(
    ("synchronised", "acknowledged", "kept", "size"),
    [
        (
            True,
            True,
            1,
            4,
        ),  # of the windows that the centre has, all but the one just signed are old
        (True, False, 4, 4),  # what the centre lacks is never purged
        (False, True, 3, 3),  # a clock that may be wrong purges nothing, and dates no window yet
    ],
)
def test_payloads_go_after_the_stated_days_and_their_hashes_stay(
    tmp_path: Path, *, synchronised: bool, acknowledged: bool, kept: int, size: int
) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    talk = Talk(gate)
    for slot in range(3):
        talk.say(slot, slot)
    clock.advance(3 * LENGTH_S + GRACE_S)
    gate.tick()
    assert payloads(tmp_path) == 3
    if acknowledged:
        box = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
        box.acknowledge(gate.stores.ledger.stream, Acknowledged(3, 0))
        box.close()
    root = gate.stores.ledger.tree(3).root
    clock.advance(15 * 86_400)
    clock.is_synchronised = synchronised
    gate.slots.next = (
        gate.slots.running() - 1
    )  # the box slept; what it missed is not what is looked at here
    gate.close_before(gate.slots.next + 1)
    gate.close()
    assert payloads(tmp_path) == kept
    ledger = Ledger(tmp_path / "ledger.db", bytes_max=2**20)
    assert (ledger.size(), ledger.tree(3).root) == (size, root)
    ledger.close()


def test_a_clock_set_back_by_a_day_makes_no_two_windows_alike_and_purges_nothing(
    tmp_path: Path,
) -> None:
    laplace = replace(settings(tmp_path), rule="discrete_laplace", rule_parameters=(1000,))
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(laplace, clock)
    talk = Talk(gate)
    for slot in range(20):
        talk.say(slot, 0)
        clock.advance(LENGTH_S + (GRACE_S if slot == 0 else 0))
        gate.tick()
        if slot == 9:  # the next ten windows have the starts of the ten before
            clock.set_utc(clock.utc_s() - 10 * LENGTH_S)
    found = reports(tmp_path)
    first, again = found[:10], found[10:]
    assert [one.start_s for one in first] == [one.start_s for one in again]
    assert {one.clock_quality for one in first} == {ClockQuality.SYNCHRONISED}
    assert {one.clock_quality for one in again} == {ClockQuality.STEPPED}
    assert [one.lines[0] for one in first] != [one.lines[0] for one in again]  # other noise
    box = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
    box.acknowledge(gate.stores.ledger.stream, Acknowledged(20, 0))
    box.close()
    clock.set_utc(clock.utc_s() + 40 * 86_400)  # and a jump forward makes nothing old
    clock.advance(2 * 3600)
    gate.release()
    gate.close()
    assert payloads(tmp_path) >= 20


def test_what_was_signed_in_1970_is_not_older_than_what_followed_it(tmp_path: Path) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S, utc_s=12.0, synchronised=False)
    gate = GateProcess(replace(settings(tmp_path), clock_wait_s=0), clock)
    run_slots(gate, clock, Talk(gate), range(3))
    assert {one.clock_quality for one in reports(tmp_path)} == {ClockQuality.UNSYNCHRONISED}
    clock.set_utc(1_750_000_000.0)
    box = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
    box.acknowledge(gate.stores.ledger.stream, Acknowledged(3, 0))
    box.close()
    clock.advance(3600)
    gate.release()
    assert payloads(tmp_path) == 3
    gate.close()
