# SPDX-License-Identifier: Apache-2.0
"""How much of the period each box was heard, and how long the centre heard nothing of it. Pure.

Two views: windows that are kept, which may have come late, and alarms, which say what the centre
did not hear at the time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fusion_service.season.figures import Figure, Unit, longest, median_of, number_of, total_s
from fusion_service.season.record import Record
from fusion_service.season.spans import Span, length_s
from fusion_service.shift.causes import Kind
from fusion_service.store.estimates import HeardRow

TAIL_S = 3_600
"""A box that has said nothing for the last hour of the period has fallen silent before its end."""


@dataclass(frozen=True, slots=True)
class BoxPast:
    """A box: which share of its time it counted, from its first window on; and its silences."""

    device: str
    share: float
    silences: tuple[Span, ...]


def boxes_of(heard: Sequence[HeardRow], within: Span, now_s: int) -> list[BoxPast]:
    """Return what became of each box, the one that counted least first."""
    found = []
    for row in heard:
        retired_s = within[1] if row.retired_ms is None else row.retired_ms // 1000
        ends_s = max(min(within[1], now_s, retired_s), row.end_s)
        silences = row.silences
        if ends_s - row.end_s > TAIL_S:
            silences = (*silences, (row.end_s, ends_s))
        whole = max(ends_s - row.first_s, 1)
        found.append(BoxPast(row.device, 1 - length_s(silences) / whole, silences))
    return sorted(found, key=lambda one: (one.share, one.device))


def box_figures(boxes: Sequence[BoxPast], record: Record) -> Iterator[Figure]:
    """Yield the figures of boxes."""
    outages = [last - first for one in boxes for first, last in one.silences]
    yield number_of("boxes", len(boxes), len(boxes))
    yield median_of("share_of_time_counted", [one.share for one in boxes], unit=Unit.SHARE)
    yield number_of("outages", len(outages), len(boxes))
    yield total_s("outages_together", outages)
    yield median_of("outage", outages)
    yield longest("outage_longest", outages)
    unheard = [
        (one.ended_s or record.within[1]) - one.raised_s
        for one in record.alarms.values()
        if one.kind is Kind.BOXES
    ]
    yield number_of("alarms_of_silence", len(unheard), len(unheard))
    yield median_of("silence_at_the_time", unheard)
