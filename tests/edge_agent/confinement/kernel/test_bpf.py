# SPDX-License-Identifier: Apache-2.0
import pytest

from edge_agent.confinement.kernel.bpf import (
    ARCHITECTURES,
    Instruction,
    Program,
    compile_policy,
    evaluate,
    pack,
    unpack,
)
from edge_agent.confinement.tables.policy import (
    MACHINES,
    Call,
    Condition,
    Policy,
    Role,
    Verdict,
    stage_a,
    stage_b,
    supervisor,
)
from edge_agent.confinement.tables.syscalls import X86_64, table
from edge_agent.errors import ProcessError

CHANNEL, CAMERA, FRAMES, GO, SOCKET = 7, 5, 4, 6, 3
ODD_NUMBERS = (
    1024,
    4095,
    65_535,
    0x3FFFFFFF,
    0x40000000,
    0x40000001,
    0x40000027,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
)
ODD_ARCHITECTURES = (
    0,
    0x40000003,
    0x40000028,
    0xC0000016,
    0x80000016,
    0xFFFFFFFF,
)  # i386, arm, ppc64le, s390x
VALUES = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    10,
    63,
    64,
    65,
    2**32 + 7,
    2**32 + 64,
    0x541B,
    0x10000,
    0xC058560F,
    2**32 + 0xC058560F,
    2**64 - 1,
)
POLICIES = [
    supervisor(),
    *(
        policy
        for role in Role
        for policy in (
            stage_a(role),
            stage_b(
                role, channel_fd=CHANNEL, camera_fd=CAMERA, reads=(FRAMES, GO), socket_fd=SOCKET
            ),
        )
    ),
]


NAMES = {machine: {number: name for name, number in table(machine).items()} for machine in MACHINES}


def decide(policy: Policy, machine: str, number: int, arguments: tuple[int, ...]) -> Verdict:
    """Read the table as a person would."""
    name = NAMES[machine].get(number)
    if machine == X86_64 and number >= 0x40000000:
        return Verdict.KILL
    if name is None and policy.beyond_table is not None and number > max(NAMES[machine]):
        return policy.beyond_table
    call = next((call for call in policy.calls if call.name == name), None)
    if call is None:
        return policy.otherwise
    holds = any(
        all(arguments[one.argument] & one.mask == one.value for one in clause)
        for clause in call.when
    )
    return call.verdict if holds or not call.when else call.otherwise


def wide(index: int, value: int) -> tuple[int, ...]:
    return tuple(value if index == place else 0 for place in range(6))


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_every_number_is_decided_as_the_table_says(policy: Policy, machine: str) -> None:
    program = compile_policy(policy, machine)
    for number in (*range(1024), *ODD_NUMBERS):
        for arguments in ((0,) * 6, (2**64 - 1,) * 6):
            got = evaluate(
                program, architecture=ARCHITECTURES[machine], number=number, arguments=arguments
            )
            assert got == decide(policy, machine, number, arguments), (number, arguments)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_every_argument_is_decided_as_the_table_says(policy: Policy, machine: str) -> None:
    program, numbers = compile_policy(policy, machine), table(machine)
    for call in policy.calls:
        if not call.when or call.name not in numbers:
            continue
        used = sorted({one.argument for clause in call.when for one in clause})
        # All pairs of values for the first two arguments that count, in full.
        for first in VALUES:
            for second in VALUES:
                arguments = [0] * 6
                arguments[used[0]] = first
                arguments[used[-1]] = second
                got = evaluate(
                    program,
                    architecture=ARCHITECTURES[machine],
                    number=numbers[call.name],
                    arguments=arguments,
                )
                assert got == decide(policy, machine, numbers[call.name], tuple(arguments)), (
                    call.name,
                    arguments,
                )


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("architecture", ODD_ARCHITECTURES)
def test_another_architecture_is_killed_whatever_it_asks(machine: str, architecture: int) -> None:
    program = compile_policy(stage_b(Role.GATE), machine)
    assert {
        evaluate(program, architecture=architecture, number=number) for number in range(512)
    } == {Verdict.KILL}


@pytest.mark.parametrize(
    ("fd", "length", "verdict"),
    [
        (CHANNEL, 64, Verdict.ALLOW),
        (CHANNEL, 63, Verdict.EPERM),
        (CHANNEL, 65, Verdict.EPERM),
        (CHANNEL, 0, Verdict.EPERM),
        (CHANNEL, 2**32 + 64, Verdict.EPERM),  # the low half alone would look right
        (2**32 + CHANNEL, 64, Verdict.EPERM),  # the same for the descriptor
        (CHANNEL + 1, 64, Verdict.EPERM),
        (1, 64, Verdict.EPERM),
        (2, 64, Verdict.EPERM),
    ],
)
@pytest.mark.parametrize("machine", MACHINES)
def test_the_sensor_writes_records_to_its_channel_and_nothing_else(
    machine: str, fd: int, length: int, verdict: Verdict
) -> None:
    program = compile_policy(stage_b(Role.SENSOR, channel_fd=CHANNEL), machine)
    number = table(machine)["write"]
    got = evaluate(
        program,
        architecture=ARCHITECTURES[machine],
        number=number,
        arguments=(fd, 0x7F0000000000, length),
    )
    assert got == verdict


