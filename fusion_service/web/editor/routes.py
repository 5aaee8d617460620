# SPDX-License-Identifier: Apache-2.0
"""The routes of the site editor: a drawing to begin with, its check, saving it, its versions.

Rule 1: a check writes nothing, and judges by the one function that the command uses too. Rule 2: a
drawing is saved as a file is: with the version that it was made from, and never over another's.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from fusion_service.errors import QueryError, SiteError
from fusion_service.ledger.access_log import TEXT_MAX
from fusion_service.registry.site_edit.changes import changes_between, histories_ended
from fusion_service.registry.site_edit.drawing import (
    DRAWN,
    HEAD,
    Drawing,
    Renames,
    drawn_tree,
    read_drawing,
    read_json,
)
from fusion_service.registry.site_edit.splicing import Spliced, spliced
from fusion_service.registry.site_file.reading import SITE_BYTES_MAX
from fusion_service.registry.site_file.remarks import check
from fusion_service.registry.site_file.writing import written
from fusion_service.store.site_plans import SitePlan, SitePlans
from fusion_service.web.editor.authors import Entries, authors_of
from fusion_service.web.editor.views import ChangeView, CheckView, VersionsView, VersionView
from fusion_service.web.form.instants import of_milliseconds
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import ID_MAX, AnyQuery, Limit, Name
from fusion_service.web.site_plan import (
    MEDIA_TYPE,
    SiteFiles,
    Taking,
    body_of,
    mistakes_at,
    refuse_early,
    tag_of,
    versions_known,
)
from fusion_service.web.views.base import ProblemView
from wire_contract.programs.config_text import TextError, read_toml

PATH = "/v1/sites/{site}/plan"
CHECKS_MAX = 2
"""Checks at once: a large drawing takes seconds, and others are to be answered meanwhile."""
VersionNumber = Annotated[int, Field(ge=1, le=ID_MAX)]


class DrawingQuery(AnyQuery):
    """Which version; the one in force where none is named."""

    version: VersionNumber | None = None


class VersionsQuery(AnyQuery):
    """A page of versions: those before one."""

    before: VersionNumber = ID_MAX
    limit: Limit = 50


class ChangesQuery(AnyQuery):
    """Between which two versions."""

    first: Annotated[VersionNumber, Field(alias="from")]
    second: Annotated[VersionNumber, Field(alias="to")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A drawing over what it was made from; before: None for a site that is new."""

    before: dict[str, Any] | None
    tree: dict[str, Any]
    renames: Renames
    file: Spliced


def add_site_editor(app: FastAPI, plans: SitePlans, taking: Taking, entries: Entries) -> None:
    """Give an API what the site editor asks. Not in the description, as a site's file is not."""
    desk = _Desk(plans, SiteFiles(plans, taking), entries)

    @app.get(f"{PATH}/drawing", include_in_schema=False)
    def get_drawing(site: Name, query: Annotated[DrawingQuery, Query()]) -> Response:
        return desk.drawing(site, query.version)

    @app.put(f"{PATH}/drawing", include_in_schema=False)
    async def put_drawing(site: Name, request: Request) -> Response:
        if (refused := refuse_early(request)) is not None:
            return refused
        body = await body_of(request)
        if isinstance(body, Response):
            return body
        return await run_in_threadpool(desk.save, request, site, body)

    @app.post(f"{PATH}/check", include_in_schema=False)
    async def post_check(site: Name, request: Request) -> Response:
        body = await body_of(request)
        if isinstance(body, Response):
            return body
        return await run_in_threadpool(desk.check, request, site, body)

    @app.get(f"{PATH}/versions", include_in_schema=False)
    def get_versions(site: Name, query: Annotated[VersionsQuery, Query()]) -> VersionsView:
        return desk.versions(site, query)

    @app.get(f"{PATH}/changes", include_in_schema=False)
    def get_changes(site: Name, query: Annotated[ChangesQuery, Query()]) -> list[ChangeView]:
        before, after = (desk.plan(site, one) for one in (query.first, query.second))
        found = changes_between(tomllib.loads(before.content), tomllib.loads(after.content))
        return [ChangeView.of_change(one) for one in found]


