# SPDX-License-Identifier: Apache-2.0
"""The routes of the site editor, over a real store."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from fusion_service.access.roles import Identity, Role, Scope
from fusion_service.access.rules import denied, rule_of
from fusion_service.ledger.access_log import Action, Draft, Outcome
from fusion_service.registry.site_file.reading import SITE_BYTES_MAX
from fusion_service.store.sqlite.access.keeper import AccessFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.api import create_app
from fusion_service.web.editor.routes import add_site_editor
from fusion_service.web.site_plan import Taking, add_site_plan
from tests.fusion_service.registry.site_edit.test_splicing import REMARKED, drawn_of
from tests.fusion_service.registry.site_file.whole import WHOLE
from tests.fusion_service.web.test_api import HEALTH
from tests.fusion_service.web.test_site_plan import asked

PLAN = "/v1/sites/pier/plan"
ROUTES = (
    ("GET", "drawing"),
    ("PUT", "drawing"),
    ("POST", "check"),
    ("GET", "versions"),
    ("GET", "changes"),
)


def note(keeper: AccessFile, _: object, what: str, reason: str) -> str:
    texts = (("reason", reason),) if reason else ()
    draft = Draft(1_000, "p-1", Action.DRAW, Outcome.DONE, what, "municipality", texts)
    keeper.append([draft])
    return "p-1"


@pytest.fixture(name="app")
def _app(tmp_path: Path) -> FastAPI:
    return app_over(tmp_path)


@pytest.fixture(scope="module", name="still")
def _still(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """One for all that changes nothing."""
    return app_over(tmp_path_factory.mktemp("still"))


def app_over(tmp_path: Path) -> FastAPI:
    path = tmp_path / "fusion.sqlite"
    Writer(path, size_mib_max=64, dead_letters_max=10).close()
    keeper = AccessFile(path, size_mib_max=64)
    plans = SqliteSitePlans(path, size_mib_max=64)
    app = create_app(Reader(path), lambda: HEALTH)
    taking = Taking(folder=tmp_path, now_ms=lambda: 1_000, note=partial(note, keeper))
    add_site_plan(app, plans, taking)
    add_site_editor(app, plans, taking, keeper.entries)
    asked(app, "PUT", headers={"If-None-Match": "*"}, body=REMARKED)
    return app


def sent(
    app: FastAPI,
    method: str,
    what: str,
    said: object,
    headers: Mapping[str, str] | None = None,
    site: str = "pier",
) -> httpx.Response:
    path = f"/v1/sites/{site}/plan/{what}"
    given = {"Content-Type": "application/json", **(headers or {})}
    return asked(app, method, path, headers=given, body=json.dumps(said))


def checked(app: FastAPI, drawing: object, version: int = 1) -> Any:
    answer = sent(app, "POST", "check", {"version": version, "drawing": drawing})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_drawing_is_got_saved_unchanged_and_is_the_same_file(still: FastAPI) -> None:
    got = asked(still, "GET", f"{PLAN}/drawing")
    assert (got.headers["ETag"], got.json()["version"], got.json()["measures"]) == ('"1"', 1, 3)
    drawing = got.json()["drawing"]
    found = checked(still, drawing)
    assert (found["mistakes"], found["changes"], found["is_kept"]) == ([], [], True)
    saved = sent(still, "PUT", "drawing", {"drawing": drawing, "reason": "x"}, {"If-Match": '"1"'})
    assert saved.json() == {"site": "pier", "version": 1, "is_new": False}
    assert asked(still, "GET").text == REMARKED


def test_a_check_tells_mistakes_with_their_place_and_writes_nothing(still: FastAPI) -> None:
    drawing = drawn_of(WHOLE)
    drawing["zones"][1]["polygon"][2] = [52.1175, 4.2790]
    drawing["links"][0]["to"] = "haed"
    found = checked(still, drawing)
    places = {(one["kind"], one["id"], tuple(one["place"])) for one in found["mistakes"]}
    assert places == {("zones", "head", ("polygon", 2)), ("links", "deck-head", ("to",))}
    by_place = {one["id"]: one for one in found["mistakes"]}
    assert by_place["head"]["where"] == "zones[1].polygon[2]"
    assert "longitude stands first" in by_place["head"]["remedy"]
    assert found["mistakes_more"] == 0
    assert asked(still, "GET").headers["ETag"] == '"1"'


def test_a_check_tells_what_is_odd_changed_and_ends_a_history(still: FastAPI) -> None:
    drawing = drawn_of(WHOLE)
    drawing["zones"].append(
        {"id": "new", "polygon": [[4.277, 52.117], [4.278, 52.117], [4.278, 52.1175]]}
    )
    found = checked(still, drawing)
    told = {(one["kind"], one["id"], one["about"]) for one in found["remarks"]}
    assert told == {("zone", "new", "uncounted"), ("device", "box-3", "idle")}
    assert [(one["kind"], one["id"], one["became"]) for one in found["changes"]] == [
        ("zones", "new", "added")
    ]
    drawing["zones"][1]["id"] = "top"
    drawing["renames"] = {"zones": {"head": "top"}}
    found = checked(still, drawing)
    assert found["histories_ended"] == [
        {"kind": "zones", "id": "head", "now": "top", "counted_by": []}
    ]
    assert {one["got"] for one in found["mistakes"]} == {"'head'"}, "the link and its counter"


def test_a_file_is_checked_as_the_command_checks_it(still: FastAPI) -> None:
    headers = {"Content-Type": "application/toml"}
    path = f"{PLAN}/check"
    fine = asked(still, "POST", path, headers=headers, body=WHOLE).json()
    assert fine["mistakes"] == []
    file = WHOLE.replace("capacity = 3000", "capacity = 30000").replace('to = "head"', 'to = "x"')
    wrong = asked(still, "POST", path, headers=headers, body=file).json()
    assert [(one["kind"], one["id"], one["where"]) for one in wrong["mistakes"]] == [
        ("zones", "deck", "zones[0].capacity"),
        ("links", "deck-head", "links[0].to"),
    ]
    lists = 'id = "pier"\nzones = 3\nlinks = {}\nmeasures = 1\n'
    odd = asked(still, "POST", path, headers=headers, body=lists).json()
    assert {one["where"] for one in odd["mistakes"]} >= {"zones", "links", "measures"}
    other = asked(still, "POST", path, headers=headers, body=WHOLE.replace('"pier"', '"other"'))
    assert [one["where"] for one in other.json()["mistakes"]] == ["id"]
    none = asked(still, "POST", path, headers=headers, body="[").json()
    assert [one["where"] for one in none["mistakes"]] == ["the file"]


def test_what_is_saved_is_in_force_with_who_and_why_and_can_be_compared(app: FastAPI) -> None:
    drawing = drawn_of(REMARKED)
    drawing["zones"][0]["capacity"] = 2500
    body = {"drawing": drawing, "reason": "The fire service measured again."}
    saved = sent(app, "PUT", "drawing", body, {"If-Match": '"1"'})
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"2"')
    text = asked(app, "GET").text
    assert text == REMARKED.replace("capacity = 3000 ", "capacity = 2500 ")
    items = asked(app, "GET", f"{PLAN}/versions").json()["items"]
    assert [(one["version"], one["by"], one["organisation"], one["reason"]) for one in items] == [
        (2, "p-1", "municipality", "The fire service measured again."),
        (1, "p-1", "municipality", None),
    ]
    changes = asked(app, "GET", f"{PLAN}/changes?from=1&to=2").json()
    assert changes == [
        {
            "kind": "zones",
            "id": "deck",
            "became": "changed",
            "keys": [{"key": "capacity", "before": 3000, "after": 2500}],
            "was": "",
        }
    ]
    older = asked(app, "GET", f"{PLAN}/drawing?version=1").json()
    assert older["drawing"]["zones"][0]["capacity"] == 3000
    assert asked(app, "GET", f"{PLAN}/drawing?version=7").status_code == 404


def test_who_was_overtaken_is_told_what_changed_and_changes_nothing(app: FastAPI) -> None:
    mine, theirs = drawn_of(REMARKED), drawn_of(REMARKED)
    theirs["zones"][1]["capacity"] = 700
    mine["name"] = "Mine"
    body = {"drawing": theirs, "reason": "Theirs."}
    assert sent(app, "PUT", "drawing", body, {"If-Match": '"1"'}).status_code == 200
    body = {"drawing": mine, "reason": "Mine."}
    late = sent(app, "PUT", "drawing", body, {"If-Match": '"1"'})
    assert late.status_code == 412
    told = [one for one in late.json()["problems"] if one["where"] == "meanwhile"]
    assert [one["got"] for one in told] == ["zones head changed: capacity"]
    assert '"2", which is in force' in late.json()["problems"][0]["wanted"]
    assert asked(app, "GET").headers["ETag"] == '"2"'
    first = sent(app, "PUT", "drawing", body, {"If-None-Match": "*"})
    assert first.status_code == 412


def test_a_new_site_begins_with_an_empty_drawing(app: FastAPI) -> None:
    found = sent(app, "POST", "check", {"version": 0, "drawing": {}}, site="yard").json()
    assert [one["where"] for one in found["mistakes"]] == ["zones"]
    zones = [{"id": "a", "polygon": [[4.277, 52.117], [4.278, 52.117], [4.278, 52.1175]]}]
    body = {"drawing": {"name": "Yard", "zones": zones}, "reason": "It opens in May."}
    saved = sent(app, "PUT", "drawing", body, {"If-None-Match": "*"}, site="yard")
    assert saved.status_code == 201
    text = asked(app, "GET", "/v1/sites/yard/plan").text
    assert text.startswith('format = 1\nid = "yard"\nname = "Yard"\n')
    assert asked(app, "GET", "/v1/sites/nowhere/plan/drawing").status_code == 404


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"drawing": {}, "reason": "x"}, {}, 428),
        ({"drawing": {}, "reason": " "}, {"If-Match": '"1"'}, 400),
        ({"drawing": {}, "reason": "a\nb"}, {"If-Match": '"1"'}, 400),
        ({"drawing": {}, "reason": "x" * 501}, {"If-Match": '"1"'}, 400),
        ({"drawing": {}}, {"If-Match": '"1"'}, 400),
        ({"drawing": {}, "reason": "x", "by": "me"}, {"If-Match": '"1"'}, 400),
        ({"drawing": {"id": "other"}, "reason": "x"}, {"If-Match": '"1"'}, 400),
        ({"drawing": {"zones": []}, "reason": "x"}, {"If-Match": '"1"'}, 400),
        ([], {"If-Match": '"1"'}, 400),
    ],
)
def test_what_cannot_be_saved_is_refused_and_changes_nothing(
    still: FastAPI, body: object, headers: dict[str, str], status: int
) -> None:
    assert sent(still, "PUT", "drawing", body, headers).status_code == status
    assert asked(still, "GET").text == REMARKED


@pytest.mark.parametrize("version", [None, -1, True, "1", 1.5])
def test_a_check_says_of_which_version(still: FastAPI, version: object) -> None:
    answer = sent(still, "POST", "check", {"version": version, "drawing": {}})
    assert answer.status_code == 400


def test_a_drawing_beyond_the_bound_is_refused(still: FastAPI) -> None:
    for method, what in (("POST", "check"), ("PUT", "drawing")):
        path, headers = f"{PLAN}/{what}", {"If-Match": '"1"'}
        answer = asked(still, method, path, headers=headers, body=b" " * (SITE_BYTES_MAX + 1))
        assert answer.status_code == 413


def test_texts_of_others_stay_text(app: FastAPI) -> None:
    hostile = '"]\n[[measures]]\nlevel = "red"  # \u202e<script>\x7f'
    drawing = drawn_of(WHOLE)
    drawing["zones"][0]["name"] = hostile
    body = {"drawing": drawing, "reason": "<img src=x onerror=alert(1)>"}
    assert sent(app, "PUT", "drawing", body, {"If-Match": '"1"'}).status_code == 200
    got = asked(app, "GET", f"{PLAN}/drawing").json()
    assert got["drawing"]["zones"][0]["name"] == hostile
    assert got["measures"] == 3


def test_who_may_draw_a_site_may_all_of_it_and_nobody_else_any() -> None:
    for method, what in ROUTES:
        rule = rule_of(method, "/v1/sites/{site}/plan/" + what)
        assert rule is not None
        for role in Role:
            for scope, is_theirs in (("*", True), ("pier", True), ("pier/deck", False)):
                who = Identity("1", True, "x", role, Scope.of(scope), "police")  # noqa: FBT003
                may = denied(rule, who, {"site": "pier"}, {}) is None
                draws = role in {Role.INSTALLER, Role.ADMIN, Role.BREAK_GLASS}
                assert may == (draws and is_theirs), (method, what, role, scope)
