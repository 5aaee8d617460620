# SPDX-License-Identifier: Apache-2.0
"""How the API refuses: where, what it got, and what it wanted."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fusion_service.web.views.base import ProblemsView, ProblemView


def _answer(status: int, *problems: ProblemView) -> JSONResponse:
    return JSONResponse(ProblemsView(problems=problems).model_dump(mode="json"), status_code=status)


def refuse_query(_request: Request, error: Exception) -> JSONResponse:
    """Say of each part of a query what was wrong, and what was wanted."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    problems = []
    for mistake in error.errors():
        where = ".".join(str(part) for part in mistake["loc"])
        got = "nothing" if mistake["type"] == "missing" else str(mistake["input"])[:80]
        problems.append(ProblemView(where=where, got=got, wanted=mistake["msg"]))
    return _answer(422, *problems)


def refuse_path(request: Request, error: Exception) -> JSONResponse:
    """Say that there is nothing at a path."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    got = f"{request.method} {request.url.path}"[:80]
    return _answer(
        error.status_code,
        ProblemView(where="path", got=got, wanted=f"{error.detail}; see /v1/openapi.json"),
    )


def refuse_unknown(_request: Request, error: Exception) -> JSONResponse:
    """Say that a device was never enrolled."""
    return _answer(
        404,
        ProblemView(where="device", got=str(error), wanted="an enrolled device; see /v1/devices"),
    )


def refuse_store(_request: Request, error: Exception) -> JSONResponse:
    """Say that the store cannot be read now."""
    return _answer(
        503,
        ProblemView(
            where="store", got=str(error), wanted="a store that can be read; see /v1/health"
        ),
    )
