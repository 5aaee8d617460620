# SPDX-License-Identifier: Apache-2.0
"""Measure from outside how a process is confined.

By what the kernel says of it, never by what it says of itself.

Sources: /proc/PID (status of every thread, namespaces, mounts, limits, memory, descriptors) and,
where the kernel hands them out, the seccomp programs of every thread, compared byte for byte with
those that our tables compile to. Landlock shows in none of these, so a level that would need it is
never given: `standard` is the highest that is measured here.
"""

import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_agent.confinement import appearance, stop
from edge_agent.confinement.firewall import Firewall
from edge_agent.confinement.kernel.bpf import compile_policy, pack
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.kernel.process_files import (
    descriptor_of,
    descriptors_of,
    filters_on,
    status_of,
)
from edge_agent.confinement.kernel.seccomp_programs import THREADS_MAX, Filters, read_filters
from edge_agent.confinement.lock import carriers, databases
from edge_agent.confinement.tables.policy import LIMITS, Policy, Role, stage_a, stage_b
from edge_agent.errors import ProcessError
from wire_contract.messages.report import Level

_NAMESPACES = ("mnt", "pid", "ipc", "uts", "net")
_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
_LIMIT_ROWS = {
    "CORE": "Max core file size",
    "FSIZE": "Max file size",
    "NOFILE": "Max open files",
    "NPROC": "Max processes",
    "MSGQUEUE": "Max msgqueue size",
}
_SECCOMP_FILTERING = "2"
_ON_THE_NETWORK = frozenset({Role.UPLINK, Role.FEEDER})


@dataclass(frozen=True, slots=True)
class Expected:
    """What should hold of a process: its role, its user, and what it may touch.

    user: None where it was not root's to give. writable: the mounts it owns. channel_fd: what the
    sensor or the feeder writes to. go_fd: where it hears the word to begin. camera_path (a V4L2
    device), file_path, feed_fd: where its frames come from, one of them. sense_path: what it may
    read besides, if the machine has it. firewall: what was laid for the feeder. own_numbers:
    process numbers of its own; without, as under systemd before 257, /proc must hide the processes
    of other users.
    """

    role: Role
    user: User | None
    writable: tuple[str, ...] = ()
    channel_fd: int = -1
    camera_path: str | None = None
    file_path: str | None = None
    feed_fd: int | None = None
    go_fd: int | None = None
    firewall: Firewall | None = None
    sense_path: str | None = None
    own_numbers: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """The level, what it rests on, and what is missing for a better one.

    A word or two each, never a value from the scene.
    """

    level: Level
    evidence: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    """What was looked at.

    needed_for: the level that is lost without it; None where this kernel cannot do it.
    """

    holds: bool
    needed_for: Level | None
    name: str


def measure(
    pid: int, expected: Expected, read: Callable[[int], Filters | None] | None = None
) -> Measured:
    """Return the level of a locked process.

    read: reads its filters, in the place of read_filters. Raises ProcessError where the process has
    gone.
    """
    try:
        findings = [finding for look in _LOOKS for finding in look(pid, expected)]
        findings += _programs(pid, expected, read or read_filters)
    except (FileNotFoundError, ProcessLookupError) as error:
        raise ProcessError(
            f"{expected.role}: ended before it could be measured; its own lines above say why"
        ) from error
    missing = [finding for finding in findings if not finding.holds]
    lost = [finding for finding in missing if finding.needed_for is not None]
    level = Level.NETWORK_CAMERA if expected.role is Role.FEEDER else Level.STANDARD
    if lost and expected.role is Role.FEEDER:
        # Nothing less will do for what holds pixels and a connection.
        level = Level.UNCONFINED
    elif lost:
        level = (
            Level.UNCONFINED
            if any(finding.needed_for is Level.PROCESS for finding in lost)
            else Level.PROCESS
        )
    return Measured(
        level,
        tuple(finding.name for finding in findings if finding.holds),
        tuple(finding.name for finding in missing),
    )


