# SPDX-License-Identifier: Apache-2.0
"""What a process leaves, may take and holds.

Looked at are its memory, which must be closed to others, its limits, descriptors and shared memory.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge_agent.confinement.tables.policy import Role
from privacy_audit.confinement.status import CheckedProcess, CheckResult, may_write
from privacy_audit.target.box import is_root, processes_of

LIMITS = {
    "Max core file size": dict.fromkeys(Role, 0),
    "Max processes": dict.fromkeys(Role, 0),
    "Max msgqueue size": dict.fromkeys(Role, 0),
    "Max file size": {Role.SENSOR: 0, Role.FEEDER: 0},
    "Max open files": {Role.SENSOR: 1, Role.FEEDER: 1, Role.GATE: 64, Role.UPLINK: 64},
}
"""The most that each may have after its lock, by the row of /proc/PID/limits."""
SHARED, MAY_BE_WRITTEN, MERGED = "sh", "mw", "mg"
"""VmFlags of /proc/PID/smaps: what may be done to a mapping, and not only what may be done to it
now."""
WORD_TO_END = "anon_inode:[signalfd]"
_CHANNEL, _FEED = frozenset({Role.SENSOR, Role.GATE}), frozenset({Role.FEEDER, Role.SENSOR})


def dumpable(subject: CheckedProcess) -> CheckResult:
    """The kernel gives the files of a process that must not be dumped to root.

    Its own user cannot read its memory.
    """
    uid = int(subject.threads[0]["Uid"].split()[1])
    if uid == 0:
        return CheckResult(unproven="the process is root, of which the kernel does not show it")
    faults = []
    if Path(f"/proc/{subject.pid}/status").stat().st_uid == uid:
        faults.append("may be dumped, and read by its own user")
    if not is_root():
        return CheckResult(
            tuple(faults),
            "its /proc files belong to root, as those of a process that must not be dumped",
        )
    with _same_kind(uid) as companion:
        reads_own, reads_box = (
            _reads_memory_map(uid, companion),
            _reads_memory_map(uid, subject.pid),
        )
    if reads_box:
        faults.append(f"another process of user {uid} can look into its memory")
    figures = (
        f"its /proc files belong to root; another process of user {uid} can look into one of its "
        "own kind, not into this one"
    )
    return CheckResult(tuple(faults), figures, attacks=1, controls=int(reads_own))


@contextmanager
def _same_kind(uid: int) -> Iterator[int]:
    """Run a process of this user that may be dumped, as any program may: the control."""
    idle = ["/bin/sh", "-c", "read nothing"]
    with subprocess.Popen(  # noqa: S603 - fixed
        idle, stdin=subprocess.PIPE, user=uid, group=uid, extra_groups=[], cwd="/"
    ) as companion:
        yield companion.pid
        companion.kill()


def _reads_memory_map(uid: int, pid: int) -> bool:
    """Say whether a process of this user may look into another.

    The kernel asks the same before it opens the map of that one's memory.
    """
    look_into = ["/bin/sh", "-c", ': < "/proc/$0/maps"', str(pid)]
    done = subprocess.run(  # noqa: S603 - fixed
        look_into, user=uid, group=uid, extra_groups=[], cwd="/", capture_output=True, check=False
    )
    return done.returncode == 0


def limits(subject: CheckedProcess) -> CheckResult:
    """The limits, as the kernel holds them, soft and hard."""
    rows = Path(f"/proc/{subject.pid}/limits").read_text("ascii").splitlines()
    faults, figures = [], []
    for name, maximum in LIMITS.items():
        if subject.role not in maximum:
            continue
        soft, hard = next(row for row in rows if row.startswith(name))[len(name) :].split()[:2]
        figures.append(f"{name.lower()} {hard}")
        if any(not limit.isdigit() or int(limit) > maximum[subject.role] for limit in (soft, hard)):
            faults.append(
                f"{name.lower()} is {soft} and at most {hard}, wanted {maximum[subject.role]}"
            )
    return CheckResult(tuple(faults), ", ".join(figures))


def held(subject: CheckedProcess) -> CheckResult:
    """What was open before the lock stays open behind it.

    Looked at are descriptors, and memory that is shared with anything else.
    """
    folder = Path(f"/proc/{subject.pid}/fd")
    # One that is closed while we look leads nowhere.
    leads_to = {
        int(entry.name): target for entry in folder.iterdir() if (target := _leads_to(entry))
    }
    strange = {
        number: target
        for number, target in leads_to.items()
        if not _may_hold(subject, number, target)
    }
    faults = [f"holds descriptor {number}: {target}" for number, target in sorted(strange.items())]
    memory = list(_memory(Path(f"/proc/{subject.pid}/smaps").read_text("utf-8", "replace")))
    shared = [path for path, flags in memory if SHARED in flags and MAY_BE_WRITTEN in flags]
    faults += [
        f"lets the kernel merge its memory with equal memory of others: {path}"
        for path, flags in memory
        if MERGED in flags
    ]
    camera = str(subject.box.config.camera.path)
    own = [f"{path}/" for path in may_write(subject)]
    strangers = [
        path
        for path in shared
        if path != camera and not any(path.startswith(folder) for folder in own)
    ]
    faults += [f"shares writable memory: {path}" for path in strangers]
    return CheckResult(
        tuple(faults),
        f"{len(leads_to)} descriptors, {len(shared)} shared writable mappings, all of them its own",
    )


def _memory(smaps: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the path and the flags of each mapping; `nameless` without a path."""
    path = ""
    for line in smaps.splitlines():
        word, _, rest = line.partition(" ")
        if word == "VmFlags:":
            yield path, rest.split()
        elif not word.endswith(":"):
            path = [*rest.split(maxsplit=4), "nameless"][4]


def _may_hold(subject: CheckedProcess, number: int, target: str) -> bool:
    """Say whether this role may hold this descriptor after its lock."""
    log, own = subject.box.log, [f"{path}/" for path in may_write(subject)]
    if target in ("/dev/null", WORD_TO_END):
        return True
    if subject.role is Role.SENSOR:
        # One pipe to the gate, and the camera or the feeder's pipe: nothing else, and no word.
        return (
            target == str(subject.box.config.camera.path)
            or _joins(subject, target, _CHANNEL)
            or _joins(subject, target, _FEED)
        )
    if subject.role is Role.FEEDER:
        # What its connection leads to is looked at with its firewall.
        return target.startswith("socket:") or _joins(subject, target, _FEED)
    words = number in (1, 2)  # standard output and error go where the box was started
    return (
        words
        or (log is not None and target == str(log))
        # Its own folder itself while SQLite brings it to the disk, which takes long on a busy
        # machine.
        or any(f"{target}/".startswith(folder) for folder in own)
        or (subject.role is Role.GATE and _joins(subject, target, _CHANNEL))
        or (subject.role is Role.UPLINK and target.startswith("socket:"))
    )


def _joins(subject: CheckedProcess, pipe: str, ends: frozenset[Role]) -> bool:
    """Say whether this is a pipe between these two processes, which no third of the box holds."""
    if not pipe.startswith("pipe:"):
        return False
    pids = processes_of(subject.box.supervisor_pid)
    holders = {
        role
        for role, pid in pids.items()
        for entry in Path(f"/proc/{pid}/fd").iterdir()
        if _leads_to(entry) == pipe
    }
    return holders == ends


def _leads_to(entry: Path) -> str:
    with suppress(FileNotFoundError):
        return str(entry.readlink())
    return ""
