# SPDX-License-Identifier: Apache-2.0
"""Which numbers of a report are lower bounds because they are at their cap, by the box's meta.

A meta speaks for the reports of its own config. Of another one's caps nothing is known here, and
what the box itself said of such a number holds: one that it sent without a high end is a lower
bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from fusion_service.store.rows import LineRow, ZoneRow
from wire_contract.cap import at_the_cap, windows_of
from wire_contract.messages.meta import Meta


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that a window of one config can say of each line, each way, and of each zone."""

    config_sha256: str
    window_s: int
    lines: Mapping[str, int]
    zones: Mapping[str, int]

    @classmethod
    def of(cls, meta: Meta) -> Self:
        """Return the caps that a meta names."""
        lines, zones = (
            {one.id: one.count_max for one in named} for named in (meta.lines, meta.zones)
        )
        return cls(meta.config, meta.length_s, lines, zones)

    def of_line(self, row: LineRow, length_s: int) -> tuple[LineRow, bool]:
        """Return a line's counts in a report of length_s without the high ends of those at the cap.

        And whether one is.
        """
        cap, windows = self.lines.get(row.line), windows_of(length_s, self.window_s)
        entered, left = (
            at_the_cap(row.in_count, cap, windows),
            at_the_cap(row.out_count, cap, windows),
        )
        ends = (None if entered else row.in_high, None if left else row.out_high)
        return replace(row, in_high=ends[0], out_high=ends[1]), entered or left

    def of_zone(self, row: ZoneRow) -> tuple[ZoneRow, bool]:
        """Return a zone's numbers without the high ends of those at the cap; and whether one is."""
        cap = self.zones.get(row.zone)
        mean, peak = at_the_cap(row.mean, cap), at_the_cap(row.peak, cap)
        ends = (None if mean else row.mean_high, None if peak else row.peak_high)
        return replace(row, mean_high=ends[0], peak_high=ends[1]), mean or peak
