# SPDX-License-Identifier: Apache-2.0
"""A gate without a camera, for killing.

It signs window after window as fast as the disk takes them.

Says each sequence on stdout once it is in the ledger and in the outbox. Arguments: the folder, and
how far to go. A line on stdin starts one.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from development.fakes.clock import FakeClock
from edge_agent.channel import Kind, Record, pack
from edge_agent.processes.gate import GateProcess
from edge_agent.signing.open_slots import GRACE_S
from edge_agent.store.outbox import Acknowledged, Outbox
from tests.edge_agent.processes.test_gate import LENGTH_S, ORIGIN_S, settings


def main(folder: Path, upto: int) -> None:
    clock = FakeClock(monotonic_s=ORIGIN_S)
    # Room for every payload of the test: what has no room is purged once it is acknowledged.
    gate = GateProcess(replace(settings(folder), store_bytes_max=2**24), clock)
    other = Outbox(folder / "outbox.db", bytes_max=2**20)
    gate.sign_meta()
    gate.release()
    sequence = 0
    while gate.stores.ledger.size() < upto:
        gate.read_record(
            pack(Record(Kind.IMAGE_QUALITY, 0, gate.slots.next, sequence, (0, 3, 2, 0)))
        )
        sequence += 1
        clock.advance(LENGTH_S + (GRACE_S if sequence == 1 else 0))
        gate.tick()
        last = gate.stores.ledger.size()
        sys.stdout.write(f"{last}\n")
        sys.stdout.flush()
        other.acknowledge(gate.stores.ledger.stream, Acknowledged(last - 5, 0))


def serve(folder: Path, upto: int) -> None:
    """Do so anew for each line that comes in, in a process of its own, which first says its id.

    Each is a copy of this one, which has loaded everything and opened nothing. `ended` is the last
    line of each.
    """
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdout.write(f"{os.getpid()}\n")
            main(folder, upto)
            os._exit(0)
        os.waitpid(child, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
