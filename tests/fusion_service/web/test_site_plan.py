# SPDX-License-Identifier: Apache-2.0
"""A site's file over HTTP, over a real store."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from fusion_service.store.site_plans import SitePlan
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.api import create_app
from fusion_service.web.site_plan import Taking, add_site_plan
from tests.broker import Broker
from tests.fusion_service.centre import ReadyCentre
from tests.fusion_service.registry.site_file.whole import WHOLE
from tests.fusion_service.web.test_api import HEALTH

PATH = "/v1/sites/pier/plan"
FIRST = {"If-None-Match": "*"}


def asked(
    app: FastAPI,
    method: str,
    path: str = PATH,
    *,
    headers: Mapping[str, str] | None = None,
    body: str | bytes = b"",
    host: str = "127.0.0.1",
) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=f"http://{host}:8080"
        ) as client:
            return await client.request(method, path, headers=headers, content=body)

    return asyncio.run(send())


class TakenMeanwhile(SqliteSitePlans):
    """A store in which somebody else saves once, right after the next look at what is in force."""

    saving: str | None = None

    def plan(self, site: str, version: int | None = None) -> SitePlan | None:
        found = super().plan(site, version)
        if self.saving is not None:
            content, self.saving = self.saving, None
            assert self.keep(site, content, now_ms=1_000) is not None
        return found


def app_over(folder: Path, of: type[SqliteSitePlans] = SqliteSitePlans) -> FastAPI:
    path = folder / "fusion.sqlite"
    Writer(path, size_mib_max=64, dead_letters_max=10).close()
    app = create_app(Reader(path), lambda: HEALTH)
    taking = Taking(folder=folder, now_ms=lambda: 1_000, note=lambda *_: "1")
    app.state.plans = of(path, size_mib_max=64)
    add_site_plan(app, app.state.plans, taking)
    return app


@pytest.fixture(name="app")
def _app(tmp_path: Path) -> FastAPI:
    return app_over(tmp_path)


def test_a_file_is_put_got_changed_and_got_again(app: FastAPI, tmp_path: Path) -> None:
    assert asked(app, "GET").status_code == 404
    first = asked(app, "PUT", headers=FIRST, body=WHOLE)
    assert (first.status_code, first.headers["ETag"]) == (201, '"1"')
    got = asked(app, "GET")
    assert (got.text, got.headers["ETag"]) == (WHOLE, '"1"')
    assert got.headers["Content-Type"].startswith("application/toml")
    changed = WHOLE.replace("The pier", "Pier")
    second = asked(app, "PUT", headers={"If-Match": '"1"'}, body=changed)
    assert (second.status_code, second.headers["ETag"]) == (200, '"2"')
    same = asked(app, "PUT", headers={"If-Match": 'W/"1", "2"'}, body=changed)
    assert (same.status_code, same.headers["ETag"]) == (200, '"2"')
    assert asked(app, "GET").text == changed
    lines = [json.loads(one) for one in (tmp_path / "security.log").read_text().splitlines()]
    assert [(one["action"], one["object"], one["result"], one["detail"]) for one in lines] == [
        ("site put", "pier", "done", f"version {version}") for version in (1, 2, 2)
    ]


def test_what_is_known_is_not_sent_again(app: FastAPI) -> None:
    asked(app, "PUT", headers=FIRST, body=WHOLE)
    again = asked(app, "GET", headers={"If-None-Match": '"1"'})
    assert (again.status_code, again.content) == (304, b"")
    assert asked(app, "GET", headers={"If-None-Match": '"7"'}).status_code == 200
    assert asked(app, "HEAD").headers["ETag"] == '"1"'


def test_whoever_does_not_say_what_they_knew_is_asked_to(app: FastAPI) -> None:
    answer = asked(app, "PUT", body=WHOLE)
    assert answer.status_code == 428
    assert "If-Match" in answer.json()["problems"][0]["wanted"]


@pytest.mark.parametrize("headers", [FIRST, {"If-Match": '"2"'}, {"If-Match": "nothing"}])
def test_a_version_that_is_not_in_force_changes_nothing(
    app: FastAPI, headers: dict[str, str]
) -> None:
    asked(app, "PUT", headers=FIRST, body=WHOLE)
    answer = asked(app, "PUT", headers=headers, body=WHOLE.replace("Deck", "Planks"))
    assert answer.status_code == 412
    assert '"1", which is in force' in answer.json()["problems"][0]["wanted"]
    assert asked(app, "GET").text == WHOLE
    before = asked(
        app,
        "PUT",
        "/v1/sites/other/plan",
        headers={"If-Match": '"1"'},
        body=WHOLE.replace('id = "pier"', 'id = "other"'),
    )
    assert before.status_code == 412


def test_of_two_who_save_at_once_the_second_changes_nothing(tmp_path: Path) -> None:
    app = app_over(tmp_path, TakenMeanwhile)
    asked(app, "PUT", headers=FIRST, body=WHOLE)
    app.state.plans.saving = WHOLE.replace("Deck", "Planks")
    answer = asked(app, "PUT", headers={"If-Match": '"1"'}, body=WHOLE.replace("Deck", "Boards"))
    assert answer.status_code == 412
    assert "Planks" in asked(app, "GET").text


def test_every_mistake_is_told(app: FastAPI) -> None:
    wrong = WHOLE.replace("capacity = 3000", "capacity = 30000").replace('"head"\nl', '"haed"\nl')
    wrong = wrong.replace('to = "head"', 'to = "haed"')
    answer = asked(app, "PUT", headers=FIRST, body=wrong)
    assert answer.status_code == 400
    problems = {one["where"]: one for one in answer.json()["problems"]}
    assert set(problems) == {
        "zones[0].capacity, zone deck (line 12)",
        "links[0].to, link deck-head (line 26)",
    }
    assert problems["links[0].to, link deck-head (line 26)"]["got"] == "'haed'"
    assert asked(app, "GET").status_code == 404


def test_a_file_belongs_to_its_own_address(app: FastAPI) -> None:
    answer = asked(app, "PUT", "/v1/sites/other/plan", headers=FIRST, body=WHOLE)
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["where"] == "id"


def test_a_file_beyond_the_bound_is_refused(app: FastAPI) -> None:
    answer = asked(app, "PUT", headers=FIRST, body=b"#" * (4 * 1024 * 1024 + 1))
    assert answer.status_code == 413


def test_a_running_service_takes_a_file_beyond_what_else_it_is_asked(
    tmp_path: Path, broker: Broker
) -> None:
    long = WHOLE + "# a comment, so that the file is as large as that of a city.\n" * 2_000
    with ReadyCentre(tmp_path / "centre", broker.port) as centre:
        answer = httpx.put(
            f"{centre.url}{PATH}", headers=FIRST | centre.key_header(), content=long, timeout=20
        )
        assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
        got = httpx.get(f"{centre.url}{PATH}", headers=centre.key_header(), timeout=20)
        assert (got.text, got.headers["ETag"]) == (long, '"1"')
        # Nobody who asks by the description alone knows which text is a site.
        assert "/sites/{site}/plan" not in centre.get("/v1/openapi.json")["paths"]
        entries = httpx.get(f"{centre.url}/v1/access/entries", headers=centre.key_header())
        newest = entries.json()["items"][0]
        assert (newest["action"], newest["object"]) == ("change a site's file", "pier, version 1")
        act = (tmp_path / "centre" / "security.log").read_text().splitlines()[-1]
        assert json.loads(act)["actor"] == newest["actor"]
        stranger = httpx.put(f"{centre.url}{PATH}", headers={"If-Match": '"1"'}, content=WHOLE)
        assert stranger.status_code == 401
