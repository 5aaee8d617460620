# SPDX-License-Identifier: Apache-2.0
"""Close this process from inside, in two stages.

What a process calls at its first line, and again before its first real input.

Stage A comes before any import from outside the standard library, while there is one thread. Stage
B comes when everything is open and warm. In between nothing real may have been read. Whatever
cannot be enforced raises ProcessError and ends the process.
"""

import logging
import os
import resource
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from edge_agent.confinement import appearance, process_exit, stop
from edge_agent.confinement.kernel.bpf import compile_policy
from edge_agent.confinement.kernel.calls import PR_SET_DUMPABLE, Kernel
from edge_agent.confinement.kernel.seccomp import install
from edge_agent.confinement.tables.policy import LIMITS, Policy, Role, stage_a, stage_b, supervisor
from edge_agent.errors import ProcessError
from wire_contract.messages.report import Level

_STANDARD_DESCRIPTORS = (0, 1, 2)
GO = b"1"
"""The word to begin."""
_LEVELS = {chr(ord("a") + place).encode("ascii"): level for place, level in enumerate(Level)}
"""The word to a gate, which says the level that its reports are to say: its own lock has to be
measured first."""
_WORDS_OF_A_MAPPING = 6
_CARRIES_SHARED, _MERGED = frozenset({"sh", "mw"}), "mg"
"""VmFlags of smaps: shared, and may be made writable; given to be merged with equal pages."""
_ROBUST_LIST_BYTES = 24  # linux/futex.h: struct robust_list_head


