# SPDX-License-Identifier: Apache-2.0
"""Let one window stand for several when the store runs out of room. Pure.

Only disclosed windows come in, so nothing more can come out.

Sums of crossings are kept; a zone's mean is that of the time with a count. Windows are merged that
follow each other without a gap, in one run of the gate and at one quality of its clock: within a
quarter of an hour of UTC, then within an hour, never across a day. Windows that are dropped after
that leave one without counts, with the code DROPPED, whose length says how many there were.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from edge_agent.disclosure.interval.combine import combine_lines, combine_quality, combine_zones
from edge_agent.disclosure.window import DisclosedWindow, PendingWindow
from wire_contract.codec import encode
from wire_contract.errors import FieldError
from wire_contract.messages.version_1 import read_stored
from wire_contract.quality import QualityCode

STEPS_S = (900, 3600)
DAY_S = 86_400
DROPPED_RUN = 0
"""In place of a run of the gate, so that dropped windows are merged with each other only."""


def group_neighbours(
    windows: Iterable[PendingWindow], within_s: int
) -> Iterator[list[PendingWindow]]:
    """Yield groups of two or more windows that can be merged; windows come oldest first."""
    group: list[PendingWindow] = []
    for window in windows:
        if group and group[-1].run == window.run and follows(group[-1], window, within_s):
            group.append(window)
            continue
        if len(group) > 1:
            yield group
        group = [window]
    if len(group) > 1:
        yield group


def follows(before: PendingWindow, after: PendingWindow, within_s: int) -> bool:
    """Say whether one begins where the other ends, and both lie in one stretch of UTC.

    By both clocks, to within a second, because UTC is rounded.
    """
    gaps_s = (after.start_monotonic_s - before.start_monotonic_s, after.start_s - before.start_s)
    one_stretch = before.start_s // within_s == (after.start_s + after.length_s - 1) // within_s
    return (
        before.quality == after.quality
        and one_stretch
        and all(abs(gap_s - before.length_s) <= 1 for gap_s in gaps_s)
    )


def merge(windows: Sequence[PendingWindow], window_s: int) -> PendingWindow | None:
    """Return the window that stands for neighbours, each made of windows of `window_s`.

    None where a sum leaves its range.
    """
    found = [read_stored(DisclosedWindow, one.body) for one in windows]
    counts = [-(-one.length_s // window_s) for one in windows]  # A window cut short counts as one.
    rule = found[0].provenance.rule
    quality = combine_quality([one.image_quality for one in found], counts)
    try:
        lines = combine_lines([one.lines for one in found], counts, rule)
        zones = combine_zones([one.zones for one in found], counts, rule)
    except FieldError:
        return None
    merged = replace(found[-1], image_quality=quality, lines=lines, zones=zones)
    return _stand_in(windows, merged, run=windows[0].run)


def mark_dropped(windows: Sequence[PendingWindow]) -> PendingWindow:
    """Return what is left of windows that had to go: when, for how long, and no count."""
    last = read_stored(DisclosedWindow, windows[-1].body)
    code = int(QualityCode.DROPPED)
    quality = replace(last.image_quality, code=code, observed=0, rate=0, difficulty=0)
    emptied = replace(last, image_quality=quality, lines=(), zones=())
    return _stand_in(windows, emptied, run=DROPPED_RUN)


def _stand_in(
    windows: Sequence[PendingWindow], disclosed: DisclosedWindow, *, run: int
) -> PendingWindow:
    length_s = sum(one.length_s for one in windows)
    return replace(windows[0], run=run, length_s=length_s, body=encode(disclosed), drawn_ms=None)
