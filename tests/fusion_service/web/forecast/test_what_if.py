# SPDX-License-Identifier: Apache-2.0
"""What would come, over HTTP: beside what is said now, and by what the site's file states."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fusion_service.estimation.beside.told import Told
from fusion_service.estimation.what_if.answering import WhatIfs
from fusion_service.registry.site_file.reading import examine
from fusion_service.shift.desk import Desk
from fusion_service.shift.measures import measure_id
from fusion_service.store.forecast.kept import ZONE, Made, Said
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S, packed
from fusion_service.store.sqlite.context import ContextFile
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.web.api import create_app
from fusion_service.web.forecast.routes import add_forecast
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.picture.sources import Drawings, PictureSources
from tests.fusion_service.registry.site_file.whole import WHOLE
from tests.fusion_service.web.test_api import HEALTH, ask

ORIGIN_S = 1_782_043_200
"""2026-06-21T12:00:00Z."""
SAID = {"deck": (400.0, 500.0, 650.0), "head": (80.0, 100.0, 130.0)}


class Pier:
    """A centre over a store in which a forecast of the pier was kept."""

    def __init__(self, folder: Path) -> None:
        path = folder / "fusion.sqlite"
        EstimateFile(path, size_mib_max=64).close()
        plans = SqliteSitePlans(path, size_mib_max=64)
        plans.keep("pier", WHOLE, now_ms=1)
        self.kept = ForecastFile(path, size_mib_max=64)
        sources = PictureSources(EstimateReader(path), Drawings(plans), None)
        self.app = create_app(Reader(path), lambda: HEALTH, live=LivePicture(sources))
        log, said = ShiftFile(path, size_mib_max=64), ContextFile(path, size_mib_max=64)
        self.opened = (log, said, self.kept)
        what_if = WhatIfs(self.kept, Told(said, (), Desk(log, lambda: 0).site))
        add_forecast(self.app, self.kept, sources, what_if)

    def keep(self, step_s: int, number: int) -> None:
        made = Made("pier", step_s, ORIGIN_S, ORIGIN_S * 1000 + 1, None)
        said = [
            Said(f"{ZONE}{zone}", by_ratio=True, said=packed([*three, three[1]] * number))
            for zone, three in SAID.items()
        ]
        self.kept.keep_made(made, said)

    def ask(self, status: int = 200, **query: str) -> Any:
        asked = {key.rstrip("_"): value for key, value in query.items()}
        answer = ask(self.app, "/v1/sites/pier/forecast/what-if", asked)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture(scope="module", name="pier")
def _pier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pier]:
    pier = Pier(tmp_path_factory.mktemp("pier"))
    pier.keep(QUARTER_S, 4)
    pier.keep(HOUR_S, 168)
    yield pier
    for one in pier.opened:
        one.close()


@pytest.fixture(scope="module", name="measures")
def _measures() -> dict[str, str]:
    site = examine(WHOLE.encode()).site
    assert site is not None
    return {one.level.name.lower(): measure_id(one) for one in site.measures}


def zones(answer: Any, span: str = "next_hour") -> dict[str, Any]:
    return {one["zone"]: one for one in answer[span]["zones"]}


def test_closing_a_link_moves_people_beside_what_is_said_now(pier: Pier) -> None:
    found = zones(pier.ask(closes="deck-head"))
    for zone, (low, middle, high) in SAID.items():
        now = found[zone]["undisturbed"]
        assert (now["low"][0], now["middle"][0], now["high"][0]) == (low, middle, high)
    deck, head = (found[zone]["quantiles"]["middle"] for zone in ("deck", "head"))
    assert deck[0] > 500.0
    assert (deck[3], head[3]) == (600.0, 0.0)
    week = zones(pier.ask(closes="deck-head"), "next_week")
    assert week["deck"]["quantiles"]["middle"][167] == 600.0
    assert week["deck"]["peaks"][1]["people"] == 600.0


def test_a_measure_does_what_the_file_states_from_when_it_is_asked_for(
    pier: Pier, measures: dict[str, str]
) -> None:
    asked = {"measure": measures["orange"], "from": "2026-06-21T12:30:00Z"}
    deck = zones(pier.ask(**asked))["deck"]["quantiles"]
    assert deck["middle"][:2] == [500.0, 500.0]
    # Seven and a half minutes, then twenty-two, of a ramp of twenty: the link's and the share's.
    assert deck["middle"][3] == pytest.approx(600.0 * 0.7, abs=0.5)
    assert deck["high"][3] - deck["low"][3] > (650 - 400) * 0.84


def test_nothing_asked_moves_nothing_and_keeps_nothing(pier: Pier) -> None:
    found = zones(pier.ask())
    assert found["deck"]["undisturbed"] is None
    assert found["deck"]["quantiles"]["middle"] == [500.0] * 4
    assert all(one.moved is None for one in pier.kept.said(newest(pier)))


def newest(pier: Pier) -> Made:
    made = pier.kept.newest("pier", QUARTER_S)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("asked", "where", "got"),
    [
        ({"closes": "bridge"}, "closes", "bridge"),
        ({"measure": "0" * 12}, "measure", "0" * 12),
    ],
)
def test_what_is_not_there_is_named(
    pier: Pier, asked: dict[str, str], where: str, got: str
) -> None:
    (problem,) = pier.ask(404, **asked)["problems"]
    assert (problem["where"], problem["got"]) == (where, got)


def test_a_measure_of_which_nothing_is_stated_is_named(
    pier: Pier, measures: dict[str, str]
) -> None:
    (problem,) = pier.ask(404, measure=measures["yellow"])["problems"]
    assert "moves nothing" in problem["got"]
    assert "effect or closes" in problem["wanted"]
