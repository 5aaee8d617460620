# SPDX-License-Identifier: Apache-2.0
"""Let one window stand for several when space runs out. Pure.

Only disclosed windows come in, so nothing more can come out.

Sums of crossings are kept; a zone's mean is that of the time it was seen. Windows of one run of the
gate and one quality of its clock go together where they follow each other without a gap, within a
quarter of an hour, then an hour of UTC: never across a day. What is dropped after that leaves a
window without counts, eye code DROPPED, whose length says how many there were.
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
"""In place of a run of the gate: dropped windows go with each other, and with none that has
counts."""


def neighbours(windows: Iterable[PendingWindow], within_s: int) -> Iterator[list[PendingWindow]]:
    """Yield two or more windows at a time for which one can stand; they come, and go, oldest first."""
    together: list[PendingWindow] = []
    for window in windows:
        if together and together[-1].run == window.run and follows(together[-1], window, within_s):
            together.append(window)
            continue
        if len(together) > 1:
            yield together
        together = [window]
    if len(together) > 1:
        yield together


def follows(before: PendingWindow, after: PendingWindow, within_s: int) -> bool:
    """Say whether one begins where the other ends, by both clocks (UTC is rounded), and both lie in one stretch of UTC."""
    gaps_s = (after.start_monotonic_s - before.start_monotonic_s, after.start_s - before.start_s)
    one_stretch = before.start_s // within_s == (after.start_s + after.length_s - 1) // within_s
    return (
        before.quality == after.quality
        and one_stretch
        and all(abs(gap_s - before.length_s) <= 1 for gap_s in gaps_s)
    )


def merged(windows: Sequence[PendingWindow], window_s: int) -> PendingWindow | None:
    """Return the window that stands for neighbours, each made of windows of `window_s`.

    None where a sum leaves its range.
    """
    found = [read_stored(DisclosedWindow, one.body) for one in windows]
    each = [-(-one.length_s // window_s) for one in windows]  # one that was cut short is one
    quality, rule = combine_quality([one.image_quality for one in found], each), found[0].terms.rule
    try:
        lines, zones = (
            combine_lines([one.lines for one in found], each, rule),
            combine_zones([one.zones for one in found], each, rule),
        )
    except FieldError:
        return None
    body = encode(replace(found[-1], image_quality=quality, lines=lines, zones=zones))
    return replace(
        windows[0], length_s=sum(one.length_s for one in windows), body=body, drawn_ms=None
    )


def dropped(windows: Sequence[PendingWindow]) -> PendingWindow:
    """Return what is left of windows that had to go: when, for how long, and no count."""
    last = read_stored(DisclosedWindow, windows[-1].body)
    eye = replace(
        last.image_quality, code=int(QualityCode.DROPPED), observed=0, rate=0, difficulty=0
    )
    length_s, body = (
        sum(one.length_s for one in windows),
        encode(replace(last, image_quality=eye, lines=(), zones=())),
    )
    return replace(windows[0], run=DROPPED_RUN, length_s=length_s, body=body, drawn_ms=None)
