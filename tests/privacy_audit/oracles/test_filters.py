# SPDX-License-Identifier: Apache-2.0
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from edge_agent.confinement.kernel.bpf import compile_policy, evaluate, pack
from edge_agent.confinement.tables.policy import MACHINES, Role, stage_a, stage_b
from privacy_audit.oracles.arguments import NamedDescriptors
from privacy_audit.oracles.filters import (
    ALLOW,
    ARCHITECTURES,
    EVERYTHING,
    KILL,
    NOTHING,
    Filter,
    may,
    probes,
    strictest,
)

PROGRAMS = {
    (role, machine): compile_policy(policy, machine)
    for role in Role
    for machine in MACHINES
    for policy in (stage_a(role), stage_b(role, channel_fd=8, camera_fd=5))
}
words = some.one_of(
    some.integers(0, 2**64 - 1),
    some.sampled_from([0, 1, 2, 4, 5, 8, 64, 2**32 + 8, 2**32 + 64, 0xC058560F]),
)


def step(code: int, constant: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, constant)


@given(
    some.sampled_from(sorted(PROGRAMS)),
    some.integers(0, 600),
    some.lists(words, min_size=6, max_size=6),
)
def test_two_evaluators_written_apart_agree(
    which: tuple[Role, str], number: int, arguments: list[int]
) -> None:
    program, architecture = PROGRAMS[which], ARCHITECTURES[which[1]]
    ours = Filter(pack(program)).says(architecture, number, tuple(arguments))
    assert ours == evaluate(program, architecture=architecture, number=number, arguments=arguments)


def test_it_runs_the_jumps_that_no_policy_uses_as_the_kernel_does() -> None:
    more = Filter(step(0x20, 0) + step(0x25, 9, 0, 1) + step(0x06, ALLOW) + step(0x06, KILL))
    assert [more.says(0, number, NOTHING) for number in (9, 10)] == [KILL, ALLOW]
    some_bits = Filter(
        step(0x20, 0) + step(0x45, 6, 0, 1) + step(0x06, ALLOW) + step(0x05, 0) + step(0x06, KILL)
    )
    assert [some_bits.says(0, number, NOTHING) for number in (1, 2)] == [KILL, ALLOW]


@pytest.mark.parametrize("raw", [step(0x87, 0), step(0x20, 0)])
def test_what_is_no_filter_is_refused(raw: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        Filter(raw).says(0, 0, NOTHING)


def test_of_several_answers_the_kernel_takes_the_strictest() -> None:
    assert strictest([ALLOW, KILL]) == KILL
    assert strictest([ALLOW, 0x00050001]) == 0x00050001
    assert strictest([0x00030000, 0x00050001, KILL]) == KILL
    assert strictest([ALLOW, ALLOW]) == ALLOW


def test_a_sensor_may_write_a_record_to_its_channel_and_nothing_else() -> None:
    held = NamedDescriptors(channel_fd=8)
    allowed = [
        given
        for given in probes(Role.SENSOR, "write", held)
        if may(Role.SENSOR, "write", given, held)
    ]
    assert {(given[0], given[2]) for given in allowed} == {(8, 64)}
    assert not may(Role.SENSOR, "write", EVERYTHING, held)
    assert not may(Role.SENSOR, "openat", NOTHING, held)
