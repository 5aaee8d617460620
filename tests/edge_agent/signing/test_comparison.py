# SPDX-License-Identifier: Apache-2.0
"""The centre's root against our own, over a real ledger."""

from pathlib import Path

import pytest

from edge_agent.signing.comparison import RootComparison
from edge_agent.store.outbox import Acknowledged
from tests.edge_agent.processes.test_gate import released


def test_the_centres_root_is_held_against_our_own_and_a_difference_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gate, _ = released(tmp_path, 5)
    ledger = gate.stores.ledger
    comparison = RootComparison(ledger)
    for upto, root in (
        (0, None),
        (2, ledger.tree(2).root.hex()),
        (3, ledger.tree(3).root.hex()),
        (99, "00" * 32),
    ):
        comparison.compare(upto, root)
    assert (ledger.compared(), caplog.text) == ((3, None), "")
    for _ in range(2):
        comparison.compare(5, "00" * 32)
    assert ledger.compared() == (3, 5)
    assert caplog.text.count("between entries 4 and 5") == 1


def test_an_acknowledged_root_that_is_not_ours_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gate, _ = released(tmp_path, 5)
    stream = gate.stores.ledger.stream
    gate.stores.outbox.acknowledge(
        stream, Acknowledged(3, 0, gate.stores.ledger.tree(3).root.hex())
    )
    gate.release()
    gate.stores.outbox.acknowledge(stream, Acknowledged(4, 0, "00" * 32))
    gate.release()
    assert gate.stores.ledger.compared() == (3, 4)
    assert "between entries 4 and 4" in caplog.text
