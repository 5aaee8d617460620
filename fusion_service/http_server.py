# SPDX-License-Identifier: Apache-2.0
"""The HTTP server over a store: its address, its application and its bounds."""

import logging
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import uvicorn
from starlette.requests import Request

from fusion_service.access.entrance import Clocks, Entrance
from fusion_service.access.local_key import ensure_local_key
from fusion_service.audits.bringing import auditors_of
from fusion_service.config import FusionConfig, HttpConfig
from fusion_service.config_fields import is_loopback
from fusion_service.errors import PortError, QueryError
from fusion_service.ledger.access_log import Action
from fusion_service.publish.alerts.outlets import OutletState, Teller
from fusion_service.registry.site import Site
from fusion_service.shift.desk import Desk
from fusion_service.shift.rates import rates_of
from fusion_service.sources.intake import SourceIntake
from fusion_service.sources.mapping import BODY_BYTES_MAX
from fusion_service.store.access import AccessKeeper
from fusion_service.store.forecast.kept import Forecasts
from fusion_service.store.sources import SourceKeeper
from fusion_service.store.sqlite.audit.keeper import SqliteAudits
from fusion_service.store.sqlite.estimates import EstimateReader
from fusion_service.store.sqlite.exercise import ExerciseReader, exercise_of
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.web.access.guard import peer_of_request
from fusion_service.web.access.reach import identity_of
from fusion_service.web.api import create_app
from fusion_service.web.connections import REQUEST_BYTES_MAX, Connections, protocol
from fusion_service.web.editor.routes import add_site_editor
from fusion_service.web.exercise.debrief import DebriefRoom, add_debrief
from fusion_service.web.forecast.routes import add_forecast
from fusion_service.web.form.description import Contact
from fusion_service.web.form.instants import of_milliseconds
from fusion_service.web.metrics import Watching
from fusion_service.web.officer.answers import OfficerSources
from fusion_service.web.officer.routes import REQUEST_BYTES_MAX as AUDIT_REQUEST_BYTES_MAX
from fusion_service.web.officer.routes import BringingIn, add_officer
from fusion_service.web.officer.views import KeptView
from fusion_service.web.page.built import read_public_shell
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.picture.public import PublicNumbers
from fusion_service.web.picture.sources import (
    BuildingsFile,
    Drawings,
    PictureSources,
    PublicRules,
    wall_ms,
)
from fusion_service.web.public_page.facts import FactSources
from fusion_service.web.public_page.page import Links
from fusion_service.web.public_page.routes import PublicPages, add_public_pages
from fusion_service.web.public_page.shell import UNBUILT
from fusion_service.web.public_page.statement import Answering
from fusion_service.web.shift.acting import ShiftRoom
from fusion_service.web.shift.routes import add_shift
from fusion_service.web.site_plan import REQUEST_BYTES_MAX as SITE_REQUEST_BYTES_MAX
from fusion_service.web.site_plan import Taking, add_site_plan
from fusion_service.web.sources.access import SourceAccess
from fusion_service.web.views.health import Condition, HealthView, OutletView

HTTP_BACKLOG = 512
HTTP_END_S = 3
"""How long requests under way may take once the service ends."""

log = logging.getLogger(__name__)


@contextmanager
def bound(config: HttpConfig) -> Iterator[socket.socket]:
    """Hold the HTTP address before anything else starts.

    So that a taken port is an error and not half a service.
    """
    if not is_loopback(config.host):
        log.warning("http listens on %s: people log in through a proxy with HTTPS", config.host)
    try:
        family, _, _, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.create_server(address[:2], family=family, backlog=HTTP_BACKLOG)
    except OSError as error:
        where = f"{config.host}:{config.port}"
        raise PortError(
            f"http: {where}: {error.strerror}; end what listens there or change http.host, "
            "http.port"
        ) from error
    with listener:
        yield listener


def with_outlets(
    health: Callable[[], HealthView], tellers: Sequence[Teller]
) -> Callable[[], HealthView]:
    """Say of outlets too how they fare: a centre that reaches nobody does not do all it is for."""

    def with_outlets() -> HealthView:
        outlets = tuple(_outlet_view(one.state()) for one in tellers)
        view = health().model_copy(update={"outlets": outlets})
        if all(one.condition is Condition.FINE for one in outlets):
            return view
        return view.model_copy(update={"condition": Condition.DEGRADED})

    return with_outlets


def with_alarms(watching: Watching, desk: Desk) -> Watching:
    """Count in the metrics too how often alarms come."""
    return replace(watching, alarms=lambda: rates_of(map(desk.site, desk.sites()), desk.now_ms()))


def sources_of(
    config: FusionConfig, picture: EstimateReader, now_ms: Callable[[], int] = wall_ms
) -> PictureSources:
    """Return what the picture of a config's store is read from, by which clock."""
    plans = SqliteSitePlans(config.store.path, size_mib_max=config.store.size_mib_max)
    public = PublicRules(config.public.delay_s, config.public.round_to)
    public_rules = public if config.public.enabled else None
    named = config.map.buildings
    buildings = None if named is None else BuildingsFile(named)
    return PictureSources(picture, Drawings(plans), public_rules, now_ms, buildings)


def entrance_of(config: FusionConfig, keeper: AccessKeeper) -> Entrance:
    """Have the key of this machine lie where it belongs, and return who lets people in.

    By the clock on the wall, also where an exercise has one of its own.
    """
    path, now_ms = config.local_key, wall_ms()
    if ensure_local_key(keeper, path, now_ms):
        log.warning(
            "the API asks everybody for a log-in or a key, but for /v1/health; the key of this "
            "machine is in %s: fusion-service person add and key add let others in",
            path,
        )
    keeper.expire(now_ms)
    return Entrance(keeper, Clocks(wall_ms, time.monotonic), config.store.path.parent)


