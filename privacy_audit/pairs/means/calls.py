# SPDX-License-Identifier: Apache-2.0
"""The arguments to try a call with where nobody knows what it is for.

They are every command, flag and clock, and none that harms.
"""

import fcntl
import mmap
import struct

from privacy_audit.pairs.means.hands import PAGE, Hands

Arguments = tuple[int | bytes | None, ...]
CALLS = (
    "madvise",
    "mprotect",
    "mremap",
    "brk",
    "clock_gettime",
    "clock_nanosleep",
    "getrandom",
    "fcntl",
    "ioctl",
    "prctl",
    "futex",
)
"""Those that a locked sensor may make, or might be given, and that name anything at all."""
_NOTHING_S = struct.pack("qq", 0, 0)
_WAITS = {fcntl.F_SETLKW, 38, fcntl.F_DUPFD, 1030, 1031}
"""Commands that wait, those that make a descriptor, and one that has an action of its own."""
_TAKES_OVER = {6, 7, 8, 11, 12, 13}
"""Forms of futex for a lock with an owner: they wait for one who never comes."""
_REQUESTS = (0x541B, 0x5421, 0x5450, 0x5451, 0x5452, 0x5460, 0x5413, 0x5401, 0x8901, 0x8902)
_LOCKS_ITSELF = {2, 4, 15, 22, 26, 27, 28, 29, 35, 38}
"""Options of prctl that have no harmless argument (dumpable, seccomp, privileges, the memory map),
or an action of their own."""


def variants(hands: Hands, name: str) -> list[Arguments]:
    """Return what to try a call with."""
    at, places = hands.scratch + 2 * PAGE, hands.places
    opened = tuple(one for one in (places.channel_fd, places.pipe_out) if one >= 0)
    block = (
        hands.call("mmap", None, 4 * PAGE, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        if name in _ON_MEMORY
        else 0
    )
    table: dict[str, list[Arguments]] = {
        "madvise": [(block, PAGE, advice) for advice in range(26) if advice not in {9, 10}],
        "mprotect": [(block, PAGE, rights) for rights in (0, 1, 2, 3)],
        "mremap": [(block, 4 * PAGE, 2 * PAGE, 0, 0), (block, 2 * PAGE, 4 * PAGE, 1, 0)],
        "brk": [(0,)],
        "clock_gettime": [(clock, at) for clock in range(-16, 16)],
        "clock_nanosleep": [(clock, 0, _NOTHING_S, None) for clock in range(12)],
        "getrandom": [(at, 64, flags) for flags in range(8)],
        "fcntl": [
            (one, command, 0)
            for one in opened
            for command in (*range(38), *range(1024, 1040))
            if command not in _WAITS
        ],
        "ioctl": [(one, request, at) for one in opened for request in _REQUESTS],
        "prctl": [(option, 0, 0, 0, 0) for option in range(1, 72) if option not in _LOCKS_ITSELF],
        "futex": [
            (at, form, 1, _NOTHING_S, at + 64, 1) for form in range(14) if form not in _TAKES_OVER
        ],
    }
    return table[name]


_ON_MEMORY = frozenset({"madvise", "mremap", "mprotect"})