class _Desk:
    def __init__(self, plans: SitePlans, files: SiteFiles, entries: Entries) -> None:
        self._plans = plans
        self._files = files
        self._entries = entries
        self._turns = BoundedSemaphore(CHECKS_MAX)

    def plan(self, site: str, version: int | None) -> SitePlan:
        """Return a version. Raises QueryError where there is none."""
        plan = self._plans.plan(site, version)
        if plan is None:
            got = site if version is None else f"{site}, version {version}"
            raise QueryError(got, where="site", wanted="a version that is kept; see plan/versions")
        return plan

    def drawing(self, site: str, version: int | None) -> Response:
        """Answer with what can be drawn of a version, and how much of it cannot."""
        plan = self.plan(site, version)
        tree = tomllib.loads(plan.content)
        said = {
            "site": site,
            "version": plan.version,
            "drawing": {key: tree[key] for key in (*HEAD, *DRAWN) if key in tree},
            "measures": len(tree.get("measures", ())),
            "sources": tree.get("sources", []),
        }
        headers = {"ETag": tag_of(plan.version), "Cache-Control": "no-cache"}
        return JSONResponse(said, headers=headers)

    def check(self, request: Request, site: str, body: bytes) -> Response:
        """Say what a drawing, or a file, would come to."""
        with self._turn() as has_turn:
            if not has_turn:
                return _wait(request)
            try:
                wanted = self._sent(request, site, body)
            except SiteError as error:
                return _refused(request, error)
            return JSONResponse(self._checked(site, wanted).model_dump(mode="json"))

    def save(self, request: Request, site: str, body: bytes) -> Response:
        """Put a drawing in force, as a file."""
        known = max(versions_known(request) or {0})
        current = self._plans.plan(site)
        if known != (0 if current is None else current.version):
            return self._files.changed_meanwhile(request, site, *self._happened(site, known))
        with self._turn() as has_turn:
            if not has_turn:
                return _wait(request)
            try:
                sent = _asked(read_json(body), {"drawing", "reason"})
                reason = _reason(sent.get("reason"))
                wanted = self._over(site, known, read_drawing(sent.get("drawing")))
            except SiteError as error:
                return _refused(request, error)
            return self._files.put(request, site, wanted.file.text.encode(), reason=reason)

    def versions(self, site: str, query: VersionsQuery) -> VersionsView:
        """Answer with a page of versions, each with who made it and why."""
        rows = self._plans.versions(site, before=query.before, limit=query.limit)
        authors = authors_of(self._entries, site, [row.version for row in rows]) if rows else {}
        items = []
        for row in rows:
            author = authors.get(row.version)
            items.append(
                VersionView(
                    version=row.version,
                    at=of_milliseconds(row.imported_ms),
                    bytes=row.size,
                    by=None if author is None else author.by,
                    organisation=None if author is None else author.organisation,
                    reason=None if author is None else author.reason,
                )
            )
        following = str(rows[-1].version) if len(rows) == query.limit else None
        return VersionsView(items=tuple(items), next=following)

    def _sent(self, request: Request, site: str, body: bytes) -> Wanted | bytes:
        """Return what is to be checked: a drawing, or a file as it is. Raises SiteError."""
        if request.headers.get("content-type", "").partition(";")[0].strip() == MEDIA_TYPE:
            return body
        sent = _asked(read_json(body), {"drawing", "version"})
        version = sent.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 0:
            raise SiteError(f"version: got {str(version)[:20]}, wanted a number, 0 for a new site")
        return self._over(site, version, read_drawing(sent.get("drawing")))

    def _over(self, site: str, version: int, drawing: Drawing) -> Wanted:
        """Return a drawing over a version, 0 for none. Raises SiteError."""
        if version == 0:
            tree = drawn_tree(None, site, drawing)
            return Wanted(None, tree, drawing.renames, Spliced(written(tree), is_kept=True))
        plan = self.plan(site, version)
        before = tomllib.loads(plan.content)
        tree = drawn_tree(before, site, drawing)
        file = spliced(plan.content, tree, drawing.renames)
        return Wanted(before, tree, drawing.renames, file)

    def _checked(self, site: str, wanted: Wanted | bytes) -> CheckView:
        raw = wanted if isinstance(wanted, bytes) else wanted.file.text.encode()
        found = check(raw)
        if isinstance(wanted, bytes):
            wanted = self._of_file(site, raw)
        before, tree, renames = wanted.before, wanted.tree, wanted.renames
        return CheckView.of_check(
            tree,
            mistakes=mistakes_at(site, found.site, found.mistakes),
            remarks=found.remarks,
            changes=changes_between(before, tree, renames),
            ended=histories_ended(before, tree, renames),
            is_kept=wanted.file.is_kept,
        )

    def _happened(self, site: str, known: int) -> Iterator[ProblemView]:
        """Yield what others changed since a version, in words."""
        before, after = self._plans.plan(site, known), self._plans.plan(site)
        if known == 0 or before is None or after is None:
            return
        found = changes_between(tomllib.loads(before.content), tomllib.loads(after.content))
        for one in found[:50]:
            keys = ", ".join(each.key for each in one.keys)
            told = f"{one.kind} {one.id} {one.became}".replace("  ", " ")
            got = f"{told}: {keys}" if keys else told
            yield ProblemView(where="meanwhile", got=got, wanted="a look at it before saving")

    def _of_file(self, site: str, raw: bytes) -> Wanted:
        """Return a file over the one in force, as far as its tables are ones to compare."""
        plan = self._plans.plan(site)
        before = None if plan is None else tomllib.loads(plan.content)
        try:
            said = read_toml(raw, bytes_max=SITE_BYTES_MAX)
            drawing = read_drawing({key: said[key] for key in (*HEAD, *DRAWN) if key in said})
        except (SiteError, TextError):
            return Wanted(before, before or {}, Renames(), Spliced("", is_kept=True))
        tree = {**said, **drawing.tables}
        return Wanted(before, tree, Renames(), Spliced("", is_kept=True))

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        if not self._turns.acquire(blocking=False):
            yield False
            return
        try:
            yield True
        finally:
            self._turns.release()


def _asked(sent: object, known: set[str]) -> dict[str, Any]:
    """Return what a body says. Raises SiteError for a word that is none of it."""
    if not isinstance(sent, dict) or not set(sent) <= known:
        raise SiteError(f"body: wanted an object of {' and '.join(sorted(known))}")
    return sent


def _reason(given: object) -> str:
    text = given.strip() if isinstance(given, str) else ""
    if not text or len(text) > TEXT_MAX or not text.isprintable():
        raise SiteError(f"reason: wanted a line of 1 to {TEXT_MAX} characters; say why")
    return text


def _refused(request: Request, error: SiteError) -> Response:
    where, _, wanted = str(error).partition(": ")
    problem = ProblemView(where=where, got="another form", wanted=wanted)
    return problem_response(request, HTTPStatus.BAD_REQUEST, problem)


def _wait(request: Request) -> Response:
    problem = ProblemView(where="check", got="others at it", wanted="another try in a second")
    headers = {"Retry-After": "1"}
    return problem_response(request, HTTPStatus.TOO_MANY_REQUESTS, problem, headers=headers)
