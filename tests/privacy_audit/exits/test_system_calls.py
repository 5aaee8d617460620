# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.kernel.bpf import Program, compile_policy, pack
from edge_agent.confinement.tables.policy import (
    MACHINES,
    Call,
    Condition,
    Policy,
    Role,
    stage_a,
    stage_b,
)
from edge_agent.confinement.tables.policy import Verdict as Answer
from privacy_audit.exits import system_calls
from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.oracles.arguments import SHUTS, NamedDescriptors
from privacy_audit.target.box import AuditedBox
from tests.privacy_audit.bare_box import bare_box

HELD = NamedDescriptors(channel_fd=8)
POLICIES = (stage_a(Role.SENSOR), stage_b(Role.SENSOR, channel_fd=8))


def faults(policies: tuple[Policy, Policy], machine: str = "x86_64") -> list[str]:
    programs = [pack(compile_policy(policy, machine)) for policy in policies]
    return system_calls.check(Role.SENSOR, HELD, machine, policies, programs)[1]


def other(policy: Policy, name: str, change: Callable[[Call], Call]) -> Policy:
    return replace(
        policy, calls=tuple(change(call) if call.name == name else call for call in policy.calls)
    )


@pytest.mark.skipif(
    not namespaces.may_separate(), reason="only root may see the filters of another process"
)
def test_the_running_processes_decide_every_call_as_they_must(audited: AuditedBox) -> None:
    findings = system_calls.look(audited)
    assert {finding.name for finding in findings if finding.verdict is Verdict.PROVEN} == {
        f"{role}, as it runs" for role in (Role.SENSOR, Role.GATE, Role.UPLINK)
    }
    assert {finding.verdict for finding in findings} == {Verdict.PROVEN, Verdict.TWIN}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_tables_as_they_are_have_no_fault(machine: str) -> None:
    assert faults(POLICIES, machine) == []


@pytest.mark.parametrize("name", ["openat", "sendmsg", "prctl", "clone", "clone3"])
def test_a_table_that_was_loosened_does_not_loosen_its_own_check(name: str) -> None:
    calls = tuple(call for call in POLICIES[1].calls if call.name != name)
    open_b = replace(POLICIES[1], calls=(*calls, Call(name, Answer.ALLOW)))
    open_a = replace(
        POLICIES[0], calls=tuple(call for call in POLICIES[0].calls if call.name != name)
    )
    assert f"{name}: is allowed, which this process must not do" in " ".join(
        faults((open_a, open_b))
    )


def test_a_condition_that_was_widened_is_seen() -> None:
    # The low half of the length alone: 2^32 + 64 would pass.
    half = ((Condition(0, 8), Condition(2, 64, 0xFFFFFFFF)),)
    widened = other(POLICIES[1], "write", lambda call: replace(call, when=half))
    assert faults((POLICIES[0], widened)) == [
        "write: is allowed, which this process must not do with such arguments"
    ]


LOOSER = {
    # What each would open is named with it; for every role that has the call.
    "futex": (Condition(1, 0, 0),),
    "clock_gettime": (Condition(0, 0, 0),),
    "clock_nanosleep": (Condition(1, 0, ~1 & 2**64 - 1),),
    "ppoll": (Condition(0, 0, 0),),
    "pselect6": (Condition(0, 0, 0),),
    "mremap": (Condition(3, 0, ~3 & 2**64 - 1),),
    "mprotect": (Condition(2, 0, 4),),
    "madvise": (Condition(2, 0, ~31 & 2**64 - 1),),
    "mmap": (Condition(2, 0, 4), Condition(3, 0, 1)),
    "fcntl": (Condition(1, 0, ~15 & 2**64 - 1),),
    "getrandom": (Condition(2, 0, ~3 & 2**64 - 1),),
    "exit": (Condition(1, 0, 0),),
    "exit_group": (Condition(0, 0, ~255 & 2**64 - 1),),
}
ONLY_FILES = {
    "openat": (Condition(0, 0, 0),),
    "open": (Condition(0, 0, 0),),
    "unlinkat": (Condition(0, 0, 0),),
    "fallocate": (Condition(0, 0, 0),),
    "fchmod": (Condition(0, 0, 0),),
    "clock_adjtime": (Condition(0, 0, 0),),
}
ONLY_SOCKETS = {
    "socket": (Condition(0, 2), Condition(1, 2, 0xF)),
    "listen": (Condition(0, 0, 0),),
    "setsockopt": (Condition(1, 1),),
    "getsockopt": (Condition(1, 1),),
    "ioctl": (Condition(1, 0x5421),),
}
CASES = [
    (role, name, clause)
    for role, table in (
        (Role.SENSOR, LOOSER), (Role.FEEDER, LOOSER), (Role.GATE, LOOSER | ONLY_FILES),
        (Role.UPLINK, LOOSER | ONLY_FILES | ONLY_SOCKETS),
    )
    for name, clause in table.items()
]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "name", "clause"), CASES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_table_that_lets_an_argument_go_is_seen_and_what_it_opens_is_named(
    role: Role, name: str, clause: tuple[Condition, ...]
) -> None:
    held = NamedDescriptors(channel_fd=8, reads=(9,), socket_fd=10, stores=(11,), shared=(12,))
    policies = system_calls._policies(role, held)
    (kept,) = [call for call in policies[1].calls if call.name == name]
    looser = other(policies[1], name, lambda call: replace(call, when=(*call.when, clause)))
    programs = [pack(compile_policy(policy, "x86_64")) for policy in (policies[0], looser)]
    fault = system_calls.fault_of(role, held, name, "x86_64", (policies[0], looser), programs)
    opens = f": {SHUTS[name]}" if name in SHUTS else ""
    assert kept.verdict is Answer.ALLOW
    assert fault.startswith("is allowed, which this process must not do")
    assert fault.endswith(opens)


