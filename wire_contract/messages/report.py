# SPDX-License-Identifier: Apache-2.0
"""The closed list of what one window can let out of a box, version 2.

Rule 1: whole numbers and configured names only. Rule 2: the reader refuses what is not listed here.
A count is null where the disclosure rule withheld it; a line or zone without any record is left out
of its array.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from wire_contract.vocabulary import AtMost, Choice, Integer, Key, Message, Word

VERSION, LINES_MAX, ZONES_MAX = 2, 16, 16
NAME = Word("[a-z0-9-]{1,32}")
UUID = Word("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SHA256 = Word("[0-9a-f]{64}")
SEQUENCE = Integer(1, 2**53 - 1)
UNIX_S = Integer(0, 2**40)
WINDOW_S = Integer(1, 86_400)
RELEASED = Integer(-(10**6), 10**6)
FOUR_CLASSES, FIVE_CLASSES = Integer(0, 3), Integer(0, 4)


class Clock(StrEnum):
    """What the windows follow: the box's clock, or a file's own time."""

    LIVE = "live"
    REPLAY = "replay"


class ClockQuality(StrEnum):
    """How far `start` can be trusted."""

    UNSYNCHRONISED = "unsynchronised"
    SYNCHRONISED = "synchronised"
    STEPPED = "stepped"
    REDATED = "redated"


class Level(StrEnum):
    """The measured confinement of the processes, strongest first; none is network-counter yet."""

    FULL = "full"
    STANDARD = "standard"
    NETWORK_CAMERA = "network-camera"
    NETWORK_COUNTER = "network-counter"
    REDUCED = "reduced"
    PROCESS = "process"
    UNCONFINED = "unconfined"


class RuleName(StrEnum):
    """The disclosure rules: differential privacy, three of disclosure control, and neither."""

    DISCRETE_LAPLACE = "discrete_laplace"
    RANDOM_ROUNDING = "random_rounding"
    SUPPRESS_BELOW = "suppress_below"
    BUCKETS = "buckets"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Rule(Message):
    """The disclosure rule that the window passed.

    Parameters by rule: discrete_laplace (epsilon in thousandths), random_rounding (base),
    suppress_below (least count shown), buckets (lower edges, rising from 0), exact (none).
    """

    name: Annotated[RuleName, Choice(RuleName)]
    parameters: Annotated[tuple[int, ...], Integer(0, 10**6), AtMost(32)]


@dataclass(frozen=True, slots=True)
class ImageQuality(Message):
    """How well the sensor could see in the window.

    code: see QualityCode. observed (share of the window): 0 under 50 %, 1 under 80, 2 under 95, 3
    more. rate (frames a second): 0 under 2, 1 under 5, 2 under 10, 3 more. difficulty: 0 not
    stated, then rising.
    """

    code: Annotated[int, Integer(0, 31)]
    observed: Annotated[int, FOUR_CLASSES]
    rate: Annotated[int, FOUR_CLASSES]
    difficulty: Annotated[int, FOUR_CLASSES]


@dataclass(frozen=True, slots=True)
class Health(Message):
    """The state of the box, four classes each: 0 is not measured, then from good (1) to bad (3).

    temperature: under 60, under 80 degrees Celsius, hotter. disk: over 20 %, over 5 % free, less.
    outbox: under 8 reports wait, under 64, more. link: connected, connected again within the last
    10 minutes, not connected.
    """

    temperature: Annotated[int, FOUR_CLASSES]
    disk: Annotated[int, FOUR_CLASSES]
    outbox: Annotated[int, FOUR_CLASSES]
    link: Annotated[int, FOUR_CLASSES]


@dataclass(frozen=True, slots=True)
class LineCount(Message):
    """Released crossings of one line in the window.

    Under noise they may be negative, which keeps sums right; displays show 0. low and high: the
    80 % interval, made of the released number alone; without high the number is a lower bound.
    """

    id: Annotated[str, NAME]
    in_count: Annotated[int | None, RELEASED, Key("in")]
    out_count: Annotated[int | None, RELEASED, Key("out")]
    in_low: Annotated[int | None, RELEASED] = None
    in_high: Annotated[int | None, RELEASED] = None
    out_low: Annotated[int | None, RELEASED] = None
    out_high: Annotated[int | None, RELEASED] = None


@dataclass(frozen=True, slots=True)
class ZoneCount(Message):
    """Released occupancy of one zone: mean people, and peak, the most people at once.

    speed: 0 unknown, 1 stopped (under 0.3 m/s), 2 slow (under 0.8), 3 walking (under 2), 4 fast.
    standing: 0 unknown, then quarters. low and high as for a line.
    """

    id: Annotated[str, NAME]
    mean: Annotated[int | None, RELEASED]
    peak: Annotated[int | None, RELEASED]
    speed: Annotated[int, FIVE_CLASSES]
    standing: Annotated[int, FIVE_CLASSES]
    mean_low: Annotated[int | None, RELEASED] = None
    mean_high: Annotated[int | None, RELEASED] = None
    peak_low: Annotated[int | None, RELEASED] = None
    peak_high: Annotated[int | None, RELEASED] = None


@dataclass(frozen=True, slots=True)
class Report(Message):
    """What one window lets out of the box."""

    v: Annotated[int, Integer(VERSION, VERSION)]
    site: Annotated[str, NAME]
    device: Annotated[str, NAME]
    stream: Annotated[str, UUID]
    sequence: Annotated[int, SEQUENCE]
    boot: Annotated[str, UUID]
    start_s: Annotated[int, UNIX_S, Key("start")]
    length_s: Annotated[int, WINDOW_S, Key("length")]
    clock: Annotated[Clock, Choice(Clock)]
    clock_quality: Annotated[ClockQuality, Choice(ClockQuality)]
    config: Annotated[str, SHA256]
    level: Annotated[Level, Choice(Level)]
    rule: Rule
    image_quality: ImageQuality
    health: Health
    lines: Annotated[tuple[LineCount, ...], AtMost(LINES_MAX)]
    zones: Annotated[tuple[ZoneCount, ...], AtMost(ZONES_MAX)]
