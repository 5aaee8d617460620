# SPDX-License-Identifier: Apache-2.0
"""A whole shift at the page, without a mouse: an alarm, a level, measures, and the handover."""

import re
import time
from collections.abc import Iterator

import pytest

from development.testbed.browser import Tab
from fusion_service.store.forecast.kept import Made, Said
from fusion_service.store.forecast.steps import QUARTER_S, packed
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from tests.dashboard.keyboard import go_to, open_page
from tests.dashboard.stage import MARKUP, SITE, STORE_MIB, ZONE_NAME, Stage
from tests.dashboard.test_texts_of_others import as_shown

CROWD = (240, 250, 245, 250, 240, 250)
"""On the deck's 50 square metres: over 3.57 a metre, where contact cannot be helped. A number does
not believe one window alone."""
DENSE = ".alarm[data-kind=density]"
SAID = "document.querySelector('{}').textContent.includes('{}')"


@pytest.fixture(name="relief", scope="module")
def _relief(stage: Stage) -> Iterator[Tab]:
    """Whoever comes to take the shift over."""
    tab = stage.browser.open("relief")
    guest = stage.guest("relief", "officer", organisation="fire brigade")
    stage.enter(tab, guest, f"/alarms?site={SITE}")
    tab.wait(".alarms")
    yield tab
    tab.close()


def see(tab: Tab, selector: str, words: str) -> None:
    tab.until(f"document.querySelector('{selector}') && {SAID.format(selector, words)}")


def dense(stage: Stage) -> dict[str, object]:
    """Return the alarm of the deck that is too dense; empty before it is."""
    alarms = stage.centre.get(f"/v1/sites/{SITE}/alarms")["alarms"]
    found: dict[str, object] = next((one for one in alarms if one["kind"] == "density"), {})
    return found


def test_what_is_critical_is_seen_on_every_page_told_and_in_the_title(
    stage: Stage, officer: Tab
) -> None:
    officer.evaluate("localStorage.setItem('language', 'nl')")
    officer.goto(f"{stage.url}/account?site={SITE}")
    officer.wait(".link.is-live")
    for people in CROWD:
        stage.feed.count(people)
        if dense(stage):
            break
    see(officer, ".critical", "Te dicht op elkaar")
    assert "kritiek, door niemand gezien" in officer.evaluate(
        "document.querySelector('#critical').textContent"
    )
    assert officer.evaluate("document.title").startswith("(")
    officer.goto(f"{stage.url}/wall?site={SITE}")
    officer.wait(".critical")


def test_an_alarm_is_acknowledged_assigned_and_put_away_by_keys_alone(
    stage: Stage, officer: Tab
) -> None:
    officer.goto(f"{stage.url}/?site={SITE}")
    officer.wait("table.zones")
    open_page(officer, "Alarmen", DENSE)
    assert "Wat te doen: Mensen staan tegen elkaar" in officer.text(DENSE)
    go_to(officer, "Gezien melden")
    while "Te dicht" not in officer.evaluate("document.activeElement.textContent"):
        go_to(officer, "Gezien melden")
    officer.press("Enter")
    officer.wait("form[data-do=acknowledge]")
    officer.type(f"ik kijk {MARKUP}")
    officer.press("Enter")
    see(officer, DENSE, "Gezien door")
    assert f'duty-1 (">{MARKUP}' in officer.text(f"{DENSE} .alarm-said")
    assert officer.evaluate("document.activeElement.dataset.kind") == "density", "focus stays"
    assert officer.text(f"{DENSE} .done").startswith("Gedaan")
    go_to(officer, "Toewijzen")
    officer.press("Enter")
    officer.type("brandweer")
    officer.press("Tab")
    officer.type("ploeg 4")
    officer.press("Enter")
    see(officer, DENSE, "brandweer")
    go_to(officer, "Wegleggen")
    officer.press("Enter")
    assert officer.count("#deed-minutes option") == 2, "what is critical half an hour at most"
    officer.press("Tab")
    officer.type("ploeg 4 is er")
    officer.press("Enter")
    see(officer, "#shelved-title", "Voor nu weggelegd")
    go_to(officer, "Terughalen")
    officer.press("Enter")
    officer.until("document.querySelector('#shelved-title') === null")
    assert officer.evaluate("window.hurt ?? null") is None


def test_a_restart_loses_nothing_and_the_page_goes_on(stage: Stage, officer: Tab) -> None:
    loaded = officer.evaluate("performance.timeOrigin")
    stage.centre.kill()
    officer.wait(".link.is-lost", within_s=20)
    told = officer.text(".alarms")
    stage.centre.start()
    assert "Gezien door" in told, "as it was then"
    officer.wait(".link.is-live")
    see(officer, DENSE, "ploeg 4")
    assert officer.evaluate("performance.timeOrigin") == loaded, "no reload"


