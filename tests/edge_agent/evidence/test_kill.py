# SPDX-License-Identifier: Apache-2.0
"""50 kill -9 of a real gate over real files.

What it had said was logged is there, and the root is that of what is there.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from edge_agent.evidence.verify import verify
from edge_agent.store.ledger import Ledger
from edge_agent.store.outbox import Outbox
from tests.edge_agent.processes.test_gate import settings
from wire_contract.merkle import EMPTY, leaf_hash
from wire_contract.messages.checkpoint import parse_checkpoint

ROOT = Path(__file__).resolve().parents[3]
KILLS = 50


def test_fifty_kills_lose_nothing_that_was_logged_and_publish_nothing_that_was_not(
    tmp_path: Path,
) -> None:
    source = random.Random(3)
    settings(tmp_path)  # draws the keys
    said = 0
    for _ in range(KILLS):
        said = max(said, killed_while_appending(tmp_path, after_s=0.02 + source.random() * 0.1))
        assert_whole(tmp_path, said)
    assert said > KILLS


def killed_while_appending(folder: Path, *, after_s: float) -> int:
    """Run the gate, kill it a little after its first line, and return the last sequence it said."""
    command = [sys.executable, "-m", "tests.edge_agent.evidence.appending", str(folder), str(10**6)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as gate:
        assert gate.stdout is not None
        first = gate.stdout.readline()
        assert first, "the gate ended by itself"
        time.sleep(after_s)
        gate.send_signal(signal.SIGKILL)
        rest = gate.stdout.read()
    lines = (first + rest).decode().splitlines(keepends=True)
    return int([line for line in lines if line.endswith("\n")][-1])


def assert_whole(folder: Path, said: int) -> None:
    with closing(sqlite3.connect(folder / "ledger.db")) as ledger:
        entries = ledger.execute(
            "SELECT sequence, envelope FROM entry ORDER BY sequence"
        ).fetchall()
    assert [sequence for sequence, _ in entries] == list(range(1, len(entries) + 1))
    assert len(entries) >= said
    roots = [EMPTY]
    for _, envelope in entries:
        roots.append(roots[-1].append(leaf_hash(envelope)))
    # A copy is opened for the rest: the gate's own next start is part of what is tested.
    outbox = Outbox(folder / "outbox.db", bytes_max=2**20)
    for row in outbox.waiting(limit=1000):
        if row.channel == "checkpoint":
            head = parse_checkpoint(row.envelope)[0].head
            assert head.size <= len(entries)
            assert head.root == roots[head.size].root
        else:
            assert row.envelope == entries[row.sequence - 1][1]
    outbox.close()
    ledger_file = Ledger(folder / "ledger.db", bytes_max=2**24)
    assert ledger_file.head().root == roots[-1].root
    ledger_file.close()
    assert verify(folder, folder / "keys" / "signing.pub").findings == ()
