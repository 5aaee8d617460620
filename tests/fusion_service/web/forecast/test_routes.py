# SPDX-License-Identifier: Apache-2.0
"""What a client sees of a forecast, over a real store of a drawn site."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fusion_service.access.roles import Identity, Role, Scope
from fusion_service.store.forecast.kept import Made, Places, Said
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S, packed
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.web.access.reach import IDENTITY, IS_OPEN
from fusion_service.web.forecast.routes import add_forecast
from fusion_service.web.picture.sources import PublicRules
from tests.contracts.test_forecasts import SCORE
from tests.fusion_service.web.picture.drawn import AT_S, Drawn
from tests.fusion_service.web.test_api import ask

SITE = "scheveningen"
NAN = float("nan")
WEEK = Made(SITE, HOUR_S, AT_S, AT_S * 1000 + 130_000, 3, ("weather",))
NEAR = Made(SITE, QUARTER_S, AT_S, AT_S * 1000 + 130_000, None)
STEPS = [[80.0, 100.0, 130.0, 90.0], [90.0, 6_000.0, 7_000.0, 95.0], [NAN, NAN, NAN, NAN]]


def said(zone: str, *, by_ratio: bool = False, moved: bool = False) -> Said:
    numbers = [number for step in STEPS for number in step]
    halved = packed([one / 2 for one in numbers]) if moved else None
    return Said(f"zone/{zone}", by_ratio, packed(numbers), halved)


@dataclass
class Served:
    drawn: Drawn
    kept: ForecastFile


@pytest.fixture(name="served")
def _served(tmp_path: Path) -> Iterator[Served]:
    drawn = Drawn(tmp_path, public=PublicRules())
    sources = replace(drawn.sources, now_ms=lambda: AT_S * 1000)
    with closing(drawn.file), ForecastFile(drawn.path, size_mib_max=64) as kept:
        add_forecast(drawn.app, kept, sources)
        yield Served(drawn, kept)


def test_where_nothing_was_said_nothing_is_shown(served: Served) -> None:
    shown = served.drawn.get(f"/v1/sites/{SITE}/forecast")
    assert shown == {
        "site": SITE,
        "time_zone": "Europe/Amsterdam",
        "next_hour": None,
        "next_week": None,
    }
    assert served.drawn.get(f"/v1/sites/{SITE}/forecast/score")["days"] == []
    served.drawn.get("/v1/sites/harbour/forecast", 404)
    served.drawn.get("/v1/sites/harbour/forecast/score", 404)


def test_a_counter_has_its_line_or_zone_and_a_peak_without_a_level(served: Served) -> None:
    line, square = (
        replace(said(served.drawn.zones[0]), place=place)
        for place in ("pier-1/line/door", "pier-1/zone/square")
    )
    served.kept.keep_made(WEEK, [said(served.drawn.zones[0]), line, square])
    shown = served.drawn.get(f"/v1/sites/{SITE}/forecast/counters")
    assert shown["next_hour"] is None
    one, other = shown["next_week"]["counters"]
    assert [(each["device"], each["line"], each["zone"]) for each in (one, other)] == [
        ("pier-1", "door", None),
        ("pier-1", None, "square"),
    ]
    assert one["quantiles"]["middle"] == [100.0, 6000.0, None]
    assert one["naive"] == [90.0, 95.0, None]
    [peak] = one["peaks"]
    assert (peak["at"], peak["people"]) == ("2026-06-21T13:00:00Z", 6000.0)
    assert "level" not in peak
    served.drawn.get("/v1/sites/harbour/forecast/counters", 404)


def test_a_zone_has_its_quantiles_naive_beside_them_and_its_peak(served: Served) -> None:
    one, other = served.drawn.zones[:2]
    served.kept.keep_made(WEEK, [said(one, moved=True), said(other, by_ratio=True)])
    served.kept.keep_made(NEAR, [said(one, by_ratio=True)])
    shown = served.drawn.get(f"/v1/sites/{SITE}/forecast")
    week, near = shown["next_week"], shown["next_hour"]
    assert (week["version"], week["missing"], week["step_s"]) == (3, ["weather"], 3600)
    assert (week["origin"], week["made_at"]) == ("2026-06-21T12:00:00Z", "2026-06-21T12:02:10Z")
    assert week["starts"] == [f"2026-06-21T{hour}:00:00Z" for hour in (12, 13, 14)]
    zones = {zone["zone"]: zone for zone in week["zones"]}
    assert zones[one]["by"] == "trees"
    assert zones[one]["quantiles"]["middle"] == [50.0, 3000.0, None]
    assert zones[one]["undisturbed"]["middle"] == [100.0, 6000.0, None]
    assert zones[other]["undisturbed"] is None
    assert zones[other]["naive"] == [90.0, 95.0, None]
    (peak,) = zones[other]["peaks"]
    assert (peak["day"], peak["at"]) == ("2026-06-21", "2026-06-21T13:00:00Z")
    assert (peak["low"], peak["people"], peak["high"]) == (90.0, 6000.0, 7000.0)
    assert peak["level"] in {"yellow", "orange", "red"}
    assert [zone["by"] for zone in near["zones"]] == ["ratio model"]
    assert near["zones"][0]["peaks"] == []


def test_it_is_shown_as_it_was_known_then(served: Served) -> None:
    later = replace(WEEK, origin_s=AT_S + HOUR_S, made_ms=WEEK.made_ms + HOUR_S * 1000, version=4)
    for made in (WEEK, later):
        served.kept.keep_made(made, [said(served.drawn.zones[0])])
    address = f"/v1/sites/{SITE}/forecast"
    assert served.drawn.get(address)["next_week"]["version"] == 4
    then = served.drawn.get(address, made="2026-06-21T13:02:00Z")["next_week"]
    assert (then["version"], then["origin"]) == (3, "2026-06-21T12:00:00Z")
    assert served.drawn.get(address, made="2026-06-21T12:02:00Z")["next_week"] is None
    served.drawn.get(address, 400, made="noon")
    served.drawn.get(address, 400, mde="2026-06-21T12:02:00Z")


def test_who_sees_some_zones_is_shown_no_other(served: Served) -> None:
    app, zones = served.drawn.app, served.drawn.zones[:3]
    served.kept.keep_made(WEEK, [said(zone) for zone in zones])
    setattr(app.state, IS_OPEN, False)

    @app.middleware("http")
    async def known(request, call_next):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as Starlette hands it over
        scope = Scope.of(f"{SITE}/{zones[1]}")
        request.scope[IDENTITY] = Identity("p", True, "p", Role.VIEWER, scope, "police")  # noqa: FBT003 - of a row
        return await call_next(request)

    shown = ask(app, f"/v1/sites/{SITE}/forecast").json()
    assert [zone["zone"] for zone in shown["next_week"]["zones"]] == [zones[1]]


def test_the_score_is_shown_by_day_and_to_anybody_where_the_site_is_public(served: Served) -> None:
    older = replace(SCORE, site=SITE, day="2026-06-14")
    day = replace(SCORE, site=SITE, day="2026-06-20")
    boxes = replace(day, places=Places.COUNTERS, came=0, hit=0, lead_s=None)
    served.kept.keep_scores([day, boxes, older, replace(older, day="2026-06-13")])
    shown = served.drawn.get(f"/v1/sites/{SITE}/forecast/score")
    assert [one["day"] for one in shown["days"]] == ["2026-06-20", "2026-06-14"]
    first = shown["days"][0]["scores"]
    assert [one["places"] for one in first] == ["zones", "counters"]
    assert first[0] == {
        "places": "zones",
        "horizon_s": 3600,
        "targets": 24,
        "mae": 12.5,
        "pinball": None,
        "coverage": 0.81,
        "skill": -0.1,
        "warnings": {"came": 1, "hit": 1, "false": 0, "lead_s": 7200},
    }
    fewer = served.drawn.get(f"/v1/sites/{SITE}/forecast/score", days=1)
    assert [one["day"] for one in fewer["days"]] == ["2026-06-20"]
    public = ask(served.drawn.app, f"/v1/public/{SITE}/forecast/score")
    assert public.headers["Access-Control-Allow-Origin"] == "*"
    assert [one["places"] for one in public.json()["days"][0]["scores"]] == ["zones"]


def test_the_public_gets_no_score_unless_the_config_says_so(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path)
    with closing(drawn.file), ForecastFile(drawn.path, size_mib_max=64) as kept:
        add_forecast(drawn.app, kept, drawn.sources)
        assert ask(drawn.app, f"/v1/public/{SITE}/forecast/score").status_code == 404