@pytest.mark.parametrize(
    "name", ["rt_sigprocmask", "rt_sigreturn", "rt_sigaction", "mincore", "preadv2", "prctl"]
)
def test_a_call_that_is_let_in_again_is_named_with_what_it_opens(name: str) -> None:
    looser = replace(POLICIES[1], calls=(*POLICIES[1].calls, Call(name, Answer.ALLOW)))
    programs = [pack(compile_policy(policy, "x86_64")) for policy in (POLICIES[0], looser)]
    fault = system_calls.fault_of(
        Role.SENSOR, HELD, name, "x86_64", (POLICIES[0], looser), programs
    )
    assert fault == f"is allowed, which this process must not do: {SHUTS[name]}"


def test_a_kill_that_became_a_refusal_is_seen() -> None:
    milder = tuple(
        other(policy, "ptrace", lambda call: replace(call, verdict=Answer.EPERM))
        for policy in POLICIES
    )
    assert faults((milder[0], milder[1])) == ["ptrace: does not end the process"]


def test_a_program_that_is_not_what_its_table_says_is_seen() -> None:
    program: Program = compile_policy(POLICIES[1], "x86_64")
    fewer = replace(
        POLICIES[1], calls=tuple(call for call in POLICIES[1].calls if call.name != "getpid")
    )
    programs = [pack(compile_policy(POLICIES[0], "x86_64")), pack(compile_policy(fewer, "x86_64"))]
    assert len(program) > len(compile_policy(fewer, "x86_64"))
    found = system_calls.check(Role.SENSOR, HELD, "x86_64", POLICIES, programs)[1]
    assert found == ["getpid: is decided otherwise than the box's own table says"]


def test_a_filter_that_forgets_the_architecture_is_seen() -> None:
    # Without its first three steps a program reads a 32-bit call by the 64-bit table.
    programs = [pack(compile_policy(policy, "x86_64")[3:]) for policy in POLICIES]
    found = system_calls.check(Role.SENSOR, HELD, "x86_64", POLICIES, programs)[1]
    assert any(fault.startswith("architecture 0x40000003") for fault in found)


def test_a_thread_with_one_filter_is_seen(tmp_path: Path) -> None:
    program = pack(compile_policy(stage_a(Role.GATE), "x86_64"))
    findings = system_calls.look(bare_box(tmp_path, filters={Role.GATE: {1: (program,)}}))
    (gate,) = [finding for finding in findings if finding.name == "gate, as it runs"]
    assert (gate.verdict, gate.mechanism) == (Verdict.FELL, Mechanism.SECCOMP)
    assert "1 filters, wanted 2" in gate.detail


def test_filters_that_could_not_be_read_are_unproven(tmp_path: Path) -> None:
    findings = system_calls.look(bare_box(tmp_path, filters={Role.SENSOR: None}))
    assert {finding.verdict for finding in findings if finding.name.endswith("as it runs")} == {
        Verdict.UNPROVEN
    }
