# SPDX-License-Identifier: Apache-2.0
"""Install a seccomp filter on every thread of this process, or raise.

There is no way on without it.
"""

import ctypes

from edge_agent.confinement.kernel.bpf import Program, pack
from edge_agent.confinement.kernel.calls import PR_SET_NO_NEW_PRIVS, Kernel
from edge_agent.errors import ProcessError

SECCOMP_SET_MODE_FILTER = 1  # linux/seccomp.h
SECCOMP_FILTER_FLAG_TSYNC = 1


class _FilterProgram(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install(kernel: Kernel, program: Program) -> None:
    """Put the program on all threads at once, also on those that were born before.

    Raises ProcessError where that fails.
    """
    kernel.demand("no new privileges", "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    raw = pack(program)
    fprog = _FilterProgram(len(program), raw)
    # With this flag the call returns the number of a thread that could not be brought along.
    behind = kernel.demand(
        "seccomp", "seccomp", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, fprog
    )
    if behind != 0:
        raise ProcessError(
            f"seccomp: thread {behind} has another filter and stays outside; wanted every thread "
            "locked"
        )
