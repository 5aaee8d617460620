# SPDX-License-Identifier: Apache-2.0
"""The one table against the service's own routes, and every route x role x scope of it."""

import re
import threading
from itertools import product
from pathlib import Path

import pytest
from fastapi import FastAPI

from fusion_service.access.roles import RIGHTS, Identity, Right, Role, Scope
from fusion_service.access.rules import RULES, Gate, Reach, Rule, denied, rule_of
from fusion_service.config import FusionConfig, PublicConfig, StoreConfig
from fusion_service.estimation.beside.told import Told
from fusion_service.estimation.what_if.answering import WhatIfs
from fusion_service.exercise.control.direction import AS_FAST_AS_IT_GOES, Direction
from fusion_service.http_server import entrance_of, server_of, sources_of
from fusion_service.shift.desk import Desk
from fusion_service.shift.monitor import ShiftMonitor, Sources
from fusion_service.store.sqlite.access.keeper import AccessFile
from fusion_service.store.sqlite.context import ContextFile
from fusion_service.store.sqlite.estimates import EstimateReader
from fusion_service.store.sqlite.exercise import ExerciseReader
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.store.sqlite.sources import SourceFile
from fusion_service.web.exercise.control import ControlRoom, add_exercise
from fusion_service.web.metrics import Watching
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.shift.acting import ShiftRoom
from fusion_service.web.shift.listeners import ShiftStream
from tests.fusion_service.exercise.small_site import scenario
from tests.fusion_service.web.test_api import HEALTH

ROOT = Path(__file__).parents[3]
LOG_IN = [rule for rule in RULES if rule.gate is Gate.LOG_IN]
PATH = {
    "site": "beach",
    "zone": "pier",
    "device": "box",
    "feature": "beach.pier",
    "alarm": "7",
    "measure": "0" * 12,
    "line": "1",
}
SCOPES = {
    "*": set(Reach),
    "beach": set(Reach) - {Reach.EVERYTHING},
    "beach/pier": {Reach.NOTHING, Reach.OWN, Reach.OWN_OF_SITE, Reach.ZONE, Reach.FEATURE},
    "beach/deck": {Reach.NOTHING, Reach.OWN, Reach.OWN_OF_SITE},
    "harbour": {Reach.NOTHING, Reach.OWN},
    "harbour/pier": {Reach.NOTHING, Reach.OWN},
    "": {Reach.NOTHING, Reach.OWN},
}
"""What each scope reaches of the zone `pier` of the site `beach`."""
LOOKING = {Right.SELF, Right.LOOK, Right.STATE, Right.FOLLOW}
MAY = {
    Role.WALL_SCREEN: {Right.SELF, Right.LOOK},
    Role.VIEWER: LOOKING,
    Role.OPERATOR: LOOKING | {Right.BOXES, Right.HANDLE},
    Role.OFFICER: LOOKING
    | {
        Right.BOXES,
        Right.HANDLE,
        Right.LOG,
        Right.DECLARE,
        Right.AUDIT,
    },
    Role.INSTALLER: LOOKING | {Right.BOXES, Right.DRAW},
    Role.ADMIN: set(Right),
    Role.BREAK_GLASS: set(Right),
}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    path = tmp_path / "fusion.sqlite"
    config = FusionConfig(store=StoreConfig(path=path), public=PublicConfig(enabled=True))
    with (
        AccessFile(path, size_mib_max=64) as keeper,
        SourceFile(path, size_mib_max=64) as others,
        ShiftFile(path, size_mib_max=64) as log,
        ForecastFile(path, size_mib_max=64) as forecasts,
        ContextFile(path, size_mib_max=64) as said,
    ):
        live = LivePicture(sources_of(config, EstimateReader(path)))
        desk = Desk(log, lambda: 0)
        sources = Sources(live.sources.picture, Reader(path), dict)
        server = server_of(
            config,
            lambda: HEALTH,
            Watching(forecasts=forecasts, what_if=WhatIfs(forecasts, Told(said, (), desk.site))),
            live,
            now_ms=lambda: 0,
            entrance=entrance_of(config, keeper),
            others=others,
            shift=ShiftRoom(desk, ShiftMonitor(desk, sources), live.sources, ShiftStream(desk)),
        )
        assert isinstance(server.config.app, FastAPI)
        # Exercise control is there where an exercise is run.
        direction = Direction(scenario(), AS_FAST_AS_IT_GOES, threading.Event())
        add_exercise(server.config.app, ControlRoom(direction, ExerciseReader(path), lambda: 0))
        return server.config.app


