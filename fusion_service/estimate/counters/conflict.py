# SPDX-License-Identifier: Apache-2.0
"""Whether a counter contradicts the others, or repeats itself: CUSUM and chance. Pure.

Each sensor's level is smoothed over minutes and compared with what the others make of it. Two
hypotheses stand against each other: it counts right, give or take what honest counters differ by,
or it counts `LOW` or `HIGH` times as many. The logarithm of the likelihood of the second over that
of the first adds up over time, never under 0 (Page 1954), as if windows were independent every
`CORRELATED_S`. At `NAMED` nats the sensor is named.

A counter that repeats one value is stuck where repeats are improbable: each has a chance, by the
noise of its rule, by how much those who are there come and go, and by how often it happened while
nothing was wrong.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

LEVEL_S = 240.0
"""Over how long a level is smoothed."""
CORRELATED_S = 240.0
"""Levels so far apart in time are held to be independent."""
SETTLING_S = 2 * 3600.0
"""Over how long it is learnt how a sensor differs from the others."""
LOW, HIGH = 0.42, 2.2
"""By which factors a counter is held to lie: a little nearer to 1 than the least of interest."""
HONEST_SD = 0.17
"""How far honest counters of one zone differ, as a logarithm."""
APART_MAX = 0.3
"""The most that a sensor may be found to differ from the others for good."""
APART_STEP = 0.3
"""The most that one window tells of that."""
NAMED = 10.0
"""Nats at which a sensor is named: a chance of one in 22,000."""
WINDOW_SHARE = 0.6
"""The most that one window adds, as a share of NAMED: no single window names anybody."""
DOUBTED = 0.3
"""From which share of NAMED a sensor weighs less and its usual difference is not learnt."""
AGREES_S = 3600.0
"""How long a named sensor must agree with the others to be taken back."""
NATS_STUCK = 20.0
"""Evidence for a sensor being stuck: a chance of 2 in a thousand million."""
STUCK_S = 600
STUCK_WINDOWS = 4
BINS = 12
HOURS = 48
"""Of a working day, and of a day of the weekend."""
HOURS_SEEN_MAX = 10.0
HOUR_SEEN_MIN = 0.95
RUN_MAX, RUN_PEOPLE_MIN = 5, 3.0
"""A longer run where more than so many come and go teaches nothing: it may be the fault itself."""
SEEN_MIN = 500.0
"""From how many windows on it is known how often a sensor repeats itself where nobody is."""
SCATTER = 0.5
"""How far a sensor is from what it usually shows beside its neighbourhood, before it is known."""
SCATTER_S = 24 * 3600.0
DIFFERENCE_MAX = 1.5
SURE = 0.2
OFFSET_S = SETTLING_S
"""From when on a sensor can be compared with its neighbourhood."""
WINDOWS_MIN = 10.0
"""How many windows with a repeat a sensor is held to have shown before the first."""


@dataclass(slots=True)
class Track:
    """What is kept of one sensor to compare it with others: its fast state is a list of numbers.

    It has more than ten attributes, because level, comparison and repeats are each a few numbers,
    and a point to go back to copies them all.
    """

    level: float = 0.0
    """Smoothed count: people in the whole zone, or crossings a second."""
    variance: float = 1.0
    """Of the level, but for who is in view and who is not."""
    unseen: float = 0.0
    """(1 - share) / share: the variance of who is in view, for each person."""
    windows: float = 0.0
    end_s: int = 0
    length_s: int = 60
    apart: float = 0.0
    """By how much it counts more than the zone's others, as a logarithm."""
    apart_s: float = 0.0
    offset: float = 0.0
    """By how much its level is above its neighbourhood's, which has no unit, as a logarithm."""
    offset_s: float = 0.0
    by_hour: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    hours_seen: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    """The same at each hour of a working day and of a weekend, and how often that was seen."""
    scatter: float = SCATTER
    """How far it usually is from what it usually differs."""
    low_sum: float = 0.0
    high_sum: float = 0.0
    pair_sum: float = 0.0
    agrees_s: float = 0.0
    is_named: float = 0.0
    value: float = math.nan
    repeats: int = 0
    nats: float = 0.0
    repeated: list[float] = field(default_factory=lambda: [0.0] * BINS)
    seen: list[float] = field(default_factory=lambda: [0.0] * BINS)

    def mark(self) -> tuple[float, ...]:
        """Return what changes from window to window."""
        return tuple(getattr(self, name) for name in FAST)

    def return_to(self, mark: tuple[float, ...]) -> None:
        """Go back to a mark; how often it repeats itself stays learnt."""
        for name, value in zip(FAST, mark, strict=True):
            setattr(self, name, value)

    def hear(self, value: float, variance: float, end_s: int, length_s: int) -> None:
        """Smooth in one window; the variance is that of its value."""
        gain = max(1.0 - math.exp(-length_s / LEVEL_S), 1.0 / (self.windows + 1.0))
        self.level += gain * (value - self.level)
        self.variance = (1.0 - gain) ** 2 * self.variance + gain * gain * variance
        self.windows = min(self.windows + 1.0, 1000.0)
        self.end_s, self.length_s = end_s, length_s

    def is_fresh(self, at_s: int) -> bool:
        """Say whether it spoke within the last three windows."""
        return self.windows > 0.0 and at_s - self.end_s <= 3 * self.length_s + 60

    def spread(self, level: float) -> float:
        """Return the standard deviation of the level where it should be `level`."""
        return max(math.sqrt(self.variance + self.unseen * max(level, 0.0)), 1e-9)

    @property
    def doubt(self) -> float:
        """How much speaks against it, 0 to 1."""
        return min(max(self.low_sum, self.high_sum) / NAMED, 1.0)

    def add_evidence(
        self, expected: float, sd: float, length_s: int, share_max: float = WINDOW_SHARE
    ) -> None:
        """Add up what speaks for a lie; sd: how far an honest level may be, as a logarithm.

        share_max: what one window may add, as a share of NAMED.
        """
        share = length_s / CORRELATED_S
        for name, factor in (("low_sum", LOW), ("high_sum", HIGH)):
            step = _capped(self._likelihood(expected, sd, factor) * share, share_max)
            setattr(self, name, min(max(getattr(self, name) + step, 0.0), 1.5 * NAMED))
        if max(self.low_sum, self.high_sum) >= NAMED:
            self.is_named, self.agrees_s = 1.0, 0.0
        elif self.is_named:
            agrees = -max(self._likelihood(expected, sd, LOW), self._likelihood(expected, sd, HIGH))
            if agrees > 1.0:
                self.agrees_s += length_s
            elif agrees < 0.0:
                self.agrees_s = 0.0
            if self.agrees_s >= AGREES_S:
                self.is_named = 0.0

    def add_pair_evidence(self, expected: float, sd: float, length_s: int) -> None:
        """Add up what speaks against one of two that look at one zone."""
        found = max(self._likelihood(expected, sd, LOW), self._likelihood(expected, sd, HIGH))
        step = _capped(found * length_s / CORRELATED_S)
        self.pair_sum = min(max(self.pair_sum + step, 0.0), 1.5 * NAMED)

    def _likelihood(self, expected: float, sd: float, factor: float) -> float:
        """Return how much more probable the level is if it is false by a factor, nats."""
        lied = factor * expected
        level = max(self.level, lied) if factor < 1.0 else min(self.level, lied)
        honest = self.spread(expected) ** 2 + (sd * expected) ** 2
        false = self.spread(lied) ** 2 + (sd * lied) ** 2
        nats = 0.5 * math.log(honest / false)
        nats += (level - expected) ** 2 / (2.0 * honest) - (level - lied) ** 2 / (2.0 * false)
        return nats

    def learn_apart(self, difference: float, unsure: float, length_s: int) -> None:
        """Learn by how much it counts more than the zone's others; not while it is doubted."""
        if self.doubt <= DOUBTED and not self.is_named and unsure < 2.0 * SURE:
            self.apart_s = min(self.apart_s + length_s, SETTLING_S)
            told = min(max(difference, -APART_STEP), APART_STEP)
            moved = self.apart + told * length_s / max(self.apart_s, LEVEL_S)
            self.apart = min(max(moved, -APART_MAX), APART_MAX)

    def offset_at(self, hour: int) -> float:
        """Return by how much its level is above its neighbourhood's at an hour, see HOURS.

        Where few days were seen, what it showed in the last two hours stands in.
        """
        seen = self.hours_seen[hour]
        weight = seen / (seen + 1.0)
        return weight * self.by_hour[hour] + (1.0 - weight) * self.offset

    def knows(self, hour: int) -> bool:
        """Say whether it is known how its level goes with its neighbourhood's at an hour.

        Streets differ from each other within a day by more than a liar does.
        """
        return self.offset_s >= OFFSET_S and self.hours_seen[hour] >= HOUR_SEEN_MIN

    def learn_offset(self, difference: float, unsure: float, length_s: int, hour: int) -> None:
        """Learn by how much its level is above its neighbourhood's; not while it is doubted."""
        if self.doubt <= DOUBTED and not self.is_named and unsure < 2.0 * SURE:
            self.offset_s = min(self.offset_s + length_s, SETTLING_S)
            shown = self.offset_at(hour) + difference
            self.offset += (shown - self.offset) * length_s / max(self.offset_s, LEVEL_S)
            times = length_s / 3600.0
            self.hours_seen[hour] = min(self.hours_seen[hour] + times, HOURS_SEEN_MAX)
            gain = min(times / self.hours_seen[hour], 1.0)
            self.by_hour[hour] += gain * (shown - self.by_hour[hour])
        if unsure < 2.0 * SURE and not self.is_named:
            # What is off by much is learnt too: a scatter without it would convict for ever.
            slow = min(length_s / SCATTER_S, 1.0)
            square = min(abs(difference), DIFFERENCE_MAX) ** 2
            self.scatter = math.sqrt(self.scatter**2 + slow * (square - self.scatter**2))

    def hear_repeat(self, value: float, expected: float | None, noise: float) -> None:
        """Weigh a value against the one before; expected: what the others make probable."""
        is_repeat = value == self.value
        self.value = value
        place = _bin(expected if expected is not None else value)
        chance = self._repeat_chance(place, expected, noise)
        if is_repeat:
            self.repeats += 1
            self.nats += -math.log(chance)
        else:
            self.repeats, self.nats = 0, 0.0
        is_long = self.repeats > RUN_MAX and (expected or 0.0) >= RUN_PEOPLE_MIN
        if not self.is_stuck() and not is_long:
            self.seen[place] = self.seen[place] * 0.999 + 1.0
            self.repeated[place] = self.repeated[place] * 0.999 + is_repeat

    def is_stuck(self) -> bool:
        """Say whether it has repeated itself beyond chance."""
        return (
            self.nats > NATS_STUCK
            and self.repeats >= STUCK_WINDOWS
            and self.repeats * self.length_s >= STUCK_S
        )

    def _repeat_chance(self, place: int, expected: float | None, noise: float) -> float:
        known = expected or 0.0
        if known < 1.0 and self.seen[place] < SEEN_MIN:
            # Where hardly anybody is, one value again and again is what an honest counter says.
            return 1.0
        learnt = (self.repeated[place] + 0.5 * WINDOWS_MIN) / (self.seen[place] + WINDOWS_MIN)
        comes_and_goes = 0.2 * known
        drawn = 1.0 / math.sqrt(1.0 + 4.0 * math.pi * (noise + comes_and_goes))
        return min(max(learnt, drawn, 1e-3), 1.0)


def _capped(step: float, share_max: float = WINDOW_SHARE) -> float:
    return min(max(step, -share_max * NAMED), share_max * NAMED)


SLOW = frozenset({"by_hour", "hours_seen", "repeated", "seen"})
FAST = tuple(one.name for one in fields(Track) if one.name not in SLOW)


def _bin(expected: float) -> int:
    return min(max(int(math.log2(max(expected, 0.0) + 1.0) * 1.5), 0), BINS - 1)


def median(values: Sequence[float]) -> float:
    """Return the middle of some numbers, or of the two in the middle."""
    ranked = sorted(values)
    half = len(ranked) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2.0
