# SPDX-License-Identifier: Apache-2.0
"""The papers of boxes in a real browser: an officer, an installer, a viewer, and anybody."""

import base64
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from development.testbed.browser import Tab
from fusion_service.web.officer.fields import fields
from tests.dashboard.stage import SITE, Stage
from tests.dashboard.words import dictionary
from tests.fusion_service.audits.made_audit import FINDINGS, NAMED, printed, signed

PAPERS = f"/officer/{SITE}/pier-1"
HOSTILE = '<img src=x onerror="window.hurt=1">'
PUT = (
    "(() => {{ const raw = Uint8Array.from(atob('{raw}'), (one) => one.charCodeAt(0)); "
    "const given = new DataTransfer(); given.items.add(new File([raw], 'audit.signed')); "
    "document.querySelector('#audit-file').files = given.files; }})()"
)


@pytest.fixture(name="tab")
def _tab(stage: Stage) -> Iterator[Tab]:
    tab = stage.browser.open("papers")
    yield tab
    tab.close()


def bring(tab: Tab, raw: bytes, told: str) -> None:
    tab.evaluate(PUT.format(raw=base64.b64encode(raw).decode("ascii")))
    tab.click(".bring button")
    tab.until(f"document.querySelector('.outcome').textContent.includes('{told}')")


def test_every_field_that_a_box_may_send_is_said_in_both_languages() -> None:
    wanted = {f"field.{one.path}" for one in fields()}
    for language in ("nl", "en"):
        assert wanted - set(dictionary(language)) == set()


def test_the_audit_is_absent_until_an_officer_brings_a_signed_one_in(
    stage: Stage, officer: Tab
) -> None:
    officer.evaluate("localStorage.setItem('language', 'nl')")
    officer.goto(stage.url + PAPERS)
    officer.wait("#part-audit")
    assert "Ontbreekt" in officer.text("#part-audit")
    assert officer.count(".fields tbody tr") == len({one.path for one in fields()})
    began = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - 60))
    bring(officer, printed(), "geen ondertekende audit")
    stranger = replace(NAMED, device="pier-2")
    bring(officer, signed(printed(began_utc=began, named=stranger)), "ander kastje")
    assert "Ontbreekt" in officer.text("#part-audit")
    finding = replace(FINDINGS[1], detail=HOSTILE)
    bring(officer, signed(printed(began_utc=began, findings=(finding,))), "Ingelezen")
    officer.until("document.querySelector('.unproven') !== null")
    told = officer.text("#part-audit")
    # The box runs another release than was audited.
    for words in ("fg-den-haag", "Verlopen", "software", "at rest: memory", HOSTILE):
        assert words in told, words
    assert officer.evaluate("window.hurt ?? null") is None
    assert officer.axe() == []
    officer.goto(f"{stage.url}/officer/{SITE}")
    officer.wait(".officer-list")
    assert "verlopen" in officer.text(".officer-list")
    officer.goto(stage.url + PAPERS)
    officer.wait("#part-looked li")
    assert "audit ingelezen" in officer.text("#part-looked")
    log = officer.log()
    assert (log.errors, log.violations) == ((), ())


def test_anybody_reads_where_the_city_wants_it_and_nothing_of_the_inside(
    stage: Stage, tab: Tab
) -> None:
    tab.goto(stage.url + PAPERS)
    tab.wait("article.officer")
    told = tab.text("main")
    assert "Grootboek" in told
    for words in ("Intern", "Wie er keek", "Sleutel", "Certificaat", HOSTILE):
        assert words not in told, words
    assert tab.count(".bring") == 0
    assert tab.axe() == []
    tab.goto(f"{stage.url}/officer/harbour")
    tab.wait("#field-login")
    assert tab.log().violations == ()


def test_an_installer_sees_the_fleet_and_picks_by_words_and_by_keyboard(
    stage: Stage, tab: Tab
) -> None:
    stage.enter(tab, stage.guest("fleet-1", "installer"), "/fleet")
    tab.wait(".fleet-box")
    assert "beach/pier-1" in tab.text(".fleet-list")
    tab.evaluate("document.querySelector('#fleet-words').focus()")
    tab.type("quay beach")
    tab.until("document.querySelector('.fleet-box') === null")
    for _ in "quay beach":
        tab.press("Backspace")
    tab.type("pier-1")
    tab.until("document.querySelectorAll('.fleet-box').length === 1")
    tab.goto(stage.url + PAPERS)
    tab.wait("#part-looked")
    assert tab.count(".bring") == 0
    assert "mag het toegangslogboek niet lezen" in tab.text("#part-looked")


def test_a_viewer_is_told_who_may(stage: Stage, tab: Tab) -> None:
    stage.enter(tab, stage.guest("papers-viewer", "viewer"))
    tab.wait("table.zones")
    for path in ("/fleet", f"/officer/{SITE}", PAPERS):
        tab.goto(stage.url + path)
        tab.wait("[data-refused]")
        assert "Wie wel: operator, officier" in tab.text("[data-refused]")
