# SPDX-License-Identifier: Apache-2.0
"""A site's file over HTTP: read by who may look, put in force by who may draw.

Rule 1: whoever puts a file in force says which version they knew, so that nobody's work is lost.
Rule 2: what was done is in the access log, by whom; that, and what was refused by its content, is
in the security log.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from fusion_service.errors import QueryError
from fusion_service.registry.site import Site
from fusion_service.registry.site_file.mistakes import Mistake
from fusion_service.registry.site_file.reading import MISTAKES_SHOWN, SITE_BYTES_MAX, examine
from fusion_service.security_log import Act, Result, record
from fusion_service.store.site_plans import SitePlans
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import Name
from fusion_service.web.views.base import ProblemView
from fusion_service.web.views.site_plan import SitePlanView
from wire_contract.programs.shipped import shipped

MEDIA_TYPE = "application/toml"
REQUEST_BYTES_MAX = SITE_BYTES_MAX + 65_536
"""What a connection has to let in for a file of the largest size, with its head."""
PLAN_PATH = "/v1/sites/{site}/plan"
_TAG = re.compile(r'^(?:W/)?"(\d{1,15})"$')


@dataclass(frozen=True, slots=True)
class Taking:
    """How files are taken.

    folder: where the security log lies. note: writes down who changed a site, to which version and
    why, where they said; returns their id.
    """

    folder: Path
    now_ms: Callable[[], int]
    note: Callable[[Request, str, str], str]


def add_site_plan(app: FastAPI, plans: SitePlans, taking: Taking) -> None:
    """Give an API the address of each site's file."""
    files = SiteFiles(plans, taking)

    # Not in the description: which text is a site no schema can say, so that whoever asks by the
    # schema alone would only be refused. docs/SITE.md says how this address is used.
    @app.get(PLAN_PATH, include_in_schema=False)
    def get_plan(
        site: Name, if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None
    ) -> Response:
        """The file that draws a site, TOML, as it is in force; see docs/SITE.md."""
        return files.read(site, if_none_match or "")

    @app.put(PLAN_PATH, include_in_schema=False)
    async def put_plan(site: Name, request: Request) -> Response:
        if (refused := refuse_early(request)) is not None:
            return refused
        body = await body_of(request)
        if isinstance(body, Response):
            return body
        return await run_in_threadpool(files.put, request, site, body)


async def body_of(request: Request) -> bytes | Response:
    """Return what a request brings; a refusal where it is more than a site's file can be."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > SITE_BYTES_MAX:
            problem = ProblemView(
                where="body",
                got=f"more than {SITE_BYTES_MAX} bytes",
                wanted="a site's file; simplify its rings",
            )
            return problem_response(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem)
    return bytes(body)


def refuse_early(request: Request) -> Response | None:
    """Refuse what needs no look at the file; None where it is to be read."""
    if versions_known(request) is None:
        wanted = (
            'If-Match with the ETag of the version that you changed, such as "3", or '
            "If-None-Match: * for the first"
        )
        problem = ProblemView(where="header", got="no version of before", wanted=wanted)
        return problem_response(request, HTTPStatus.PRECONDITION_REQUIRED, problem)
    return None


class SiteFiles:
    """The files of sites: read, and put in force."""

    def __init__(self, plans: SitePlans, taking: Taking) -> None:
        self._plans = plans
        self._taking = taking

    def read(self, site: str, known: str) -> Response:
        """Answer with the file in force, or that it is the one that is known."""
        plan = self._plans.plan(site)
        if plan is None:
            raise QueryError(
                site,
                where="site",
                wanted=f"a site whose file was brought in; see {shipped('docs/SITE.md')}",
            )
        headers = {"ETag": tag_of(plan.version), "Cache-Control": "no-cache"}
        if plan.version in versions_in(known) or known.strip() == "*":
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(plan.content, media_type=MEDIA_TYPE, headers=headers)

    def put(self, request: Request, site: str, body: bytes, *, reason: str = "") -> Response:
        """Check a file and put it in force."""
        examined = examine(body)
        mistakes = mistakes_at(site, examined.site, examined.mistakes)
        if mistakes:
            by = "whoever may draw"
            self._write_down(request, site, Result.REFUSED, by, f"{len(mistakes)} mistakes")
            problems = [_problem(one) for one in mistakes[:MISTAKES_SHOWN]]
            return problem_response(request, HTTPStatus.BAD_REQUEST, *problems)
        current = self._plans.plan(site)
        version = 0 if current is None else current.version
        kept = None
        if version in (versions_known(request) or ()):
            content, now_ms = body.decode("utf-8-sig"), self._taking.now_ms()
            kept = self._plans.keep(site, content, now_ms=now_ms, expected=version)
        if kept is None:
            return self.changed_meanwhile(request, site)
        by = self._taking.note(request, object_of(site, kept.version), reason)
        self._write_down(request, site, Result.DONE, by, f"version {kept.version}")
        view = SitePlanView(site=site, version=kept.version, is_new=kept.is_new)
        is_first = kept.is_new and kept.version == 1
        return JSONResponse(
            view.model_dump(mode="json", by_alias=True),
            status_code=HTTPStatus.CREATED if is_first else HTTPStatus.OK,
            headers={"ETag": tag_of(kept.version)},
        )

    def changed_meanwhile(self, request: Request, site: str, *happened: ProblemView) -> Response:
        """Refuse a file, because another version is in force than the one that it was made from.

        happened: what somebody else changed since, where that is known.
        """
        current = self._plans.plan(site)
        got = request.headers.get("if-match") or "If-None-Match: *"
        wanted = "If-None-Match: *, because no file is in force"
        if current is not None:
            wanted = f"{tag_of(current.version)}, which is in force; get it and change that one"
        problem = ProblemView(where="header", got=got[:80], wanted=wanted)
        return problem_response(request, HTTPStatus.PRECONDITION_FAILED, problem, *happened)

    def _write_down(
        self, request: Request, site: str, result: Result, by: str, detail: str
    ) -> None:
        peer = request.client.host if request.client is not None else "nobody knows where"
        act = Act("site put", site, result, peer, by, detail)
        record(act, (self._taking.folder,))


def mistakes_at(
    site: str, found: Site | None, mistakes: tuple[Mistake, ...]
) -> tuple[Mistake, ...]:
    """Return a file's mistakes; that it is of another site than its address is one too."""
    if found is None or found.id == site:
        return mistakes
    remedy = "put it to the address of its own site, or correct id"
    return (Mistake(("id",), "", repr(found.id), repr(site), remedy),)


def object_of(site: str, version: int) -> str:
    """Return by which name the access log knows a version."""
    return f"{site}, version {version}"


def tag_of(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def versions_in(tags: str) -> frozenset[int]:
    """Return the versions that a list of ETags names; what is none of ours names nothing."""
    found = (_TAG.match(one.strip()) for one in tags.split(","))
    return frozenset(int(one[1]) for one in found if one is not None)


def versions_known(request: Request) -> frozenset[int] | None:
    """Return which versions may be in force for a file to take their place, 0 for none.

    None where the request does not say.
    """
    match = request.headers.get("if-match")
    if match is not None:
        return versions_in(match) - {0}
    none_match = request.headers.get("if-none-match", "").strip()
    return frozenset({0}) if none_match == "*" else None


def _problem(mistake: Mistake) -> ProblemView:
    line = "" if mistake.line is None else f" (line {mistake.line})"
    owner = f", {mistake.owner}" if mistake.owner else ""
    return ProblemView(
        where=f"{mistake.key}{owner}{line}",
        got=mistake.got,
        wanted=f"{mistake.wanted}; {mistake.remedy}",
    )
