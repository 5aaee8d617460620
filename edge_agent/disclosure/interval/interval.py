# SPDX-License-Identifier: Apache-2.0
"""The 80 % interval of a released number.

Where the number lies that a person who watched the window would have counted.

Two things part the released number from that one: what the box counted wrong, which is known from
windows whose truth is known (`table.py`), and what the disclosure rule did to it, whose law is
public. The interval is made from their joint distribution, and from the released number, the rule
and the difficulty class as released; never from the exact count, which does not come in here. Like
the number itself it is not clamped: its ends may be negative, so that sums stay right.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, product

from edge_agent.disclosure.interval.error_table import (
    BETWEEN_SCENES_PERMILLE,
    ERRORS_PERCENT,
    KNOTS,
)
from wire_contract.cap import at_the_cap
from wire_contract.messages.report import Rule, RuleName

COVERAGE = 0.8
TAIL = (1.0 - COVERAGE) / 2.0
"""Chance that the truth lies below the low end, and that it lies above the high end."""
KEPT_MAX = 1024
"""How many intervals are kept; of more the one that was asked for longest ago is made again."""
NOISE_TAIL = 1e-6
"""Noise of a smaller chance is left out of account."""

Law = Mapping[int, float]
"""Chances of whole numbers; they add up to 1."""
Rows = Sequence[Sequence[int]]
"""For each count of KNOTS, equally likely errors in hundredths of a person, rising."""
Table = Mapping[str, Sequence[Rows]]
"""By quantity and difficulty class (0: all classes)."""
Ends = tuple[int | None, int | None]
"""The low and the high end; None where there is none."""


class Quantity(StrEnum):
    """What a number counts: each goes wrong in its own way."""

    LINE = "line"
    MEAN = "mean"
    PEAK = "peak"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What an installer's tally said of a line.

    The truth is the count times 1 + bias, give or take spread (thousandths).
    """

    bias_permille: int
    spread_permille: int


def interval(
    released: int | None,
    quantity: Quantity,
    rule: Rule,
    *,
    difficulty: int = 0,
    at_least: bool = False,
    count_max: int | None = None,
    calibration: Calibration | None = None,
    table: Table = ERRORS_PERCENT,
) -> Ends:
    """Return the ends between which the truth lies in 80 of 100 windows.

    Nothing for a number that was withheld.

    `difficulty` is the class as released; 0, not stated, takes what holds over all classes. With
    `at_least` the number is a lower bound and there is no high end: the truth lies above the low
    end, which is then never above the number, in at least 90 of 100. The same holds of a number
    that is at its cap, `count_max`, or so near that the count may have been: see `may_be_cut`.
    """
    if released is None:
        return None, None
    # The same few numbers leave a box again and again.
    known = _nearest_in_the_table if table is ERRORS_PERCENT else _nearest
    low, high = known(released, rule, calibration, table[quantity][difficulty])
    is_open = at_least or (rule.name is RuleName.BUCKETS and released == rule.parameters[-1])
    is_open = is_open or (count_max is not None and may_be_cut(released, rule, count_max))
    return released + (min(low, 0) if is_open else low), None if is_open else released + high


def _nearest(
    released: int, rule: Rule, calibration: Calibration | None, rows: Rows
) -> tuple[int, int]:
    found = errors(released, rows, calibration)
    return nearest_ends(missing(found, noise_law(rule, released)))


_nearest_in_the_table = lru_cache(KEPT_MAX)(_nearest)
"""Its rows are tuples, and made of released numbers like all that comes in here."""


@lru_cache(KEPT_MAX)
def may_be_cut(released: int, rule: Rule, count_max: int) -> bool:
    """Say whether the count behind a released number may have been cut at `count_max`.

    It may where the number is at the cap, and where a count at the cap is released as low as this
    in more than 1 of 10 windows: the noise that lifts one number over the cap presses another under
    it. So of the numbers that were cut at most 1 in 10 has a high end.
    """
    below = sum(
        chance for number, chance in _released_of(count_max, rule).items() if number <= released
    )
    return at_the_cap(released, count_max) or below > TAIL


def _released_of(count: int, rule: Rule) -> Law:
    """Return the law of what the rule releases of a count."""
    if rule.name is RuleName.DISCRETE_LAPLACE:
        return {count + noise: chance for noise, chance in noise_law(rule, count).items()}
    if rule.name is RuleName.RANDOM_ROUNDING:
        base = rule.parameters[0]
        over = count % base
        return {count - over: 1.0 - over / base, count - over + base: over / base}
    if rule.name is RuleName.BUCKETS:
        return {max(edge for edge in rule.parameters if edge <= count): 1.0}
    return {count: 1.0}


