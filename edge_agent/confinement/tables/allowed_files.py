# SPDX-License-Identifier: Apache-2.0
"""What gate and uplink may do with files and databases, and what they may ask."""

from edge_agent.confinement.tables.arguments import (
    F_GETFD,
    F_GETFL,
    MAP_SHARED,
    NO_EXEC,
    OWN_MEMORY,
    allow,
)
from edge_agent.confinement.tables.rules import Call, Condition, both, exactly, within

# linux/fcntl.h
F_GETLK, F_SETLK = 5, 6
_O_HARMLESS = (
    0x3
    | 0x40
    | 0x80
    | 0x100
    | 0x200
    | 0x400
    | 0x800
    | 0x4000
    | 0x8000
    | 0x10000
    | 0x20000
    | 0x80000
)
"""Read and write, CREAT, EXCL, NOCTTY, TRUNC, APPEND, NONBLOCK, CLOEXEC; DIRECTORY, NOFOLLOW,
DIRECT and LARGEFILE, whose bits the two machines deal out otherwise."""
_MODE_BITS = 0o777


def keeps_files(stores: list[int], shared: list[int]) -> list[Call]:
    """Return what gate and uplink have in common.

    They keep files in the folders that they see, and lock the databases `stores` and `shared`.
    """
    return [*_reads_files(), *_own_files(), *_asks(), *_databases(stores, shared)]


def _reads_files() -> list[Call]:
    seen = "within its own view of the machine, where only its own folders can be written"
    return [
        allow(
            "read lseek fstat pread64 pwrite64 readv writev write",
            "descriptors that it holds: its channel, files, log, connection",
        ),
        allow(
            "openat",
            f"{seen}; no nameless files, no paths without content, no signals",
            ((within(2, _O_HARMLESS),),),
        ),
        allow(
            "open",
            f"{seen}; no nameless files, no paths without content, no signals",
            ((within(1, _O_HARMLESS),),),
        ),
        allow(
            "stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat "
            "getdents64 getcwd",
            f"looks at names and files, {seen}",
        ),
    ]


def _own_files() -> list[Call]:
    return [
        allow(
            "statfs fstatfs",
            "how much room is left: the gate merges and drops by it. All who write to the disk "
            "move that number",
        ),
        allow(
            "ftruncate fsync fdatasync unlink",
            "its own files; how full the disk is shows to all, and cannot be refused",
        ),
        allow("unlinkat", "its own files, never a folder", exactly(2, 0)),
        allow("fallocate", "room in its own files; no holes, no shifts", exactly(1, 0)),
        allow(
            "fchmod",
            "who may read its own files; no bit that changes a user",
            ((within(1, _MODE_BITS),),),
        ),
    ]


def _asks() -> list[Call]:
    return [
        allow("geteuid getuid getegid getgid uname", "says what does not change"),
        allow(
            "adjtimex",
            "asks how good the clock is; to set it takes a right that no process of a box has",
        ),
        allow(
            "clock_adjtime", "asks how good the wall clock is, and no other clock", exactly(0, 0)
        ),
    ]


def _databases(stores: list[int], shared: list[int]) -> list[Call]:
    asks, locks = (
        exactly(1, F_GETFD, F_GETFL),
        both(exactly(0, *stores, *shared), exactly(1, F_SETLK, F_GETLK)),
    )
    index = both(exactly(4, *shared), ((NO_EXEC, Condition(3, MAP_SHARED)),))
    return [
        allow(
            "mmap",
            "memory of its own; shared only the index of a database that it had open before the "
            "lock, which SQLite needs",
            (OWN_MEMORY, *index),
        ),
        allow(
            "fcntl",
            "asks for flags; locks ranges of the databases it had open before the lock, as SQLite "
            "does. The ranges lie behind a pointer and show in /proc/locks: the outbox is the "
            "channel that is meant. Refused: waiting locks, those of open files, owners, signals, "
            "leases, notices, seals, sizes of pipes, copies, new flags",
            (*asks, *locks),
        ),
    ]
