# SPDX-License-Identifier: Apache-2.0
"""Close this process from inside, in two stages; what a process calls at its first line, and again before its first real input.

Stage A comes before any import from outside the standard library, while there is one thread. Stage B comes when everything is
open and warm. In between nothing real may have been read. Whatever cannot be enforced raises ProcessError and ends the process.
"""

import logging
import os
import resource
import sys
from collections.abc import Collection
from pathlib import Path

from edge_agent.confinement.bpf import compile_policy
from edge_agent.confinement.kernel import PR_SET_DUMPABLE, Kernel
from edge_agent.confinement.policy import LIMITS, Policy, Role, stage_a, stage_b, supervisor
from edge_agent.confinement.seccomp import install
from edge_agent.errors import ProcessError

_STANDARD_DESCRIPTORS = (0, 1, 2)
_GO = b"1"


def begin(role: Role) -> None:
    """Take stage A: no core file, not to be read by others, and the calls that the role never makes forbidden."""
    kernel = Kernel()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A core pattern that is a program ignores the limit; a process that is not dumpable leaves nothing to it either.
    kernel.demand("no memory dump", "prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    _install(stage_a(role))


def close_sensor(
    *, channel_fd: int, locked_fd: int, go_fd: int, camera: str | int, device: bool, senses: tuple[int, ...] = ()
) -> None:
    """Take stage B of the sensor. camera is the path of its file or device, or the descriptor of its feed.

    locked_fd and go_fd are those of the hand-shake, senses may be read besides (the board's thermometer); else only channel and
    camera stay open. From here on nothing that is printed or logged goes anywhere.
    """
    check_memory(Role.SENSOR, but=camera if device and isinstance(camera, str) else None)
    camera_fds = descriptors_of(camera) if isinstance(camera, str) else [camera]
    if len(camera_fds) != 1:
        raise ProcessError(f"{camera}: open {len(camera_fds)} times, wanted once, so that the lock can name its descriptor")
    [camera_fd] = camera_fds
    _close_eye(Role.SENSOR, keep={channel_fd, locked_fd, go_fd, camera_fd, *senses})
    reads = (go_fd, *senses) if device else (camera_fd, go_fd, *senses)
    _install(stage_b(Role.SENSOR, channel_fd=channel_fd, camera_fd=camera_fd if device else None, reads=reads))


def close_feeder(*, feed_fd: int, locked_fd: int, go_fd: int) -> None:
    """Take stage B of the feeder: besides the hand-shake, its one connection and the feed stay open, and nothing is told."""
    check_memory(Role.FEEDER, but=None)
    sockets = [number for number, leads_to in _descriptors().items() if leads_to.startswith("socket:")]
    if len(sockets) != 1:
        raise ProcessError(f"feeder: {len(sockets)} connections are open, wanted one, so that the lock can name its descriptor")
    _close_eye(Role.FEEDER, keep={feed_fd, locked_fd, go_fd, *sockets})
    _install(stage_b(Role.FEEDER, channel_fd=feed_fd, socket_fd=sockets[0], reads=(go_fd,)))


def close(role: Role) -> None:
    """Take stage B of gate or uplink."""
    limit(role)
    _install(stage_b(role))


def close_supervisor() -> None:
    """Forbid, for this process and for all that it starts, what none of them needs. It stays able to confine the others."""
    _install(supervisor())


def wait_for_go(locked_fd: int, go_fd: int) -> bool:
    """Say that the lock is on, by closing a descriptor, and wait until it has been measured; False where it will not do.

    The other end closes without a word where the supervisor has gone or is not content.
    """
    os.close(locked_fd)
    go = os.read(go_fd, 1) == _GO
    os.close(go_fd)
    return go


def silence() -> None:
    """Send standard output and error nowhere, and stop the log before its lines would fail."""
    logging.disable()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for descriptor in _STANDARD_DESCRIPTORS:
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    # Python writes an unhandled error to these, and ends with a code of its own where that fails.
    sys.stdout = sys.stderr = None


def descriptors_of(path: str) -> list[int]:
    """Return the open descriptors that lead to `path`."""
    real = str(Path(path).resolve())
    return [number for number, leads_to in _descriptors().items() if leads_to == real]


def close_others(keep: Collection[int]) -> None:
    """Close every descriptor that is not to be kept."""
    for number in _descriptors():
        if number not in keep:
            os.close(number)


def check_memory(role: Role, *, but: str | None) -> None:
    """Raise ProcessError where this process shares writable memory with anything but the camera."""
    found = shared_writable_mappings(but=but)
    if found:
        raise ProcessError(f"{role}: shared writable memory {found}, wanted none but the camera's: it would be a way out")


def shared_writable_mappings(*, but: str | None) -> list[str]:
    """Return what of this process's memory can be written and is shared with anything; such a mapping outlives every filter."""
    rows = [line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text("utf-8").splitlines()]
    shared = [row[5] if len(row) > 5 else "nameless" for row in rows if row[1][1] == "w" and row[1][3] == "s"]  # noqa: PLR2004 - the sixth column is the path
    real = but and str(Path(but).resolve())
    return [path for path in shared if path != real]


def limit(role: Role) -> None:
    """Set the limits of the role's table, for good."""
    for name, most in LIMITS[role].items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def _close_eye(role: Role, *, keep: Collection[int]) -> None:
    """Silence a process that sees pixels, close what it is not to keep, and set its limits."""
    silence()
    close_others({*_STANDARD_DESCRIPTORS, *keep})
    limit(role)


def _install(policy: Policy) -> None:
    kernel = Kernel()
    install(kernel, compile_policy(policy, kernel.machine))


def _descriptors() -> dict[int, str]:
    folder = "/proc/self/fd"
    found = {}
    for number in os.listdir(folder):  # noqa: PTH208 - the descriptor of the listing itself must not stay open
        try:
            found[int(number)] = str(Path(folder, number).readlink())
        except FileNotFoundError:
            continue
    return found
