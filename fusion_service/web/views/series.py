# SPDX-License-Identifier: Apache-2.0
"""Series of lines and zones over steps of time."""

from pydantic import AliasChoices, Field

from fusion_service.estimate.series import LineStepRow, ZoneStepRow
from fusion_service.web.form.instants import SecondsOut, of_seconds
from fusion_service.web.views.base import View


class CoverageView(View):
    """What stands behind a step, so that absent is not zero.

    A window counts in the step in which it begins. `covered_s` is the length of these windows, and
    may pass the step's own where windows are longer or overlap; `observed_s_min` is how much of it
    the sensor saw at least. `at_least` windows are lower bounds; `not_counted` ones are in no sum,
    because their sensor could not see.
    """

    windows: int
    covered_s: int
    observed_s_min: int
    at_least: int
    not_counted: int


class LineStepView(View):
    """Crossings of one step: sums over the windows that released a count, and how many did.

    Null where none did.

    low and high are the ends of the sum's 80 % interval; without a high end the sum is a lower
    bound.
    """

    start: SecondsOut = Field(validation_alias=AliasChoices("start", "start_s"))
    end: SecondsOut = Field(validation_alias=AliasChoices("end", "end_s"))
    coverage: CoverageView
    in_windows: int
    in_sum: int | None
    in_low: float | None
    in_high: float | None
    out_windows: int
    out_sum: int | None
    out_low: float | None
    out_high: float | None


class ZoneStepView(View):
    """Occupancy of one step: mean of the windows' means, highest of their peaks.

    And how many windows released each.

    A window weighs in the mean as much as it is long. low and high are the ends of the mean's 80 %
    interval, and the highest of the peaks' ends.
    """

    start: SecondsOut = Field(validation_alias=AliasChoices("start", "start_s"))
    end: SecondsOut = Field(validation_alias=AliasChoices("end", "end_s"))
    coverage: CoverageView
    mean_windows: int
    mean: float | None
    mean_low: float | None
    mean_high: float | None
    peak_windows: int
    peak: int | None
    peak_low: int | None
    peak_high: int | None


class LineSeriesView(View):
    """A line over time. Every step is there, also those without a window.

    `next` is the `from` of the next part where there were more steps than one answer holds.
    """

    site: str
    device: str
    line: str
    step_s: int
    steps: tuple[LineStepView, ...]
    next: SecondsOut | None = None


class ZoneSeriesView(View):
    """A zone over time. Every step is there, also those without a window.

    `next` is the `from` of the next part where there were more steps than one answer holds.
    """

    site: str
    device: str
    zone: str
    step_s: int
    steps: tuple[ZoneStepView, ...]
    next: SecondsOut | None = None


def line_step_view(row: LineStepRow, start_s: int, end_s: int) -> LineStepView:
    """Show a step of a line's series."""
    (in_low, in_high), (out_low, out_high) = row.entered.ends(), row.left.ends()
    return LineStepView(
        start=of_seconds(start_s),
        end=of_seconds(end_s),
        coverage=CoverageView.of(row.coverage),
        in_windows=row.entered.windows,
        in_sum=row.entered.total,
        in_low=_rounded(in_low),
        in_high=_rounded(in_high),
        out_windows=row.left.windows,
        out_sum=row.left.total,
        out_low=_rounded(out_low),
        out_high=_rounded(out_high),
    )


def zone_step_view(row: ZoneStepRow, start_s: int, end_s: int) -> ZoneStepView:
    """Show a step of a zone's series."""
    seconds, (low, high) = max(row.means.weight, 1.0), row.means.ends()
    return ZoneStepView(
        start=of_seconds(start_s),
        end=of_seconds(end_s),
        coverage=CoverageView.of(row.coverage),
        mean_windows=row.means.windows,
        mean=_rounded(row.means.total, seconds),
        mean_low=_rounded(low, seconds),
        mean_high=_rounded(high, seconds),
        peak_windows=row.peak_windows,
        peak=row.peak,
        peak_low=row.peak_low,
        peak_high=row.peak_high,
    )


def _rounded(total: float | None, parts: float = 1.0) -> float | None:
    return None if total is None else round(total / parts, 3)
