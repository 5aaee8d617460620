# SPDX-License-Identifier: Apache-2.0
"""What a box was told to say and what it said it had committed, kept beside the box."""

import re
import threading
from pathlib import Path

_COMMITTED = re.compile(r"INFO (report|meta) (\d+) of (\S+) is in the ledger")


class Witness:
    """What was written into the channel and what the gate announced after its commit.

    It is kept in memory and in a journal beside.
    """

    def __init__(self, journal: Path) -> None:
        self.emitted: dict[int, int] = {}
        """Number of a window to the count it was given."""
        self.announced: dict[tuple[str, int], str] = {}
        """Stream and sequence to the channel (report or meta)."""
        self.announced_twice = 0
        self._journal = journal.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def emit(self, number: int, count: int) -> None:
        """Note a window that is about to be written."""
        with self._lock:
            self.emitted[number] = count
            self._journal.write(f"emitted {number} {count}\n")

    def hear(self, line: str) -> None:
        """Note what the gate says of its commits."""
        found = _COMMITTED.search(line)
        if found is None:
            return
        channel, sequence, stream = found[1], int(found[2]), found[3]
        with self._lock:
            self.announced_twice += (stream, sequence) in self.announced
            self.announced[stream, sequence] = channel
            self._journal.write(f"announced {stream} {sequence} {channel}\n")
