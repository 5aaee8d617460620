# SPDX-License-Identifier: Apache-2.0
"""Compile a policy into a classic BPF program for seccomp, and run it as the kernel would.

Pure: values in, values out. Rule 1: another architecture, and on x86-64 the x32 numbers, are killed
before anything else. Rule 2: every compared argument is compared whole, all 64 bits, because a
kernel that reads 32 of them and a filter that reads the other 32 would not mean the same. Rule 3:
jumps go forward only and reach their target in one step.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from edge_agent.confinement.tables.policy import Call, Clause, Policy, Verdict
from edge_agent.confinement.tables.syscalls import AARCH64, X86_64, table
from edge_agent.errors import ProcessError

# linux/audit.h: the ELF machine, 64 bits, little-endian.
ARCHITECTURES = {X86_64: 0xC000003E, AARCH64: 0xC00000B7}
X32_BIT = 0x40000000  # asm/unistd.h: __X32_SYSCALL_BIT
INSTRUCTIONS_MAX = 4096  # linux/filter.h: BPF_MAXINSNS
_JUMP_MAX = 255
# linux/bpf_common.h
_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16  # struct seccomp_data
_LOW = 0xFFFFFFFF
_INSTRUCTION = struct.Struct("<HBBI")
_DATA = struct.Struct("<IIQ6Q")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step: code, where to go if true and if false (steps to skip), and a constant."""

    code: int
    if_true: int
    if_false: int
    constant: int


Program = tuple[Instruction, ...]


def compile_policy(policy: Policy, machine: str) -> Program:
    """Return the program that decides every call as `policy` says.

    Raises ProcessError for a machine without a table.
    """
    if machine not in ARCHITECTURES:
        raise ProcessError(
            f"machine {machine}: no table of its system calls, wanted one of "
            f"{sorted(ARCHITECTURES)}"
        )
    numbers = table(machine)
    kill = _answer(Verdict.KILL)
    program = [
        _load(_ARCHITECTURE_AT),
        Instruction(_EQUAL, 1, 0, ARCHITECTURES[machine]),
        kill,
        _load(_NUMBER_AT),
    ]
    if machine == X86_64:
        program += [Instruction(_AT_LEAST, 0, 1, X32_BIT), kill]
    if policy.beyond_table is not None:
        program += [
            Instruction(_AT_LEAST, 0, 1, max(numbers.values()) + 1),
            _answer(policy.beyond_table),
        ]
    for call in policy.calls:
        if call.name in numbers:
            program += _decide(call, numbers[call.name])
    program.append(_answer(policy.otherwise))
    if len(program) > INSTRUCTIONS_MAX:
        raise ProcessError(
            f"policy {policy.name}: {len(program)} instructions, the kernel takes "
            f"{INSTRUCTIONS_MAX}"
        )
    return tuple(program)


def pack(program: Program) -> bytes:
    """Return the program as the kernel reads it: 8 bytes an instruction."""
    return b"".join(
        _INSTRUCTION.pack(step.code, step.if_true, step.if_false, step.constant) for step in program
    )


def unpack(raw: bytes) -> Program:
    """Return the program that the kernel handed out."""
    return tuple(Instruction(*fields) for fields in _INSTRUCTION.iter_unpack(raw))


def evaluate(
    program: Program, *, architecture: int, number: int, arguments: Sequence[int] = ()
) -> int:
    """Run the program over one call and return its verdict, as the kernel would act on it."""
    six = [argument & 0xFFFFFFFFFFFFFFFF for argument in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    call = _DATA.pack(number & _LOW, architecture, 0, *six)
    accumulator, at = 0, 0
    while True:
        step = program[at]
        code, constant = step.code, step.constant
        at += 1
        if code == _EQUAL:  # As most are.
            at += step.if_true if accumulator == constant else step.if_false
        elif code == _LOAD:
            accumulator = int.from_bytes(call[constant : constant + 4], "little")
        elif code == _AND:
            accumulator &= constant
        elif code == _RETURN:
            return constant
        elif code == _AT_LEAST:
            at += step.if_true if accumulator >= constant else step.if_false
        else:
            raise ProcessError(
                f"filter instruction {at - 1}: code {code:#x} is none that a policy compiles to"
            )


def _decide(call: Call, number: int) -> list[Instruction]:
    """Return the steps for one call.

    They are skipped where the number is another, and always end in an answer.
    """
    if not call.when:
        body = [_answer(call.verdict)]
    else:
        body = [step for clause in call.when for step in _clause(clause, call.verdict)] + [
            _answer(call.otherwise)
        ]
    if len(body) > _JUMP_MAX:
        raise ProcessError(
            f"policy of {call.name}: {len(body)} instructions, a jump passes over {_JUMP_MAX}; "
            "name fewer clauses"
        )
    return [Instruction(_EQUAL, 0, len(body), number), *body]


def _clause(clause: Clause, verdict: Verdict) -> list[Instruction]:
    """Return the steps that answer where all conditions hold, and else go to the next clause."""
    steps: list[Instruction] = []
    for condition in clause:
        for shift, offset in ((0, 0), (32, 4)):
            mask, value = condition.mask >> shift & _LOW, condition.value >> shift & _LOW
            if mask == 0:
                continue
            steps.append(_load(_ARGUMENTS_AT + 8 * condition.argument + offset))
            if mask != _LOW:
                steps.append(Instruction(_AND, 0, 0, mask))
            steps.append(Instruction(_EQUAL, 0, 0, value))
    steps.append(_answer(verdict))
    # Only now is it known how far a comparison that fails has to go.
    return [
        Instruction(step.code, 0, len(steps) - 1 - index, step.constant)
        if step.code == _EQUAL
        else step
        for index, step in enumerate(steps)
    ]


def _load(offset: int) -> Instruction:
    return Instruction(_LOAD, 0, 0, offset)


def _answer(verdict: Verdict) -> Instruction:
    return Instruction(_RETURN, 0, 0, int(verdict))
