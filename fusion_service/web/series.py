# SPDX-License-Identifier: Apache-2.0
"""The API's routes of series: a line or a zone over steps of time.

A step of a series is counted from `from`, so a client that wants whole hours asks from a whole
hour. The last step ends at `to`.
"""

from typing import Annotated, TypeVar

from fastapi import FastAPI, Query

from fusion_service.errors import QueryError
from fusion_service.estimate.intervals import Sums
from fusion_service.estimate.series import Coverage, LineStepRow, ZoneStepRow
from fusion_service.store.port import Archive, Counted, Span
from fusion_service.web.form.instants import of_seconds
from fusion_service.web.queries import LineSeriesQuery, SeriesQuery, ZoneSeriesQuery
from fusion_service.web.views.series import (
    LineSeriesView,
    ZoneSeriesView,
    line_step_view,
    zone_step_view,
)

R = TypeVar("R")

NO_TIME = Coverage(0, 0, 0, 0, 0)
NONE = Sums(0, None, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""What a step holds in which no window began."""


def add_series(app: FastAPI, reader: Archive) -> None:
    """Add the routes of series to the API."""
    _add_lines(app, reader)
    _add_zones(app, reader)


def _add_lines(app: FastAPI, reader: Archive) -> None:
    @app.get("/v1/series/lines")
    def get_line_series(query: Annotated[LineSeriesQuery, Query()]) -> LineSeriesView:
        """A line's crossings summed over steps."""
        rows = _found(query, reader.line_steps(_span(query), query.line))
        if not any(row.entered.windows or row.left.windows for row in rows):
            _refuse_unknown(reader, query, Counted.LINE, query.line)
        found = {row.step: row for row in rows}
        steps = [
            line_step_view(found.get(step, LineStepRow(step, NO_TIME, NONE, NONE)), start_s, end_s)
            for step, start_s, end_s in _steps(query)
        ]
        return LineSeriesView(
            site=query.site,
            device=query.device,
            line=query.line,
            step_s=query.step_s,
            steps=tuple(steps),
            next=None if query.next_s is None else of_seconds(query.next_s),
        )


def _add_zones(app: FastAPI, reader: Archive) -> None:
    @app.get("/v1/series/zones")
    def get_zone_series(query: Annotated[ZoneSeriesQuery, Query()]) -> ZoneSeriesView:
        """A zone's occupancy over steps: mean of means, highest of peaks."""
        rows = _found(query, reader.zone_steps(_span(query), query.zone))
        if not any(row.means.windows or row.peak_windows for row in rows):
            _refuse_unknown(reader, query, Counted.ZONE, query.zone)
        found = {row.step: row for row in rows}
        steps = [
            zone_step_view(
                found.get(step, ZoneStepRow(step, NO_TIME, NONE, 0, None, None, None)),
                start_s,
                end_s,
            )
            for step, start_s, end_s in _steps(query)
        ]
        return ZoneSeriesView(
            site=query.site,
            device=query.device,
            zone=query.zone,
            step_s=query.step_s,
            steps=tuple(steps),
            next=None if query.next_s is None else of_seconds(query.next_s),
        )


def _span(query: SeriesQuery) -> Span:
    return Span(query.site, query.device, query.from_s, query.end_s, query.step_s)


def _found(query: SeriesQuery, rows: list[R] | None) -> list[R]:
    if rows is None:
        raise QueryError(f"{query.site}/{query.device}")
    return rows


def _refuse_unknown(reader: Archive, query: SeriesQuery, kind: Counted, name: str) -> None:
    """Refuse a line or zone that neither a device's meta nor any window of late names."""
    if not reader.counts_at(query.site, query.device, kind, name):
        device = f"{query.site}/{query.device}"
        raise QueryError(
            name,
            where=f"query.{kind.value}",
            wanted=f"a {kind.value} of {device}; /v1/devices/{device} names them under meta",
        )


def _steps(query: SeriesQuery) -> list[tuple[int, int, int]]:
    """Return number, start and end of each step; the last ends at `to`."""
    starts = range(query.from_s, query.end_s, query.step_s)
    return [
        (number, start_s, min(start_s + query.step_s, query.end_s))
        for number, start_s in enumerate(starts)
    ]
