# SPDX-License-Identifier: Apache-2.0
"""The interval of a sum of released counts, from the intervals of the windows.

The law is that of the box (wire_contract/intervals.py); here it is added up in the store's query.
"""

import sqlite3
from dataclasses import dataclass
from functools import lru_cache

from wire_contract.intervals import Whole, noise_square, shared_reach

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
    return noise_square(rule, int(parameters.partition(",")[0] or 0))


def shared(reach: float | None, rule: str, parameters: str) -> float | None:
    """Return how far an interval reaches to one side besides the rule's noise.

    What windows of one place share.
    """
    return None if reach is None else shared_reach(reach, own_square(rule, parameters))


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
        whole = Whole(
            self.total, self.twice_middle / 2.0, self.own_square, self.shared, self.shared_below
        )
        return whole.ends() if self.with_high >= self.windows else (whole.low_end(), None)
