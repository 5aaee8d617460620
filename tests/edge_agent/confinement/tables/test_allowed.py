# SPDX-License-Identifier: Apache-2.0
"""Every call that is allowed after the lock, over the space of its arguments.

What is let through, and what is not.
"""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from edge_agent.confinement.kernel.bpf import ARCHITECTURES, compile_policy, evaluate, pack
from edge_agent.confinement.tables import markdown
from edge_agent.confinement.tables.policy import MACHINES, Call, Role, Verdict, stage_b
from edge_agent.confinement.tables.syscalls import AARCH64, X86_64, table
from privacy_audit.oracles.arguments import NamedDescriptors
from privacy_audit.oracles.filters import Filter, may, probes

DOCS = Path(__file__).parents[4] / "docs"
DESCRIPTORS = NamedDescriptors(
    channel_fd=8, camera_fd=4, reads=(4, 5, 6), socket_fd=7, stores=(9, 10), shared=(11,)
)
POLICIES = {
    role: stage_b(
        role,
        channel_fd=DESCRIPTORS.channel_fd,
        camera_fd=DESCRIPTORS.camera_fd,
        reads=DESCRIPTORS.reads,
        socket_fd=DESCRIPTORS.socket_fd,
        stores=DESCRIPTORS.stores,
        shared=DESCRIPTORS.shared,
    )
    for role in Role
}
PROGRAMS = {
    (role, machine): compile_policy(POLICIES[role], machine)
    for role in Role
    for machine in MACHINES
}
CALLS = {
    role: [call for call in POLICIES[role].calls if call.verdict is Verdict.ALLOW] for role in Role
}
DECIDED = [
    (role, machine, call)
    for role in Role
    for machine in MACHINES
    for call in CALLS[role]
    if call.name in table(machine)
]
ANY = some.one_of(
    some.integers(0, 2**64 - 1),
    some.integers(0, 600),
    some.sampled_from([2**32 + 1, 2**63, *range(4, 12)]),
)


def says(role: Role, machine: str, name: str, *arguments: int) -> int:
    number = table(machine)[name]
    return evaluate(
        PROGRAMS[role, machine],
        architecture=ARCHITECTURES[machine],
        number=number,
        arguments=arguments,
    )


@pytest.mark.parametrize("role", Role)
def test_every_allowed_call_has_its_decision_with_a_reason(role: Role) -> None:
    assert [call.name for call in CALLS[role] if len(call.why.split()) < 3] == []


@pytest.mark.parametrize(
    ("role", "machine", "call"),
    DECIDED,
    ids=lambda one: one.name if isinstance(one, Call) else str(one),
)
def test_every_allowed_call_is_decided_over_its_arguments_as_the_audits_own_law_says(
    role: Role, machine: str, call: Call
) -> None:
    program, other = PROGRAMS[role, machine], Filter(pack(PROGRAMS[role, machine]))
    architecture, number = ARCHITECTURES[machine], table(machine)[call.name]
    seen = set()
    for arguments in probes(role, call.name, DESCRIPTORS):
        got = evaluate(program, architecture=architecture, number=number, arguments=arguments)
        assert got == other.says(architecture, number, arguments)
        assert (got == Verdict.ALLOW) == may(role, call.name, arguments, DESCRIPTORS), arguments
        seen.add(got)
    # A call with a condition is both allowed and refused by some; one without is always allowed.
    assert seen == ({Verdict.ALLOW, call.otherwise} if call.when else {Verdict.ALLOW})


