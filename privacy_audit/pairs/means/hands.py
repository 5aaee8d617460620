# SPDX-License-Identifier: Apache-2.0
"""What both sides of a pair have in their hands.

Raw calls, and the places that were made for them to meet.
"""

import ctypes
import mmap
import os
from dataclasses import dataclass

from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.tables.syscalls import table

# The newer calls have one number on every architecture: include/uapi/asm-generic/unistd.h
NEWER = {"cachestat": 451, "futex_wake": 454, "futex_wait": 455, "futex_requeue": 456}
PAGE = 4096
PAGE_STRIDE = 64 * 1024
"""From one page of the cold file that is shown to the next: further than the kernel reads ahead."""


@dataclass(frozen=True, slots=True)
class MeetingPlaces:
    """Where the two could meet.

    Paths: a file in every view, a cold file in every view, a folder that only the audit has.

    pipe_in and pipe_out are the ends of a pipe that both inherit; channel_fd is what the sender
    writes its records to, record_fd the reading end of it; -1 for none. key: a number that only
    this trial uses. scene is a file that only the sender has in its view, as a sensor has its film.
    receivers: to how many the sender shows its bits, one after another.
    """

    shared: str
    cold: str
    folder: str
    scene: str
    pipe_in: int
    pipe_out: int
    channel_fd: int
    record_fd: int
    key: int
    receivers: int = 1

    @property
    def name(self) -> str:
        """What is named by a word is named so; `key` is for what is named by a number."""
        return f"pc-audit-{self.key}"


class Hands:
    """Raw system calls by name, and memory to point them at."""

    def __init__(self, places: MeetingPlaces) -> None:
        self.places = places
        self._kernel = Kernel()
        self.machine = self._kernel.machine
        self._numbers = {**table(self.machine), **NEWER}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.syscall.restype = ctypes.c_long
        self._scratch = mmap.mmap(-1, 4 * PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.scratch = ctypes.addressof(ctypes.c_char.from_buffer(self._scratch))
        """Private memory of four pages that calls may write to."""

    def call(self, name: str, *arguments: int | bytes | None) -> int:
        """Make a call. Raises OSError with the kernel's errno."""
        plain = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
        result = int(self._libc.syscall(ctypes.c_long(self._numbers[name]), *plain))
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), name)
        return result

    def map_page(self, path: str, *, length: int = PAGE) -> int:
        """Map the start of a file to be read, and return its address.

        The mapping stays for the life of the process.
        """
        opened = os.open(path, os.O_RDONLY)
        try:
            return self.call("mmap", None, length, mmap.PROT_READ, mmap.MAP_PRIVATE, opened, 0)
        finally:
            os.close(opened)
