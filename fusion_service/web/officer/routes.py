# SPDX-License-Identifier: Apache-2.0
"""The officer's answers over HTTP: for whoever may look at boxes, and for anybody where that is so.

Rule 1: anybody reads of a site only where fusion.toml names it. Rule 2: whoever brings an audit in
stands in the access log and the security log, and so does what was refused.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from fusion_service.audits.bringing import bring_in
from fusion_service.audits.judging import AuditRefusedError, Fault
from fusion_service.errors import QueryError
from fusion_service.security_log import Act, Result, record
from fusion_service.web.officer.answers import OfficerSources
from fusion_service.web.officer.views import OfficerBoxView, OfficerSiteView, audit_view
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import Name, NoQuery
from fusion_service.web.views.base import ProblemView
from wire_contract.programs.signed_audit import AUDIT_BYTES_MAX

PATH = "/v1/officer/{site}/{device}/audit"
PUBLIC_S = 60
"""How long an answer to anybody is the answer: one look at the store for everybody."""
PUBLIC_MAX = 1_000
REQUEST_BYTES_MAX = AUDIT_BYTES_MAX + 65_536
"""What a connection has to let in for a file of the largest size, with its head."""


@dataclass(frozen=True, slots=True)
class BringingIn:
    """How audits are let in. folder: where the security log lies. note: writes down who; an id."""

    folder: Path
    who: Callable[[Request], str]
    note: Callable[[Request, str], object]


def add_officer(app: FastAPI, sources: OfficerSources, bringing: BringingIn) -> None:
    """Give an API the officer's routes."""
    if sources.public_sites:
        _add_public(app, sources)
    _add_door(app, sources, _Door(sources, bringing))

    @app.get("/v1/officer/{site}")
    def get_officer_site(site: Name, _query: Annotated[NoQuery, Query()]) -> OfficerSiteView:
        """The boxes of a site as an officer asks of them."""
        return sources.site(site, in_public=False)

    @app.get("/v1/officer/{site}/{device}")
    def get_officer_box(
        site: Name, device: Name, _query: Annotated[NoQuery, Query()]
    ) -> OfficerBoxView:
        """What a box may send, what it sent, how it is held, and what its last audit found."""
        return sources.box(site, device, in_public=False)


def _add_door(app: FastAPI, sources: OfficerSources, door: "_Door") -> None:
    # Not in the description: which bytes are a signed audit no schema can say.
    @app.get(PATH, include_in_schema=False)
    def get_audit(site: Name, device: Name) -> Response:
        """The signed file of the newest audit, as it came."""
        row = sources.audits.newest(site, device)
        if row is None:
            wanted = "a box of which an audit was brought in"
            raise QueryError(f"{site}/{device}", where="audit", wanted=wanted)
        name = f"audit-{site}-{device}.signed"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(row.content, media_type="application/octet-stream", headers=headers)

    @app.post(PATH, include_in_schema=False)
    async def post_audit(site: Name, device: Name, request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > AUDIT_BYTES_MAX:
                wanted = f"a signed audit, at most {AUDIT_BYTES_MAX} bytes"
                problem = ProblemView(where="body", got="more bytes", wanted=wanted)
                return problem_response(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem)
        return await run_in_threadpool(door.let_in, request, (site, device), bytes(body))


class _Door:
    def __init__(self, sources: OfficerSources, bringing: BringingIn) -> None:
        self._sources = sources
        self._bringing = bringing

    def let_in(self, request: Request, place: tuple[str, str], body: bytes) -> Response:
        """Judge a file and keep it, or say why not."""
        sources, by = self._sources, self._bringing.who(request)
        name = "/".join(place)
        try:
            shown = bring_in(
                body,
                sources.verifiers,
                sources.archive,
                sources.audits,
                by=by,
                now_ms=sources.now_ms(),
                of=place,
            )
        except AuditRefusedError as error:
            self._write_down(request, name, Result.REFUSED, by, str(error.fault))
            status = HTTPStatus.CONFLICT if error.fault is Fault.OLDER else HTTPStatus.BAD_REQUEST
            problem = ProblemView(where="audit", got=str(error.fault), wanted=error.detail)
            return problem_response(request, status, problem)
        self._bringing.note(request, f"{name}, {shown.audit.serial}")
        self._write_down(request, name, Result.DONE, by, shown.audit.serial)
        view = audit_view(shown, is_public=False)
        return JSONResponse(view.model_dump(mode="json"), status_code=HTTPStatus.CREATED)

    def _write_down(
        self, request: Request, name: str, result: Result, by: str, detail: str
    ) -> None:
        peer = request.client.host if request.client is not None else "nobody knows where"
        record(Act("audit import", name, result, peer, by, detail), (self._bringing.folder,))


@dataclass(slots=True)
class _Answers:
    """What anybody was told last, by what was asked, and until when it is the answer (ms)."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: dict[tuple[str, str], tuple[int, OfficerSiteView | OfficerBoxView]] = field(
        default_factory=dict
    )

    def get(
        self,
        place: tuple[str, str],
        now_ms: int,
        make: Callable[[], OfficerSiteView | OfficerBoxView],
    ) -> OfficerSiteView | OfficerBoxView:
        """Return the answer of before while it holds, else a new one."""
        with self.lock:
            had = self.kept.get(place)
            if had is not None and had[0] > now_ms >= had[0] - PUBLIC_S * 1000:
                return had[1]
            while len(self.kept) >= PUBLIC_MAX:
                self.kept.pop(next(iter(self.kept)))
            made = make()
            self.kept[place] = now_ms + PUBLIC_S * 1000, made
            return made


def _add_public(app: FastAPI, sources: OfficerSources) -> None:
    answers = _Answers()

    def checked(response: Response, site: str) -> None:
        if site not in sources.public_sites:
            wanted = "a site that fusion.toml names in officer.public_sites"
            raise QueryError(site, where="site", wanted=wanted)
        response.headers["Cache-Control"] = f"max-age={PUBLIC_S}"

    @app.get("/v1/public/{site}/officer")
    def get_public_site(
        response: Response, site: Name, _query: Annotated[NoQuery, Query()]
    ) -> OfficerSiteView:
        """The boxes of a site, as anybody may know them."""
        checked(response, site)
        found = answers.get(
            (site, ""), sources.now_ms(), lambda: sources.site(site, in_public=True)
        )
        assert isinstance(found, OfficerSiteView)  # noqa: S101 - no device has an empty name
        return found

    @app.get("/v1/public/{site}/officer/{device}")
    def get_public_box(
        response: Response, site: Name, device: Name, _query: Annotated[NoQuery, Query()]
    ) -> OfficerBoxView:
        """One box as anybody may know it: no count, no time of a message, nothing of the inside."""
        checked(response, site)
        found = answers.get(
            (site, device), sources.now_ms(), lambda: sources.box(site, device, in_public=True)
        )
        assert isinstance(found, OfficerBoxView)  # noqa: S101 - kept under a device's name
        return found
