# SPDX-License-Identifier: Apache-2.0
"""What is missing of a stream under its highest sequence, and since when. Pure.

A gap fills from any side: it shrinks, or falls into two of the same age. At the bound the last two
of a stream become one, which then says how many of its sequences are missing and no longer which.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GAPS_MAX = 64
"""Gaps kept of one stream: as many as a box lets reports wait, so one that sends again fits
whatever the network does to it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Of the sequences first..last, both included, `missing` have not come.

    Noticed at `since_ms`, the centre's clock.
    """

    first: int
    last: int
    missing: int
    since_ms: int

    @property
    def whole(self) -> bool:
        """Whether all of it is missing."""
        return self.missing == self.last - self.first + 1


def noted(gaps: Sequence[Gap], top: int, came: Iterable[int], now_ms: int) -> list[Gap]:
    """Return the gaps of a stream after some sequences came that had not come before.

    `gaps` are those until now, rising; `top` is the highest sequence until now, 0 where there was
    none.
    """
    after = list(gaps)
    for sequence in came:
        if sequence > top:
            if sequence > top + 1:
                after.append(Gap(top + 1, sequence - 1, sequence - 1 - top, now_ms))
            top = sequence
        else:
            after = [part for gap in after for part in without(gap, sequence)]
        while len(after) > GAPS_MAX:
            last, before = after.pop(), after.pop()
            after.append(
                Gap(before.first, last.last, before.missing + last.missing, before.since_ms)
            )
    return after


def without(gap: Gap, sequence: int) -> list[Gap]:
    """Return what is left of a gap once a sequence came."""
    if not gap.first <= sequence <= gap.last:
        return [gap]
    if not gap.whole:
        return [Gap(gap.first, gap.last, gap.missing - 1, gap.since_ms)] if gap.missing > 1 else []
    below = Gap(gap.first, sequence - 1, sequence - gap.first, gap.since_ms)
    above = Gap(sequence + 1, gap.last, gap.last - sequence, gap.since_ms)
    return [part for part in (below, above) if part.missing]
