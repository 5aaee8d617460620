# SPDX-License-Identifier: Apache-2.0
"""Every system-call number, decided by running the filters that the kernel holds.

They are those of the running processes.

Held against two readings: the audit's own list of what each process may do, which must allow
whatever is allowed; and the tables of the box, which each filter must say answer for answer. For
the architecture that this machine is not, the programs are made here.
"""

import platform
import struct
from collections.abc import Sequence
from pathlib import Path

from edge_agent.confinement.kernel.bpf import compile_policy, pack
from edge_agent.confinement.tables.policy import COUNTING, Policy, Role, stage_a, stage_b
from edge_agent.confinement.tables.syscalls import AARCH64, X86_64, table
from privacy_audit.confinement.processes import wanted
from privacy_audit.exits.classes import numbers_in_filter, readable, strange_reads
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.oracles.arguments import SHUTS, NamedDescriptors
from privacy_audit.oracles.filters import (
    ALLOW,
    ARCHITECTURES,
    EVERYTHING,
    KILL,
    MUST_KILL,
    MUST_KILL_WITHOUT_NETWORK,
    NOTHING,
    NUMBERS_TO,
    ODD_NUMBERS,
    OTHER_ARCHITECTURES,
    Filter,
    may,
    probes,
    strictest,
    table_says,
)
from privacy_audit.target.box import AuditedBox

PART = "system calls"
RUNNING = "the running production process"
MADE = "the programs that the tables compile to"
_STAGES = 2
_FAULTS_MAX = 5
_NO_NETWORK = (Role.SENSOR, Role.GATE)
_FEEDER_KILLS = {Role.FEEDER: MUST_KILL_WITHOUT_NETWORK - {"sendto"}}
"""A feeder has the one connection that it opened before its lock, and sends on that."""


def look(box: AuditedBox) -> list[Finding]:
    """Decide every number, for each process as it runs and for each architecture as it would."""
    here = platform.machine()
    findings = []
    for role in COUNTING:
        held = _held(box, role)
        policies = _policies(role, held)
        if role in wanted(box):
            findings.append(_running(box, role, held, policies, here))
        for machine in (X86_64, AARCH64):
            if machine != here:
                programs = [pack(compile_policy(policy, machine)) for policy in policies]
                count, faults = check(role, held, machine, policies, programs)
                verdict = Verdict.FELL if faults else Verdict.TWIN
                findings.append(_finding(f"{role} on {machine}", MADE, verdict, count, faults))
    return findings


def _running(
    box: AuditedBox, role: Role, held: NamedDescriptors, policies: tuple[Policy, ...], machine: str
) -> Finding:
    """Decide with the programs of every thread of a running process; the last two are its own."""
    threads = box.filters.get(role)
    if not threads:
        reason = (
            "its filters could not be read; run the audit as root, on a kernel with "
            "CONFIG_CHECKPOINT_RESTORE"
        )
        return Finding(
            PART, f"{role}, as it runs", Mechanism.SECCOMP, RUNNING, Verdict.UNPROVEN, reason
        )
    count, faults = 0, []
    for programs in dict.fromkeys(threads.values()):
        if len(programs) < _STAGES:
            faults.append(f"a thread has {len(programs)} filters, wanted {_STAGES}")
            continue
        decided, found = check(role, held, machine, policies, programs[-_STAGES:])
        count += decided
        faults += found
    if role is Role.SENSOR:
        faults += strange_reads(box, numbers_in_filter(box))
    return _finding(
        f"{role}, as it runs", RUNNING, Verdict.FELL if faults else Verdict.PROVEN, count, faults
    )


def check(
    role: Role,
    held: NamedDescriptors,
    machine: str,
    policies: Sequence[Policy],
    programs: Sequence[bytes],
) -> tuple[int, list[str]]:
    """Return how many calls were decided, and where the programs do not say what they must."""
    filters = [Filter(program) for program in programs]
    names = {number: name for name, number in table(machine).items()}
    count, faults = 0, []
    try:
        for number in (*range(NUMBERS_TO), *ODD_NUMBERS):
            name = names.get(number, f"number {number:#x}")
            decided, fault = _decide(role, held, (name, number), machine, policies, filters)
            count += decided
            if fault:
                faults.append(f"{name}: {fault}")
        for architecture in OTHER_ARCHITECTURES:
            for number in range(NUMBERS_TO):
                count += 1
                if filters[0].says(architecture, number, NOTHING) != KILL:
                    faults.append(f"architecture {architecture:#x}, number {number}: not killed")
                    break
    except (ValueError, IndexError, struct.error) as error:
        faults.append(f"a filter cannot be run: {error}")
    return count, faults


