# SPDX-License-Identifier: Apache-2.0
"""A ledger that was closed is carried on, over real files."""

from pathlib import Path

from development.fakes.clock import FakeClock
from edge_agent.processes.gate import GateProcess
from edge_agent.signing.open_slots import GRACE_S
from edge_agent.store.ledger import Ledger
from edge_agent.store.merkle_file import close_ledger, closed_file
from edge_agent.store.outbox import Acknowledged, Outbox
from tests.edge_agent.processes.test_gate import (
    LENGTH_S,
    ORIGIN_S,
    Talk,
    released,
    reports,
    settings,
)
from tests.edge_agent.signing.test_checkpoints import checkpoints, opened


def test_a_closed_ledger_is_carried_on_and_what_the_centre_lacks_of_it_is_put_out(
    tmp_path: Path,
) -> None:
    gate, clock = released(tmp_path, 2)
    end = gate.stores.ledger.head()
    gate.stores.outbox.change("DELETE FROM outbox WHERE sequence = 3 AND channel = 'report'")
    gate.close()
    close_ledger(tmp_path, bytes_max=2**20)
    again = GateProcess(settings(tmp_path), clock)
    again.sign_meta()
    again.release()
    [(_, note)] = checkpoints(tmp_path)
    assert opened(tmp_path, note).follows == end
    assert [report.sequence for report in reports(tmp_path) if report.stream == end.stream] == [
        2,
        3,
    ]


def test_a_closed_ledger_is_purged_as_the_one_in_use(tmp_path: Path) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    gate = GateProcess(settings(tmp_path), clock)
    Talk(gate).say(0, 3)
    clock.advance(LENGTH_S + GRACE_S)
    gate.tick()
    stream = gate.stores.ledger.stream
    gate.close()
    close_ledger(tmp_path, bytes_max=2**20)
    box = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
    box.acknowledge(stream, Acknowledged(1, 0))
    box.close()
    clock.set_utc(clock.utc_s() + 15 * 86_400)
    GateProcess(settings(tmp_path), clock).close()
    old = Ledger(closed_file(tmp_path, stream), bytes_max=2**20)
    assert (old.after(0), old.size()) == ((), 1)
    old.close()
