# SPDX-License-Identifier: Apache-2.0
"""What a box says of itself when it starts: what runs, what it counts, under which rule.

Nothing here depends on the scene.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from wire_contract.messages.report import (
    LINES_MAX,
    NAME,
    SEQUENCE,
    SHA256,
    UUID,
    VERSION,
    WINDOW_S,
    ZONES_MAX,
    Clock,
    Level,
    Rule,
)
from wire_contract.vocabulary import AtMost, Choice, Integer, Key, Message, Word

RELEASE = Word(r"[0-9]{1,4}(\.[0-9]{1,4}){1,3}")
COUNT_MAX = Integer(1, 65_535)
MILLIBITS = Integer(0, 10**9)
PERMILLE = Integer(0, 2**53 - 1)


class Source(StrEnum):
    """What a line or zone is counted with."""

    CAMERA = "camera"
    THERMAL = "thermal"
    RADAR = "radar"
    BEAM = "beam"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class LineMeta(Message):
    """A configured line, its largest count each way in a window, and what a tally said of it.

    bias and spread are null without a tally.

    The truth is the count times 1 + bias, give or take spread (standard deviation), both in
    thousandths. count_max is what holds; configured is what the config says of it, null where it
    says nothing and count_max is the box's own.
    """

    id: Annotated[str, NAME]
    count_max: Annotated[int, COUNT_MAX]
    source: Annotated[Source, Choice(Source)]
    bias_permille: Annotated[int | None, Integer(-900, 3000), Key("bias")] = None
    spread_permille: Annotated[int | None, Integer(1, 1000), Key("spread")] = None
    count_max_configured: Annotated[int | None, COUNT_MAX] = None


@dataclass(frozen=True, slots=True)
class ZoneMeta(Message):
    """A configured zone and the largest count of a window, in force and as configured."""

    id: Annotated[str, NAME]
    count_max: Annotated[int, COUNT_MAX]
    source: Annotated[Source, Choice(Source)]
    count_max_configured: Annotated[int | None, COUNT_MAX] = None


@dataclass(frozen=True, slots=True)
class Capacity(Message):
    """What a lying sensor could say in one window at the most, in thousandths of a bit.

    records: by its records. health: by the health classes.

    cap_millibits is the most a minute that the config allows for both: the box does not start above
    it.
    """

    records_millibits: Annotated[int, MILLIBITS]
    health_millibits: Annotated[int, MILLIBITS]
    cap_millibits: Annotated[int | None, MILLIBITS] = None


@dataclass(frozen=True, slots=True)
class PrivacyLoss(Message):
    """What one person spends under differential privacy.

    It is the epsilon of all that they can change, added up, in thousandths.

    passage: someone who walks through every line and zone within passage_s. eight_hours: someone
    who stays in one zone for as long. Null under a rule that is not differential privacy, and where
    a box of version 1 said nothing.
    """

    passage_s: Annotated[int | None, WINDOW_S] = None
    passage_permille: Annotated[int | None, PERMILLE, Key("passage")] = None
    eight_hours_permille: Annotated[int | None, PERMILLE, Key("eight_hours")] = None


@dataclass(frozen=True, slots=True)
class Meta(Message):
    """What a box says when it starts: what runs, what it counts and under which rule.

    Signed and published at each start.
    """

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
    privacy_loss: PrivacyLoss
    lines: Annotated[tuple[LineMeta, ...], AtMost(LINES_MAX)]
    zones: Annotated[tuple[ZoneMeta, ...], AtMost(ZONES_MAX)]
