# SPDX-License-Identifier: Apache-2.0
"""One process of the box as the kernel tells of it, and what a look at it found."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge_agent.confinement.tables.policy import Role
from privacy_audit.target.box import AuditedBox, processes_of

THREADS_MAX = 256
_BEGAN = 19
"""The place behind the name in /proc/PID/stat where the begin stands, in ticks since boot."""
# linux/capability.h: CHOWN, SETGID, SETUID, SETPCAP, SYS_ADMIN
NEEDED_TO_SEPARATE = 1 << 0 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 21


@dataclass(frozen=True, slots=True)
class CheckedProcess:
    """One process and what it is held against."""

    box: AuditedBox
    role: Role
    pid: int
    threads: tuple[dict[str, str], ...]
    """The status of every thread, by row name."""
    separated: bool
    """Its supervisor may give users and namespaces, so anything less has fallen."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found: faults where it did not hold, figures where it did, and what was not seen."""

    faults: tuple[str, ...] = ()
    figures: str = ""
    unproven: str = ""
    attacks: int = 0
    controls: int = 0


def age_s(pid: int) -> float:
    """Return for how long a process runs, or 0 where it has ended.

    Source: proc(5), /proc/PID/stat, field 22.
    """
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        began_s = int(fields[_BEGAN]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - began_s
    return 0.0


def ended(pid: int) -> bool:
    """Say whether a process is gone, or dead and not yet taken away by its parent."""
    now = threads(pid)
    return not now or now[0]["State"].startswith(("Z", "X"))


def others(subject: CheckedProcess) -> list[int]:
    """Return the supervisor and the other processes of the box."""
    pids = processes_of(subject.box.supervisor_pid)
    return [
        subject.box.supervisor_pid,
        *(pid for role, pid in pids.items() if role is not subject.role),
    ]


def may_write(subject: CheckedProcess) -> set[str]:
    """Return the folders that this process owns; nothing else may be writable for it."""
    store = subject.box.config.store.directory
    own: dict[Role, set[str]] = {Role.GATE: {str(store)}, Role.UPLINK: {str(store / "outbox")}}
    return own.get(subject.role, set())


def threads(pid: int) -> tuple[dict[str, str], ...]:
    """Return the status of every thread, the first one first."""
    found = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for number in sorted(int(folder.name) for folder in Path(f"/proc/{pid}/task").iterdir())[
            :THREADS_MAX
        ]:
            rows = (
                line.partition(":")
                for line in Path(f"/proc/{pid}/task/{number}/status")
                .read_text("utf-8")
                .splitlines()
            )
            found.append({name: value.strip() for name, _, value in rows})
    return tuple(found)


def may_separate(pid: int) -> bool:
    """Say whether a supervisor may give its children users and namespaces.

    It must be root, and not a root that was stripped of it.
    """
    status = threads(pid)
    if not status:
        return False
    powers = int(status[0]["CapEff"], 16)
    return status[0]["Uid"].split()[1] == "0" and powers & NEEDED_TO_SEPARATE == NEEDED_TO_SEPARATE