def begin(role: Role) -> None:
    """Take stage A.

    No core file, no memory that others may read, nothing in a list of processes, and the calls
    that the role never makes are forbidden.
    """
    kernel = Kernel()
    stop.hold_back()
    appearance.take_on(kernel, role)
    # The C library has registered one for this thread, and does for each new one, which stage A
    # refuses: see there.
    kernel.demand("no wake at a thread's end", "set_robust_list", None, _ROBUST_LIST_BYTES)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A core pattern that is a program ignores the limit; a process that is not dumpable leaves
    # nothing to it either.
    kernel.demand("no memory dump", "prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    _install(stage_a(role))
    sys.excepthook = process_exit.explain_failed_import


def close_sensor(
    *,
    channel_fd: int,
    locked_fd: int,
    go_fd: int,
    camera: str | int,
    device: bool,
    senses: tuple[int, ...] = (),
    role: Role = Role.SENSOR,
) -> None:
    """Take stage B of the sensor, or of the surveyor in its place.

    camera: the path of its file or device, or the descriptor of its feed. locked_fd and go_fd: of
    the hand-shake. senses: what it may read besides (the board's thermometer, the word to end).
    Else only channel and camera stay open. From here on nothing that is printed or logged goes
    anywhere.
    """
    check_memory(role, but=camera if device and isinstance(camera, str) else None)
    camera_fds = descriptors_of(camera) if isinstance(camera, str) else [camera]
    if len(camera_fds) != 1:
        raise ProcessError(
            f"{camera}: open {len(camera_fds)} times, wanted once, so that the lock can name its "
            "descriptor"
        )
    [camera_fd] = camera_fds
    _close_all_but(role, keep={channel_fd, locked_fd, go_fd, camera_fd, *senses})
    reads = (go_fd, *senses) if device else (camera_fd, go_fd, *senses)
    _install(
        stage_b(role, channel_fd=channel_fd, camera_fd=camera_fd if device else None, reads=reads)
    )


def close_feeder(*, feed_fd: int, locked_fd: int, go_fd: int, stop_fd: int) -> None:
    """Take stage B of the feeder.

    Only the words, its connection and the feed stay open, and nothing is logged from here on.
    """
    check_memory(Role.FEEDER, but=None)
    sockets = [
        number for number, leads_to in _descriptors().items() if leads_to.startswith("socket:")
    ]
    if len(sockets) != 1:
        raise ProcessError(
            f"feeder: {len(sockets)} connections are open, wanted one, so that the lock can name "
            "its descriptor"
        )
    _close_all_but(Role.FEEDER, keep={feed_fd, locked_fd, go_fd, stop_fd, *sockets})
    _install(stage_b(Role.FEEDER, channel_fd=feed_fd, socket_fd=sockets[0], reads=(go_fd, stop_fd)))


def close_page(*, listening_fd: int, keep: Collection[int]) -> None:
    """Take stage B of the installer's page.

    keep: besides its listening socket, the pipes and the words.
    """
    check_memory(Role.PAGE, but=None)
    _close_all_but(Role.PAGE, keep={listening_fd, *keep})
    _install(stage_b(Role.PAGE, channel_fd=listening_fd))


def close(role: Role) -> None:
    """Take stage B of gate or uplink, with the databases that are open now."""
    limit(role)
    stores, shared = databases(_descriptors())
    _install(stage_b(role, stores=stores, shared=shared))


def close_supervisor() -> None:
    """Forbid, for this process and for all that it starts, what none of them needs.

    It stays able to confine the others.
    """
    _install(supervisor())


def wait_for_go(locked_fd: int, go_fd: int) -> bool:
    """Say that the lock is on, by closing a descriptor, and wait until it has been measured.

    False where it will not do.

    The other end closes without a word where the supervisor has gone or is not content.
    """
    return _word(locked_fd, go_fd) == GO


def wait_for_level(locked_fd: int, go_fd: int) -> Level | None:
    """Do as wait_for_go, for a gate.

    Return the level that was told with the word, None where it will not do.
    """
    return _LEVELS.get(_word(locked_fd, go_fd))


def word_with(level: Level) -> bytes:
    """Return the word that lets a gate begin, and say this level."""
    return next(word for word, known in _LEVELS.items() if known is level)


def _word(locked_fd: int, go_fd: int) -> bytes:
    os.close(locked_fd)
    word = os.read(go_fd, 1)
    os.close(go_fd)
    return word


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


def databases(leads_to: Mapping[int, str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the descriptors of databases, and of the indexes that SQLite shares.

    leads_to: where each descriptor leads.
    """
    stores = tuple(sorted(number for number, path in leads_to.items() if path.endswith(".db")))
    return stores, tuple(
        sorted(number for number, path in leads_to.items() if path.endswith(".db-shm"))
    )


def close_others(keep: Collection[int]) -> None:
    """Close every descriptor that is not to be kept."""
    for number in _descriptors():
        if number not in keep:
            os.close(number)


def check_memory(role: Role, *, but: str | None) -> None:
    """Raise ProcessError where this process shares memory that it could write to.

    but: the path of the camera, whose memory it shares.
    """
    found = shared_writable_mappings(but=but)
    if found:
        raise ProcessError(
            f"{role}: shared writable memory {found}, wanted none but the camera's: it would be a "
            "way out"
        )


def shared_writable_mappings(*, but: str | None) -> list[str]:
    """Return what of this process's memory others see written.

    Such a mapping outlives every filter.
    """
    real = but and str(Path(but).resolve())
    return [
        path
        for path in carriers(Path("/proc/self/smaps").read_text("utf-8", "replace"))
        if path != real
    ]


def carriers(smaps: str) -> list[str]:
    """Return the paths of an smaps file whose mappings could carry something to others.

    A mapping without a path is `nameless`.

    By the flags of the kernel, not by what may be done to the memory now: shared and writable, or
    shared of a file that was opened for writing, which one call makes writable; or merged with
    equal pages of others, who then see that they are equal.
    """
    return [
        path
        for path, flags in _flags(smaps.splitlines())
        if flags >= _CARRIES_SHARED or _MERGED in flags
    ]


def _flags(rows: list[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the path and the flags (proc(5), VmFlags) of each mapping."""
    path = ""
    for row in rows:
        words = row.split(maxsplit=_WORDS_OF_A_MAPPING - 1)
        if words and not words[0].endswith(":"):
            path = words[-1] if len(words) == _WORDS_OF_A_MAPPING else "nameless"
        elif words and words[0] == "VmFlags:":
            yield path, frozenset(row.split()[1:])


def limit(role: Role) -> None:
    """Set the limits of the role's table, for good."""
    for name, limit in LIMITS[role].items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))


def _close_all_but(role: Role, *, keep: Collection[int]) -> None:
    """Silence a process that sees pixels, close what it is not to keep, and set its limits."""
    silence()
    close_others({*_STANDARD_DESCRIPTORS, *keep})
    limit(role)


def _install(policy: Policy) -> None:
    # What explains a failed import loads a module itself, which a locked process cannot: it would
    # die of it, by a signal.
    sys.excepthook = sys.__excepthook__
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