@given(some.sampled_from(DECIDED), some.lists(ANY, min_size=6, max_size=6))
def test_whatever_the_arguments_are_table_and_law_say_the_same(
    which: tuple[Role, str, Call], arguments: list[int]
) -> None:
    role, machine, call = which
    assert (says(role, machine, call.name, *arguments) == Verdict.ALLOW) == may(
        role, call.name, tuple(arguments), DESCRIPTORS
    )


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("role", Role)
def test_of_every_futex_operation_only_private_ones_are_allowed(role: Role, machine: str) -> None:
    # Each command, with each of its flags; and what the newer forms add.
    allowed = [op for op in range(1024) if says(role, machine, "futex", 0, op) == Verdict.ALLOW]
    assert allowed == [128, 129, 137, 138, 393]
    assert {says(role, machine, "futex", 0, op | 2**32) for op in allowed} == {Verdict.EPERM}
    assert says(role, machine, "futex_waitv") == Verdict.EPERM
    for younger in (454, 455, 456):  # futex_wake, futex_wait, futex_requeue
        got = evaluate(PROGRAMS[role, machine], architecture=ARCHITECTURES[machine], number=younger)
        assert got == Verdict.EPERM


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("role", Role)
def test_no_clock_of_another_process_or_of_a_device_is_read(role: Role, machine: str) -> None:
    # CPUCLOCK of a process or thread is (~pid << 3) | kind, of a device (~descriptor << 3) | 3; the
    # kernel reads the low half.
    for pid, kind, high in product(
        (1, 2, 300, 4_000_000), (0, 1, 2, 3, 4, 5, 6), (2**64 - 2**32, 0)
    ):
        clock = ((~pid << 3 | kind) & 0xFFFFFFFF) | high
        assert says(role, machine, "clock_gettime", clock) == Verdict.EPERM
        assert says(role, machine, "clock_nanosleep", clock) == Verdict.EPERM
    assert [
        clock for clock in range(20) if says(role, machine, "clock_gettime", clock) == Verdict.ALLOW
    ] == list(range(8))


@pytest.mark.parametrize("machine", MACHINES)
def test_what_sees_pixels_asks_for_flags_of_descriptors_and_sets_none(machine: str) -> None:
    for role in (Role.SENSOR, Role.FEEDER):
        assert [
            one for one in range(2048) if says(role, machine, "fcntl", 4, one) == Verdict.ALLOW
        ] == [1, 3]
    for descriptor, wanted in ((9, [1, 3, 5, 6]), (11, [1, 3, 5, 6]), (2, [1, 3]), (12, [1, 3])):
        assert [
            one
            for one in range(2048)
            if says(Role.GATE, machine, "fcntl", descriptor, one) == Verdict.ALLOW
        ] == wanted


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("role", Role)
def test_memory_is_its_own_but_for_the_index_of_a_database(role: Role, machine: str) -> None:
    shared = [
        (protection, flags, descriptor)
        for protection, flags, descriptor in product(
            range(16), (1, 3, 0x21, 0x8001, 0x22, 0x2, 0x8022, 0x2022, 0x42022), (8, 9, 11)
        )
        if says(role, machine, "mmap", 0, 4096, protection, flags, descriptor) == Verdict.ALLOW
        and not flags & 2
    ]
    assert shared == (
        []
        if role not in (Role.GATE, Role.UPLINK)
        else [(protection, 1, 11) for protection in range(4)]
    )
    flags = [
        1 << bit
        for bit in range(32)
        if says(role, machine, "mmap", 0, 4096, 3, 0x22 | 1 << bit) == Verdict.ALLOW
    ]
    assert flags == [0x2, 0x10, 0x20, 0x4000, 0x20000, 0x100000]
    assert [
        one for one in range(256) if says(role, machine, "madvise", 0, 0, one) == Verdict.ALLOW
    ] == [4, 14]
    assert [
        one for one in range(256) if says(role, machine, "mprotect", 0, 0, one) == Verdict.ALLOW
    ] == [0, 1, 2, 3]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("role", Role)
def test_an_exit_code_says_no_more_than_how_it_ended(role: Role, machine: str) -> None:
    wanted = [0, 1, 3] if role in (Role.SENSOR, Role.FEEDER, Role.SURVEYOR) else [0, 1]
    assert [
        code for code in range(512) if says(role, machine, "exit_group", code) == Verdict.ALLOW
    ] == wanted
    assert {says(role, machine, "exit_group", code) for code in (2, 255, 256, 2**32)} == {
        Verdict.KILL
    }
    assert [code for code in range(512) if says(role, machine, "exit", code) == Verdict.ALLOW] == [
        0
    ]


@pytest.mark.parametrize("role", Role)
def test_what_the_page_says_none_of_them_calls_none_may(role: Role) -> None:
    assert markdown.unknown_names() == set()
    for machine in (X86_64, AARCH64):
        for names in markdown.REFUSED:
            for name in set(names.split()) & set(table(machine)):
                assert says(role, machine, name) != Verdict.ALLOW, name


def test_the_page_of_system_calls_is_printed_from_the_tables() -> None:
    assert (DOCS / "SYSTEM_CALLS.md").read_text() == markdown.document(), (
        "run: python -m edge_agent.confinement.tables.markdown > docs/SYSTEM_CALLS.md"
    )
