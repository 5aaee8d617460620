# SPDX-License-Identifier: Apache-2.0
"""What a table of system calls is made of. Pure: values only."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

ALL_BITS = 0xFFFFFFFFFFFFFFFF


class Role(StrEnum):
    """The processes that are locked."""

    SENSOR = "sensor"
    FEEDER = "feeder"
    GATE = "gate"
    UPLINK = "uplink"
    SURVEYOR = "surveyor"
    PAGE = "page"


COUNTING = (Role.SENSOR, Role.FEEDER, Role.GATE, Role.UPLINK)
"""The processes of a box that counts. The two others run while it is being set up, and only then:
one sees pictures in the sensor's place, one shows the installer's page (ADR 49)."""


class Verdict(IntEnum):
    """What the kernel does with a call: linux/seccomp.h, with the errno in the low bits."""

    ALLOW = 0x7FFF0000
    EPERM = 0x00050001
    ENOSYS = 0x00050026
    KILL = 0x80000000


@dataclass(frozen=True, slots=True)
class Condition:
    """One argument (0..5): its bits under `mask` must equal `value`."""

    argument: int
    value: int
    mask: int = ALL_BITS


Clause = tuple[Condition, ...]
"""Conditions that must all hold."""


@dataclass(frozen=True, slots=True)
class Call:
    """One system call: `verdict` where a clause of `when` holds or none is given, else `otherwise`.

    Of a call that is allowed after the lock, `why` says what of it others could name or see, and
    why it may be made as it may.
    """

    name: str
    verdict: Verdict
    when: tuple[Clause, ...] = ()
    otherwise: Verdict = Verdict.EPERM
    why: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole table.

    Calls that it does not name get `otherwise`; numbers above the table get `beyond_table`, if that
    is set.
    """

    name: str
    calls: tuple[Call, ...]
    otherwise: Verdict
    beyond_table: Verdict | None = None


def exactly(argument: int, *values: int) -> tuple[Clause, ...]:
    """Return the clauses that let one argument be any of these values, all 64 bits of it."""
    return tuple((Condition(argument, value),) for value in values)


def within(argument: int, bits: int) -> Condition:
    """Return the condition that one argument has no bit set but these."""
    return Condition(argument, 0, ALL_BITS & ~bits)


def both(one: tuple[Clause, ...], other: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Return the clauses that hold where one of each does."""
    return tuple((*first, *second) for first in one for second in other)
