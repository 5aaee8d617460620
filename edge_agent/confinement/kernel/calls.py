# SPDX-License-Identifier: Apache-2.0
"""The few kernel calls that Python has no name for.

Each raises ProcessError with the kernel's own reason; none goes on without.
"""

import ctypes
import os
import platform

from edge_agent.confinement.tables.syscalls import table
from edge_agent.errors import ProcessError

PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 24, 38

Argument = int | bytes | None | ctypes.Structure | ctypes.Array[ctypes.c_char]


class Kernel:
    """The C library of this process."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.syscall.restype = ctypes.c_long
        self.machine = platform.machine()
        self._numbers = table(self.machine) if self.machine in ("x86_64", "aarch64") else {}

    def call(self, name: str, *arguments: Argument) -> int:
        """Make a system call by its name. Raises OSError with the kernel's errno."""
        number = self._numbers.get(name)
        if number is None:
            raise ProcessError(
                f"system call {name}: unknown for machine {self.machine}; wanted x86_64 or aarch64"
            )
        result = int(
            self._libc.syscall(ctypes.c_long(number), *(_plain(argument) for argument in arguments))
        )
        if result < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), name)
        return result

    def demand(self, why: str, name: str, *arguments: Argument) -> int:
        """Make a system call that must succeed.

        Raises ProcessError saying what would not hold without it.
        """
        try:
            return self.call(name, *arguments)
        except OSError as error:
            raise ProcessError(
                f"{why}: the kernel says {error.strerror} to {name}; without it this box does not "
                "start"
            ) from error


def _plain(argument: Argument) -> object:
    """Return what ctypes needs: numbers as wide as a register, structures by address."""
    if isinstance(argument, int):
        return ctypes.c_long(argument)
    return ctypes.byref(argument) if isinstance(argument, ctypes.Structure) else argument
