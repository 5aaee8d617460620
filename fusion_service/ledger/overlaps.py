# SPDX-License-Identifier: Apache-2.0
"""Say which reports have some of one another's time, and what follows from it. Pure.

A box releases a slot once, so live windows that overlap all count. Of replays of one file only the
newest does.
"""

from collections.abc import Iterable
from typing import NamedTuple

SAME_BOOT, OTHER_BOOT = "same boot", "other boot"


class Shared(NamedTuple):
    """A new report and another one of its device with some of the same time, on the same clock.

    Rows rise with each commit. start_s is the other one's.
    """

    new: int
    other: int
    start_s: int
    is_one_boot: bool
    is_replay: bool
    both_count: bool
    """Whether neither is set apart already."""


def overlaps_of(found: Iterable[Shared]) -> dict[int, str]:
    """Return the new reports that overlap one of before, and whether it is of the same boot.

    Of several it is the one that began last.
    """
    latest: dict[int, Shared] = {}
    for one in found:
        before = latest.get(one.new)
        if one.other < one.new and (before is None or one.start_s > before.start_s):
            latest[one.new] = one
    return {new: SAME_BOOT if one.is_one_boot else OTHER_BOOT for new, one in latest.items()}


def superseded_of(found: Iterable[Shared]) -> set[int]:
    """Return the replays that a later one stands for: of each two, the one committed first."""
    return {min(one.new, one.other) for one in found if one.is_replay and one.both_count}
