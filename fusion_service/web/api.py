# SPDX-License-Identifier: Apache-2.0
"""The HTTP API, version 1. Reading only, every list limited, every refusal says what was wanted.

A step of a series is counted from `from`, so a client that wants whole hours asks from a whole
hour. The last step ends at `to`.
"""

from collections.abc import Callable
from typing import Annotated, Self

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException

from fusion_service.errors import QueryError, StoreError
from fusion_service.estimate.intervals import Sums
from fusion_service.estimate.series import Coverage, LineStepRow, ZoneStepRow
from fusion_service.store.port import Archive, Span
from fusion_service.store.rows import DeviceRow
from fusion_service.web import views
from fusion_service.web.metrics import Watching, exposition

LIMIT_MAX = 500
STEPS_MAX = 2_000
"""A chart has fewer pixels across."""
TIME_S_MAX = 2**40
ID_MAX = 2**53

Name = Annotated[str, Field(pattern="^[a-z0-9-]{1,32}$")]
TimeS = Annotated[int, Field(ge=0, le=TIME_S_MAX)]
Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX)]


class _Query(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SitesQuery(_Query):
    """A page of sites: those after a name."""

    after: Annotated[str, Field(pattern="^[a-z0-9-]{0,32}$")] = ""
    limit: Limit = 100


class DevicesQuery(_Query):
    """A page of devices: those after `SITE/DEVICE`."""

    after: Annotated[str, Field(pattern="^([a-z0-9-]{1,32}/[a-z0-9-]{1,32})?$")] = ""
    limit: Limit = 100


class LatestQuery(_Query):
    """A page of what came last: those before an id."""

    before: Annotated[int, Field(ge=1, le=ID_MAX)] = ID_MAX
    limit: Limit = 100


class WindowsQuery(LatestQuery):
    """A page of the windows that came last: those before an id.

    With `late=true` only those that came late.
    """

    late: bool = False


class GapsQuery(_Query):
    """A page of gaps: those after `SITE/DEVICE/STREAM/FIRST`."""

    after: Annotated[
        str, Field(pattern="^([a-z0-9-]{1,32}/[a-z0-9-]{1,32}/[0-9a-f-]{36}/[0-9]{1,16})?$")
    ] = ""
    limit: Limit = 100


class DeviceWindowsQuery(_Query):
    """A page of a device's windows, latest start first: those before `START-ID`."""

    before: Annotated[str, Field(pattern="^[0-9]{1,13}-[0-9]{1,16}$")] = f"{TIME_S_MAX + 1}-0"
    limit: Limit = 100


class _SeriesQuery(_Query):
    site: Name
    device: Name
    from_s: Annotated[TimeS, Field(alias="from")]
    to_s: Annotated[TimeS, Field(alias="to")]
    step_s: Annotated[int, Field(alias="step", ge=1, le=86_400)] = 60

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.to_s <= self.from_s:
            raise PydanticCustomError("order", "to: wanted later than from")
        if -(-(self.to_s - self.from_s) // self.step_s) > STEPS_MAX:
            raise PydanticCustomError(
                "steps",
                f"step: wanted at most {STEPS_MAX} steps between from and to; ask for longer steps",
            )
        return self


class LineSeriesQuery(_SeriesQuery):
    """A line of a device, from one UTC second to before another, in steps of whole seconds."""

    line: Name


class ZoneSeriesQuery(_SeriesQuery):
    """A zone of a device, from one UTC second to before another, in steps of whole seconds."""

    zone: Name


def create_app(
    reader: Archive,
    health: Callable[[], views.HealthView],
    watching: Watching = Watching(),  # noqa: B008 - frozen
) -> FastAPI:
    """Build the API over a store. `health` is asked at each request that shows it."""
    app = FastAPI(
        title="fusion-service",
        version="1",
        openapi_url="/v1/openapi.json",
        # The pages of Swagger and ReDoc fetch their code from elsewhere; a centre must not make its
        # users' browsers do that.
        docs_url=None,
        redoc_url=None,
        responses={code: {"model": views.ProblemsView} for code in (404, 422, 503)},
    )
    app.add_exception_handler(RequestValidationError, _refuse_query)
    app.add_exception_handler(HTTPException, _refuse_path)
    app.add_exception_handler(QueryError, _refuse_unknown)
    app.add_exception_handler(StoreError, _refuse_store)
    _add_state(app, reader, health, watching)
    _add_lists(app, reader, watching)
    _add_series(app, reader)
    return app


def _add_state(
    app: FastAPI, reader: Archive, health: Callable[[], views.HealthView], watching: Watching
) -> None:
    @app.get("/v1/health")
    def get_health() -> views.HealthView:
        """How the centre fares. Answers 200 also when degraded: read `condition`."""
        return health()

    @app.get("/v1/outcomes")
    def get_outcomes() -> views.OutcomesView:
        """How received messages ended, since the store was made."""
        counts = reader.counts()
        return views.OutcomesView(
            outcomes=tuple(views.OutcomeView.of(row) for row in reader.outcomes()),
            late_reports=counts.late_reports,
            repeated_windows=counts.repeated_windows,
            set_apart=tuple(
                views.SetApartView(reason=reason, total=total) for reason, total in counts.set_apart
            ),
            dead_letters_dropped=counts.dead_letters_dropped,
            dead_letters_replayed=counts.dead_letters_replayed,
        )

    @app.get("/metrics", include_in_schema=False)
    def get_metrics() -> Response:
        return Response(exposition(reader, health, watching), media_type=CONTENT_TYPE_LATEST)


def _add_lists(app: FastAPI, reader: Archive, watching: Watching) -> None:
    def shown(row: DeviceRow) -> views.DeviceView:
        """Show a device with what is known of its certificate."""
        ends_s = watching.certificate_ends_s().get((row.site, row.device))
        return views.DeviceView.of(row).model_copy(
            update={"certificate": views.certificate_days_view(ends_s)}
        )

    @app.get("/v1/sites")
    def get_sites(query: Annotated[SitesQuery, Query()]) -> views.Page[views.SiteView]:
        """Sites by name."""
        rows = reader.sites(after=query.after, limit=query.limit)
        return _page([views.SiteView.of(row) for row in rows], query.limit, lambda site: site.site)

    @app.get("/v1/devices")
    def get_devices(query: Annotated[DevicesQuery, Query()]) -> views.Page[views.DeviceView]:
        """Devices by site and name, each as it stands."""
        site, _, name = query.after.partition("/")
        rows = reader.devices(after=(site, name), limit=query.limit)
        return _page(
            [shown(row) for row in rows],
            query.limit,
            lambda device: f"{device.site}/{device.device}",
        )

    @app.get("/v1/devices/{site}/{device}")
    def get_device(site: Name, device: Name) -> views.DeviceView:
        """One device as it stands."""
        return shown(_known(reader, site, device))

    @app.get("/v1/devices/{site}/{device}/windows")
    def get_device_windows(
        site: Name, device: Name, query: Annotated[DeviceWindowsQuery, Query()]
    ) -> views.Page[views.WindowView]:
        """A device's windows, the latest start first."""
        start_s, _, row_id = query.before.partition("-")
        rows = reader.device_windows(
            _row_of(reader, site, device), before=(int(start_s), int(row_id)), limit=query.limit
        )
        return _page(
            [views.WindowView.of(row) for row in rows],
            query.limit,
            lambda window: f"{window.start_s}-{window.id}",
        )

    @app.get("/v1/windows")
    def get_windows(query: Annotated[WindowsQuery, Query()]) -> views.Page[views.WindowView]:
        """Windows of every device, the last committed first."""
        rows = reader.latest_windows(before_id=query.before, limit=query.limit, late=query.late)
        return _page(
            [views.WindowView.of(row) for row in rows], query.limit, lambda window: str(window.id)
        )

    @app.get("/v1/gaps")
    def get_gaps(query: Annotated[GapsQuery, Query()]) -> views.Page[views.GapView]:
        """What is missing of each device's streams, and since when, until it comes."""
        site, device, stream, first = query.after.split("/") if query.after else ("", "", "", "0")
        rows = reader.gaps(after=(site, device, stream, int(first)), limit=query.limit)
        return _page(
            [views.GapView.of(row) for row in rows],
            query.limit,
            lambda gap: f"{gap.site}/{gap.device}/{gap.stream}/{gap.first}",
        )

    @app.get("/v1/lost")
    def get_lost(query: Annotated[GapsQuery, Query()]) -> views.Page[views.LostView]:
        """What is missing of each device's streams for good, and why."""
        site, device, stream, first = query.after.split("/") if query.after else ("", "", "", "0")
        rows = reader.lost(after=(site, device, stream, int(first)), limit=query.limit)
        return _page(
            [views.LostView.of(row) for row in rows],
            query.limit,
            lambda lost: f"{lost.site}/{lost.device}/{lost.stream}/{lost.first}",
        )

    @app.get("/v1/dead-letters")
    def get_dead_letters(
        query: Annotated[LatestQuery, Query()],
    ) -> views.Page[views.DeadLetterView]:
        """Messages that came to nothing, the last first, without their content."""
        rows = reader.dead_letters(before_id=query.before, limit=query.limit)
        return _page(
            [views.DeadLetterView.of(row) for row in rows],
            query.limit,
            lambda letter: str(letter.id),
        )


def _add_series(app: FastAPI, reader: Archive) -> None:
    nothing, none = Coverage(0, 0, 0, 0, 0), Sums(0, None, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)

    @app.get("/v1/series/lines")
    def get_line_series(query: Annotated[LineSeriesQuery, Query()]) -> views.LineSeriesView:
        """A line's crossings summed over steps."""
        found = {row.step: row for row in reader.line_steps(_span(reader, query), query.line)}
        steps = [
            views.line_step_view(
                found.get(step, LineStepRow(step, nothing, none, none)), start_s, end_s
            )
            for step, start_s, end_s in _steps(query)
        ]
        return views.LineSeriesView(
            site=query.site,
            device=query.device,
            line=query.line,
            step_s=query.step_s,
            steps=tuple(steps),
        )

    @app.get("/v1/series/zones")
    def get_zone_series(query: Annotated[ZoneSeriesQuery, Query()]) -> views.ZoneSeriesView:
        """A zone's occupancy over steps: mean of means, most of mosts."""
        found = {row.step: row for row in reader.zone_steps(_span(reader, query), query.zone)}
        steps = [
            views.zone_step_view(
                found.get(step, ZoneStepRow(step, nothing, none, 0, None, None, None)),
                start_s,
                end_s,
            )
            for step, start_s, end_s in _steps(query)
        ]
        return views.ZoneSeriesView(
            site=query.site,
            device=query.device,
            zone=query.zone,
            step_s=query.step_s,
            steps=tuple(steps),
        )


def _known(reader: Archive, site: str, device: str) -> DeviceRow:
    row = reader.device(site, device)
    if row is None:
        raise QueryError(f"{site}/{device}")
    return row


def _row_of(reader: Archive, site: str, device: str) -> int:
    row = reader.device_id(site, device)
    if row is None:
        raise QueryError(f"{site}/{device}")
    return row


def _span(reader: Archive, query: _SeriesQuery) -> Span:
    return Span(_row_of(reader, query.site, query.device), query.from_s, query.to_s, query.step_s)


def _steps(query: _SeriesQuery) -> list[tuple[int, int, int]]:
    """Return number, start and end of each step; the last ends at `to`."""
    starts = range(query.from_s, query.to_s, query.step_s)
    return [
        (number, start_s, min(start_s + query.step_s, query.to_s))
        for number, start_s in enumerate(starts)
    ]


def _page(
    items: list[views.T], limit: int, cursor: Callable[[views.T], str]
) -> views.Page[views.T]:
    """Make a page; a full one names the cursor of the next, which may turn out empty."""
    return views.Page(items=tuple(items), next=cursor(items[-1]) if len(items) == limit else None)


def _answer(status: int, *problems: views.ProblemView) -> JSONResponse:
    return JSONResponse(
        views.ProblemsView(problems=problems).model_dump(mode="json"), status_code=status
    )


def _refuse_query(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    problems = []
    for mistake in error.errors():
        where = ".".join(str(part) for part in mistake["loc"])
        got = "nothing" if mistake["type"] == "missing" else str(mistake["input"])[:80]
        problems.append(views.ProblemView(where=where, got=got, wanted=mistake["msg"]))
    return _answer(422, *problems)


def _refuse_path(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    got = f"{request.method} {request.url.path}"[:80]
    return _answer(
        error.status_code,
        views.ProblemView(where="path", got=got, wanted=f"{error.detail}; see /v1/openapi.json"),
    )


def _refuse_unknown(_request: Request, error: Exception) -> JSONResponse:
    return _answer(
        404,
        views.ProblemView(
            where="device", got=str(error), wanted="an enrolled device; see /v1/devices"
        ),
    )


def _refuse_store(_request: Request, error: Exception) -> JSONResponse:
    return _answer(
        503,
        views.ProblemView(
            where="store", got=str(error), wanted="a store that can be read; see /v1/health"
        ),
    )
