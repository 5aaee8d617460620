# SPDX-License-Identifier: Apache-2.0
"""Exercise control and the debrief in a browser: over a real exercise, and at a live centre."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from development.testbed.browser import Tab
from development.testbed.guests import Guest
from development.testbed.program import free_port, until
from fusion_service.access.making import By, Wanted, add_person
from fusion_service.config import HttpConfig
from fusion_service.exercise.control.direction import Pace
from fusion_service.exercise_service import exercise
from fusion_service.store.sqlite.access.keeper import AccessFile
from tests.dashboard.keyboard import go_to
from tests.dashboard.stage import MARKUP, SITE, Stage, log_in
from tests.fusion_service.exercise.drawn_site import SCRIPTED, read

LINES = f"""
[[injects]]
kind = "message"
at = "12:04"
text = '{MARKUP}'
zone = "deck"

[[injects]]
kind = "boxes_fail"
at = "12:20"
until = "12:25"
devices = ["box-1"]
"""
NOT_KEPT = "Van gisteren om deze tijd is geen verwachting bewaard."
STATES = "[...document.querySelectorAll('.control-lines tbody tr')].map((one) => one.className)"


@dataclass
class Played:
    """An exercise that waits after its first minute."""

    url: str
    store: Path

    def guest(self, login: str, role: str) -> Guest:
        wanted = Wanted(login, role, "police", ("*",), "en")
        with AccessFile(self.store, size_mib_max=64) as keeper:
            shown = add_person(keeper, wanted, "", By("tests", time.time_ns() // 1_000_000))
        return Guest(login, shown.password, shown.recovery)

    def enter(self, tab: Tab, login: str, role: str, path: str) -> None:
        tab.goto(self.url + path)
        tab.wait("#field-login")
        log_in(tab, self.guest(login, role))


@pytest.fixture(scope="module", name="played")
def _played(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    del stage  # without a browser nothing is played
    store, port = tmp_path_factory.mktemp("played") / "exercise.sqlite", free_port()
    stop = threading.Event()
    given = {"pace": Pace(60.0, is_paused=True), "http": HttpConfig(port=port), "stop": stop}
    thread = threading.Thread(target=exercise, args=(read(SCRIPTED + LINES), store), kwargs=given)
    thread.start()
    try:
        until((store.parent / "local.key").exists, "the exercise's API")
        yield Played(f"http://127.0.0.1:{port}", store)
    finally:
        stop.set()
        thread.join(30)


@pytest.fixture(name="tab")
def _tab(stage: Stage) -> Iterator[Tab]:
    tab = stage.browser.open("exercise", locale="en-GB")
    yield tab
    tab.close()


def test_an_exercise_is_directed_by_keys_ended_and_looked_back_at(played: Played, tab: Tab) -> None:
    played.enter(tab, "leader", "admin", "/exercise")
    tab.wait(".control-page")
    assert "EXERCISE" in tab.text(".exercise")
    assert tab.evaluate(STATES) == ["is-to-come", "is-to-come"]
    assert "<img" in tab.text(".control-lines"), "a text of others is shown as text"
    go_to(tab, "Jump to the next line")
    tab.press("Enter")
    tab.until("document.querySelector('.control-now time').textContent.startsWith('12:04')", 30)
    tab.click('[data-key="line-begin 2"]')
    tab.click("[data-do=control-go]")
    tab.until(f"{STATES}.includes('is-under-way')", 30)
    assert tab.axe() == []
    tab.click('[data-value^="control-end"]')
    tab.wait("form[data-do=control-end]")
    tab.click("form[data-do=control-end] button")
    tab.until("document.querySelector('[data-do=control-jump]') === null", 30)
    tab.goto(f"{played.url}/debrief")
    tab.wait(".debrief-page")
    assert tab.count(".timeline") == 2
    assert tab.evaluate("document.querySelector('.chart-line.is-true').getAttribute('d')") != ""
    assert "began a line" in tab.text(".debrief-page")
    tab.click("[data-do=language]")
    tab.until("document.documentElement.lang === 'nl'")
    assert "Nabespreking" in tab.text(".debrief-page")
    assert tab.axe() == []
    assert tab.evaluate("window.hurt") is None
    assert tab.log().errors == ()


def test_who_plays_is_refused_exercise_control(played: Played, tab: Tab) -> None:
    played.enter(tab, "player", "officer", "/exercise")
    tab.wait("[data-refused]")
    assert tab.count(".control-page") == 0
    assert "/exercise" not in tab.evaluate("document.querySelector('.pages').innerHTML")


@pytest.fixture(name="elsewhere")
def _elsewhere(stage: Stage, officer: Tab) -> Iterator[Tab]:
    """The officer's page, which others find where they left it."""
    yield officer
    officer.goto(f"{stage.url}/")
    officer.wait("table.zones")


def test_a_live_centre_has_a_debrief_and_no_exercise_to_direct(
    stage: Stage, elsewhere: Tab
) -> None:
    officer = elsewhere
    officer.goto(f"{stage.url}/debrief?site={SITE}")
    officer.wait(".debrief-page .timeline")
    assert officer.count(".debrief-page details") == 2
    assert officer.count("[data-do=debrief][aria-pressed=true]") == 1
    assert officer.axe() == []
    assert officer.evaluate("window.hurt") is None


def test_where_nothing_was_forecast_yesterday_the_zone_says_so(
    stage: Stage, elsewhere: Tab
) -> None:
    officer = elsewhere
    officer.goto(f"{stage.url}/zones/deck?site={SITE}")
    officer.until("document.getElementById('yesterday-title') !== null", 30)
    assert officer.text("[aria-labelledby=yesterday-title] .quiet") == NOT_KEPT