def fault_of(
    role: Role,
    held: NamedDescriptors,
    name: str,
    machine: str,
    policies: Sequence[Policy],
    programs: Sequence[bytes],
) -> str:
    """Return in what the programs decide one call otherwise than they must; empty where nowhere."""
    call = (name, table(machine)[name])
    return _decide(role, held, call, machine, policies, [Filter(program) for program in programs])[
        1
    ]


def _decide(
    role: Role,
    held: NamedDescriptors,
    call: tuple[str, int],
    machine: str,
    policies: Sequence[Policy],
    filters: Sequence[Filter],
) -> tuple[int, str]:
    """Return how often a call was decided, and the first fault."""
    count, (name, number) = 0, call
    for arguments in probes(role, name, held):
        answers = [one.says(ARCHITECTURES[machine], number, arguments) for one in filters]
        count += 1
        fault = _fault(role, held, name, arguments, strictest(answers))
        told = [table_says(policy, machine, number, arguments) for policy in policies]
        if not fault and answers != told:
            fault = "is decided otherwise than the box's own table says"
        if fault:
            return count, fault
    return count, ""


def _fault(
    role: Role, held: NamedDescriptors, name: str, arguments: tuple[int, ...], answer: int
) -> str:
    """Hold an answer against the audit's own list."""
    if answer == ALLOW and not may(role, name, arguments, held):
        opens = f": {SHUTS[name]}" if name in SHUTS else ""
        return "is allowed, which this process must not do" + (
            f" with such arguments{opens}" if arguments not in (NOTHING, EVERYTHING) else opens
        )
    kills = (
        MUST_KILL
        | (MUST_KILL_WITHOUT_NETWORK if role in _NO_NETWORK else frozenset())
        | _FEEDER_KILLS.get(role, frozenset())
    )
    if name in kills and answer != KILL:
        return "does not end the process"
    return ""


def _policies(role: Role, held: NamedDescriptors) -> tuple[Policy, ...]:
    last = stage_b(
        role,
        channel_fd=held.channel_fd,
        camera_fd=held.camera_fd,
        reads=held.reads,
        socket_fd=held.socket_fd,
        stores=held.stores,
        shared=held.shared,
    )
    return stage_a(role), last


def _held(box: AuditedBox, role: Role) -> NamedDescriptors:
    """Return the descriptors that a filter names.

    A feeder writes its numbers nowhere: of one these are those that it holds open.
    """
    if role is Role.SENSOR:
        numbers = numbers_in_filter(box)
        return NamedDescriptors(numbers.channel_fd, numbers.camera_fd, numbers.reads)
    if role is Role.FEEDER:
        return _held_by_feeder(box)
    return NamedDescriptors(
        stores=_leading(box, role, ".db"), shared=_leading(box, role, ".db-shm")
    )


def _leading(box: AuditedBox, role: Role, ending: str) -> tuple[int, ...]:
    """Return the descriptors of a running process that lead to a file with this ending."""
    if role not in box.pids or not box.filters.get(role):
        return ()
    folder = Path(f"/proc/{box.pids[role]}/fd")
    return tuple(
        sorted(
            int(entry.name) for entry in folder.iterdir() if str(entry.readlink()).endswith(ending)
        )
    )


def _held_by_feeder(box: AuditedBox) -> NamedDescriptors:
    """Return the running feeder's pipe, its connection and, by its filter, where it heard the word.

    Made-up ones without it.
    """
    programs = next(iter((box.filters.get(Role.FEEDER) or {}).values()), ())
    if not programs:
        return NamedDescriptors(8, None, (9,), 10)
    folder = Path(f"/proc/{box.pids[Role.FEEDER]}/fd")
    leads = {int(entry.name): str(entry.readlink()) for entry in folder.iterdir()}
    pipe = next((number for number, to in leads.items() if to.startswith("pipe:")), -1)
    connection = next((number for number, to in leads.items() if to.startswith("socket:")), -1)
    return NamedDescriptors(pipe, None, tuple(readable(programs[-1])), connection)


def _finding(name: str, subject: str, verdict: Verdict, count: int, faults: list[str]) -> Finding:
    if faults:
        detail = "; ".join(faults[:_FAULTS_MAX]) + (
            f"; and {len(faults) - _FAULTS_MAX} more" if len(faults) > _FAULTS_MAX else ""
        )
    else:
        detail = (
            f"{count:,} calls decided, each number to {NUMBERS_TO - 1} and odd ones, also of other "
            "architectures: as it must be"
        )
    return Finding(PART, name, Mechanism.SECCOMP, subject, verdict, detail)