def require(level: str, minimum: str, *, missing: tuple[str, ...] = ()) -> None:
    """Raise ProcessError where a level is below the minimum; both are words of Level.

    Unconfined is below every minimum.
    """
    order = [known.value for known in Level]
    if level == Level.UNCONFINED or order.index(level) > order.index(minimum):
        why = f"; missing: {', '.join(missing)}" if missing else ""
        raise ProcessError(
            f"confinement: level {level}, the config wants {minimum} or better{why}; see "
            "edge-agent check"
        )


def weakest(levels: tuple[Level, ...]) -> Level:
    """Return the lowest of these levels."""
    order = list(Level)
    return max(levels, key=order.index)


def _threads(pid: int, expected: Expected) -> list[_Finding]:
    """Look at every thread's status: user, groups, capabilities, privileges, filters."""
    # Our own surroundings may have laid filters on us, and so on every child.
    wanted = filters_on(Path("/proc/self")) + 2
    threads = [
        status_of(path) for path in sorted(Path(f"/proc/{pid}/task").iterdir())[:THREADS_MAX]
    ]
    findings = [
        _Finding(
            all(one["NoNewPrivs"] == "1" for one in threads), Level.PROCESS, "no new privileges"
        ),
        _Finding(
            all(
                one["Seccomp"] == _SECCOMP_FILTERING and int(one["Seccomp_filters"]) >= wanted
                for one in threads
            ),
            Level.PROCESS,
            "seccomp, both stages, on every thread",
        ),
    ]
    user = expected.user
    own = user is not None and all(_is_user(one, user) for one in threads)
    powerless = all(int(one[name], 16) == 0 for one in threads for name in _CAPABILITIES)
    return [
        *findings,
        _Finding(own, Level.STANDARD, "a user of its own"),
        _Finding(powerless, Level.STANDARD, "no capability"),
    ]


def _programs(
    pid: int, expected: Expected, read: Callable[[int], Filters | None]
) -> list[_Finding]:
    """Compare the filters of every thread with what the tables compile to.

    Only where the kernel hands them out.
    """
    dumped = read(pid)
    if dumped is None:
        return [
            _Finding(
                holds=True,
                needed_for=Level.PROCESS,
                name="filters counted, this kernel or user cannot read them",
            )
        ]
    same = as_the_tables(pid, expected, dumped)
    return [_Finding(same, Level.PROCESS, "filters of every thread are those of the tables")]


def as_the_tables(pid: int, expected: Expected, filters: Filters) -> bool:
    """Say whether the last two programs of every thread are those of the tables.

    The tables are compiled with the descriptors that the process holds.
    """
    policies = (stage_a(expected.role), _last_stage(pid, expected))
    wanted = tuple(pack(compile_policy(policy, os.uname().machine)) for policy in policies)
    return bool(filters) and all(
        programs[-len(wanted) :] == wanted for programs in filters.values()
    )


def _last_stage(pid: int, expected: Expected) -> Policy:
    """Return the policy that the process should have taken, with the descriptors that it holds."""
    camera_fd = descriptor_of(pid, expected.camera_path) if expected.camera_path else None
    frames_fd = descriptor_of(pid, expected.file_path) if expected.file_path else expected.feed_fd
    sense_fd = descriptor_of(pid, expected.sense_path) if expected.sense_path else -1
    heard = (descriptor_of(pid, stop.DESCRIPTOR), sense_fd)
    stores, shared = databases(descriptors_of(pid))
    return stage_b(
        expected.role,
        channel_fd=expected.channel_fd,
        camera_fd=camera_fd,
        reads=tuple(
            one for one in (frames_fd, expected.go_fd, *heard) if one is not None and one >= 0
        ),
        socket_fd=descriptor_of(pid, "socket:") if expected.role is Role.FEEDER else -1,
        stores=stores,
        shared=shared,
    )


def _reaches(_pid: int, expected: Expected) -> list[_Finding]:
    """Look at the firewall of a feeder, and knock at it."""
    if expected.role is not Role.FEEDER:
        return []
    wall = expected.firewall
    return [
        _Finding(
            wall is not None and wall.holds(),
            Level.PROCESS,
            "firewall with the camera as the only peer, as it was laid",
        ),
        _Finding(
            wall is not None and wall.refuses(),
            Level.PROCESS,
            "firewall refuses its user a port of this machine",
        ),
    ]


