# SPDX-License-Identifier: Apache-2.0
"""The page on which somebody who looks says how many people they see.

Rule 1: it works without a script, and loads nothing from elsewhere. Rule 2: the key is typed once;
then a cookie of one shift stands for it, which is good for this source only and for no longer than
its key. Rule 3: the page shows nothing of what others counted.
"""

import hashlib
import hmac
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from fusion_service.sources.refusal import SourceRefusedError
from fusion_service.web.queries import Name
from fusion_service.web.sources.access import SourceAccess, read_body
from fusion_service.web.sources.page import POLICY, STYLE, StewardPage, html_of, zones_of
from fusion_service.web.sources.words import Words, words_of

FORM_BYTES_MAX = 4_096
FIELDS_MAX = 10
SHIFT_S = 10 * 3_600
COOKIE = "steward"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def add_steward(app: FastAPI, access: SourceAccess) -> None:
    """Add the page to what the centre serves."""
    desk = _Desk(access)

    @app.get("/steward/style.css", include_in_schema=False)
    def get_style() -> Response:
        return Response(STYLE, media_type="text/css", headers=HEADERS)

    @app.get("/steward/{site}/{source}", include_in_schema=False)
    def get_page(site: Name, source: Name, request: Request) -> Response:
        return desk.show(request, site, source)

    @app.post("/steward/{site}/{source}", include_in_schema=False)
    async def post_page(site: Name, source: Name, request: Request) -> Response:
        body = await read_body(request, FORM_BYTES_MAX)
        return await run_in_threadpool(desk.take, request, site, source, body)


class _Desk:
    """What is done with a request of the page."""

    def __init__(self, access: SourceAccess) -> None:
        self._access = access

    def show(
        self, request: Request, site: str, source: str, told: str = "", status: int = 200
    ) -> Response:
        """Return the page with its form, and what is told above it."""
        words = _words(request)
        plan = self._access.intake.site_of(site)
        drawn = None if plan is None else plan.source(source)
        zones = () if plan is None or drawn is None else zones_of(plan, drawn)
        if not zones:
            told, status = words.no_source, HTTPStatus.NOT_FOUND
        page = StewardPage(
            words=words,
            site=site,
            source=source,
            site_name="" if plan is None else plan.name,
            zones=zones,
            told=told,
            wants_key=not self._is_known(request, site, source),
            exercise=self._access.exercise,
        )
        return HTMLResponse(html_of(page), status_code=status, headers=HEADERS)

    def take(self, request: Request, site: str, source: str, body: bytes | None) -> Response:
        """Keep what was filled in; body is None where it was larger than it may be."""
        words = _words(request)
        if wait_s := self._access.wait_s(request, site, source):
            answer = self.show(request, site, source, words.wait.format(wait_s), 429)
            answer.headers["Retry-After"] = str(wait_s)
            return answer
        form = _form(body)
        known = self._is_known(request, site, source)
        if not known and not self._access.admits(request, site, source, form.get("key", "")):
            return self.show(request, site, source, words.wrong_key, HTTPStatus.FORBIDDEN)
        try:
            said = self._access.intake.admit_form(site, source, form)
        except SourceRefusedError as error:
            told, status = words.mistake.format(error), HTTPStatus.BAD_REQUEST
            answer = self.show(request, site, source, told, status)
        else:
            told = words.kept.format(people=round(said.people or 0), zone=said.counter)
            answer = self.show(request, site, source, told)
        if not known:
            self._give_cookie(answer, request, site, source)
        return answer

    def _give_cookie(self, answer: Response, request: Request, site: str, source: str) -> None:
        until_s = self._access.intake.now_ms() // 1000 + SHIFT_S
        answer.set_cookie(
            COOKIE,
            f"{until_s}-{self._proof(site, source, until_s)}",
            max_age=SHIFT_S,
            path=f"/steward/{site}/{source}",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )

    def _is_known(self, request: Request, site: str, source: str) -> bool:
        """Say whether the cookie of this shift stands for the key."""
        until, _, proof = request.cookies.get(COOKIE, "").partition("-")
        if not until.isascii() or not until.isdecimal() or len(until) > 12:  # noqa: PLR2004 - digits of a unix time
            return False
        wanted = self._proof(site, source, int(until))
        in_time = self._access.intake.now_ms() < int(until) * 1000
        in_service = self._access.intake.keeper.key_of(site, source) is not None
        return hmac.compare_digest(wanted.encode(), proof.encode()) and in_time and in_service

    def _proof(self, site: str, source: str, until_s: int) -> str:
        """Sign a cookie with the key that is kept: with another key it is good no more."""
        # Of a source without a key nobody can make one: the secret of this start is in it.
        kept = self._access.intake.keeper.key_of(site, source) or b"no key"
        text = f"{site}/{source}/{until_s}".encode("ascii")
        return hmac.new(self._access.secret + kept, text, hashlib.sha256).hexdigest()


def _words(request: Request) -> Words:
    accepted = request.headers.get("accept-language", "")
    return words_of(request.query_params.get("lang", ""), accepted)


def _form(body: bytes | None) -> dict[str, str]:
    """Return the fields of a form; none where it is not one, so that what lacks is told."""
    if body is None:
        return {}
    try:
        return dict(parse_qsl(body.decode("utf-8"), max_num_fields=FIELDS_MAX))
    except ValueError:
        return {}
