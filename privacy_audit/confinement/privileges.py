# SPDX-License-Identifier: Apache-2.0
"""Who a process is and what it may call: its user, its filters, and the same on every thread."""

import platform
from collections.abc import Mapping

from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.confinement.tables.policy import Role
from edge_agent.confinement.tables.syscalls import table
from privacy_audit.confinement.status import CheckedProcess, CheckResult, others, threads
from privacy_audit.oracles.filters import (
    ARCHITECTURES,
    EVERYTHING,
    KILL,
    NOTHING,
    SUPERVISOR_MUST_KILL,
    Filter,
    strictest,
)

STAGES = 2
_BEGUN_ANEW = CheckResult(
    unproven="it was begun anew after the audit dumped its filters from the kernel; run it again"
)
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def user(subject: CheckedProcess) -> CheckResult:
    """Check users, groups and capabilities of a process.

    Its own user and group stand in all four fields, it has no more groups than the outbox's, and no
    capability in any set.
    """
    if not subject.separated:
        return CheckResult(
            unproven=(
                "the box was not started as root, so its processes share the user that started it"
            )
        )
    faults, first = [], subject.threads[0]
    taken = {uid for pid in others(subject) for uid in threads(pid)[0]["Uid"].split()}
    for one in subject.threads:
        users, groups = set(one["Uid"].split()), set(one["Gid"].split())
        if len(users) != 1 or "0" in users or users & taken:
            faults.append(f"runs as user {'/'.join(sorted(users))}, wanted one of its own")
        if len(groups) != 1 or "0" in groups:
            faults.append(f"runs as group {'/'.join(sorted(groups))}, wanted one of its own")
        powers = [name for name in CAPABILITIES if int(one[name], 16)]
        if powers:
            faults.append(f"has capabilities in {', '.join(powers)}")
    more = set(first["Groups"].split()) - _groups_allowed(subject)
    if more:
        faults.append(f"is also in group {', '.join(sorted(more))}")
    return CheckResult(
        tuple(dict.fromkeys(faults)),
        f"user {first['Uid'].split()[0]}, groups {first['Groups'].strip() or 'none'}, no "
        "capability",
    )


def _groups_allowed(subject: CheckedProcess) -> set[str]:
    """The group of the outbox for the two that share it; the camera's for the sensor."""
    outbox, camera = subject.box.config.store.directory / "outbox", subject.box.config.camera.path
    path = camera if subject.role is Role.SENSOR else outbox
    if path is None:
        return set()
    return (
        {str(path.stat().st_gid)}
        if path.exists() and (path.is_dir() or path.is_char_device())
        else set()
    )


def filters(subject: CheckedProcess) -> CheckResult:
    """Check that new privileges are shut off and that the first thread has two filters.

    Those that lie on whoever started the box come on top.
    """
    first, wanted = subject.threads[0], STAGES + _filters_of_start(subject)
    faults = []
    if first["NoNewPrivs"] != "1":
        faults.append("may gain privileges by starting a program")
    if first["Seccomp"] != "2" or int(first["Seccomp_filters"]) < wanted:
        faults.append(
            f"has {first['Seccomp_filters']} seccomp filters in mode {first['Seccomp']}, wanted "
            f"{wanted} in mode 2"
        )
    programs = subject.box.filters.get(subject.role)
    if programs is None:
        return CheckResult(
            tuple(faults),
            f"{first['Seccomp_filters']} filters counted; this kernel or user does not show their "
            "programs",
        )
    if not _dumped_as_it_is(subject, programs):
        return CheckResult(tuple(faults)) if faults else _BEGUN_ANEW
    lengths = [len(program) // 8 for program in programs[subject.pid]]
    if min(lengths, default=0) == 0:
        faults.append(f"the kernel handed out {len(lengths)} programs, one of them empty")
    return CheckResult(
        tuple(faults),
        f"filters of {' and '.join(map(str, lengths))} instructions, dumped from the kernel",
    )


def given_up(supervisor_pid: int) -> CheckResult:
    """Check that a call which nobody on the box needs ends whoever makes it.

    Neither the supervisor needs it nor anything that it starts. Judged by the filters that the
    kernel holds.
    """
    every = threads(supervisor_pid)
    if any(one["Seccomp"] != "2" for one in every):
        return CheckResult(("has no seccomp filter: it may do whatever root may",))
    programs = read_filters(supervisor_pid)
    if programs is None:
        return CheckResult(
            unproven="its filters could not be read; run the audit as root, on a kernel with "
            "CONFIG_CHECKPOINT_RESTORE"
        )
    machine = platform.machine()
    calls = [
        (name, table(machine)[name])
        for name in sorted(SUPERVISOR_MUST_KILL)
        if name in table(machine)
    ]
    faults = {
        f"may call {name}"
        for held in set(programs.values())
        for filters in [[Filter(program) for program in held]]
        for name, number in calls
        for arguments in (NOTHING, EVERYTHING)
        if strictest([one.says(ARCHITECTURES[machine], number, arguments) for one in filters])
        != KILL
    }
    return CheckResult(
        tuple(sorted(faults)),
        f"{len(calls)} calls end it, and whatever it starts, on {len(programs)} thread(s)",
    )


def every_thread(subject: CheckedProcess) -> CheckResult:
    """Check that every thread has the filters of the first, program for program.

    Threads that are older than the lock too.
    """
    every, first = subject.threads, subject.threads[0]
    behind = [
        one
        for one in every
        if (one["Seccomp"], one["Seccomp_filters"]) != (first["Seccomp"], first["Seccomp_filters"])
    ]
    faults = (
        [f"{len(behind)} of {len(every)} threads have other filters than the first"]
        if behind
        else []
    )
    programs = subject.box.filters.get(subject.role)
    if programs is not None and not _dumped_as_it_is(subject, programs):
        return CheckResult(tuple(faults)) if faults else _BEGUN_ANEW
    if programs is not None:
        differing = [
            thread for thread, dumped in programs.items() if dumped != programs.get(subject.pid)
        ]
        if differing:
            faults.append(
                f"the programs of {len(differing)} threads differ from those of the first"
            )
    how = (
        "the same programs byte for byte"
        if programs is not None
        else "the same number of filters, programs not shown to us"
    )
    return CheckResult(tuple(faults), f"{len(every)} thread{'s' if len(every) > 1 else ''}, {how}")


def _dumped_as_it_is(subject: CheckedProcess, programs: Mapping[int, tuple[bytes, ...]]) -> bool:
    """Say whether what was dumped is of this process, and of no earlier stage of it."""
    return len(programs.get(subject.pid, ())) == int(subject.threads[0]["Seccomp_filters"])


def _filters_of_start(subject: CheckedProcess) -> int:
    """Return how many filters the surroundings laid on the supervisor, and so on its children."""
    return int(threads(subject.box.supervisor_pid)[0]["Seccomp_filters"])
