# SPDX-License-Identifier: Apache-2.0
"""How the API refuses: RFC 9457, and of each thing where it was, what was got and wanted."""

import json
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from fusion_service.errors import QueryError
from fusion_service.web.views.base import ProblemsView, ProblemView

MEDIA_TYPE = "application/problem+json"
SHOWN_MAX = 80
"""Characters of what was got: enough to find it again."""


class ProblemResponse(JSONResponse):
    """An answer that says what was wrong."""

    media_type = MEDIA_TYPE


def problem_response(
    request: Request,
    status: int,
    *problems: ProblemView,
    headers: dict[str, str] | None = None,
) -> ProblemResponse:
    """Answer with problems, as every refusal of this API looks."""
    view = ProblemsView(
        title=HTTPStatus(status).phrase,
        status=status,
        detail="; ".join(f"{one.where}: got {one.got}, wanted {one.wanted}" for one in problems),
        instance=request.url.path,
        problems=problems,
    )
    return ProblemResponse(view.model_dump(mode="json"), status_code=status, headers=headers)


def refuse_query(request: Request, error: Exception) -> ProblemResponse:
    """Say of each part of a query what was wrong, and what was wanted."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    problems = []
    for mistake in error.errors():
        where = ".".join(str(part) for part in mistake["loc"])
        got = "nothing" if mistake["type"] == "missing" else _shown(mistake["input"])
        problems.append(ProblemView(where=where, got=got, wanted=mistake["msg"]))
    return problem_response(request, HTTPStatus.BAD_REQUEST, *problems)


def refuse_path(request: Request, error: Exception) -> ProblemResponse:
    """Say that there is nothing at a path, or which methods there are."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    got = f"{request.method} {request.url.path}"[:SHOWN_MAX]
    wanted, headers = f"{error.detail}; see /v1/openapi.json", dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed_methods(request)
        wanted = f"one of {headers['Allow']}; see /v1/openapi.json"
    return problem_response(
        request,
        error.status_code,
        ProblemView(where="path", got=got, wanted=wanted),
        headers=headers,
    )


def refuse_unknown(request: Request, error: Exception) -> ProblemResponse:
    """Say that something was never here: a device, a line, a site."""
    assert isinstance(error, QueryError)  # noqa: S101 - registered for this class only
    return problem_response(
        request,
        HTTPStatus.NOT_FOUND,
        ProblemView(where=error.where, got=str(error)[:SHOWN_MAX], wanted=error.wanted),
    )


def refuse_store(request: Request, error: Exception) -> ProblemResponse:
    """Say that the store cannot be read now."""
    return problem_response(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        ProblemView(
            where="store", got=str(error), wanted="a store that can be read; see /v1/health"
        ),
        headers={"Retry-After": "5"},
    )


def allowed_methods(request: Request) -> str:
    """Return which methods a path takes, over all routes that match it; HEAD goes with GET."""
    methods: set[str] = set()
    for route in request.app.router.routes:
        if isinstance(route, Route) and route.matches(dict(request.scope))[0] is not Match.NONE:
            methods |= route.methods or set()
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


def _shown(given: object) -> str:
    text = given if isinstance(given, str) else json.dumps(given, default=str)
    return text[:SHOWN_MAX]
