# SPDX-License-Identifier: Apache-2.0
"""The interval of a sum of released counts, from the intervals of the windows.

The middles of the windows' intervals add up, so an error that all windows share stays in; what lies to either side of them is each
window's own (noise, luck), so half widths add up as squares. A window that is a lower bound takes the high end of the sum away.
"""

import math
from dataclasses import dataclass

_SUMS = (
    "count({0}), sum({0}), count({0}_low), count({0}_high), "
    "total({0}_low + {0}_high), total(1.0 * ({0}_high - {0}_low) * ({0}_high - {0}_low)), "
    "total(1.0 * max({0} - {0}_low, 0) * max({0} - {0}_low, 0))"
)
COLUMNS = 7


def sums_of(column: str, name: str) -> str:
    """Return the SQL of what `Sums` is made of, for a count and its ends (`NAME_low`, `NAME_high`, in the table of `column`)."""
    return _SUMS.replace("{0}_", f"{column.partition('.')[0]}.{name}_").format(column)


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts of one step: how many windows released one, their sum, and what its interval is made of."""

    windows: int
    total: int | None
    with_low: int
    with_high: int
    twice_middle: float
    squared_width: float
    squared_below: float

    def ends(self) -> tuple[float | None, float | None]:
        """Return the 80 % interval of the sum; no ends where a window came without, no high one where one is a lower bound."""
        if self.total is None or self.with_low < self.windows:
            return None, None
        if self.with_high < self.windows:
            return self.total - math.sqrt(self.squared_below), None
        middle, half = self.twice_middle / 2.0, math.sqrt(self.squared_width) / 2.0
        return middle - half, middle + half
