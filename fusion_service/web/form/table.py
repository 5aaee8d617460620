# SPDX-License-Identifier: Apache-2.0
"""The same answer as a table: CSV by RFC 4180, for whoever opens it in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import Response

from fusion_service.web.views.base import View

MEDIA_TYPE = "text/csv"
Format = Literal["json", "csv"]
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "As JSON, or as a table; a table's next part is named in the header Link.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


def wants_table(request: Request, asked: Format | None) -> bool:
    """Say whether a table is wanted: by name, or, where none is named, before JSON in Accept."""
    if asked is not None:
        return asked == "csv"
    accepted = [
        part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")
    ]
    known = [one for one in accepted if one in {MEDIA_TYPE, "application/json", "*/*"}]
    return bool(known) and known[0] == MEDIA_TYPE


def table_response(
    request: Request, shape: type[View], rows: Sequence[View], *, next_from: str | None
) -> Response:
    """Answer with a table of rows, all of one shape; a shape inside has its columns beside.

    Lists inside are left out: they are in the JSON.
    """
    written = io.StringIO(newline="")
    columns = _columns(shape)
    table = csv.DictWriter(written, columns, extrasaction="ignore")
    table.writeheader()
    table.writerows(_flat(row.model_dump(mode="json")) for row in rows)
    headers = {"Vary": "Accept"}
    if next_from is not None:
        url = request.url.include_query_params(**{"from": next_from})
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return Response(written.getvalue(), media_type=MEDIA_TYPE, headers=headers)


def _columns(shape: type[View]) -> list[str]:
    columns = []
    for name, one in shape.model_fields.items():
        inner = one.annotation
        if isinstance(inner, type) and issubclass(inner, View):
            columns += _columns(inner)
        elif "tuple" not in str(inner):
            columns.append(name)
    return columns


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat |= _flat(value) if isinstance(value, dict) else {name: value}
    return flat