def routes(app: FastAPI) -> set[tuple[str, str]]:
    return {
        (method, getattr(route, "path", "") or "/")
        for route in app.router.routes
        for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}
    }


def test_every_route_of_the_service_has_a_rule(app: FastAPI) -> None:
    found = routes(app)
    assert len(found) > 25
    assert {one for one in found if rule_of(*one) is None} == set()


def test_every_rule_is_of_a_route_that_is_there(app: FastAPI) -> None:
    found = routes(app)
    named = {(rule.method, rule.path) for rule in RULES if not rule.path.endswith("...")}
    assert named - found == set()


def test_the_service_makes_no_app_without_a_guard() -> None:
    text = (ROOT / "fusion_service" / "http_server.py").read_text()
    assert text.count("create_app(") == 1
    assert "entrance=entrance" in text.partition("create_app(")[2].partition("\n    )\n")[0]


def test_only_these_are_open() -> None:
    assert {(rule.method, rule.path) for rule in RULES if rule.gate is Gate.OPEN} == {
        ("GET", "/v1/health"),
        ("GET", "/v1/openapi.json"),
        ("GET", "/v1/public/..."),
        ("POST", "/v1/session"),
        ("GET", "/"),
        ("GET", "/zones/{zone}"),
        ("GET", "/alarms"),
        ("GET", "/shift"),
        ("GET", "/wall"),
        ("GET", "/map"),
        ("GET", "/wall/map"),
        ("GET", "/boxes"),
        ("GET", "/boxes/{site}/{device}"),
        ("GET", "/account"),
        ("GET", "/officer"),
        ("GET", "/officer/{site}"),
        ("GET", "/officer/{site}/{device}"),
        ("GET", "/fleet"),
        ("GET", "/editor"),
        ("GET", "/exercise"),
        ("GET", "/debrief"),
        ("GET", "/assets/..."),
        ("GET", "/public/{site}"),
        ("GET", "/public/{site}/embed"),
        ("GET", "/accessibility"),
    }


def test_a_route_that_only_begins_like_another_has_no_rule() -> None:
    assert rule_of("GET", "/v1/healthy") is None
    assert rule_of("GET", "/v1/public") is None
    assert rule_of("POST", "/v1/latest") is None
    assert rule_of("DELETE", "/v1/sites/{site}/plan") is None


def test_each_role_may_what_it_is_for() -> None:
    assert MAY == RIGHTS


@pytest.mark.parametrize("rule", LOG_IN, ids=lambda rule: f"{rule.method} {rule.path}")
def test_every_role_and_scope_at_every_route(rule: Rule) -> None:
    for role, (places, reached) in product(Role, SCOPES.items()):
        who = Identity("1", True, "somebody", role, Scope.of(places), "police")  # noqa: FBT003
        denial = denied(rule, who, PATH, {"site": "beach"})
        may = rule.right in MAY[role] and rule.reach in reached
        assert (denial is None) == may, (role, places, denial)
        if denial is not None and rule.right not in MAY[role]:
            assert str(role) in denial.got
            assert role.value not in denial.wanted.rpartition(":")[2].split(", ")


def test_who_has_a_scope_says_of_which_site_they_ask() -> None:
    rule = rule_of("GET", "/v1/series/lines")
    assert rule is not None
    who = Identity("1", True, "x", Role.OPERATOR, Scope.of("beach"), "police")  # noqa: FBT003
    assert denied(rule, who, {}, {}) is not None
    assert denied(rule, who, {}, {"site": "harbour"}) is not None
    assert denied(rule, who, {}, {"site": "beach"}) is None


def test_the_document_shows_the_table() -> None:
    text = (ROOT / "docs" / "ACCESS.md").read_text()
    shown = {
        (method, path): (needs, reach)
        for method, path, needs, reach in re.findall(
            r"^\| (GET|PUT|POST|DELETE) `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE
        )
    }
    assert shown == {
        (rule.method, rule.path): (rule.right or rule.gate.value, rule.reach.value)
        for rule in RULES
    }
    for role in Role:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{role}` |"))
        assert [cell.strip() for cell in row.split("|")[2:-1]] == [
            "yes" if right in RIGHTS[role] else "" for right in Right
        ]
