# SPDX-License-Identifier: Apache-2.0
"""What would come, by command, over the store that a running centre left."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fusion_service.cli import main
from fusion_service.config import load
from fusion_service.context.build import feeds_of
from fusion_service.estimation.beside.told import Told
from fusion_service.estimation.what_if.answering import WhatIfs
from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.registry.site_file.reading import examine
from fusion_service.shift.desk import Actor, Desk
from fusion_service.shift.measures import measure_id
from fusion_service.store.context import ContextValue, Quantity
from fusion_service.store.sqlite.context import ContextFile
from fusion_service.store.sqlite.estimates import EstimateReader
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.web.api import create_app
from fusion_service.web.forecast.routes import add_forecast
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.picture.sources import Drawings, PictureSources
from tests.fusion_service.estimation.beside.test_sources import LINKED
from tests.fusion_service.estimation.forecasting.made_beach import EVERY_S, MadeBeach, Running
from tests.fusion_service.web.test_api import HEALTH, ask

DAYS = 17
CONFIG = """
[store]
path = "fusion.sqlite"

[context.agenda]
kind = "ical"
url = "https://example.org/agenda.ics"
place = "beach"
"""
CONCERTS = (9, 11, 13, 15)


@pytest.fixture(scope="module", name="config")
def _config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Leave a store in which four concerts brought twice as many people to the square."""
    folder = tmp_path_factory.mktemp("centre")
    beach = MadeBeach(folder, DAYS + 1)
    beach.plans.keep("beach", LINKED, now_ms=2)
    with ExitStack() as opened:
        said = opened.enter_context(ContextFile(beach.path, size_mib_max=256))
        for number, day in enumerate(CONCERTS):
            begins_s = beach.at(day, 18)
            first = (begins_s - beach.from_s) // EVERY_S
            beach.people["square"][first : first + 4 * 3600 // EVERY_S] *= 2.0
            entry = ContextValue(
                f"beach/{number}", Quantity.EVENT, begins_s, 1, 1.0, 4 * 3600, note="Concert 2026"
            )
            said.keep("agenda", [entry], beach.at(5))
        start_s = beach.at(DAYS, 16)
        beach.live_until(start_s)
        Running(beach, opened, start_s).go_to(start_s + 125)
    path = folder / "fusion.toml"
    path.write_text(CONFIG)
    return path


def ended(config: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["forecast", "what-if", "beach", "--config", str(config), *words])
    return int(end.value.code or 0)


def asked(config: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert ended(config, *words, "--json") == 0
    return json.loads(capsys.readouterr().out)


def middles(found: Any, zone: str, which: str) -> list[float]:
    return [one[1] for one in found["zones"][zone][which]]


def test_a_closed_link_moves_people_and_makes_none(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = asked(config, capsys, "--closes", "bridge")
    assert middles(found, "pier", "would")[1] == 0.0
    both = [middles(found, zone, "now")[1] for zone in ("square", "pier")]
    assert middles(found, "square", "would")[1] == pytest.approx(sum(both), rel=0.01)


def test_a_measure_moves_what_the_file_says_from_when_on(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = examine(LINKED.encode()).site
    assert site is not None
    name = measure_id(site.measures[0])
    words = ("--measure", name, "--from", "2026-06-18T18:00", "--hours", "2")
    found = asked(config, capsys, *words)
    now, would = (middles(found, "square", which) for which in ("now", "would"))
    ratios = [round(then / each, 2) for then, each in zip(would[:6], now[:6], strict=True)]
    assert ratios == [1.0, 1.0, 0.6, 0.6, 1.0, 1.0]


def test_an_event_brings_what_its_title_brought_before(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--event", "Concert 2027", "--from", "2026-06-18T18:00", "--hours", "4")
    found = asked(config, capsys, *words)
    assert found["on_before"] == 4
    now, would = (middles(found, "square", which) for which in ("now", "would"))
    assert would[0] == now[0]
    assert 1.3 < would[3] / now[3] < 2.2
    assert 0.8 < middles(found, "pier", "would")[3] / middles(found, "pier", "now")[3] < 1.25


def test_of_an_event_that_was_never_on_nobody_knows(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--event", "Tall ships", "--from", "2026-06-18T18:00", "--hours", "4")
    found = asked(config, capsys, *words)
    assert found["on_before"] == 0
    now, would = (found["zones"]["square"][which][3] for which in ("now", "would"))
    assert would[1] == now[1]
    assert would[2] > 1.3 * now[2]
    assert would[0] < now[0]
    assert ended(config, *words) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "on before: never: nobody knows what it does"
    assert len(told) == 4


def test_the_api_says_the_same_as_the_command(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--event", "Concert 2027", "--closes", "bridge", "--hours", "4")
    by_command = asked(config, capsys, *words, "--from", "2026-06-18T18:00")
    settings = load(config)
    path = settings.store.path
    with (
        ShiftFile(path, size_mib_max=256) as log,
        ContextFile(path, size_mib_max=256) as said,
        ForecastFile(path, size_mib_max=256) as kept,
    ):
        plans = SqliteSitePlans(path, size_mib_max=256)
        sources = PictureSources(EstimateReader(path), Drawings(plans), None)
        app = create_app(Reader(path), lambda: HEALTH, live=LivePicture(sources))
        told = Told(said, feeds_of(settings.context), Desk(log, lambda: 0).site)
        add_forecast(app, kept, sources, WhatIfs(kept, told))
        query = {
            "event": "Concert 2027",
            "closes": "bridge",
            "from": "2026-06-18T18:00:00+02:00",
            "to": "2026-06-18T22:00:00+02:00",
        }
        by_api = ask(app, "/v1/sites/beach/forecast/what-if", query).json()
    assert by_api["on_before"] == by_command["on_before"] == 4
    assert by_api["in_force"] == by_command["in_force"] == []
    for zone in by_api["next_week"]["zones"]:
        would = [one[1] for one in by_command["zones"][zone["zone"]]["would"]]
        # The API's numbers are kept as half floats on their way.
        assert zone["quantiles"]["middle"][:24] == pytest.approx(would[:24], rel=2e-3, abs=0.06)


def test_a_measure_that_was_done_is_said_to_be_in_force(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = examine(LINKED.encode()).site
    assert site is not None
    name = measure_id(site.measures[0])
    before = asked(config, capsys, "--measure", name)
    with ShiftFile(load(config).store.path, size_mib_max=256) as log:
        desk = Desk(log, lambda: before["origin_s"] * 1000)
        who = Actor("person", "", "municipality")
        ticked = desk.tick("beach", "square", name, "", is_done=True, who=who, seen=0)
        assert isinstance(ticked, ShiftEntry)
        try:
            once = asked(config, capsys, "--measure", name)
            assert once["in_force"] == [name]
            assert once["zones"] == before["zones"]
            assert ended(config, "--measure", name) == 0
            assert f"in force already, and counted once: {name}" in capsys.readouterr().out
        finally:
            desk.tick("beach", "square", name, "", is_done=False, who=who, seen=ticked.id)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--closes", "tunnel"), "got 'tunnel', wanted a link of beach"),
        (
            ("--measure", "0" * 12),
            "wanted a measure of which the site's file says effect or closes",
        ),
    ],
)
def test_what_is_not_there_is_named(
    words: tuple[str, ...], told: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(config, *words) == 1
    assert told in capsys.readouterr().err
