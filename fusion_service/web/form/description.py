# SPDX-License-Identifier: Apache-2.0
"""The API's description of itself: OpenAPI 3.1 by the Dutch API design rules.

What FastAPI finds out of the routes, and besides: the major version in the server's address, who is
to be asked, the version header of each answer, and refusals as problem details.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from fusion_service.web.form.envelope import API_VERSION
from fusion_service.web.problems import MEDIA_TYPE
from fusion_service.web.views.base import ProblemsView

PREFIX = "/v1"
SUMMARY = """How many people there are, counted without knowing anyone: by boxes that count and
forget, and by what a municipality draws of its site; and what a shift decides by it: such changes
name by If-Match what they were decided on. Times are RFC 3339: any offset is taken, Z is given.
Refusals are problem details (RFC 9457). Lists are pages: `next` is the cursor of the page after."""
VERSION_HEADER = {
    "API-Version": {
        "description": "The full version of this API.",
        "schema": {"type": "string", "examples": [API_VERSION]},
    }
}
LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
SCHEMAS = "#/components/schemas/"
PROBLEMS = {"$ref": f"{SCHEMAS}{ProblemsView.__name__}"}
_GENERIC = re.compile(r"Page_([A-Za-z]+)_")
_ERRORS = re.compile(r"[45]\d\d")


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a user of the API asks: whoever runs this centre, or an address that nobody has."""

    name: str = "The operator of this centre (nobody is named in fusion.toml, [contact])"
    email: str = "operator@centre.example"
    url: str = "https://centre.example"


class DescribedApi(FastAPI):
    """FastAPI, with a description that keeps the rules."""

    contact_person: Contact = Contact()

    def openapi(self) -> dict[str, Any]:
        """Return the description; made once."""
        if self.openapi_schema is None:
            found = get_openapi(
                title="People counting: a centre",
                version=API_VERSION,
                openapi_version=self.openapi_version,
                description=SUMMARY,
                routes=self.routes,
                contact={
                    "name": self.contact_person.name,
                    "email": self.contact_person.email,
                    "url": self.contact_person.url,
                },
                license_info=LICENCE,
                servers=[{"url": PREFIX}],
            )
            found["paths"] = {_inside(path): item for path, item in found["paths"].items()}
            for path, item in found["paths"].items():
                _follow_rules(path, item)
            found["components"]["schemas"] = _with_problems(found["components"]["schemas"])
            self.openapi_schema = _named(found)
        return self.openapi_schema


def _inside(path: str) -> str:
    """Return a path as it stands under the server's address."""
    return path.removeprefix(PREFIX)


def _follow_rules(path: str, item: dict[str, Any]) -> None:
    if path.startswith("/ogc"):
        # OGC names its own paths, and versions by its conformance classes.
        item["servers"] = [{"url": "/"}]
        # Part 2 names the key bbox-crs, which the rule of query keys refuses (/core/query-keys-
        # camel-case): it is taken, and told in the operation's own words.
        for operation in item.values():
            if isinstance(operation, dict) and "parameters" in operation:
                kept = [one for one in operation["parameters"] if "-" not in one["name"]]
                operation["parameters"] = kept
    for operation in [one for key, one in item.items() if key in {"get", "put", "post", "delete"}]:
        operation["responses"].pop("422", None)
        for status, response in operation["responses"].items():
            response.setdefault("headers", {}).update(VERSION_HEADER)
            if _ERRORS.fullmatch(status):
                # Whatever a route's success is written in, its refusals are problem details.
                response["content"] = {MEDIA_TYPE: {"schema": PROBLEMS}}


def _with_problems(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the shapes by name, with that of a refusal described once for all routes.

    As the model of each refusal of each route it would be built some 250 times at every start.
    """
    problems = ProblemsView.model_json_schema(
        ref_template=SCHEMAS + "{model}", mode="serialization"
    )
    parts = problems.pop("$defs")
    return dict(sorted({**schemas, **parts, ProblemsView.__name__: problems}.items()))


def _named(found: dict[str, Any]) -> dict[str, Any]:
    """Give generic shapes a name without underlines, and drop FastAPI's own refusals."""
    for name in ("HTTPValidationError", "ValidationError"):
        found.get("components", {}).get("schemas", {}).pop(name, None)
    named: dict[str, Any] = json.loads(_GENERIC.sub(r"PageOf\1", json.dumps(found)))
    return named
