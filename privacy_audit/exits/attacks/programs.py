# SPDX-License-Identifier: Apache-2.0
"""Out by another program, another process, another thread.

A thread that was there before the lock is tried too.
"""

import ctypes
import errno
import os
import signal
import struct
import sys
import threading
import time

from privacy_audit.exits.attacks.attack import Attack, Sign
from privacy_audit.exits.attacks.resources import Resources

_EMPTY_PATH = 0x1000
_WAITING = [sys.executable, "-I", "-S", "-c", "import signal\nsignal.pause()"]
_PARENT, _CHILD_ENDS = 0x8000, int(signal.SIGCHLD)
_X86 = "x86_64"


def _texts(on: Resources, words: list[str]) -> int:
    """Return where an array of words lies, as execve takes it."""
    raw = [ctypes.create_string_buffer(os.fsencode(word)) for word in words]
    array = ctypes.create_string_buffer(
        struct.pack(f"<{len(raw) + 1}Q", *map(ctypes.addressof, raw), 0)
    )
    on.kept += [*raw, array]
    return ctypes.addressof(array)


def _thread(_on: Resources) -> None:
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError as error:
        raise OSError(errno.EPERM, str(error)) from error


def _clone3(on: Resources) -> None:
    on.hold(on.call("clone3", struct.pack("<8Q", 0, 0, 0, 0, _CHILD_ENDS, 0, 0, 0), 64))


def _program_of_thread(on: Resources) -> None:
    on.elsewhere(
        lambda: on.call("execve", os.fsencode(sys.executable), _texts(on, _WAITING), _texts(on, []))
    )


EXEC = (
    Attack(
        "execve",
        Sign.PLACE,
        lambda on: on.call(
            "execve", os.fsencode(sys.executable), _texts(on, _WAITING), _texts(on, [])
        ),
        early=True,
    ),
    Attack(
        "execveat, by descriptor",
        Sign.PLACE,
        lambda on: on.call(
            "execveat", on.means.program, b"", _texts(on, ["cat"]), _texts(on, []), _EMPTY_PATH
        ),
        early=True,
    ),
    Attack(
        "execveat, by path",
        Sign.PLACE,
        lambda on: on.call(
            "execveat", -100, os.fsencode(sys.executable), _texts(on, _WAITING), _texts(on, []), 0
        ),
        early=True,
    ),
    Attack(
        "posix_spawn",
        Sign.PROCESSES,
        lambda _on: os.posix_spawn(sys.executable, _WAITING, {}),
        early=True,
    ),
)

NEW_THREADS = (
    Attack("a thread", Sign.PROCESSES, _thread),
    Attack("fork", Sign.PROCESSES, lambda on: on.hold(on.call("fork")), early=True, machine=_X86),
    Attack(
        "clone, a process",
        Sign.PROCESSES,
        lambda on: on.hold(on.call("clone", _CHILD_ENDS, None, None, None, None)),
        early=True,
    ),
    Attack(
        "clone, a brother",
        Sign.PROCESSES,
        lambda on: on.hold(on.call("clone", _PARENT | _CHILD_ENDS, None, None, None, None)),
        early=True,
    ),
    Attack("clone3, a process", Sign.PROCESSES, _clone3, early=True),
)

OLDER_THREADS = (
    Attack(
        "an older thread makes a file",
        Sign.FILES,
        lambda on: on.elsewhere(
            lambda: on.call("openat", -100, b"taken", os.O_WRONLY | os.O_CREAT, 0o600)
        ),
    ),
    Attack(
        "an older thread writes to a file from before",
        Sign.FILES,
        lambda on: on.elsewhere(lambda: on.call("write", on.means.loot, on.buffer, 64)),
    ),
    Attack(
        "an older thread makes a socket",
        Sign.DESCRIPTORS,
        lambda on: on.elsewhere(lambda: on.call("socket", 2, 1, 0)),
        early=True,
    ),
    Attack(
        "an older thread sends",
        Sign.PEERS,
        lambda on: on.elsewhere(lambda: on.call("sendto", on.means.udp, on.buffer, 64, 0, None, 0)),
        early=True,
    ),
    Attack(
        "an older thread makes shared memory",
        Sign.DESCRIPTORS,
        lambda on: on.elsewhere(lambda: on.call("memfd_create", b"taken", 0)),
        early=True,
    ),
    Attack(
        "an older thread writes to a pipe",
        Sign.PEERS,
        lambda on: on.elsewhere(lambda: on.call("write", on.means.outlet, on.buffer, 64)),
    ),
    Attack("an older thread starts a program", Sign.PLACE, _program_of_thread, early=True),
    Attack(
        "an older thread writes into another's memory",
        Sign.VICTIM,
        lambda on: on.elsewhere(
            lambda: on.call(
                "process_vm_writev",
                on.victim,
                on.vector(16),
                1,
                on.vector(16, on.address(on.victim_memory)),
                1,
                0,
            )
        ),
        early=True,
    ),
)
