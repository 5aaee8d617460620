# SPDX-License-Identifier: Apache-2.0
"""What a list of processes shows of one.

It is asked by a user who has nothing to do with the box; root asks what could change.

What stands behind /proc/PID/cmdline lies in the process's own memory and can be rewritten without a
call, so that it reads empty is not enough: its bounds must be empty too. The word is written down
here once more.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from privacy_audit.confinement.status import CheckedProcess, CheckResult
from privacy_audit.target.box import is_root

_NOBODY = 65534
_WORD = "pc-{role}"
# Places in /proc/PID/stat behind the name, proc(5): where the stack begins, arguments and
# environment from and to.
_STACK, _BOUNDS = 25, ((45, 46), (47, 48))
_IDLE = "import sys; sys.stdin.read()"
_NO_BOUNDS = "this kernel lets no process empty its arguments (CONFIG_CHECKPOINT_RESTORE)"


def shown(subject: CheckedProcess) -> CheckResult:
    """One fixed word on every thread; no arguments and no environment, and none to come."""
    faults = [
        f"a thread is called {one['Name']}, wanted {_WORD.format(role=subject.role)}"
        for one in subject.threads
        if one["Name"] != _WORD.format(role=subject.role)
    ]
    if not _kernel_can():
        return CheckResult(tuple(faults)) if faults else CheckResult(unproven=_NO_BOUNDS)
    arguments = _read_by_another(subject.pid)
    if arguments:
        faults.append(f"shows {len(arguments)} bytes as its arguments to any user")
    environment = b""
    with suppress(PermissionError):
        environment = Path(f"/proc/{subject.pid}/environ").read_bytes()
    if environment:
        faults.append(f"shows {len(environment)} bytes as its environment")
    if _bounds_hold_something(subject.pid):
        faults.append(
            "the bounds of its arguments or environment are not empty: what it lays there shows"
        )
    with subprocess.Popen([sys.executable, "-I", "-c", _IDLE], stdin=subprocess.PIPE) as companion:  # noqa: S603 - fixed
        control = _read_by_another(companion.pid) != b""
        companion.kill()
    figures = (
        f"{len(subject.threads)} threads called {_WORD.format(role=subject.role)}; arguments and "
        "environment read empty"
    )
    return CheckResult(tuple(faults), figures, attacks=1, controls=int(control))


def _kernel_can() -> bool:
    """Ask the kernel in a process of its own whether bounds can be emptied.

    The size of its map is told by those that can.
    """
    ask = (
        "import ctypes; raise SystemExit(ctypes.CDLL(None).prctl(35, 15, "
        "ctypes.byref(ctypes.c_uint()), 0, 0) != 0)"
    )
    return (
        subprocess.run(  # noqa: S603 - fixed
            [sys.executable, "-I", "-c", ask], capture_output=True, check=False
        ).returncode
        == 0
    )


def _read_by_another(pid: int) -> bytes:
    """Return what a user without any right reads as a process's arguments.

    As root we can be that user, else we are one.
    """
    command = ["/bin/cat", f"/proc/{pid}/cmdline"]
    if not is_root():
        return subprocess.run(command, capture_output=True, check=False).stdout  # noqa: S603 - fixed
    done = subprocess.run(  # noqa: S603 - fixed
        command, user=_NOBODY, group=_NOBODY, extra_groups=[], capture_output=True, check=False
    )
    return done.stdout


def _bounds_hold_something(pid: int) -> bool:
    """Say whether arguments or environment have a place.

    Where the kernel does not show us, what reads empty must do.
    """
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return fields[_STACK] != "0" and any(fields[first] != fields[last] for first, last in _BOUNDS)
