# SPDX-License-Identifier: Apache-2.0
"""Which level is proposed for a zone, and why. Pure: a person declares, nothing here does.

Rule 1: a proposal is never below what the site's file says of the number of people and of their
density. Rule 2: it rises at once, and falls only after it was held for a while and the number was
well below for a while. Rule 3: it does not fall on what is not known, and neither falls nor rises
on a guess. Rule 4: where the interval of the number straddles two levels, both are said.

Two scales of others stand beside, and are different things. *Service* is how freely people walk
(Fruin 1971, walkways): its worst letter begins far below danger. *Safety* is what a crowd does to a
body: from 2 people a square metre walking slows, from 3.57 contact cannot be helped (Fruin 1993,
"The causes and prevention of crowd disasters"), from 5.55 on forces are passed on.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from fusion_service.estimate.observation import ZoneCondition, ZoneEstimate
from fusion_service.registry.site import Level, Zone

SERVICE_DENSITIES = (0.31, 0.43, 0.72, 1.08, 2.17)
"""People a square metre from which B, C, D, E and F begin. Fruin 1971, walkways."""
SERVICE_FLOWS = (23.0, 33.0, 49.0, 66.0, 82.0)
"""People a metre of width and minute from which they begin; a way carries 82 at most."""
FLOW_LEVELS = SERVICE_FLOWS[2:]
"""From which flow yellow, orange and red are proposed. 82 a metre and minute is what a level way
carries safely (Guide to Safety at Sports Grounds, sixth edition, 10.6): beyond it people queue."""
SAFETY_DENSITIES = (2.0, 3.57, 5.55)


class Service(StrEnum):
    """How freely people walk, by Fruin's letters. No word on safety."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


class Safety(StrEnum):
    """What a density does to people."""

    FREE = "free"
    SLOWED = "slowed"
    CONTACT = "contact"
    FORCES = "forces"


class Reason(StrEnum):
    """What a proposal stands on."""

    PEOPLE = "people"
    DENSITY = "density"
    FLOW = "flow"
    FORECAST = "forecast"
    HELD = "held"
    """The number is below already, and the level has not fallen yet."""


@dataclass(frozen=True, slots=True)
class LevelRules:
    """How fast a proposal falls, and how far ahead it looks.

    hold_s: the least time at a level. calm_s: how long the number has been below before it falls.
    margin: how far below, as a share of the threshold. ahead_s: how far ahead a forecast is looked
    at. firm_s: how long a forecast must say so before it is believed.
    """

    hold_s: int = 900
    calm_s: int = 300
    margin: float = 0.1
    ahead_s: int = 3_600
    firm_s: int = 180


DEFAULT_RULES = LevelRules()


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a forecast says of one moment: the median of people, and its 80 % interval."""

    at_s: int
    people: float
    low_80: float
    high_80: float


@dataclass(frozen=True, slots=True)
class Coming:
    """A site's warning: which level, in which zone likeliest, and in the hour that begins when.

    probability: calibrated on the weeks before, 0 to 1.
    """

    level: Level
    zone: str
    at_s: int
    probability: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a proposal stands on at a moment.

    flow: people a metre of width and minute on the busiest way of the zone; None where nobody
    counts one. ahead: a forecast, by time; empty where there is none.
    """

    estimate: ZoneEstimate
    flow: float | None = None
    ahead: Sequence[Ahead] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """The level that is proposed for a zone, since when, and why.

    low, high: the levels at the two ends of the number's 80 % interval; where they differ the
    interval straddles a threshold. expected: the level that the forecast reaches within the time
    looked ahead, None where it reaches none above the present one; expected_s: when.
    calm_since_s and ahead_since_s are the proposal's memory.
    """

    zone: str
    at_s: int
    level: Level
    since_s: int
    reasons: tuple[Reason, ...]
    low: Level
    high: Level
    service: Service
    safety: Safety
    expected: Level | None = None
    expected_s: int | None = None
    calm_since_s: int | None = None
    ahead_since_s: int | None = None

    @property
    def straddles(self) -> bool:
        """Whether the interval of the number reaches over a threshold."""
        return self.low is not self.high


def level_of(zone: Zone, people: float, density: float) -> Level:
    """Return what a zone's thresholds propose; either a number or a density is enough."""
    reached = [
        one.level
        for one in zone.thresholds
        if (one.people is not None and people >= one.people)
        or (one.density is not None and density >= one.density)
    ]
    return max(reached, default=Level.GREEN)


def people_at(zone: Zone, level: Level) -> float | None:
    """Return from how many people a zone has a level or a higher one; None where from none."""
    reached = [
        people
        for one in zone.thresholds
        if one.level >= level
        for people in (
            None if one.people is None else float(one.people),
            None if one.density is None else one.density * zone.usable_m2,
        )
        if people is not None
    ]
    return min(reached, default=None)


def flow_level(flow: float | None) -> Level:
    """Return what a flow proposes, people a metre of width and minute."""
    return Level.GREEN if flow is None else Level(bisect_right(FLOW_LEVELS, flow))


