# SPDX-License-Identifier: Apache-2.0
"""The attacker that comes before the lock.

What it makes between the two locks is to be of use after the second.

Run by pre_lock in a process of its own, with the production lock itself, KILL and all, or
without it as the control: `python -I -m privacy_audit.exits.pre_lock_attacker CASE locked|free
CHANNEL LOCKED LOOT TAP`. TAP is the number of a socket left open.
"""

import ctypes
import mmap
import os
import sys
import time
from collections.abc import Callable

from edge_agent.confinement import lock
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError

NOT_LOCKED_EXIT = 5
RECORD = b"out".ljust(64, b".")
"""What the attacker tries to get out."""
LOCKED = b"locked".ljust(64, b".")
_HOLD_S = 60.0
_CODE = bytes.fromhex("53 89f8 89f3 87d1 cd80 4898 5b c3")
_MAP_32BIT = 0x40


class Bird:
    """What the attacker has in its hands."""

    def __init__(self, channel: int, loot: int, tap: int) -> None:
        self.kernel = Kernel()
        self.channel, self.loot, self.tap = channel, loot, tap
        self.mapped: mmap.mmap | None = None
        self.code: Callable[[int], int] | None = None

    def map_file(self) -> None:
        """Map the file, to be shared and written; the descriptor is not needed any more."""
        self.mapped = mmap.mmap(self.loot, 64)
        os.close(self.loot)

    def write_mapped(self) -> None:
        """Write to the file by no call at all."""
        if self.mapped is not None:
            self.mapped[:] = RECORD

    def write_loot(self) -> None:
        """Write to the file's descriptor."""
        os.write(self.loot, RECORD)

    def send_tap(self) -> None:
        """Send on the socket."""
        os.write(self.tap, RECORD)

    def bring_code(self) -> None:
        """Bring the machine code of a 32-bit call, which is allowed before the last lock."""
        at = self.kernel.call("mmap", None, 4096, 7, 0x22 | _MAP_32BIT, -1, 0)
        ctypes.memmove(at, _CODE, len(_CODE))
        self.code = ctypes.CFUNCTYPE(
            ctypes.c_long, ctypes.c_long, ctypes.c_long, ctypes.c_long, ctypes.c_long
        )(at)

    def run_code(self) -> None:
        """Ask the kernel for a descriptor in the words of another architecture: dup."""
        if self.code is not None:
            self.code(41, self.channel, 0, 0)  # type: ignore[call-arg]  # the code takes four registers

    def call(self, name: str, *arguments: int | bytes | None) -> None:
        """Make a call that no sensor makes."""
        self.kernel.call(name, *arguments)


def nothing(_bird: Bird) -> None:
    """Bring nothing."""


CASES: dict[str, tuple[Callable[[Bird], None], Callable[[Bird], None]]] = {
    "a shared mapping of a file": (Bird.map_file, Bird.write_mapped),
    "a file left open": (nothing, Bird.write_loot),
    "a socket left open": (nothing, Bird.send_tap),
    "io_uring while libraries load": (
        lambda bird: bird.call("io_uring_setup", 1, bytes(120)),
        nothing,
    ),
    "memfd while libraries load": (lambda bird: bird.call("memfd_create", b"x", 0), nothing),
    "System V memory while libraries load": (
        lambda bird: bird.call("shmget", 0, 4096, 0o1600),
        nothing,
    ),
    "a socket while libraries load": (lambda bird: bird.call("socket", 2, 1, 0), nothing),
    "a process while libraries load": (
        lambda bird: bird.call("clone", 17, None, None, None, None),
        nothing,
    ),
    "a program while libraries load": (
        lambda bird: bird.call("execve", b"/bin/true", None, None),
        nothing,
    ),
    "a socket after the lock": (nothing, lambda bird: bird.call("socket", 2, 1, 0)),
    "a 32-bit call by code from before": (Bird.bring_code, Bird.run_code),
}
"""By name: what is made between the locks, and what is tried after the second."""


def main(case: str, wall: str, channel: int, locked_fd: int, loot: int, tap: int) -> None:
    """Make it, be locked, use it, hold still."""
    bird = Bird(channel, loot, tap)
    make, use = CASES[case]
    if wall == "locked":
        lock.begin(Role.SENSOR)
    make(bird)
    if wall == "locked":
        camera, _ = os.pipe()
        go, _ = os.pipe()
        lock.close_sensor(
            channel_fd=channel, locked_fd=locked_fd, go_fd=go, camera=camera, device=False
        )
    os.write(channel, LOCKED)
    try:
        use(bird)
    finally:
        os.write(channel, RECORD)
        time.sleep(_HOLD_S)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:7]))
    except ProcessError:
        sys.exit(NOT_LOCKED_EXIT)
