# SPDX-License-Identifier: Apache-2.0
"""The Dutch API design rules (Logius, version 2), one test a rule that a machine can check.

The published linter is a set of rules for Spectral that no registry has; these tests ask the same
of the same description, and of real answers besides. Rules are named as the standard names them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.api import create_app
from fusion_service.web.picture.sources import PublicRules
from tests.fusion_service.box import Box
from tests.fusion_service.web.picture.drawn import Drawn
from tests.fusion_service.web.test_api import HEALTH, ask

SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
KEBAB = re.compile(r"/|(/([a-z0-9-]+|\{[^}]+\})(/([a-z0-9.-]+|\{[^}]+\}))*)")
CAMEL = re.compile(r"[a-z][a-z\d]*([A-Z][a-z\d]*)*")


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawn]:
    made = Drawn(tmp_path_factory.mktemp("rules"), public=PublicRules())
    with made.file, Writer(made.path, size_mib_max=16, dead_letters_max=1) as store:
        store.add_device("beach", "pier-1", Box().public_key, test_site=False, added_ms=5)
        yield made


@pytest.fixture(name="said", scope="module")
def _said(site: Drawn) -> dict[str, Any]:
    found: dict[str, Any] = site.get("/v1/openapi.json")
    return found


def operations(said: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    methods = {"get", "put", "post", "delete", "patch"}
    return [
        (path, method, operation)
        for path, item in said["paths"].items()
        for method, operation in item.items()
        if method in methods
    ]


def followed(said: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = said["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def test_doc_openapi(said: dict[str, Any]) -> None:
    assert re.fullmatch(r"3(\.\d+){1,2}", said["openapi"])
    ids = [operation["operationId"] for _, _, operation in operations(said)]
    assert len(ids) == len(set(ids))
    for path, _, operation in operations(said):
        named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert named == set(re.findall(r"\{([^}]+)\}", path)), path
        assert operation["description"]
    for schema in said["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_publish_openapi(site: Drawn) -> None:
    answer = ask(site.app, "/v1/openapi.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/json"


def test_doc_openapi_contact(said: dict[str, Any]) -> None:
    assert all(said["info"]["contact"][key] for key in ("name", "email", "url"))
    assert said["info"]["license"]["identifier"] == "Apache-2.0"


def test_semver_and_version_header(site: Drawn, said: dict[str, Any]) -> None:
    version = said["info"]["version"]
    assert SEMANTIC.fullmatch(version)
    for path in ("/v1/health", "/v1/openapi.json", "/v1/nothing", "/metrics", "/v1/sites?limit=x"):
        assert ask(site.app, path).headers["API-Version"] == version, path
    for path, _, operation in operations(said):
        for status, response in operation["responses"].items():
            assert "API-Version" in response["headers"], (path, status)


def test_uri_version(said: dict[str, Any]) -> None:
    assert said["servers"] == [{"url": f"/v{said['info']['version'].partition('.')[0]}"}]


def test_no_trailing_slash(site: Drawn, said: dict[str, Any]) -> None:
    assert not [path for path in said["paths"] if path.endswith("/")]
    assert ask(site.app, "/v1/sites/").status_code == 404


def test_path_segments_kebab_case(said: dict[str, Any]) -> None:
    assert not [path for path in said["paths"] if not KEBAB.fullmatch(path)]


def test_query_keys_camel_case(said: dict[str, Any]) -> None:
    keys = {
        one["name"]
        for _, _, operation in operations(said)
        for one in operation.get("parameters", [])
        if one["in"] == "query"
    }
    assert not [key for key in keys if not CAMEL.fullmatch(key)]


def test_http_methods_and_stateless_reading(said: dict[str, Any], site: Drawn) -> None:
    for path, method, _ in operations(said):
        if method == "get" and "{" not in path:
            prefix = said["paths"][path].get("servers", said["servers"])[0]["url"].rstrip("/")
            head = ask(site.app, f"{prefix}{path}", method="HEAD")
            assert head.content == b""
            assert head.status_code in {200, 400}, path


def test_head_has_the_headers_of_get(site: Drawn) -> None:
    got, head = (ask(site.app, "/v1/devices", method=method) for method in ("GET", "HEAD"))
    assert got.status_code == head.status_code == 200
    assert dict(got.headers) == dict(head.headers)
    assert (len(got.content), head.content) == (int(head.headers["Content-Length"]), b"")


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/v1/sites?limit=many", "GET", 400),
        ("/v1/sites?colour=red", "GET", 400),
        ("/v1/devices/Beach/pier-1", "GET", 400),
        ("/v1/devices/beach/pier-9", "GET", 404),
        ("/v1/nowhere", "GET", 404),
        ("/v1/sites", "DELETE", 405),
    ],
)
def test_error_handling_problem_details(site: Drawn, path: str, method: str, status: int) -> None:
    answer = ask(site.app, path, method=method)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        status,
        "application/problem+json",
    )
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert problem["title"]
    (one,) = problem["problems"]
    assert problem["detail"] == f"{one['where']}: got {one['got']}, wanted {one['wanted']}"
    assert problem["instance"] == path.partition("?")[0]


def test_error_handling_when_the_store_is_gone(tmp_path: Path) -> None:
    answer = ask(create_app(Reader(tmp_path / "gone.sqlite"), lambda: HEALTH), "/v1/sites")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_error_handling_is_described(said: dict[str, Any]) -> None:
    for path, _, operation in operations(said):
        assert "422" not in operation["responses"], path
        if operation.get("parameters"):
            assert "400" in operation["responses"], path
        for status, response in operation["responses"].items():
            if status[0] in "45":
                (media,) = response["content"]
                assert media == "application/problem+json", (path, status)
                schema = followed(said, response["content"][media]["schema"])
                assert {"status", "title", "detail"} <= set(schema["required"]), (path, status)


def test_date_time(said: dict[str, Any]) -> None:
    text = json.dumps(said)
    assert '"date-time-local"' not in text
    assert '"format": "time"' not in text
    for name, schema in said["components"]["schemas"].items():
        for key, shape in schema.get("properties", {}).items():
            # What ends in a unit of time is a length of time; what is a moment says so.
            moment = key.endswith("_at") or key in {
                "start",
                "end",
                "since",
                "at",
                "ends",
                "known_by",
            }
            assert moment == ('"date-time"' in json.dumps(shape)) or key == "next", (name, key)


def test_schema_names(said: dict[str, Any]) -> None:
    assert not [
        name for name in said["components"]["schemas"] if not re.fullmatch(r"[A-Z]\w+", name)
    ]
    assert not [name for name in said["components"]["schemas"] if "_" in name]


def test_an_exercise_is_named_in_every_answer(tmp_path: Path) -> None:
    path = tmp_path / "fusion.sqlite"
    with Writer(path, size_mib_max=16, dead_letters_max=1):
        app = create_app(Reader(path), lambda: HEALTH, exercise="hot Sunday é")
        for asked in ("/v1/sites", "/v1/nothing", "/v1/sites?limit=x"):
            assert ask(app, asked).headers["Exercise"] == "hot Sunday \\xe9"
        assert ask(app, "/v1/health").json()["exercise"] == "hot Sunday é"