def service_of(density: float, flow: float | None) -> Service:
    """Return Fruin's letter: the worse of the density's and the flow's."""
    letters = tuple(Service)
    by_flow = 0 if flow is None else bisect_right(SERVICE_FLOWS, flow)
    return letters[max(bisect_right(SERVICE_DENSITIES, density), by_flow)]


def safety_of(density: float) -> Safety:
    """Return what a density does to people."""
    return tuple(Safety)[bisect_right(SAFETY_DENSITIES, density)]


def propose(
    before: Proposal | None, zone: Zone, evidence: Evidence, rules: LevelRules = DEFAULT_RULES
) -> Proposal:
    """Return the proposal of a moment, from the one before it (None at the beginning)."""
    estimate, at_s = evidence.estimate, evidence.estimate.at_s
    expected, expected_s = _expected(zone, evidence, rules)
    ahead_since_s = _ahead_since(before, expected, at_s)
    is_firm = ahead_since_s is not None and at_s - ahead_since_s >= rules.firm_s
    wanted = _wanted(zone, evidence, expected if is_firm else None, 0.0)
    level = max(wanted, default=Level.GREEN)
    found = Proposal(
        zone.id,
        at_s,
        level,
        at_s,
        _reasons(wanted, level),
        _at(zone, estimate.low_80),
        _at(zone, estimate.high_80),
        service_of(estimate.density, evidence.flow),
        safety_of(estimate.density),
        expected,
        expected_s,
        None,
        ahead_since_s,
    )
    if before is None or level > before.level:
        return found
    if level is before.level:
        return replace(found, since_s=before.since_s)
    return _falling(before, found, _wanted(zone, evidence, expected, rules.margin), rules, estimate)


def _falling(
    before: Proposal,
    found: Proposal,
    still: dict[Level, list[Reason]],
    rules: LevelRules,
    estimate: ZoneEstimate,
) -> Proposal:
    """Return a proposal that may fall: to what is still reached when the margin is allowed for."""
    target = max(max(still, default=Level.GREEN), found.level)
    is_doubted = estimate.condition in {ZoneCondition.STALE, ZoneCondition.LOWER_BOUND}
    is_known = not (is_doubted or estimate.is_guess)
    held = replace(found, level=before.level, since_s=before.since_s, reasons=(Reason.HELD,))
    if target >= before.level or not is_known:
        return held
    calm_since_s = found.at_s if before.calm_since_s is None else before.calm_since_s
    is_held = found.at_s - before.since_s < rules.hold_s
    if is_held or found.at_s - calm_since_s < rules.calm_s:
        return replace(held, calm_since_s=calm_since_s)
    reasons = found.reasons if target is found.level else (Reason.HELD,)
    return replace(found, level=target, reasons=reasons)


def _wanted(
    zone: Zone, evidence: Evidence, expected: Level | None, margin: float
) -> dict[Level, list[Reason]]:
    """Return the levels that are reached and by what, were all numbers larger by a margin."""
    more, estimate = 1.0 / (1.0 - margin), evidence.estimate
    reached: dict[Level, list[Reason]] = {}
    for one in () if estimate.is_guess else zone.thresholds:
        if one.people is not None and estimate.people * more >= one.people:
            reached.setdefault(one.level, []).append(Reason.PEOPLE)
        if one.density is not None and estimate.density * more >= one.density:
            reached.setdefault(one.level, []).append(Reason.DENSITY)
    by_flow = flow_level(None if evidence.flow is None else evidence.flow * more)
    if by_flow is not Level.GREEN:
        reached.setdefault(by_flow, []).append(Reason.FLOW)
    if expected is not None:
        reached.setdefault(expected, []).append(Reason.FORECAST)
    return reached


def _reasons(wanted: dict[Level, list[Reason]], level: Level) -> tuple[Reason, ...]:
    return tuple(wanted.get(level, ()))


def _at(zone: Zone, people: float) -> Level:
    density = people / zone.usable_m2 if zone.usable_m2 > 0.0 else 0.0
    return level_of(zone, people, density)


def _expected(
    zone: Zone, evidence: Evidence, rules: LevelRules
) -> tuple[Level, int] | tuple[None, None]:
    """Return the highest level that the forecast's median reaches, and when it first does."""
    estimate = evidence.estimate
    present = level_of(zone, estimate.people, estimate.density)
    best: tuple[Level, int] | tuple[None, None] = (None, None)
    for one in evidence.ahead:
        if not estimate.at_s < one.at_s <= estimate.at_s + rules.ahead_s:
            continue
        level = _at(zone, one.people)
        if level > present and (best[0] is None or level > best[0]):
            best = level, one.at_s
    return best


def _ahead_since(before: Proposal | None, expected: Level | None, at_s: int) -> int | None:
    """Return since when a forecast says that a level comes; a lower one begins anew."""
    if expected is None:
        return None
    if before is None or before.ahead_since_s is None or before.expected is None:
        return at_s
    return before.ahead_since_s if expected <= before.expected else at_s