def missing(found: tuple[float, ...], noises: Law) -> Law:
    """Return the law of the truth less the released number: the box's error less the rule's."""
    law: dict[int, float] = {}
    for (error, likely), (noise, chance) in product(whole(found), noises.items()):
        law[error - noise] = law.get(error - noise, 0.0) + likely * chance
    return law


def errors(released: int, rows: Rows, calibration: Calibration | None) -> tuple[float, ...]:
    """Return equally likely errors (truth less count) of a count of about `released`, rising.

    Between the table's counts they change evenly, beyond its last in proportion. A calibrated line
    has its own bias in place of the table's, and its own spread in place of that part of the
    table's which comes from scenes being unlike each other.
    """
    count = min(max(released, 0), KNOTS[-1])
    knot = min(bisect_right(KNOTS, count), len(KNOTS) - 1)
    share = (count - KNOTS[knot - 1]) / (KNOTS[knot] - KNOTS[knot - 1])
    beyond = max(1.0, released / KNOTS[-1]) / 100.0
    found = tuple(
        (low + share * (high - low)) * beyond
        for low, high in zip(rows[knot - 1], rows[knot], strict=True)
    )
    return found if calibration is None else _calibrated(found, max(released, 0), calibration)


def _calibrated(
    found: tuple[float, ...], count: int, calibration: Calibration
) -> tuple[float, ...]:
    mean = sum(found) / len(found)
    variance = sum((error - mean) ** 2 for error in found) / len(found)
    theirs, own = (
        count * permille / 1000.0
        for permille in (BETWEEN_SCENES_PERMILLE, calibration.spread_permille)
    )
    within = max(variance - theirs**2, variance / 4.0)
    scale = math.sqrt((within + own**2) / variance) if variance else 0.0
    return tuple(
        count * calibration.bias_permille / 1000.0 + scale * (error - mean) for error in found
    )


def whole(found: tuple[float, ...]) -> Iterator[tuple[int, float]]:
    """Yield whole numbers with their chances.

    An error between two of them is each in proportion to its nearness.
    """
    for error in found:
        below = math.floor(error)
        yield below, (1.0 - (error - below)) / len(found)
        yield below + 1, (error - below) / len(found)


def noise_law(rule: Rule, released: int) -> Law:
    """Return the law of what the rule added, as everyone may know it: released less exact."""
    if rule.name is RuleName.DISCRETE_LAPLACE:
        epsilon = rule.parameters[0] / 1000.0
        reach = math.ceil(-math.log(NOISE_TAIL) / epsilon)
        return {
            noise: math.tanh(epsilon / 2.0) * math.exp(-epsilon * abs(noise))
            for noise in range(-reach, reach + 1)
        }
    if rule.name is RuleName.RANDOM_ROUNDING:
        base = rule.parameters[0]
        return {noise: (base - abs(noise)) / base**2 for noise in range(1 - base, base)}
    if rule.name is RuleName.BUCKETS and released != rule.parameters[-1]:
        width = min(edge for edge in rule.parameters if edge > released) - released
        return {-above: 1.0 / width for above in range(width)}
    return {0: 1.0}


def nearest_ends(law: Law) -> tuple[int, int]:
    """Return the two ends whose chance of holding the number is nearest to 80 %.

    Of those with about 10 % on either side. Whole numbers seldom cut 10 % off exactly: each end is
    tried just inside and just outside; of equals the most even is taken.
    """
    values = sorted(value for value in law if law[value] > 0.0)
    up_to = dict(zip(values, accumulate(law[value] for value in values), strict=True))
    total = up_to[values[-1]]
    first = next(place for place, value in enumerate(values) if up_to[value] > TAIL * total)
    last = next(
        place for place, value in enumerate(values) if up_to[value] >= (1.0 - TAIL) * total - 1e-9
    )

    def misses(ends: tuple[int, int]) -> tuple[float, float]:
        low, high = ends
        below, above = (
            (up_to[values[low - 1]] if low else 0.0) / total,
            1.0 - up_to[values[high]] / total,
        )
        return round(abs(below + above - 2.0 * TAIL), 9), abs(below - above)

    lows, highs = (first, min(first + 1, len(values) - 1)), (last, max(last - 1, 0))
    low, high = min(((low, high) for low, high in product(lows, highs) if low <= high), key=misses)
    return values[low], values[high]
