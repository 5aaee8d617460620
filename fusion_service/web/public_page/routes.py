# SPDX-License-Identifier: Apache-2.0
"""The addresses of the public page: open, without a cookie, the same for everybody.

Rule 1: nothing of who asks goes into an answer but their language, so that one answer is kept a
minute for all. Rule 2: the policy is the page's own, but for who may put the small one in a frame.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import FastAPI, Request, Response

from fusion_service.errors import QueryError, StoreError
from fusion_service.web.page.routes import HEADERS, POLICY
from fusion_service.web.picture.public import KEPT_S
from fusion_service.web.public_page.facts import FactSources, facts_of
from fusion_service.web.public_page.markup import element, joined
from fusion_service.web.public_page.page import Links, Written, paragraph
from fusion_service.web.public_page.shell import Body, Other, Shown, body_of
from fusion_service.web.public_page.statement import Answering, statement_of
from fusion_service.web.public_page.words.en import EN
from fusion_service.web.public_page.words.nl import NL
from fusion_service.web.public_page.words.wording import PublicWords
from fusion_service.web.queries import Name

WORDS = {"nl": NL, "en": EN}
KEPT_MAX = 256
"""Written pages that are kept: 64 sites in two languages, whole and small."""
NO_FRAME = "frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class PublicPages:
    """What the public pages are made of.

    sources: None where the public is told nothing. embed: origins that may show the small page in a
    frame.
    """

    shell: str
    sources: FactSources | None
    links: Links
    embed: tuple[str, ...]
    answering: Answering
    exercise: str | None


@dataclass(slots=True)
class _Kept:
    """Pages as they were written in this minute."""

    now_ms: Callable[[], int]
    lock: threading.Lock = field(default_factory=threading.Lock)
    pages: dict[tuple[str, str, str], tuple[int, Body]] = field(default_factory=dict)

    def page(self, key: tuple[str, str, str], write: Callable[[], Body]) -> Body:
        """Return a page of this minute; one thread writes, and the others wait for it."""
        minute = self.now_ms() // 1000 // KEPT_S
        with self.lock:
            kept = self.pages.get(key)
            if kept is None or kept[0] != minute:
                self.pages.pop(key, None)
                while len(self.pages) >= KEPT_MAX:
                    self.pages.pop(next(iter(self.pages)))
                kept = minute, write()
                self.pages[key] = kept
            return kept[1]


def add_public_pages(app: FastAPI, pages: PublicPages) -> None:
    """Add the pages to what the centre serves."""

    @app.get("/accessibility", include_in_schema=False)
    def get_accessibility(request: Request) -> Response:
        words = WORDS[language_of(request)]
        title, main = statement_of(words.language, pages.answering)
        return _sent(request, _body(pages, request, words, Shown(words.language, title, "", main)))

    if pages.sources is not None:
        _add_site(app, pages, pages.sources)


def _add_site(app: FastAPI, pages: PublicPages, sources: FactSources) -> None:
    kept = _Kept(sources.now_ms)
    framed = " ".join(pages.embed) or "'none'"
    policy = POLICY.replace(NO_FRAME, f"frame-ancestors {framed}")

    def answer(request: Request, site: str, kind: str) -> Response:
        words = WORDS[language_of(request)]

        def write() -> Body:
            return _body(pages, request, words, _site(pages, sources, site, words, kind))

        headers = {"Content-Security-Policy": policy} if kind == "small" else {}
        try:
            return _sent(request, kept.page((site, words.language, kind), write), headers)
        except QueryError:
            shown = _nothing(words, words.nothing_here, words.nothing_here_said)
            status = HTTPStatus.NOT_FOUND
        except StoreError:
            shown = _nothing(words, words.not_now, words.not_now_said)
            status = HTTPStatus.SERVICE_UNAVAILABLE
        body = _body(pages, request, words, shown)
        return _sent(request, body, {**headers, "Cache-Control": "no-store"}, status)

    @app.get("/public/{site}", include_in_schema=False)
    def get_public_page(request: Request, site: Name) -> Response:
        return answer(request, site, "whole")

    @app.get("/public/{site}/embed", include_in_schema=False)
    def get_small_page(request: Request, site: Name) -> Response:
        return answer(request, site, "small")


def language_of(request: Request) -> str:
    """Return the language that is asked for in the address, or else by the browser; else Dutch."""
    asked = request.query_params.get("language", "")
    if asked in WORDS:
        return asked
    wanted = request.headers.get("accept-language", "").lower().split(",")
    return next((one for one in (each.strip()[:2] for each in wanted) if one in WORDS), "nl")


def _site(
    pages: PublicPages, sources: FactSources, site: str, words: PublicWords, kind: str
) -> Shown:
    facts = facts_of(sources, site)
    written = Written(facts, words, pages.links, pages.exercise)
    main = written.small() if kind == "small" else written.whole()
    title = f"{words.title} {facts.name}"
    return Shown(words.language, title, kind, main, words.lost)


def _nothing(words: PublicWords, title: str, said: str) -> Shown:
    main = joined(element("h1", {}, title), paragraph(said))
    return Shown(words.language, title, "whole", main)


def _body(pages: PublicPages, request: Request, words: PublicWords, shown: Shown) -> Body:
    other = Other(
        f"{request.url.path}?language={words.other}", words.other, words.other_name, words.skip
    )
    return body_of(pages.shell, shown, None if shown.kind == "small" else other)


def _sent(
    request: Request,
    body: Body,
    more: dict[str, str] | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    headers = {
        **HEADERS,
        "Cache-Control": f"max-age={KEPT_S}",
        "Vary": "Accept-Encoding, Accept-Language",
        **(more or {}),
    }
    content = body.content
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"], content = "gzip", body.packed
    return Response(content, status, headers, "text/html; charset=utf-8")
