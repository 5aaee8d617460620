# SPDX-License-Identifier: Apache-2.0
"""The running production processes, measured from outside.

What counts is what the kernel says of them, never what they say.

What is expected stands here once more, in this file's own words, and is not taken from the tables
that the box is locked by: a table that was loosened must not loosen its own check. Whatever a
finding needs root for is unproven without it.
"""

import time
from collections.abc import Callable, Mapping

from edge_agent.confinement.tables.policy import COUNTING, Role
from privacy_audit.commission import look_for_setup
from privacy_audit.confinement.appearance import shown
from privacy_audit.confinement.descriptors import dumpable, held, limits
from privacy_audit.confinement.namespaces import namespaces, view
from privacy_audit.confinement.network_peer import only_peer
from privacy_audit.confinement.privileges import (
    every_thread,
    filters,
    given_up,
    user,
)
from privacy_audit.confinement.status import (
    CheckedProcess,
    CheckResult,
    age_s,
    ended,
    may_separate,
    threads,
)
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.target.box import AuditedBox, processes_of
from privacy_audit.timing import Wait

PART = "processes"
SHOWN = "what the list of processes shows"
SUBJECT = "the running production process"
START_S = 15.0
"""A process is locked and at work so long after its begin, on an idle machine. One that is older,
and one that does not get there, is judged as it is."""
WHOLE_S = 60.0
"""Where one is begun anew again and again, the look ends so late."""
_AGAIN_S = 0.2
_ABSENT = "the process was not running when the audit looked"
_ENDED = "a process of the box ended while the audit looked"


def look(box: AuditedBox) -> list[Finding]:
    """Measure sensor, gate and uplink.

    User, filters, threads, namespaces, view, dumpability, limits, descriptors.

    Of a feeder the firewall too, and of the supervisor what it has given up for itself and for all
    that it starts. What falls or is absent is looked at again until all had the time to begin.
    """
    pids: dict[Role, int] = {}
    whole = wait = Wait(WHOLE_S)
    while True:
        if pids != (pids := processes_of(box.supervisor_pid)):
            wait = Wait(START_S - min(map(age_s, pids.values()), default=0.0))
        findings = _look_once(box, pids)
        changes = any(map(ended, pids.values())) or pids != processes_of(box.supervisor_pid)
        if (
            not any(_may_change(finding) for finding in findings)
            or whole.over()
            or (wait.over() and not changes)
        ):
            return findings
        time.sleep(_AGAIN_S)


def _look_once(box: AuditedBox, pids: Mapping[Role, int]) -> list[Finding]:
    separated = may_separate(box.supervisor_pid)
    findings = []
    for role in wanted(box):
        every = threads(pids[role]) if role in pids else ()
        looks = {**_LOOKS, **_FEEDER_LOOKS} if role is Role.FEEDER else _LOOKS
        for name, (mechanism, measure) in looks.items():
            if every:
                subject = CheckedProcess(box, role, pids[role], every, separated)
                seen = _measure(measure, subject)
            else:
                seen = CheckResult(unproven=_ABSENT)
            findings.append(_finding(role, name, mechanism, seen))
    return [*findings, _supervisor(box.supervisor_pid), look_for_setup(PART, box)]


def _may_change(finding: Finding) -> bool:
    """Say whether a finding may come from a process that ends or has just begun.

    Such a one is not locked yet and has read nothing, or it waits for the word to begin by a pipe;
    and whoever shares a pipe with it shares it with nobody.
    """
    return finding.verdict is Verdict.FELL or finding.detail in {_ABSENT, _ENDED}


def wanted(box: AuditedBox) -> tuple[Role, ...]:
    """Return the processes that this box must have: a feeder only with a network camera."""
    return tuple(
        role for role in COUNTING if role is not Role.FEEDER or box.config.camera.source.is_network
    )


def level(findings: list[Finding]) -> str:
    """Return the confinement level that findings of `look` amount to, in the report's words."""
    # What is said of no process by name, as of another box beside this one, is no measurement of
    # this one's.
    own = [finding for finding in findings if finding.part == PART and ": " in finding.name]
    outer = {Mechanism.UID, Mechanism.NAMESPACES, Mechanism.MOUNT_VIEW}
    if not own or any(one.verdict is Verdict.FELL and one.mechanism not in outer for one in own):
        return "unconfined"
    # A kernel that cannot empty arguments costs no level: it is told as missing.
    needed = [
        one
        for one in own
        if not (one.verdict is Verdict.UNPROVEN and one.name.endswith(f": {SHOWN}"))
    ]
    if not all(one.verdict is Verdict.PROVEN for one in needed):
        return "process"
    return (
        "network-camera"
        if any(one.name.startswith(f"{Role.FEEDER}:") for one in own)
        else "standard"
    )


def _supervisor(pid: int) -> Finding:
    try:
        seen = given_up(pid)
    except (OSError, ValueError, IndexError) as error:
        seen = CheckResult(unproven=f"its filters cannot be read or run: {error}")
    return _finding("supervisor", "what it has given up", Mechanism.SECCOMP, seen)


def _finding(role: str, name: str, mechanism: Mechanism, seen: CheckResult) -> Finding:
    if seen.unproven:
        verdict, detail = Verdict.UNPROVEN, seen.unproven
    elif seen.faults:
        verdict, detail = Verdict.FELL, "; ".join(seen.faults)
    else:
        verdict, detail = Verdict.PROVEN, seen.figures
    refused = 0 if seen.faults else seen.attacks
    return Finding(
        PART,
        f"{role}: {name}",
        mechanism,
        SUBJECT,
        verdict,
        detail,
        seen.attacks,
        refused,
        seen.controls,
    )


def _measure(
    measure: Callable[[CheckedProcess], CheckResult], subject: CheckedProcess
) -> CheckResult:
    try:
        return measure(subject)
    except PermissionError as error:
        return CheckResult(
            unproven=f"{error.filename or 'the kernel'}: not ours to see; run the audit as root"
        )
    except (FileNotFoundError, ProcessLookupError):
        return CheckResult(unproven=_ENDED)
    except OSError:
        # The kernel has several words for what it no longer knows of a process that ends.
        if not ended(subject.pid):
            raise
        return CheckResult(unproven=_ENDED)


_LOOKS: dict[str, tuple[Mechanism, Callable[[CheckedProcess], CheckResult]]] = {
    "user": (Mechanism.UID, user),
    "seccomp filters": (Mechanism.SECCOMP, filters),
    "every thread": (Mechanism.TSYNC, every_thread),
    "namespaces": (Mechanism.NAMESPACES, namespaces),
    "view of the files": (Mechanism.MOUNT_VIEW, view),
    "memory closed to others": (Mechanism.DUMPABLE, dumpable),
    SHOWN: (Mechanism.DUMPABLE, shown),
    "limits": (Mechanism.RLIMITS, limits),
    "what it holds open": (Mechanism.DESCRIPTORS, held),
}
_FEEDER_LOOKS = {"its only peer": (Mechanism.FIREWALL, only_peer)}
