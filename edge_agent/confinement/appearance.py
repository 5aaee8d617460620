# SPDX-License-Identifier: Apache-2.0
"""What a list of processes shows of a locked one.

A fixed word, and neither arguments nor environment.

The kernel reads /proc/PID/cmdline and environ out of the process's own memory, so what stands there
can be rewritten at any time without a call. Empty bounds leave nothing to read, and after the lock
no call can set others.
"""

import contextlib
import ctypes
from dataclasses import dataclass
from pathlib import Path

from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.tables.policy import PR_SET_NAME
from edge_agent.confinement.tables.rules import Role

# linux/prctl.h
_PR_SET_MM, _PR_SET_MM_MAP, _PR_SET_MM_MAP_SIZE = 35, 14, 15
_NO_FILE = 0xFFFFFFFF
_THREADS_MAX = 256
# Places in /proc/PID/stat, counted from the field behind the name: proc(5), less three.
_START_CODE, _END_CODE, _START_STACK, _START_DATA, _END_DATA, _START_BRK = 23, 24, 25, 42, 43, 44
_ARGUMENTS, _ENVIRONMENT = slice(45, 47), slice(47, 49)


class _Map(ctypes.Structure):
    """struct prctl_mm_map."""

    _fields_ = (
        *(
            (name, ctypes.c_uint64)
            for name in (
                "start_code",
                "end_code",
                "start_data",
                "end_data",
                "start_brk",
                "brk",
                "start_stack",
                "arg_start",
                "arg_end",
                "env_start",
                "env_end",
                "auxv",
            )
        ),
        ("auxv_size", ctypes.c_uint32),
        ("exe_fd", ctypes.c_uint32),
    )


@dataclass(frozen=True, slots=True)
class Appearance:
    """What others see. closed: the bounds are empty, so it stays so.

    None where the kernel does not show us the bounds.

    environment: bytes of it, None where we may not read them, as others may not either.
    """

    names: frozenset[str]
    arguments: int
    environment: int | None
    closed: bool | None


def word(role: Role) -> str:
    """Return the one name of every thread of this role."""
    return f"pc-{role}"


def take_on(kernel: Kernel, role: Role) -> None:
    """Show the role's word, and nothing besides.

    Where the kernel cannot empty the bounds, what it shows is seen from outside.
    """
    kernel.demand("a fixed name", "prctl", PR_SET_NAME, word(role).encode(), 0, 0, 0)
    if not may_be_emptied(kernel):
        return
    at = _fields(Path("/proc/self"))
    stack = at[_START_STACK]
    bounds = _Map(
        at[_START_CODE],
        at[_END_CODE],
        at[_START_DATA],
        at[_END_DATA],
        at[_START_BRK],
        kernel.call("brk", None),
        stack,
        stack,
        stack,
        stack,
        stack,
        0,
        0,
        _NO_FILE,
    )
    kernel.demand(
        "no arguments in sight",
        "prctl",
        _PR_SET_MM,
        _PR_SET_MM_MAP,
        bounds,
        ctypes.sizeof(bounds),
        0,
    )


def may_be_emptied(kernel: Kernel) -> bool:
    """Say whether this kernel lets a process empty its bounds (CONFIG_CHECKPOINT_RESTORE)."""
    size = ctypes.create_string_buffer(4)
    with contextlib.suppress(OSError):
        kernel.call("prctl", _PR_SET_MM, _PR_SET_MM_MAP_SIZE, size, 0, 0)
        return int.from_bytes(size.raw, "little") == ctypes.sizeof(_Map)
    return False


def seen(pid: int) -> Appearance:
    """Return what is to be seen of a process.

    Raises FileNotFoundError or ProcessLookupError where it has gone.
    """
    process = Path(f"/proc/{pid}")
    names = [
        (task / "comm").read_text("utf-8", "replace").rstrip("\n")
        for task in sorted((process / "task").iterdir())[:_THREADS_MAX]
    ]
    environment = None
    with contextlib.suppress(PermissionError):
        environment = len((process / "environ").read_bytes())
    at = _fields(process)
    # The kernel shows the places to those only who may look into the process; to others they are
    # nought.
    closed = None
    if at[_START_STACK]:
        closed = all(first == last for first, last in (at[_ARGUMENTS], at[_ENVIRONMENT]))
    return Appearance(
        frozenset(names), len((process / "cmdline").read_bytes()), environment, closed
    )


def _fields(process: Path) -> list[int]:
    """Return the numbers of its stat file, from the field after the state on."""
    behind_name = (process / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return [0 if one.isalpha() else int(one) for one in behind_name]