def server_of(
    config: FusionConfig,
    health: Callable[[], HealthView],
    watching: Watching,
    live: LivePicture,
    *,
    now_ms: Callable[[], int],
    entrance: Entrance,
    others: SourceKeeper | None = None,
    shift: ShiftRoom | None = None,
) -> uvicorn.Server:
    """Build the server of a config; `run` it over a bound listener.

    entrance: who gets in. others: where counters of others are kept; None where they are not let
    in. shift: what alarms, levels and the log stand on; None where nobody watches.
    """
    store, is_local = config.store, is_loopback(config.http.host)
    scenario = exercise_of(store.path)
    app = create_app(
        Reader(store.path),
        health,
        watching,
        contact=Contact(config.contact.name, config.contact.email, config.contact.url),
        exercise=scenario,
        live=live,
        entrance=entrance,
        others=None if others is None else _access(config, intake_of(others, live, now_ms)),
    )
    plans = SqliteSitePlans(store.path, size_mib_max=store.size_mib_max)
    note = partial(_note_drawn, entrance)
    taking = Taking(folder=store.path.parent, now_ms=now_ms, note=note)
    add_site_plan(app, plans, taking)
    add_site_editor(app, plans, taking, entrance.keeper.entries)
    if shift is not None:
        add_shift(app, shift, scenario)
        record = None if scenario is None else ExerciseReader(store.path)
        add_debrief(app, DebriefRoom(shift, plans, watching.forecasts, record), scenario)
    add_officer(app, officer_sources_of(config, watching, now_ms), _bringing_in(config, entrance))
    if watching.forecasts is not None:
        add_forecast(app, watching.forecasts, live.sources, watching.what_if)
    add_public_pages(app, _public_pages(config, live, watching.forecasts, scenario))
    elsewhere = max(REQUEST_BYTES_MAX + BODY_BYTES_MAX, AUDIT_REQUEST_BYTES_MAX)
    bytes_max = SITE_REQUEST_BYTES_MAX if is_local else elsewhere
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        http=protocol(Connections(request_bytes_max=bytes_max)),
        timeout_graceful_shutdown=HTTP_END_S,
    )
    return uvicorn.Server(settings)


def _public_pages(
    config: FusionConfig, live: LivePicture, forecasts: Forecasts | None, exercise: str | None
) -> PublicPages:
    """Return what the public pages are made of: of sites nothing unless the config says so."""
    public, sources = config.public, live.sources
    facts = None
    if sources.public is not None:
        numbers = PublicNumbers(sources, live, sources.public)
        facts = FactSources(numbers, forecasts, public.forecast, sources.now_ms)
    return PublicPages(
        shell=read_public_shell() or UNBUILT,
        sources=facts,
        links=Links(public.dossier_url, public.register_url),
        embed=public.embed,
        answering=Answering(**config.accessibility.model_dump()),
        exercise=exercise,
    )


def officer_sources_of(
    config: FusionConfig, watching: Watching, now_ms: Callable[[], int]
) -> OfficerSources:
    """Return what the officer's answers of a config's store are made of."""
    store, kept = config.store, config.retention
    return OfficerSources(
        archive=Reader(store.path),
        audits=SqliteAudits(store.path, size_mib_max=store.size_mib_max),
        auditors=lambda: auditors_of(config.officer.auditors),
        auditor_names=tuple(sorted(config.officer.auditors)),
        public_sites=frozenset(config.officer.public_sites),
        kept=KeptView(
            report_days=kept.report_days,
            estimate_days=kept.estimate_days,
            dead_letter_days=kept.dead_letter_days,
        ),
        certificates=watching.certificate_ends_s,
        now_ms=now_ms,
    )


def _bringing_in(config: FusionConfig, entrance: Entrance) -> BringingIn:
    def note(request: Request, what: str) -> None:
        entrance.note_done(identity_of(request), Action.AUDIT, what, peer_of_request(request))

    return BringingIn(config.store.path.parent, lambda request: identity_of(request).id, note)


def _note_drawn(entrance: Entrance, request: Request, what: str, reason: str) -> str:
    """Write down in the access log who changed a site's file, and why; return their id."""
    who = identity_of(request)
    entrance.note_done(who, Action.DRAW, what, peer_of_request(request), reason)
    return who.id


def intake_of(others: SourceKeeper, live: LivePicture, now_ms: Callable[[], int]) -> SourceIntake:
    """Return where counters of others are let in, by the site files that the picture reads."""

    def site_of(name: str) -> Site | None:
        try:
            return live.sources.drawings.site(name)
        except QueryError:
            return None

    return SourceIntake(others, site_of, now_ms)


def _access(config: FusionConfig, intake: SourceIntake) -> SourceAccess:
    """Return who may say something as a source over HTTP."""
    return SourceAccess(
        intake=intake,
        log_folder=config.store.path.parent,
        monotonic_s=time.monotonic,
        secret=secrets.token_bytes(32),
        exercise=exercise_of(config.store.path),
    )


def _outlet_view(state: OutletState) -> OutletView:
    """Return how an outlet fares, as everybody may read it."""
    is_fine = state.since_ms is None
    return OutletView(
        name=state.name,
        condition=Condition.FINE if is_fine else Condition.DEGRADED,
        detail=state.fault,
        since=None if state.since_ms is None else of_milliseconds(state.since_ms),
        waiting=state.waiting,
        oldest_at=None if state.oldest_ms is None else of_milliseconds(state.oldest_ms),
    )