def test_a_level_is_declared_with_what_was_agreed_beside_it(stage: Stage, officer: Tab) -> None:
    go_to(officer, "Open <script>")
    officer.press("Enter")
    officer.wait(".chart")
    assert as_shown(ZONE_NAME) in officer.text("#zone-title")
    go_to(officer, "Niveau afkondigen")
    officer.press("Enter")
    officer.wait("form[data-do=declare]")
    levels = stage.centre.get(f"/v1/sites/{SITE}/levels")["zones"]
    proposed = next(one["proposed"]["level"] for one in levels if one["zone"] == "deck")
    assert officer.evaluate("document.activeElement.value") == proposed
    assert "Clear the deck. police" in officer.text("form[data-do=declare]")
    while officer.evaluate("document.activeElement.value") != "orange":
        officer.press("ArrowDown")
    officer.press("Enter")
    assert officer.count("form[data-do=declare]") == 1, "no level without a reason"
    assert officer.evaluate("document.activeElement.name") == "reason", "which is asked for"
    officer.type("stewards zien het")
    officer.press("Enter")
    see(officer, ".pair-declared", "Oranje")
    assert "stewards zien het" in officer.text(".declare")
    assert "voorgesteld sinds" in officer.text(".zone-now .why")
    # How dense the noise leaves it when it is decided.
    assert re.search("druk: (trager|contact|gevaarlijke krachten)", officer.text(".zone-now"))
    go_to(officer, "Send stewards.")
    officer.press("Space")
    see(officer, ".measure-by", "gedaan door")
    assert officer.count("[role=checkbox][aria-checked=true]") == 1
    assert officer.evaluate("document.activeElement.getAttribute('role')") == "checkbox"


def test_a_zone_has_its_day_who_counts_and_its_routes_and_says_what_is_absent(
    officer: Tab,
) -> None:
    assert "Meeste:" in officer.text(".history-card")
    assert officer.count(".chart-line") > 0
    officer.click(".history-card summary")
    assert officer.count(".history-card tbody tr") > 0
    assert "pier-1" in officer.text(".counters")
    assert "javascript:" in officer.text(".routes")
    assert "Het drukst in dit vak" in officer.text(".routes")
    # A quarter of an hour that ends while the test runs brings the first one.
    told = r"er geen verwachting|gemaakt om \d\d:\d\d door het eenvoudige model"
    assert re.search(told, officer.text(".forecast"))
    assert re.search(r"niets? bekend", officer.text(".outlook"))


def test_two_at_once_the_second_is_told_what_the_first_did(
    stage: Stage, officer: Tab, relief: Tab
) -> None:
    relief.wait(DENSE)
    officer.goto(f"{stage.url}/alarms?site={SITE}")
    officer.wait(DENSE)
    officer.click(f"{DENSE} [data-value^=assign]")
    officer.fill("#deed-organisation", "politie")
    relief.click(f"{DENSE} [data-value^=assign]")
    relief.fill("#deed-organisation", "ambulance")
    relief.press("Enter")
    see(relief, DENSE, "ambulance")
    see(officer, DENSE, "ambulance")
    officer.press("Enter")
    officer.wait(".meanwhile")
    told = officer.text(".meanwhile")
    assert "iemand anders was u voor" in told
    assert "relief heeft een alarm toegewezen: Te dicht op elkaar" in told
    assert "ambulance" in told
    assert officer.evaluate("document.querySelector('#deed-organisation').value") == "politie"
    officer.press("Enter")
    see(officer, DENSE, "politie")
    assert officer.count(".meanwhile") == 0


def test_what_cannot_be_done_is_told_and_so_is_a_line_that_is_cut(
    stage: Stage, officer: Tab
) -> None:
    officer.click(f"{DENSE} [data-value^=shelve]")
    officer.fill("#deed-comment", "te lang")
    officer.evaluate(
        "(() => { document.querySelector('#deed-minutes option').value = '900'; "
        "document.querySelector('form[data-do=shelve]').requestSubmit(); })()"
    )
    officer.wait(f"{DENSE} .note")
    assert "kan dit niet" in officer.text(f"{DENSE} .note")
    officer.press("Escape")
    officer.until("document.querySelector('form.deed') === null")
    assert officer.evaluate("document.activeElement.dataset.value").startswith("shelve "), "back"
    officer.click(f"{DENSE} [data-value^=assign]")
    officer.fill("#deed-organisation", "reddingsbrigade")
    officer.go_offline(is_offline=True)
    officer.press("Enter")
    officer.wait(f"{DENSE} .note")
    assert "antwoordde niet" in officer.text(f"{DENSE} .note")
    officer.go_offline(is_offline=False)
    officer.wait("form[data-do=assign]")
    officer.press("Enter")
    see(officer, DENSE, "reddingsbrigade")
    assert dense(stage)["assigned_to"] == "reddingsbrigade"