def _closed(pid: int, expected: Expected) -> list[_Finding]:
    """Look at dumpability, limits, and shared memory."""
    uid = int(status_of(Path(f"/proc/{pid}"))["Uid"].split()[0])
    # The kernel gives the files of a process that must not be dumped to root. Of root's own it
    # cannot be seen.
    closed = uid == 0 or Path(f"/proc/{pid}/status").stat().st_uid != uid
    rows = Path(f"/proc/{pid}/limits").read_text("ascii").splitlines()
    found = {
        name: next(row for row in rows if row.startswith(label))[len(label) :].split()[:2]
        for name, label in _LIMIT_ROWS.items()
    }
    limited = all(found[name] == [str(limit)] * 2 for name, limit in LIMITS[expected.role].items())
    findings = [
        _Finding(closed, Level.PROCESS, "not dumpable"),
        _Finding(limited, Level.PROCESS, "limits of the table"),
    ]
    with contextlib.suppress(PermissionError):
        findings.append(
            _Finding(
                not _shared_memory(pid, expected),
                Level.PROCESS,
                "no shared writable memory but its own",
            )
        )
    return findings


def _appears(pid: int, expected: Expected) -> list[_Finding]:
    """Look at what a list of processes shows.

    It should show one fixed word of every thread, and neither arguments nor environment.
    """
    seen = appearance.seen(pid)
    bare = seen.arguments == 0 and not seen.environment and seen.closed is not False
    needed = Level.PROCESS if appearance.may_be_emptied(Kernel()) else None
    return [
        _Finding(
            seen.names == {appearance.word(expected.role)},
            Level.PROCESS,
            "a fixed name of every thread",
        ),
        _Finding(bare, needed, "no arguments and no environment in sight"),
    ]


def _surroundings(pid: int, expected: Expected) -> list[_Finding]:
    """Look at namespaces and mounts."""
    kinds = [kind for kind in _NAMESPACES if kind != "net" or expected.role not in _ON_THE_NETWORK]
    try:
        apart = {
            kind: Path(f"/proc/{pid}/ns/{kind}").readlink()
            != Path(f"/proc/self/ns/{kind}").readlink()
            for kind in kinds
        }
        mounts = [
            line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text("utf-8").splitlines()
        ]
    except PermissionError:
        return [_Finding(holds=False, needed_for=Level.STANDARD, name="namespaces could be seen")]
    names = {kind: f"own namespace {kind}" for kind in kinds}
    if not expected.own_numbers and not apart["pid"]:
        apart["pid"], names["pid"] = _hides_others(mounts), "processes of other users out of sight"
    findings = [_Finding(own, Level.STANDARD, names[kind]) for kind, own in apart.items()]
    writable = {mount[4] for mount in mounts if "ro" not in mount[5].split(",")}
    return [
        *findings,
        _Finding(
            writable <= set(expected.writable), Level.STANDARD, "no writable mount but its own"
        ),
    ]


def _hides_others(mounts: list[list[str]]) -> bool:
    """Say whether every /proc that the process sees shows only its own user's processes."""
    views = [mount[-1].split(",") for mount in mounts if mount[mount.index("-") + 1] == "proc"]
    return bool(views) and all({"hidepid=invisible", "hidepid=2"} & set(view) for view in views)


_LOOKS: tuple[Callable[[int, Expected], list[_Finding]], ...] = (
    _threads,
    _closed,
    _appears,
    _surroundings,
    _reaches,
)


def _is_user(status: dict[str, str], user: User) -> bool:
    groups = set(map(int, status["Groups"].split()))
    return (
        set(map(int, status["Uid"].split())) == {user.uid}
        and set(map(int, status["Gid"].split())) == {user.gid}
        and groups <= {user.gid, *user.groups}
        and user.uid != os.getuid()
    )


def _shared_memory(pid: int, expected: Expected) -> list[str]:
    shared = carriers(Path(f"/proc/{pid}/smaps").read_text("utf-8", "replace"))
    own = expected.writable
    camera = expected.camera_path
    return [
        path
        for path in shared
        if path != camera and not any(path.startswith(f"{folder}/") for folder in own)
    ]


def stopped_by_filter(code: int) -> bool:
    """Say whether an exit code of subprocess means an end at a forbidden call."""
    return code == -signal.SIGSYS
