# SPDX-License-Identifier: Apache-2.0
"""A site's crossings by local day."""

from datetime import date

from fusion_service.web.form.instants import SecondsOut
from fusion_service.web.views.base import View


class LineSumView(View):
    """What one line counted in a day.

    windows: those in which its sensor could see; not_counted: in which it could not, and they are
    in no sum. Intervals: /v1/series/lines.
    """

    device: str
    line: str
    windows: int
    not_counted: int
    in_sum: int | None
    out_sum: int | None


class DayView(View):
    """A local day: each line, and the sum of all, null where no count was released.

    Who crosses two lines is in the sum twice.
    """

    day: date
    start: SecondsOut
    end: SecondsOut
    windows: int
    not_counted: int
    in_sum: int | None
    out_sum: int | None
    lines: tuple[LineSumView, ...]


class DaysView(View):
    """Local days of a site, by this time zone.

    `next` is the `from` of the next part where there were more than one answer holds.
    """

    site: str
    timezone: str
    days: tuple[DayView, ...]
    next: date | None