def test_the_shift_is_handed_over_and_taken_over_by_somebody_else(
    officer: Tab, relief: Tab
) -> None:
    open_page(officer, "Dienst", ".shift-page")
    go_to(officer, "Dienst overdragen")
    officer.press("Enter")
    officer.wait("form[data-do=hand-over]")
    officer.type("let op de pier")
    officer.press("Enter")
    handed = "document.querySelector('.handover').textContent.includes('Nog niemand heeft')"
    officer.until(f"{handed} || document.querySelector('.handover .note') !== null")
    if not officer.evaluate(handed):
        # The centre wrote into the log meanwhile, which whoever hands over is to have seen.
        officer.fill("form[data-do=hand-over] textarea, form[data-do=hand-over] input", "de pier")
        officer.press("Enter")
    see(officer, ".handover", "Nog niemand heeft overgenomen")
    assert officer.count("[data-value^=take-over]") == 0, "somebody else does"
    open_page(relief, "Dienst", ".shift-page")
    assert "de pier" in relief.text(".handover")
    go_to(relief, "Dienst overnemen")
    relief.press("Enter")
    relief.wait("form[data-do=take-over]")
    relief.press("Enter")
    see(relief, ".handover", "Overgenomen door")
    see(officer, ".handover", "Overgenomen door")
    assert "relief heeft de dienst overgenomen" in officer.text(".entries")


def test_a_note_and_the_whole_story_are_in_the_log_as_texts(stage: Stage, officer: Tab) -> None:
    go_to(officer, "Notitie schrijven")
    officer.press("Enter")
    officer.wait("form[data-do=note]")
    officer.type(f"{MARKUP} gezien")
    officer.press("Enter")
    see(officer, ".entries li", "noteert")
    told = officer.text(".entries")
    for words in (
        f"{MARKUP} gezien",
        "duty-1 heeft de dienst overgedragen",
        "duty-1 heeft een niveau afgekondigd",
        "Groen → Oranje",
        "duty-1 heeft een maatregel afgevinkt",
        "De centrale sloeg alarm: Te dicht op elkaar",
    ):
        assert words in told, words
    assert officer.count("main img") == 0
    report = officer.evaluate("document.querySelector('.report a').getAttribute('href')")
    assert report == f"/v1/sites/{SITE}/report?language=nl"
    assert "Afgekondigd niveau: oranje" in stage.centre.text(report)
    log = officer.log()
    assert (log.errors, log.violations) == ((), ())


def test_green_ends_it_and_nothing_critical_is_left_unseen(stage: Stage, officer: Tab) -> None:
    """What others come after finds the page as it was."""
    officer.goto(f"{stage.url}/zones/deck?site={SITE}")
    officer.wait("[data-value^=declare]")
    officer.click("[data-value^=declare]")
    officer.click("#level-green")
    officer.fill("#deed-reason", "voorbij")
    officer.press("Enter")
    see(officer, ".pair-declared", "Groen")
    see(officer, ".checklist", "onerror")


def test_what_is_expected_is_drawn_and_thin_without_the_measures(
    stage: Stage, officer: Tab
) -> None:
    # The centre has said something of this quarter itself, which stays as it was said.
    origin_s = int(time.time()) // QUARTER_S * QUARTER_S + 1
    said = [number for _ in range(4) for number in (80.0, 100.0, 120.0, 90.0)]
    moved = [number / 2 for number in said]
    with ForecastFile(stage.centre.store, size_mib_max=STORE_MIB) as keeper:
        made = Made(SITE, QUARTER_S, origin_s, origin_s * 1000, None, ("weather",))
        deck = Said("zone/deck", by_ratio=True, said=packed(said), moved=packed(moved))
        keeper.keep_made(made, [deck])
    officer.goto(f"{stage.url}/zones/deck?site={SITE}")
    see(officer, ".forecast", "De dunne lijn")
    assert "omdat dit ontbreekt: weather" in officer.text(".forecast")
    assert officer.count(".chart-line.is-expected") == 1
    assert officer.count(".chart-line.is-undisturbed") == 1
