# SPDX-License-Identifier: Apache-2.0
"""Out by memory: shared, or another process's own; and by code that was not there before."""

import os
import struct

from privacy_audit.exits.attacks.attack import Attack, Secret, Sign
from privacy_audit.exits.attacks.resources import PAGE, SECRET_BYTES, Resources, shared_name

_READ_WRITE, _EXEC = 3, 4
_SHARED, _VALIDATE, _ANONYMOUS, _PRIVATE = 1, 3, 0x20, 2
_NEW_PRIVATE = 0o1600  # IPC_CREAT with rights for the owner
_SEIZE, _ATTACH, _PEEK, _TRACE_ME = 0x4206, 16, 2, 0


def _attach(on: Resources) -> int:
    """Make System V memory and lay it into one's own."""
    return on.call("shmat", on.call("shmget", 0, PAGE, _NEW_PRIVATE), None, 0)


def _send_message(on: Resources) -> int:
    return on.call(
        "msgsnd",
        on.call("msgget", 0, _NEW_PRIVATE),
        struct.pack("<q16s", 1, b"a secret"),
        SECRET_BYTES,
        0,
    )


def _queue(on: Resources) -> int:
    """Open a POSIX queue; its descriptor is seen, its name is gone at once."""
    name = shared_name(on.means.folder).rpartition("/")[2].encode()
    opened = on.call("mq_open", name, os.O_RDWR | os.O_CREAT, 0o600, None)
    on.call("mq_unlink", name)
    return opened


def _shm_file(on: Resources) -> int:
    return on.call(
        "openat", -100, shared_name(on.means.folder).encode(), os.O_RDWR | os.O_CREAT, 0o600
    )


def _there(on: Resources, length: int = SECRET_BYTES) -> bytes:
    """Return a struct iovec over the victim's secret."""
    return on.vector(length, on.address(on.victim_memory))


def _read_victim(on: Resources) -> bytes:
    on.call("process_vm_readv", on.victim, on.vector(SECRET_BYTES), 1, _there(on), 1, 0)
    return on.buffer.raw[:SECRET_BYTES]


def _peek(on: Resources) -> bytes:
    """Stop the victim and read its memory word by word."""
    on.call("ptrace", _ATTACH, on.victim, 0, 0)
    os.waitpid(on.victim, 0)
    for at in range(0, SECRET_BYTES, 8):
        on.call("ptrace", _PEEK, on.victim, on.address(on.victim_memory) + at, on.address() + at)
    return on.buffer.raw[:SECRET_BYTES]


def _limits_of(on: Resources, pid: int) -> int:
    return on.call("prlimit64", pid, 7, struct.pack("<QQ", 32, 32), None)


SHARED_MEMORY = (
    Attack(
        "memfd_create",
        Sign.DESCRIPTORS,
        lambda on: on.call("memfd_create", b"taken", 0),
        early=True,
    ),
    Attack("memfd_secret", Sign.DESCRIPTORS, lambda on: on.call("memfd_secret", 0), early=True),
    Attack("shmget", Sign.SYSTEM, lambda on: on.call("shmget", 0, PAGE, _NEW_PRIVATE), early=True),
    Attack("shmat", Sign.MEMORY, _attach, early=True),
    Attack("msgget", Sign.SYSTEM, lambda on: on.call("msgget", 0, _NEW_PRIVATE), early=True),
    Attack("msgsnd", Sign.SYSTEM, _send_message, early=True),
    Attack("semget", Sign.SYSTEM, lambda on: on.call("semget", 0, 1, _NEW_PRIVATE), early=True),
    Attack("mq_open", Sign.DESCRIPTORS, _queue, early=True),
    Attack("a file in /dev/shm", Sign.FILES, _shm_file),
    Attack(
        "mmap, shared, of nothing",
        Sign.MEMORY,
        lambda on: on.call("mmap", None, PAGE, _READ_WRITE, _SHARED | _ANONYMOUS, -1, 0),
    ),
    Attack(
        "mmap, shared, of a file from before",
        Sign.MEMORY,
        lambda on: on.call("mmap", None, PAGE, _READ_WRITE, _SHARED, on.means.loot, 0),
    ),
    Attack(
        "mmap, shared and validated",
        Sign.MEMORY,
        lambda on: on.call("mmap", None, PAGE, _READ_WRITE, _VALIDATE, on.means.loot, 0),
    ),
    Attack(
        "mmap, executable",
        Sign.MEMORY,
        lambda on: on.call("mmap", None, PAGE, _READ_WRITE | _EXEC, _PRIVATE | _ANONYMOUS, -1, 0),
    ),
    Attack(
        "mmap, a file as a program",
        Sign.MEMORY,
        lambda on: on.call("mmap", None, PAGE, 1 | _EXEC, _PRIVATE, on.means.program, 0),
    ),
    Attack(
        "mprotect, executable",
        Sign.MEMORY,
        lambda on: on.call("mprotect", on.page(), PAGE, 1 | _EXEC),
    ),
    Attack(
        "pkey_mprotect, executable",
        Sign.MEMORY,
        lambda on: on.call("pkey_mprotect", on.page(), PAGE, 1 | _EXEC, -1),
    ),
    Attack("mlock", Sign.STATUS, lambda on: on.call("mlock", on.page(), PAGE)),
    Attack("mlock2", Sign.STATUS, lambda on: on.call("mlock2", on.page(), PAGE, 1)),
    Attack("mlockall", Sign.STATUS, lambda on: on.call("mlockall", 1)),
)

OTHERS_MEMORY = (
    Attack("process_vm_readv", Sign.TOLD, _read_victim, Secret.VICTIM, early=True),
    Attack(
        "process_vm_writev",
        Sign.VICTIM,
        lambda on: on.call(
            "process_vm_writev", on.victim, on.vector(SECRET_BYTES), 1, _there(on), 1, 0
        ),
        early=True,
    ),
    Attack(
        "ptrace, seize",
        Sign.VICTIM,
        lambda on: on.call("ptrace", _SEIZE, on.victim, 0, 0),
        early=True,
    ),
    Attack("ptrace, attach and peek", Sign.TOLD, _peek, Secret.VICTIM, early=True),
    Attack(
        "ptrace, offer oneself",
        Sign.STATUS,
        lambda on: on.call("ptrace", _TRACE_ME, 0, 0, 0),
        early=True,
    ),
    Attack("prlimit64 of another", Sign.VICTIM, lambda on: _limits_of(on, on.victim)),
    Attack(
        "sched_setaffinity of another",
        Sign.VICTIM,
        lambda on: on.call("sched_setaffinity", on.victim, 8, struct.pack("<Q", 1)),
    ),
    Attack(
        "setpriority of another", Sign.VICTIM, lambda on: on.call("setpriority", 0, on.victim, 7)
    ),
    Attack("setpgid of another", Sign.VICTIM, lambda on: on.call("setpgid", on.victim, on.victim)),
    Attack(
        "ioprio_set of another",
        Sign.VICTIM,
        lambda on: on.call("ioprio_set", 1, on.victim, 2 << 13 | 7),
    ),
)
