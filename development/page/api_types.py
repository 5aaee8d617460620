# SPDX-License-Identifier: Apache-2.0
"""Write the API's description as TypeScript, so that the page's client is checked against it.

`python -m development.page.api_types` writes dashboard/src/api/types.ts; a test holds the file to
what the description gives. Only what the page asks for is written: answers of GET, and the
shapes that they are made of.
"""

import json
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from fusion_service.config import FusionConfig, StoreConfig
from fusion_service.exercise.control.direction import AS_FAST_AS_IT_GOES, Direction
from fusion_service.exercise.scenario import Scenario
from fusion_service.http_server import entrance_of, server_of, sources_of
from fusion_service.registry.site import Site
from fusion_service.shift.desk import Desk
from fusion_service.shift.monitor import ShiftMonitor, Sources
from fusion_service.store.sqlite.access.keeper import AccessFile
from fusion_service.store.sqlite.estimates import EstimateReader
from fusion_service.store.sqlite.exercise import ExerciseReader
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.web.exercise.control import ControlRoom, add_exercise
from fusion_service.web.form.instants import of_seconds
from fusion_service.web.metrics import Watching
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.shift.acting import ShiftRoom
from fusion_service.web.shift.listeners import ShiftStream
from fusion_service.web.views.health import BrokerView, Condition, HealthView, StoreView

FILE = Path(__file__).resolve().parents[2] / "dashboard" / "src" / "api" / "types.ts"
WANTED = (
    "/access/entries",
    "/devices",
    "/devices/{site}/{device}",
    "/exercise",
    "/health",
    "/latest",
    "/officer/{site}",
    "/officer/{site}/{device}",
    "/session",
    "/sites/{site}",
    "/sites/{site}/alarms",
    "/sites/{site}/debrief",
    "/sites/{site}/forecast",
    "/sites/{site}/handover",
    "/sites/{site}/latest",
    "/sites/{site}/levels",
    "/sites/{site}/log",
    "/sites/{site}/map.geojson",
    "/sites/{site}/measures",
    "/sites/{site}/moment",
    "/sites/{site}/outlook",
)
"""What the page asks for."""
HEAD = """// SPDX-License-Identifier: Apache-2.0
// Written by `python -m development.page.api_types` from /v1/openapi.json. Do not edit.
"""
REFERENCE = "#/components/schemas/"
Schema = dict[str, Any]
STORE_MIB = 64


def main() -> int:
    """Write the file anew."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(types_of(description()), "utf-8")
    print(FILE)
    return 0


def description() -> Schema:
    """Return what a centre says of its API."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fusion.sqlite"
        config = FusionConfig(store=StoreConfig(path=path))
        live = LivePicture(sources_of(config, EstimateReader(path)))
        with (
            AccessFile(path, size_mib_max=STORE_MIB) as keeper,
            ForecastFile(path, size_mib_max=STORE_MIB) as forecasts,
            ShiftFile(path, size_mib_max=STORE_MIB) as shift_log,
        ):
            desk = Desk(shift_log, lambda: 0)
            seen = Sources(live.sources.picture, Reader(path), dict)
            server = server_of(
                config,
                _health,
                Watching(forecasts=forecasts),
                live,
                now_ms=lambda: 0,
                entrance=entrance_of(config, keeper),
                shift=ShiftRoom(desk, ShiftMonitor(desk, seen), live.sources, ShiftStream(desk)),
            )
        app = server.config.app
        assert isinstance(app, FastAPI)  # noqa: S101 - server_of makes one
        # Exercise control is there where an exercise is run; the page asks for it there alone.
        add_exercise(app, ControlRoom(_direction(), ExerciseReader(path), lambda: 0))
        return app.openapi()


def types_of(found: Schema, paths: tuple[str, ...] = WANTED) -> str:
    """Return the shapes of the answers that the page asks for, and which path has which."""
    schemas: Schema = found["components"]["schemas"]
    answers = {path: _answer_of(found["paths"][path]["get"]) for path in paths}
    wanted: set[str] = set()
    for name in answers.values():
        _collect(name, schemas, wanted)
    parts = [HEAD, *(_declared(name, schemas[name]) for name in sorted(wanted))]
    parts.append("/** What GET answers with, by its path under /v1. */\nexport interface Answers {")
    parts += [f"  {json.dumps(path)}: {name};" for path, name in answers.items()]
    return "\n".join([*parts, "}", ""])


def _direction() -> Direction:
    site = Site("s", "s", "UTC", (), (), (), (), ())
    scenario = Scenario("s", site, "", 0, 60, 0, {}, ())
    return Direction(scenario, AS_FAST_AS_IT_GOES, threading.Event())


def _health() -> HealthView:
    started = of_seconds(0)
    return HealthView(
        condition=Condition.FINE,
        boot="",
        started_at=started,
        broker=BrokerView(state="", detail="", since=started),
        store=StoreView(condition=Condition.FINE, detail=""),
        inbox_depth=0,
        inbox_max=0,
    )


def _answer_of(operation: Schema) -> str:
    content: Schema = operation["responses"]["200"]["content"]
    # A map's answer is JSON of a name of its own, application/geo+json.
    schema = next(one["schema"] for kind, one in content.items() if kind.endswith("json"))
    return str(schema["$ref"]).removeprefix(REFERENCE)


def _collect(name: str, schemas: Schema, wanted: set[str]) -> None:
    if name in wanted:
        return
    wanted.add(name)
    for reference in _references(schemas[name]):
        _collect(reference, schemas, wanted)


def _references(schema: object) -> list[str]:
    if isinstance(schema, list):
        return [one for each in schema for one in _references(each)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].removeprefix(REFERENCE)] if "$ref" in schema else []
    return own + [one for each in schema.values() for one in _references(each)]


def _declared(name: str, schema: Schema) -> str:
    if "properties" not in schema:
        members = "".join(f"\n  | {each}" for each in _type_of(schema).split(" | "))
        return f"export type {name} ={members};\n"
    lines = [f"export interface {name} {{"]
    for key, one in schema["properties"].items():
        # A default is of what is taken in: what is given out has every key.
        lines.append(f"  {key}: {_type_of(one)};")
    return "\n".join([*lines, "}", ""])


def _type_of(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(REFERENCE)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(map(_type_of, schema["anyOf"]))
    if schema.get("type") == "array":
        return _array_of(schema)
    plain = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}
    return {**plain, "null": "null"}.get(str(schema.get("type")), "unknown")


def _array_of(schema: Schema) -> str:
    if "prefixItems" in schema:
        return f"readonly [{', '.join(map(_type_of, schema['prefixItems']))}]"
    inner = _type_of(schema.get("items", {}))
    is_whole = "|" not in inner and not inner.startswith("readonly")
    return f"readonly {inner}[]" if is_whole else f"readonly ({inner})[]"


if __name__ == "__main__":
    sys.exit(main())
