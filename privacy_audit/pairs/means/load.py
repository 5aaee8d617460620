# SPDX-License-Identifier: Apache-2.0
"""Loading the machine, and measuring how much of it others leave."""

import os
import threading
import time
import zlib
from collections.abc import Callable

LOAD_BYTES, CACHED_BYTES = 8 * 2**20, 2**16


class Load:
    """Load every processor, or the way to memory, for a while.

    Threads from before the lock, which then need no call.
    """

    def __init__(self) -> None:
        """Begin the threads; they wait."""
        self._until_s, self._work = 0.0, LOADS["processor"]
        for _ in range(os.cpu_count() or 1):
            threading.Thread(
                target=self._run, args=(bytearray(LOAD_BYTES), bytearray(LOAD_BYTES)), daemon=True
            ).start()

    def begin(self, kind: str, for_s: float) -> None:
        """Load for so long from now."""
        self._work = LOADS[kind]
        self._until_s = time.monotonic() + for_s

    def _run(self, one: bytearray, other: bytearray) -> None:
        while True:
            if time.monotonic() < self._until_s:
                self._work(one, other)
            else:
                time.sleep(0.001)


def work_done(kind: str, for_s: float) -> int:
    """Return how much work of a kind gets done in so long a time.

    It is what others leave of a processor, or of the way to memory.
    """
    one, other, done = bytearray(LOAD_BYTES), bytearray(LOAD_BYTES), 0
    end_s = time.monotonic() + for_s
    while time.monotonic() < end_s:
        LOADS[kind](one, other)
        done += 1
    return done


def _compute(one: bytearray, _other: bytearray) -> None:
    zlib.crc32(memoryview(one)[:CACHED_BYTES])


def _move(one: bytearray, other: bytearray) -> None:
    one[:] = other


LOADS: dict[str, Callable[[bytearray, bytearray], None]] = {"processor": _compute, "memory": _move}
"""What a load is made of, by what it is a load on."""
