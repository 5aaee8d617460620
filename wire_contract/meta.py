# SPDX-License-Identifier: Apache-2.0
"""What a box says of itself at its birth: what runs, what it counts, under which rule. Nothing here depends on the scene."""

from dataclasses import dataclass
from typing import Annotated

from wire_contract.fields import Choice, Integer, Key, Message, Most, Word
from wire_contract.report import LINES_MAX, NAME, SEQUENCE, SHA256, UUID, VERSION, WINDOW_S, ZONES_MAX, Clock, Level, Rule

RELEASE = Word(r"[0-9]{1,4}(\.[0-9]{1,4}){1,3}")


@dataclass(frozen=True, slots=True)
class LineMeta(Message):
    """A configured line, the most crossings a window can say each way, and what a tally said of it; null without one.

    The truth is the count times 1 + bias, give or take spread (standard deviation), both in thousandths.
    """

    id: Annotated[str, NAME]
    count_max: Annotated[int, Integer(1, 65_535)]
    bias_permille: Annotated[int | None, Integer(-900, 3000), Key("bias")] = None
    spread_permille: Annotated[int | None, Integer(1, 1000), Key("spread")] = None


@dataclass(frozen=True, slots=True)
class ZoneMeta(Message):
    """A configured zone and the most people a window can say."""

    id: Annotated[str, NAME]
    count_max: Annotated[int, Integer(1, 65_535)]


@dataclass(frozen=True, slots=True)
class Capacity(Message):
    """The most a lying sensor could say in one window, in thousandths of a bit: by its records, and by the health classes."""

    records_millibits: Annotated[int, Integer(0, 10**9)]
    health_millibits: Annotated[int, Integer(0, 10**9)]


@dataclass(frozen=True, slots=True)
class Meta(Message):
    """A box's birth: what runs, what it counts and under which rule. Signed and published at each start."""

    v: Annotated[int, Integer(VERSION, VERSION)]
    site: Annotated[str, NAME]
    device: Annotated[str, NAME]
    stream: Annotated[str, UUID]
    sequence: Annotated[int, SEQUENCE]
    boot: Annotated[str, UUID]
    software: Annotated[str, RELEASE]
    model: Annotated[str, NAME]
    model_sha256: Annotated[str, SHA256]
    config: Annotated[str, SHA256]
    level: Annotated[Level, Choice(Level)]
    clock: Annotated[Clock, Choice(Clock)]
    length_s: Annotated[int, WINDOW_S, Key("length")]
    rule: Rule
    capacity: Capacity
    lines: Annotated[tuple[LineMeta, ...], Most(LINES_MAX)]
    zones: Annotated[tuple[ZoneMeta, ...], Most(ZONES_MAX)]
