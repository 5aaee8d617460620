# SPDX-License-Identifier: Apache-2.0
"""The two descriptors between a starter and a process: one says locked, one says go."""

import contextlib
import os
import select
import time
from dataclasses import replace

from edge_agent.confinement.probe import Expected
from edge_agent.processes.supervision.admission import LOCK_WITHIN_S


class Handshake:
    """The starter's ends, from the start of a process to the word to begin."""

    def __init__(self, expected: Expected, *, locked_fd: int, go_fd: int) -> None:
        """expected: what should be seen of the process from outside."""
        self.expected = expected
        self._locked_fd: int | None = locked_fd
        self._go_fd: int | None = go_fd
        self._lock_until_s = time.monotonic() + LOCK_WITHIN_S

    @classmethod
    def open(cls, expected: Expected) -> "tuple[Handshake, tuple[int, int]]":
        """Return the starter's side, and the two descriptors that the process gets."""
        locked_fd, locked_in = os.pipe()
        go_out, go_fd = os.pipe()
        ours = cls(replace(expected, go_fd=go_out), locked_fd=locked_fd, go_fd=go_fd)
        return ours, (locked_in, go_out)

    @property
    def awaits_lock(self) -> bool:
        """Whether the process has not yet said that its lock is on."""
        return self._locked_fd is not None

    @property
    def awaits_word(self) -> bool:
        """Whether the process has not been let begin."""
        return self._go_fd is not None

    @property
    def is_late(self) -> bool:
        """Whether it has not locked itself in time."""
        return self.awaits_lock and time.monotonic() > self._lock_until_s

    def is_locked(self) -> bool:
        """Say, once, that the process has closed its end: its lock is on, or it has ended."""
        if self._locked_fd is None or not select.select([self._locked_fd], [], [], 0.0)[0]:
            return False
        os.close(self._locked_fd)
        self._locked_fd = None
        return True

    def go(self, word: bytes) -> bool:
        """Let the process begin; False where it has been let begin before."""
        if self._go_fd is None:
            return False
        with contextlib.suppress(BrokenPipeError):
            os.write(self._go_fd, word)
        os.close(self._go_fd)
        self._go_fd = None
        return True

    def close(self) -> None:
        """Let go of what is left: without the word the process ends."""
        for descriptor in (self._locked_fd, self._go_fd):
            if descriptor is not None:
                os.close(descriptor)
        self._locked_fd = self._go_fd = None