@pytest.mark.parametrize("name", ["read", "lseek", "fstat"])
@pytest.mark.parametrize("machine", MACHINES)
def test_the_sensor_reads_its_frames_and_the_word_to_go_and_nothing_else(
    machine: str, name: str
) -> None:
    program, number = (
        compile_policy(stage_b(Role.SENSOR, channel_fd=CHANNEL, reads=(FRAMES, GO)), machine),
        table(machine)[name],
    )
    for fd, verdict in (
        (FRAMES, Verdict.ALLOW),
        (GO, Verdict.ALLOW),
        (CHANNEL, Verdict.EPERM),
        (2**32 + FRAMES, Verdict.EPERM),
    ):
        assert (
            evaluate(
                program, architecture=ARCHITECTURES[machine], number=number, arguments=(fd, 0, 64)
            )
            == verdict
        )
    blind = compile_policy(stage_b(Role.SENSOR, channel_fd=CHANNEL), machine)
    assert (
        evaluate(blind, architecture=ARCHITECTURES[machine], number=number, arguments=(0, 0, 64))
        == Verdict.EPERM
    )


@pytest.mark.parametrize(
    ("fd", "address", "length", "verdict"),
    [
        (SOCKET, 0, 0, Verdict.ALLOW),
        (SOCKET, 0x7F0000000000, 16, Verdict.EPERM),  # to another address
        (SOCKET, 0x7F0000000000, 0, Verdict.EPERM),
        (SOCKET, 0, 16, Verdict.EPERM),
        (SOCKET + 1, 0, 0, Verdict.EPERM),  # another descriptor
        (2**32 + SOCKET, 0, 0, Verdict.EPERM),
    ],
)
@pytest.mark.parametrize("name", ["sendto", "recvfrom"])
@pytest.mark.parametrize("machine", MACHINES)
def test_the_feeder_speaks_on_its_one_connection_and_names_no_address(
    machine: str, name: str, fd: int, address: int, length: int, verdict: Verdict
) -> None:
    policy = stage_b(Role.FEEDER, channel_fd=CHANNEL, reads=(GO,), socket_fd=SOCKET)
    program, numbers = compile_policy(policy, machine), table(machine)
    arguments = (fd, 0x7F0000000000, 100, 0, address, length)
    assert (
        evaluate(
            program, architecture=ARCHITECTURES[machine], number=numbers[name], arguments=arguments
        )
        == verdict
    )


@pytest.mark.parametrize("machine", MACHINES)
def test_the_feeder_makes_no_second_connection_after_its_lock_and_none_but_tcp_before(
    machine: str,
) -> None:
    first, last, numbers = (
        compile_policy(stage_a(Role.FEEDER), machine),
        compile_policy(
            stage_b(Role.FEEDER, channel_fd=CHANNEL, reads=(GO,), socket_fd=SOCKET), machine
        ),
        table(machine),
    )

    def ask(program: Program, name: str, *arguments: int) -> int:
        return evaluate(
            program, architecture=ARCHITECTURES[machine], number=numbers[name], arguments=arguments
        )

    assert (
        ask(first, "socket", 2, 1, 6) == ask(first, "socket", 10, 1 | 0o2000000, 6) == Verdict.ALLOW
    )
    assert {
        ask(first, "socket", *kind) for kind in ((2, 2, 0), (1, 1, 0), (16, 3, 0), (17, 3, 0))
    } == {Verdict.EPERM}
    assert {
        ask(first, name)
        for name in ("bind", "listen", "accept4", "sendmsg", "recvmsg", "socketpair")
    } == {Verdict.KILL}
    assert {ask(last, name, SOCKET) for name in ("socket", "connect", "bind", "sendmsg")} == {
        Verdict.KILL
    }


def test_a_sensor_that_reads_a_file_has_no_ioctl_at_all() -> None:
    program = compile_policy(stage_b(Role.SENSOR, channel_fd=CHANNEL), X86_64)
    got = evaluate(
        program,
        architecture=ARCHITECTURES[X86_64],
        number=table(X86_64)["ioctl"],
        arguments=(CAMERA, 0xC058560F),
    )
    assert got == Verdict.EPERM


def test_a_program_survives_the_way_to_the_kernel_and_back() -> None:
    program = compile_policy(stage_b(Role.UPLINK), X86_64)
    assert unpack(pack(program)) == program
    assert len(pack(program)) == 8 * len(program)


def test_a_machine_without_a_table_is_refused() -> None:
    with pytest.raises(ProcessError, match="riscv64"):
        compile_policy(stage_b(Role.GATE), "riscv64")


def test_a_policy_that_the_kernel_would_not_take_is_refused() -> None:
    clause = tuple((Condition(0, value), Condition(1, value)) for value in range(1000))
    huge = Policy("huge", (Call("read", Verdict.ALLOW, clause),), Verdict.EPERM)
    with pytest.raises(ProcessError, match="name fewer clauses"):
        compile_policy(huge, X86_64)


def test_the_evaluator_refuses_an_instruction_that_no_policy_compiles_to() -> None:
    with pytest.raises(ProcessError, match="0x87"):
        evaluate((Instruction(0x87, 0, 0, 0),), architecture=0, number=0)


def test_arguments_are_compared_whole() -> None:
    policy = Policy("whole", (Call("read", Verdict.ALLOW, ((Condition(3, 64),),)),), Verdict.EPERM)
    program = compile_policy(policy, X86_64)
    for value, verdict in (
        (64, Verdict.ALLOW),
        (2**32 + 64, Verdict.EPERM),
        (2**63 + 64, Verdict.EPERM),
    ):
        assert (
            evaluate(
                program, architecture=ARCHITECTURES[X86_64], number=0, arguments=wide(3, value)
            )
            == verdict
        )
