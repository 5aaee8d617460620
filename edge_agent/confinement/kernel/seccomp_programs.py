# SPDX-License-Identifier: Apache-2.0
"""Read the seccomp programs of another process, as the kernel hands them out.

It hands them only to a process that has no filter of its own, see `filter_reader.py`.
"""

import contextlib
import ctypes
import os
import time
from pathlib import Path

from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.process_files import filters_on
from edge_agent.errors import ProcessError

# linux/ptrace.h
_DETACH, _SEIZE, _INTERRUPT, _GET_FILTER = 17, 0x4206, 0x4207, 0x420C
_WAIT_ALL = 0x40000000
_STOP_WITHIN_S = 2.0
_INSTRUCTION_BYTES = 8
THREADS_MAX = 256
Filters = dict[int, tuple[bytes, ...]]
"""The seccomp programs of every thread, oldest first, by the thread's number."""


def read_filters(pid: int) -> Filters | None:
    """Return the seccomp programs of every thread, oldest first.

    None where the kernel or our rights do not let them be read.

    Each thread is stopped for as long as this takes, well under a millisecond, and then goes on
    where it was.
    """
    kernel = Kernel()
    dumped = {}
    try:
        threads = sorted(int(path.name) for path in Path(f"/proc/{pid}/task").iterdir())
        for thread in threads[:THREADS_MAX]:
            dumped[thread] = _filters_of(kernel, thread)
    except ProcessLookupError:
        raise
    except OSError as error:
        if error.filename != "ptrace":
            raise
        return None
    return dumped


def _filters_of(kernel: Kernel, thread: int) -> tuple[bytes, ...]:
    kernel.call("ptrace", _SEIZE, thread, 0, 0)
    try:
        kernel.call("ptrace", _INTERRUPT, thread, 0, 0)
        _wait_stopped(thread)
        programs = []
        for index in range(filters_on(Path(f"/proc/{thread}"))):
            length = kernel.call("ptrace", _GET_FILTER, thread, index, 0)
            buffer = ctypes.create_string_buffer(length * _INSTRUCTION_BYTES)
            kernel.call("ptrace", _GET_FILTER, thread, index, buffer)
            programs.append(buffer.raw)
    finally:
        with contextlib.suppress(OSError):
            kernel.call("ptrace", _DETACH, thread, 0, 0)
    return tuple(programs)


def _wait_stopped(thread: int) -> None:
    until_s = time.monotonic() + _STOP_WITHIN_S
    while time.monotonic() < until_s:
        found, _ = os.waitpid(thread, os.WNOHANG | _WAIT_ALL)
        if found == thread:
            return
        time.sleep(0.001)
    raise ProcessError(
        f"thread {thread}: did not stop to be measured within {_STOP_WITHIN_S:.0f} s"
    )
