# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path

import pytest

from edge_agent.confinement.tables.syscalls import AARCH64, NUMBERS, X86_64, table

HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
GENERIC = Path("/usr/include/asm-generic/unistd.h")
DEFINED = re.compile(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", re.MULTILINE)
NOT_CALLS = {"syscalls", "arch_specific_syscall"}
# What the generic header writes for both word sizes under the name of the 32-bit call.
WIDE = {"fstatat": "newfstatat"}


def test_the_numbers_of_x86_64_are_those_of_the_kernels_header() -> None:
    if not HEADER.exists():
        pytest.skip(f"{HEADER} is not there; install the kernel's headers for user programs")
    header = {name: int(number) for name, number in DEFINED.findall(HEADER.read_text())}
    known = table(X86_64)
    assert {name: number for name, number in header.items() if name in known} == known


def test_the_numbers_of_aarch64_are_those_of_the_generic_header() -> None:
    if not GENERIC.exists():
        pytest.skip(f"{GENERIC} is not there; install the kernel's headers for user programs")
    header = {
        WIDE.get(name, name): int(number)
        for name, number in DEFINED.findall(GENERIC.read_text())
        if name not in NOT_CALLS
    }
    assert {
        name: number for name, number in table(AARCH64).items() if header.get(name) != number
    } == {}


@pytest.mark.parametrize("machine", [X86_64, AARCH64])
def test_no_two_names_share_a_number(machine: str) -> None:
    numbers = list(table(machine).values())
    assert len(numbers) == len(set(numbers))


def test_the_calls_that_one_architecture_lacks_are_known_as_such() -> None:
    lacking = {name for name, (_, number) in NUMBERS.items() if number is None}
    assert {"open", "poll", "select", "fork", "vfork", "stat"} <= lacking
