# SPDX-License-Identifier: Apache-2.0
"""Which authentic reports are in no sum, and why. Pure.

Rule 1: nothing is lost by it: such a report is committed, acknowledged, shown and counted by name.
Rule 2: only what no honest box can say, or what stands at a time at which it cannot have been.
"""

from collections.abc import Iterable
from enum import StrEnum

from wire_contract.messages.meta import Meta
from wire_contract.messages.report import Clock, Level, Report, Rule, RuleName

FUTURE_MS = 3_600_000
"""So far ahead of the centre's a box's clock may be: it counts all the same, at the time it
says."""
ENROLMENT_MS = 86_400_000
"""A box may have counted so long before it was enrolled: what it counted on the day it was set
up."""
SEQUENCE_MAX = 100_000_000
"""An entry each second for three years. A box makes one a window, of two seconds at least."""
SET_APART = "set apart: "
"""Begins the name of a count of reports that are in no sum; the reason follows."""
NOISE_NATS = 35
"""Noise of discrete_laplace reaches beyond NOISE_NATS / epsilon in 1 of 10^15 numbers."""
IMPOSSIBLE_LEVELS = frozenset({Level.FULL, Level.NETWORK_COUNTER})
"""Levels that no release of the box has reached: what they ask for is not built."""
Named = tuple[str, int | None, int | None]
"""A line or zone by its id, and its two released numbers; None was withheld."""


class Apart(StrEnum):
    """Why a report is in no sum."""

    SUPERSEDED = "superseded"
    """Of a replayed file: another replay, committed later, has some of the same time."""
    FUTURE = "in the future"
    BEFORE_ENROLMENT = "before enrolment"
    LEVEL = "impossible level"
    SEQUENCE = "impossible sequence"
    NAME = "unknown name"
    """A line or zone that the meta of its config does not name."""
    COUNT = "impossible count"
    """Beyond the cap of its meta, or below nobody, by more than noise reaches."""


WRONG_TIME = frozenset({Apart.FUTURE, Apart.BEFORE_ENROLMENT})
"""What a box with a wrong clock says in good faith: its counts are right, its times are not."""


def apart_by_itself(report: Report, *, received_ms: int, added_ms: int) -> Apart | None:
    """Judge a report by what it says, by when it came, and by when its box was enrolled."""
    if report.sequence > SEQUENCE_MAX:
        return Apart.SEQUENCE
    if report.level in IMPOSSIBLE_LEVELS:
        return Apart.LEVEL
    end_ms = (report.start_s + report.length_s) * 1000
    if report.clock is Clock.REPLAY:
        return None  # the times of a file
    if end_ms > received_ms + FUTURE_MS:
        return Apart.FUTURE
    return Apart.BEFORE_ENROLMENT if end_ms < added_ms - ENROLMENT_MS else None


def apart_by_meta(
    lines: Iterable[Named], zones: Iterable[Named], *, length_s: int, meta: Meta
) -> Apart | None:
    """Judge a report's names and numbers by the meta of its config."""
    windows = -(-length_s // meta.length_s)
    reach, falls = _reach(meta.rule), meta.rule.name is RuleName.DISCRETE_LAPLACE
    line_caps = {line.id: (line.count_max + reach) * windows for line in meta.lines}
    zone_caps = {zone.id: zone.count_max + reach for zone in meta.zones}
    of_lines = [(line_caps.get(name), numbers) for name, *numbers in lines]
    of_zones = [(zone_caps.get(name), numbers) for name, *numbers in zones]
    if any(cap is None for cap, _ in (*of_lines, *of_zones)):
        return Apart.NAME
    for named, least in ((of_lines, -reach * windows), (of_zones, -reach)):
        for cap, numbers in named:
            told = [number for number in numbers if isinstance(number, int)]
            if any(number > (cap or 0) or number < (least if falls else 0) for number in told):
                return Apart.COUNT
    return None


def _reach(rule: Rule) -> int:
    """Return how far a rule moves one number at most, in practice."""
    if rule.name is RuleName.DISCRETE_LAPLACE:
        return NOISE_NATS * 1000 // max(1, *rule.parameters[:1], 1) + 1
    return max(rule.parameters, default=0) if rule.name is RuleName.RANDOM_ROUNDING else 0
