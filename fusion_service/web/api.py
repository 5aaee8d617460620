# SPDX-License-Identifier: Apache-2.0
"""The HTTP API, version 1. Every list is limited, every refusal says what was wanted."""

from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from fusion_service.access.entrance import Entrance
from fusion_service.errors import QueryError, StoreError
from fusion_service.store.port import Archive
from fusion_service.store.rows import DeviceRow, GapRow, LostRow
from fusion_service.web.access.guard import Guard
from fusion_service.web.access.reach import IS_OPEN, covered_rows, scope_of
from fusion_service.web.access.routes import add_access
from fusion_service.web.context import add_context
from fusion_service.web.days import add_days
from fusion_service.web.form.description import Contact, DescribedApi
from fusion_service.web.form.envelope import DESCRIPTION_PATH, Envelope
from fusion_service.web.metrics import Watching, exposition
from fusion_service.web.page.built import read_built
from fusion_service.web.page.routes import add_page
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.picture.ogc import add_ogc
from fusion_service.web.picture.public import add_public
from fusion_service.web.picture.routes import add_picture
from fusion_service.web.picture.stream import add_stream
from fusion_service.web.problems import (
    refuse_path,
    refuse_query,
    refuse_store,
    refuse_unknown,
)
from fusion_service.web.queries import (
    DevicesQuery,
    DeviceWindowsQuery,
    GapsQuery,
    LatestQuery,
    Name,
    SitesQuery,
    WindowsQuery,
)
from fusion_service.web.series import add_series
from fusion_service.web.sources.access import SourceAccess
from fusion_service.web.sources.push import add_push
from fusion_service.web.sources.steward import add_steward
from fusion_service.web.views.base import Page, T
from fusion_service.web.views.devices import DeviceView, SiteView, certificate_days_view
from fusion_service.web.views.health import HealthView
from fusion_service.web.views.losses import (
    DeadLetterView,
    GapView,
    LostView,
    OutcomesView,
    OutcomeView,
    SetApartView,
)
from fusion_service.web.views.windows import WindowView

REFUSALS = {
    400: "A part of the question is not what it must be.",
    404: "There is no such thing.",
    503: "The store cannot be read now.",
}


def create_app(
    reader: Archive,
    health: Callable[[], HealthView],
    watching: Watching = Watching(),  # noqa: B008 - frozen
    *,
    contact: Contact = Contact(),  # noqa: B008 - frozen
    exercise: str | None = None,
    live: LivePicture | None = None,
    entrance: Entrance | None = None,
    others: SourceAccess | None = None,
) -> FastAPI:
    """Build the API over a store. `health` is asked at each request that shows it.

    exercise: the scenario that this centre's store was filled by; every answer names it. live:
    the newest numbers of sites, and what they are read from. entrance: who gets in; None in a test
    of what the routes answer. others: where counters of others are let in; None where they are not.
    """
    app = DescribedApi(
        openapi_url=DESCRIPTION_PATH,
        # The pages of Swagger and ReDoc fetch their code from elsewhere; a centre must not make its
        # users' browsers do that.
        docs_url=None,
        redoc_url=None,
        responses={code: {"description": said} for code, said in REFUSALS.items()},
        # A slash at the end is another address, and there is nothing: /core/no-trailing-slash.
        redirect_slashes=False,
    )
    app.contact_person = contact
    setattr(app.state, IS_OPEN, entrance is None)
    if entrance is not None:
        app.add_middleware(Guard, entrance=entrance)
    app.add_middleware(Envelope, exercise=exercise)
    app.add_exception_handler(RequestValidationError, refuse_query)
    app.add_exception_handler(HTTPException, refuse_path)
    app.add_exception_handler(QueryError, refuse_unknown)
    app.add_exception_handler(StoreError, refuse_store)
    _add_state(app, reader, health, watching, exercise)
    _add_devices(app, reader, watching)
    _add_windows(app, reader)
    _add_missing(app, reader)
    _add_letters(app, reader)
    add_series(app, reader)
    add_context(app, watching.feeds)
    add_days(app, reader, (lambda _site: None) if live is None else live.sources.drawings.time_zone)
    if live is not None:
        _add_picture(app, live)
    if entrance is not None:
        add_access(app, entrance)
    if others is not None:
        add_push(app, others)
        add_steward(app, others)
    add_page(app, read_built())
    return app


def _add_picture(app: FastAPI, live: LivePicture) -> None:
    sources = live.sources
    add_picture(app, sources, live)
    add_stream(app, live)
    add_ogc(app, sources, live)
    if sources.public is not None:
        add_public(app, sources, live, sources.public)


def _add_state(
    app: FastAPI,
    reader: Archive,
    health: Callable[[], HealthView],
    watching: Watching,
    exercise: str | None,
) -> None:
    @app.get("/v1/health")
    def get_health() -> HealthView:
        """How the centre fares. Answers 200 also when degraded: read `condition`."""
        return health().model_copy(update={"exercise": exercise})

    @app.get("/v1/outcomes")
    def get_outcomes() -> OutcomesView:
        """How received messages ended, since the store was made."""
        counts = reader.counts()
        return OutcomesView(
            outcomes=tuple(OutcomeView.of(row) for row in reader.outcomes()),
            late_reports=counts.late_reports,
            repeated_windows=counts.repeated_windows,
            set_apart=tuple(
                SetApartView(reason=reason, total=total) for reason, total in counts.set_apart
            ),
            dead_letters_dropped=counts.dead_letters_dropped,
            dead_letters_replayed=counts.dead_letters_replayed,
        )

    @app.get("/metrics", include_in_schema=False)
    def get_metrics() -> Response:
        return Response(exposition(reader, health, watching), media_type=CONTENT_TYPE_LATEST)


