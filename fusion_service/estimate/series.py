# SPDX-License-Identifier: Apache-2.0
"""Sum windows over steps of time, by what each window's counts are worth. Pure.

A box releases a slot once, and what it released is committed once: so every live window is added,
whatever other has its time (of a box started again in it, or under a clock that was set back).
What a sensor counted that could not see is no count and not observed, whatever the report holds. A
number at its cap has no high end; the cap is that of the box's meta.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from fusion_service.estimate.intervals import Released, Sums, sums_of
from wire_contract.cap import at_the_cap, windows_of
from wire_contract.quality import Validity, validity

OBSERVED_PERCENT_MIN = (0, 50, 80, 95)
"""The lower ends of the report's four classes of how much a sensor observed."""

Number = tuple[int | None, int | None, int | None]
"""A released count and the ends of its interval; None was withheld, or came without."""


class Window(NamedTuple):
    """One window, in the step in which it began, and the two numbers that are asked of it.

    Of a line, who went in and out; of a zone, the mean and the peak.
    """

    step: int
    length_s: int
    quality_code: int
    quality_observed: int
    config: str
    rule: str
    parameters: str
    first: Number
    second: Number


class Cap(NamedTuple):
    """The most that a window of one config can say of a line or zone; None where it is not said.

    window_s: the length of its windows.
    """

    config: str
    count_max: int | None
    window_s: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What stands behind a step of a series.

    How many windows began in it, their length, and how much of that was observed.

    at_least of the windows are lower bounds, and not_counted hold no count because their sensor
    could not see.
    """

    windows: int
    covered_s: int
    observed_s_min: int
    at_least: int
    not_counted: int


@dataclass(frozen=True, slots=True)
class LineStepRow:
    """A line's crossings in one step, each way."""

    step: int
    coverage: Coverage
    entered: Sums
    left: Sums


@dataclass(frozen=True, slots=True)
class ZoneStepRow:
    """A zone's occupancy in one step.

    The windows' means, and the highest of their peaks with the highest of its ends.
    """

    step: int
    coverage: Coverage
    means: Sums
    peak_windows: int
    peak: int | None
    peak_low: int | None
    peak_high: int | None


class _Counted(NamedTuple):
    """A window as its counts are to be read: no numbers, no high ends, as it must be."""

    window: Window
    validity: Validity
    first: Number
    second: Number


def line_steps(windows: Iterable[Window], cap: Cap | None) -> list[LineStepRow]:
    """Sum a line's crossings for each step, its windows in the order of their steps."""
    return [
        LineStepRow(
            step,
            _coverage(counted),
            sums_of(_released(one.window, one.first, 1) for one in counted if _has(one.first)),
            sums_of(_released(one.window, one.second, 1) for one in counted if _has(one.second)),
        )
        for step, counted in _steps(windows, cap, is_line=True)
    ]


def zone_steps(windows: Iterable[Window], cap: Cap | None) -> list[ZoneStepRow]:
    """Summarise a zone's occupancy for each step, its windows in the order of their steps.

    A window weighs in the mean as much as it is long.
    """
    return [
        ZoneStepRow(
            step,
            _coverage(counted),
            sums_of(
                _released(one.window, one.first, one.window.length_s)
                for one in counted
                if _has(one.first)
            ),
            *_peak([one.second for one in counted if _has(one.second)]),
        )
        for step, counted in _steps(windows, cap, is_line=False)
    ]


def _steps(
    windows: Iterable[Window], cap: Cap | None, *, is_line: bool
) -> Iterator[tuple[int, list[_Counted]]]:
    for step, group in groupby(windows, key=attrgetter("step")):
        yield step, [_judged(window, cap, is_line=is_line) for window in group]


def _judged(window: Window, cap: Cap | None, *, is_line: bool) -> _Counted:
    """Say how a window's numbers are to be read, by its sensor and by the cap of its config."""
    judged = validity(window.quality_code, window.quality_observed)
    if judged is Validity.NOT_COUNTED:
        nothing = (None, None, None)
        return _Counted(window, judged, nothing, nothing)
    count_max, windows = None, 1
    if cap is not None and cap.config == window.config:
        count_max = cap.count_max
        windows = windows_of(window.length_s, cap.window_s) if is_line else 1
    first, first_is_open = _closed(window.first, count_max, windows)
    second, second_is_open = _closed(window.second, count_max, windows)
    is_open = first_is_open or second_is_open
    if judged is Validity.COUNTED and is_open:
        judged = Validity.AT_LEAST
    return _Counted(window, judged, first, second)


def _closed(number: Number, count_max: int | None, windows: int) -> tuple[Number, bool]:
    """Return a number without its high end where it is at its cap; and whether it has none."""
    count, low, high = number
    if at_the_cap(count, count_max, windows):
        return (count, low, None), True
    return number, low is not None and high is None


def _coverage(counted: list[_Counted]) -> Coverage:
    seen = [one.window for one in counted if one.validity is not Validity.NOT_COUNTED]
    return Coverage(
        len(counted),
        sum(one.window.length_s for one in counted),
        sum(one.length_s * _percent(one.quality_observed) for one in seen) // 100,
        sum(one.validity is Validity.AT_LEAST for one in counted),
        len(counted) - len(seen),
    )


def _percent(observed: int) -> int:
    return OBSERVED_PERCENT_MIN[min(max(observed, 0), len(OBSERVED_PERCENT_MIN) - 1)]


def _has(number: Number) -> bool:
    return number[0] is not None


def _released(window: Window, number: Number, weight: int) -> Released:
    count, low, high = number
    assert count is not None  # noqa: S101 - asked before
    return Released(count, low, high, weight, window.rule, window.parameters)


def _peak(numbers: list[Number]) -> tuple[int, int | None, int | None, int | None]:
    """Return of how many windows there is a peak, the highest, and the highest of its ends."""
    peaks = [count for count, _, _ in numbers if count is not None]
    lows = [low for _, low, _ in numbers if low is not None]
    highs = [high for _, _, high in numbers if high is not None]
    is_closed = len(highs) == len(peaks)
    return (
        len(peaks),
        max(peaks, default=None),
        max(lows, default=None),
        max(highs, default=None) if is_closed else None,
    )
