# SPDX-License-Identifier: Apache-2.0
"""Each role at the page: what it is shown, what it is refused, and how a log-in is refused."""

from collections.abc import Iterator

import pytest

from development.testbed.browser import WALL, Tab
from development.testbed.guests import screen_key
from tests.dashboard.stage import SITE, Stage, log_in

BOX = f"/boxes/{SITE}/pier-1"
PAPERS = ("/fleet", "/officer")


@pytest.fixture(name="tab")
def _tab(stage: Stage) -> Iterator[Tab]:
    tab = stage.browser.open("somebody")
    yield tab
    tab.close()


def pages(tab: Tab) -> list[str]:
    found: list[str] = tab.evaluate(
        "[...document.querySelectorAll('.pages a')].map((one) => one.getAttribute('href'))"
    )
    return [one.partition("?")[0] for one in found]


def done_at(stage: Stage, tab: Tab) -> tuple[bool, bool]:
    """Say whether somebody is offered to tick a zone's measures, and to declare its level."""
    tab.goto(f"{stage.url}/zones/deck?site={SITE}")
    tab.wait(".pair-declared")
    tab.until("document.querySelector('.checklist .tick') !== null")
    return tab.count("button[role=checkbox]") > 0, tab.count("[data-value^=declare]") > 0


@pytest.mark.parametrize(
    ("role", "deeds"),
    [
        ("operator", (True, False)),  # handles, and does not declare
        ("installer", (False, False)),  # follows
        ("admin", (True, True)),
    ],
)
def test_who_may_see_boxes_is_shown_a_box_and_what_they_may_do(
    stage: Stage, tab: Tab, role: str, deeds: tuple[bool, bool]
) -> None:
    stage.enter(tab, stage.guest(f"a-{role}", role), BOX)
    tab.wait("article.box")
    draws = ["/editor"] if role in {"installer", "admin"} else []
    shown = ["/", "/map", "/alarms", "/shift", *draws, "/boxes", *PAPERS, "/wall", "/account"]
    assert pages(tab) == shown
    told = tab.text("article.box")
    for words in ("pier-1", "Grootboek", "tiny-person", "square", "geteld", "loopt gelijk"):
        assert words in told, words
    assert done_at(stage, tab) == deeds
    assert tab.log().errors == ()


def test_a_viewer_sees_the_zones_and_is_told_why_not_the_boxes(stage: Stage, tab: Tab) -> None:
    stage.enter(tab, stage.guest("a-viewer", "viewer"))
    tab.wait("table.zones")
    assert pages(tab) == ["/", "/map", "/alarms", "/shift", "/wall", "/account"]
    assert tab.count(".broken a") == 0
    for path in (BOX, "/boxes"):
        tab.goto(stage.url + path)
        tab.wait("[data-refused]")
        told = tab.text("[data-refused]")
        assert "U bent ingelogd als kijker" in told
        assert "Wie wel: operator, officier, installateur, beheerder" in told
    tab.click("[data-refused] a")
    tab.wait("table.zones")
    tab.goto(f"{stage.url}/alarms?site={SITE}")
    tab.wait(".alarms")
    tab.goto(f"{stage.url}/shift?site={SITE}")
    tab.wait(".shift-page")
    assert tab.count("main button:not([data-do=older])") == 0, "looks, and does nothing"


def test_who_may_see_one_zone_sees_that_one(stage: Stage, tab: Tab) -> None:
    guest = stage.guest("a-zone", "operator", f"{SITE}/deck")
    stage.enter(tab, guest)
    tab.wait("tr[data-zone=deck]")
    assert tab.count("tr[data-zone]") == 1
    assert tab.count("nav.sites") == 0, "no other site to choose"
    assert "pier-2" not in tab.text(".broken"), "of another zone"
    tab.goto(stage.url + BOX)
    tab.wait("[data-refused]")
    assert f"{SITE}/deck" in tab.text("[data-refused]")
    tab.goto(f"{stage.url}/alarms?site={SITE}")
    tab.wait("[data-refused]")  # alarms are of the whole site
    assert done_at(stage, tab) == (True, False)


def test_a_wall_screen_is_paired_once_and_only_looks(stage: Stage, tab: Tab) -> None:
    key = screen_key(stage.centre.config, "wall-1")
    tab.look(WALL, "dark")
    tab.goto(f"{stage.url}/wall?site={SITE}")
    tab.wait("#field-key")
    tab.fill("#field-key", key)
    tab.press("Enter")
    tab.wait(".wall-zone")
    assert tab.evaluate("document.documentElement.scrollHeight <= innerHeight"), "nobody scrolls it"
    assert tab.evaluate("document.querySelector('.broken').getBoundingClientRect().bottom") <= 1080
    assert tab.count("a") == 0
    tab.goto(f"{stage.url}/boxes")
    tab.wait(".wall-zone")
    other = stage.browser.open("another-wall")
    other.goto(f"{stage.url}/wall")
    other.wait("#field-key")
    other.fill("#field-key", key)
    other.press("Enter")
    other.wait(".wrong")
    assert other.text(".wrong").startswith("Deze sleutel koppelt geen scherm")
    other.close()


def test_a_wrong_log_in_is_told_and_guesses_have_to_wait(stage: Stage, tab: Tab) -> None:
    guest = stage.guest("a-guesser", "viewer")
    wrong = type(guest)(guest.login, "wrong", guest.codes)
    tab.goto(stage.url)
    tab.wait("#field-login")
    for _ in range(7):
        tab.until("!document.querySelector('form button').disabled")
        log_in(tab, wrong)
        tab.wait(".wrong")
        if "Te vaak" in tab.text(".wrong"):
            break
        assert tab.text(".wrong").startswith("Inlognaam, wachtwoord of code klopt niet")
    assert "Probeer het opnieuw over" in tab.text(".wrong")
    assert tab.count("form button[disabled]") == 1
    tab.until("!document.querySelector('form button').disabled")
    log_in(tab, guest)
    tab.wait("table.zones")


def test_a_sealed_account_lets_in_without_a_code_and_says_that_it_is_an_alarm(
    stage: Stage, tab: Tab
) -> None:
    stage.enter(tab, stage.guest("envelope", "break-glass"))
    tab.wait("table.zones")
    assert "alarm" in tab.text(".sealed")
    tab.until("document.querySelector('.broken').textContent.includes('verzegeld')", within_s=20)
    tab.goto(f"{stage.url}/account")
    tab.wait("button[data-do=log-out]")
    tab.click("button[data-do=log-out]")
    tab.wait("#field-login")
    tab.goto(f"{stage.url}/")
    tab.wait("#field-login")