def _add_devices(app: FastAPI, reader: Archive, watching: Watching) -> None:
    def shown(row: DeviceRow) -> DeviceView:
        """Show a device with what is known of its certificate."""
        ends_s = watching.certificate_ends_s().get((row.site, row.device))
        return DeviceView.of(row).model_copy(update={"certificate": certificate_days_view(ends_s)})

    @app.get("/v1/sites")
    def get_sites(request: Request, query: Annotated[SitesQuery, Query()]) -> Page[SiteView]:
        """Sites by name."""
        rows = covered_rows(
            scope_of(request),
            lambda after: reader.sites(after=after, limit=query.limit),
            lambda row: row.site,
            after=query.after,
            limit=query.limit,
        )
        return _page([SiteView.of(row) for row in rows], query.limit, lambda site: site.site)

    @app.get("/v1/devices")
    def get_devices(request: Request, query: Annotated[DevicesQuery, Query()]) -> Page[DeviceView]:
        """Devices by site and name, each as it stands."""
        rows = covered_rows(
            scope_of(request),
            lambda after: reader.devices(after=device_after(after), limit=query.limit),
            lambda row: f"{row.site}/{row.device}",
            after=query.after,
            limit=query.limit,
        )
        return _page(
            [shown(row) for row in rows],
            query.limit,
            lambda device: f"{device.site}/{device.device}",
        )

    @app.get("/v1/devices/{site}/{device}")
    def get_device(site: Name, device: Name) -> DeviceView:
        """One device as it stands."""
        return shown(_known(reader, site, device))


def _add_windows(app: FastAPI, reader: Archive) -> None:
    @app.get("/v1/devices/{site}/{device}/windows")
    def get_device_windows(
        site: Name, device: Name, query: Annotated[DeviceWindowsQuery, Query()]
    ) -> Page[WindowView]:
        """A device's windows, the latest start first."""
        start_s, _, row_id = query.before.partition("-")
        rows = reader.device_windows(
            _row_of(reader, site, device),
            before=(int(start_s), int(row_id)),
            limit=query.limit,
            began=query.began,
        )
        page = _page([WindowView.of(row) for row in rows], query.limit, lambda _: "")
        # Of the row: a view shows a time that no calendar has as the calendar's last.
        following = f"{rows[-1].start_s}-{rows[-1].id}" if page.next is not None else None
        return page.model_copy(update={"next": following})

    @app.get("/v1/windows")
    def get_windows(query: Annotated[WindowsQuery, Query()]) -> Page[WindowView]:
        """Windows of every device, the last committed first."""
        rows = reader.latest_windows(
            before_id=query.before, limit=query.limit, late=query.late == "true", began=query.began
        )
        return _page(
            [WindowView.of(row) for row in rows], query.limit, lambda window: str(window.id)
        )


def _add_missing(app: FastAPI, reader: Archive) -> None:
    @app.get("/v1/gaps")
    def get_gaps(request: Request, query: Annotated[GapsQuery, Query()]) -> Page[GapView]:
        """What is missing of each device's streams, and since when, until it comes."""
        rows = covered_rows(
            scope_of(request),
            lambda after: reader.gaps(after=missing_after(after), limit=query.limit),
            place_of,
            after=query.after,
            limit=query.limit,
        )
        return _page([GapView.of(row) for row in rows], query.limit, place_of)

    @app.get("/v1/lost")
    def get_lost(request: Request, query: Annotated[GapsQuery, Query()]) -> Page[LostView]:
        """What is missing of each device's streams for good, and why."""
        rows = covered_rows(
            scope_of(request),
            lambda after: reader.lost(after=missing_after(after), limit=query.limit),
            place_of,
            after=query.after,
            limit=query.limit,
        )
        return _page([LostView.of(row) for row in rows], query.limit, place_of)


def _add_letters(app: FastAPI, reader: Archive) -> None:
    @app.get("/v1/dead-letters")
    def get_dead_letters(
        query: Annotated[LatestQuery, Query()],
    ) -> Page[DeadLetterView]:
        """Messages that came to nothing, the last first, without their content."""
        rows = reader.dead_letters(before_id=query.before, limit=query.limit)
        return _page(
            [DeadLetterView.of(row) for row in rows],
            query.limit,
            lambda letter: str(letter.id),
        )


def device_after(after: str) -> tuple[str, str]:
    """Read the cursor of devices."""
    site, _, name = after.partition("/")
    return site, name


def missing_after(after: str) -> tuple[str, str, str, int]:
    """Read the cursor of what is missing."""
    site, device, stream, first = after.split("/") if after else ("", "", "", "0")
    return site, device, stream, int(first)


def place_of(row: GapRow | LostRow | GapView | LostView) -> str:
    """Return the cursor of something that is missing."""
    return f"{row.site}/{row.device}/{row.stream}/{row.first}"


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


def _page(items: list[T], limit: int, cursor: Callable[[T], str]) -> Page[T]:
    """Make a page; a full one names the cursor of the next, which may turn out empty."""
    return Page(items=tuple(items), next=cursor(items[-1]) if len(items) == limit else None)
