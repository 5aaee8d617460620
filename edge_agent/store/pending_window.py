# SPDX-License-Identifier: Apache-2.0
"""A disclosed window that waits, which of them go together, and one that stands for several. Pure.

Windows go together that follow each other without a gap, in one run of the gate and at one quality
of its clock: within a quarter of an hour of UTC, then within an hour, never across a day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from edge_agent.disclosure.merge import drop_counts, merge

STEPS_S = (900, 3600)
DAY_S = 86_400
DROPPED_RUN = 0
"""In place of a run of the gate, so that dropped windows go together with each other only."""


@dataclass(frozen=True, slots=True)
class PendingWindow:
    """One disclosed window, as bytes, and what is known of its time.

    id: drawn at random; it follows the window into the ledger, so that none is signed twice.
    run: a number of the gate's own. quality: how far start_s (UTC, as believed at closing) can be
    trusted. start_monotonic_s and boot can date the window better later. drawn_ms and drawn_run
    name its noise: the start, None where it stands for several windows, and the run that drew it,
    None where that was before runs were part of the name.
    """

    id: int
    run: int
    boot: str
    quality: str
    start_monotonic_s: float
    start_s: int
    length_s: int
    body: bytes
    drawn_ms: int | None = None
    drawn_run: str | None = None


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


def merge_windows(windows: Sequence[PendingWindow], window_s: int) -> PendingWindow | None:
    """Return the window that stands for neighbours, each made of windows of `window_s`.

    None where a sum leaves its range.
    """
    counts = [-(-one.length_s // window_s) for one in windows]  # A window cut short counts as one.
    body = merge([one.body for one in windows], counts)
    return None if body is None else _stand_in(windows, body, run=windows[0].run)


def mark_dropped(windows: Sequence[PendingWindow]) -> PendingWindow:
    """Return what is left of windows that had to go: when, for how long, and no count."""
    return _stand_in(windows, drop_counts(windows[-1].body), run=DROPPED_RUN)


def _stand_in(windows: Sequence[PendingWindow], body: bytes, *, run: int) -> PendingWindow:
    length_s = sum(one.length_s for one in windows)
    return replace(windows[0], run=run, length_s=length_s, body=body, drawn_ms=None)
