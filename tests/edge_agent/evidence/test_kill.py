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
    command = [
        sys.executable,
        "-m",
        "tests.edge_agent.evidence.appending",
        str(tmp_path),
        "1000000",
    ]
    said = 0
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as starter:
        for _ in range(KILLS):
            after_s = 0.02 + source.random() * 0.1
            said = max(said, killed_while_appending(starter, after_s=after_s))
            assert_whole(tmp_path, said)
        assert starter.stdin is not None
        starter.stdin.close()
    assert said > KILLS


def killed_while_appending(starter: subprocess.Popen[bytes], *, after_s: float) -> int:
    """Run a gate, kill it a little after its first line, and return the last sequence it said."""
    assert starter.stdin is not None
    assert starter.stdout is not None
    starter.stdin.write(b"go\n")
    starter.stdin.flush()
    gate = int(starter.stdout.readline())
    first = starter.stdout.readline()
    assert first != b"ended\n", "the gate ended by itself"
    time.sleep(after_s)
    os.kill(gate, signal.SIGKILL)
    said = first
    for line in starter.stdout:
        # The kill may fall into the middle of a line.
        if line.endswith(b"ended\n"):
            break
        said = line
    return int(said)


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
