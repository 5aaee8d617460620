# SPDX-License-Identifier: Apache-2.0
"""The interval of a sum of released counts, from the intervals of the windows.

Noise is each number's own, so it adds up as squares. What a box counts wrong, windows of one place
share, so that part of their widths adds up in full, and so do the middles. A window that is a lower
bound takes the high end of the sum away.
"""

import math
import sqlite3
from dataclasses import dataclass
from functools import lru_cache

from wire_contract.messages.report import RuleName

Z80 = 1.2816
"""Half the width of the 80 % interval of a normal law, standard deviations."""
_SUMS = (
    "count({0}), sum({1} * {0}), count({0}_low), count({0}_high), total({1} * ({0}_low + "
    "{0}_high)), total(CASE WHEN {0} IS NOT NULL THEN {1} * {1} * own_square(r.rule, "
    "r.rule_parameters) END), total({1} * shared(({0}_high - {0}_low) / 2.0, r.rule, "
    "r.rule_parameters)), total({1} * shared(max({0} - {0}_low, 0), r.rule, r.rule_parameters)), "
    "total(CASE WHEN {0} IS NOT NULL THEN {1} END)"
)
COLUMNS = 9


def sums_of(column: str, name: str, weight: str = "1") -> str:
    """Return the SQL of what `Sums` is made of, for a count and its ends (`NAME_low`, `NAME_high`).

    The report is `r`.

    Each window is taken `weight` times: 1 for what adds up, its length for a mean over time.
    """
    return _SUMS.replace("{0}_", f"{column.partition('.')[0]}.{name}_").format(column, weight)


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that `sums_of` asks for."""
    connection.create_function("own_square", 2, own_square, deterministic=True)
    connection.create_function("shared", 3, shared, deterministic=True)


@lru_cache(maxsize=64)
def own_square(rule: str, parameters: str) -> float:
    """Return the square of how far a rule's noise reaches to either side in 80 of 100 numbers.

    Parameters as they are stored.
    """
    if rule == RuleName.DISCRETE_LAPLACE:
        fall = math.exp(-int(parameters) / 1000.0)
        return Z80**2 * 2.0 * fall / (1.0 - fall) ** 2
    if rule == RuleName.RANDOM_ROUNDING:
        return Z80**2 * (int(parameters) ** 2 - 1) / 6.0
    return 0.0


def shared(reach: float | None, rule: str, parameters: str) -> float | None:
    """Return how far an interval reaches to one side besides the rule's noise.

    What windows of one place share.
    """
    return None if reach is None else math.sqrt(max(reach**2 - own_square(rule, parameters), 0.0))


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts of one step: how many windows released one, their sum, and what its interval is made of.

    weight is what a mean of them is divided by: the windows' number, or their seconds.
    """

    windows: int
    total: int | None
    with_low: int
    with_high: int
    twice_middle: float
    own_square: float
    shared: float
    shared_below: float
    weight: float

    def ends(self) -> tuple[float | None, float | None]:
        """Return the 80 % interval of the sum.

        No ends where a window came without, no high one where one is a lower bound.
        """
        if self.total is None or self.with_low < self.windows:
            return None, None
        if self.with_high < self.windows:
            return self.total - math.hypot(math.sqrt(self.own_square), self.shared_below), None
        middle, half = self.twice_middle / 2.0, math.hypot(math.sqrt(self.own_square), self.shared)
        return middle - half, middle + half
