# SPDX-License-Identifier: Apache-2.0
"""The site editor in a real browser: drawn by mouse and by keyboard, checked, saved, and shown."""

import re
from urllib.parse import urlsplit

import httpx
import pytest

from development.testbed.browser import PHONE, Scheme, Tab
from fusion_service.web.page.routes import POLICY
from tests.dashboard.editor.conftest import SIZE
from tests.dashboard.map.conftest import READY
from tests.dashboard.stage import OTHER, SITE, TURNED, ZONE_NAME, Stage
from tests.dashboard.test_texts_of_others import as_shown

EDITOR = "/editor?site=harbour"
PLAN = "/v1/sites/harbour/plan"
SMALL = (420, 420)
FRESH = "document.querySelector('[data-fresh=yes] [data-mistakes]')?.dataset.mistakes"
CORNERS = ((-40.0, 85.0), (40.0, 85.0), (40.0, 140.0), (-40.0, 140.0))
"""Below the zone that is there, once it is looked at from far enough."""


def is_checked(tab: Tab, mistakes: str = "=== '0'") -> None:
    tab.until(f"{FRESH} {mistakes}")


def on_ground(tab: Tab, x: float, y: float) -> tuple[float, float]:
    """Return where on the screen a place is, pixels from the middle of the ground."""
    left, top, width, height = tab.evaluate(
        "(({left, top, width, height}) => [left, top, width, height])"
        "(document.querySelector('.editor-ground').getBoundingClientRect())"
    )
    return left + width / 2 + x, top + height / 2 + y


def choose(tab: Tab, what: str) -> None:
    if tab.count("[data-edit=leave]"):
        tab.click("[data-edit=leave]")
    tab.click(f".editor-item[data-of='{what}']")
    tab.wait("[data-part=form]")


def area_m2(tab: Tab) -> int:
    return int(tab.evaluate("document.querySelector('.editor-area').dataset.area"))


def file_of(stage: Stage) -> httpx.Response:
    return httpx.get(f"{stage.centre.url}{PLAN}", headers=stage.centre.key_header(), timeout=20)


def save(tab: Tab, why: str) -> None:
    """Say why, and save; wait until it is in force."""
    version = int(re.findall(r"\d+", tab.text("[data-edit=save]"))[0])
    tab.fill("#edit-reason", why)
    tab.click("[data-edit=save]:not([disabled])")
    tab.wait(f"[data-saved='{version}']")


def test_a_drawing_is_opened_and_nothing_is_changed_by_that(stage: Stage, editor: Tab) -> None:
    is_checked(editor)
    assert editor.count(".editor-changes") == 0
    assert editor.count("[data-edit=save][disabled]") == 1
    assert editor.count(".drawn-zone") == 1
    assert file_of(stage).text == OTHER
    asked = [urlsplit(one) for one in editor.log().requests]
    assert {one.netloc for one in asked} == {urlsplit(stage.url).netloc}
    # It needs no WebGL, and no byte of the map's library.
    assert not any("/assets/map" in one.path for one in asked if one.path.endswith(".js"))


def test_a_zone_is_drawn_by_mouse_its_area_is_told_and_a_corner_is_drawn_to_its_neighbour(
    editor: Tab,
) -> None:
    editor.click("[data-edit=home]")
    for _ in range(3):
        editor.click("[data-edit=zoom][data-of='-1']")
    editor.click("[data-edit=tool][data-of=zones]")
    for x, y in CORNERS:
        editor.drag(on_ground(editor, x, y))
    assert "4 punten" in editor.text(".editor-hint")
    editor.drag(on_ground(editor, *CORNERS[0]))  # the first one again
    editor.wait("[data-part=form]")
    before = area_m2(editor)
    assert before > 100
    editor.drag(on_ground(editor, 40, 140), on_ground(editor, 70, 140))
    editor.until(f"document.querySelector('.editor-area').dataset.area > {before}")
    # Dragged to near a corner of the zone that is there, it takes that corner's place.
    box = editor.evaluate(
        "(() => { const path = document.querySelector('[data-id=quay-2]'); const box = "
        "path.getBoundingClientRect(); return [box.left, box.bottom]; })()"
    )
    editor.drag(on_ground(editor, *CORNERS[0]), (box[0] + 4, box[1] + 4))
    editor.until("document.querySelector('#edit-lon-0').value === '4.26'")
    assert editor.evaluate("document.querySelector('#edit-lat-0').value") == "52.1"
    editor.click("[data-edit=undo]")
    editor.until("document.querySelector('#edit-lon-0').value !== '4.26'")
    editor.click("[data-edit=redo]")
    editor.until("document.querySelector('#edit-lon-0').value === '4.26'")


def test_a_mistake_is_told_with_its_place_and_a_click_leads_there(editor: Tab) -> None:
    editor.fill("#edit-capacity", "99999999")
    editor.press("Enter")
    is_checked(editor, "> 0")
    told = editor.text(".editor-mistakes")
    assert "capacity" in told
    assert editor.count("[data-edit=save][disabled]") == 1, "not with a mistake"
    assert editor.count(".drawn-zone.is-wrong") == 1
    editor.click("[data-edit=leave]")
    editor.click(".editor-mistakes .editor-item")
    editor.wait("[data-part=form]")
    assert editor.evaluate("document.querySelector('#edit-id').value") == "zone-2"
    editor.fill("#edit-capacity", "")
    editor.press("Enter")
    is_checked(editor)
    told = editor.evaluate("document.querySelector('[data-part=check] details').textContent")
    assert "Hier telt niemand" in told, "odd, and no mistake"


def test_what_is_saved_is_in_force_with_a_reason_and_the_map_shows_it(
    stage: Stage, editor: Tab
) -> None:
    editor.fill("#edit-name", "Langs de kade")
    editor.press("Enter")
    is_checked(editor)
    save(editor, "De kade is langer.")
    found = file_of(stage)
    assert found.headers["ETag"] == '"2"'
    assert found.text.startswith(OTHER.rstrip("\n")), "what was there keeps its bytes"
    assert 'name = "Langs de kade"' in found.text
    editor.click("[data-edit=versions]")
    editor.wait("[data-version='2']")
    assert "De kade is langer." in editor.text("[data-version='2']")
    editor.click("[data-edit=compare]")
    editor.wait(".editor-compared .is-added")
    assert "Vak zone-2: nieuw" in editor.text(".editor-compared")
    entries = stage.centre.get("/v1/access/entries")["items"]
    newest = next(one for one in entries if one["object"] == "harbour, version 2")
    assert {"field": "reason", "content": "De kade is langer."}.items() <= (
        next(one for one in newest["texts"] if one["field"] == "reason").items()
    )
    editor.look(SMALL, "light")  # all of the map is drawn by the processor
    editor.click("a[href='/map?site=harbour']")
    editor.wait(READY, within_s=60)
    editor.until("document.querySelector('.map-list').textContent.includes('Langs de kade')", 30)
    assert editor.count(".map-list button[data-zone]") == 2
    editor.look(SIZE, "light")


def test_a_zone_and_a_link_are_drawn_by_keyboard_alone(stage: Stage, editor: Tab) -> None:
    editor.goto(stage.url + EDITOR)
    editor.wait(".editor-ground .drawn-zone", within_s=30)
    editor.evaluate("document.querySelector('[data-edit=tool][data-of=links]').focus()")
    editor.press("Enter")
    editor.until("document.activeElement.classList.contains('editor-ground')")
    for keys in (["Space"], ["Shift+ArrowRight"] * 3, ["Space", "Enter"]):
        for key in keys:
            editor.press(key)
    editor.wait("[data-part=form]")
    assert editor.evaluate("document.querySelector('#edit-id').value") == "link-1"
    assert editor.text("[data-part=form] .editor-area").startswith("Lengte: 15,0 m")
    editor.click("[data-edit=leave]")
    editor.evaluate("document.querySelector('[data-edit=add][data-of=zones]').focus()")
    editor.press("Enter")
    editor.until("document.activeElement.id === 'edit-id'")
    assert area_m2(editor) == 400
    editor.evaluate("document.querySelector('#edit-lat-2').focus()")
    before = editor.evaluate("document.querySelector('#edit-lat-2').value")
    editor.press("Shift+ArrowUp")
    editor.press("ArrowUp")
    editor.until(f"document.querySelector('#edit-lat-2').value !== '{before}'")
    editor.until("document.querySelector('.editor-area').dataset.area === '455'")
    editor.evaluate("document.querySelector('[data-edit=insert][data-of=\"2\"]').focus()")
    editor.press("Enter")
    editor.until("document.querySelectorAll('.editor-points li').length === 5")
    assert area_m2(editor) == 455, "a point between two others moves nothing"
    editor.press("Control+z")
    editor.until("document.querySelectorAll('.editor-points li').length === 4")
    editor.press("Escape")
    editor.wait("[data-part=list-zones]")
    is_checked(editor, "> 0")  # it lies over the zones that are there


def test_whoever_was_overtaken_is_told_what_changed_and_loses_nothing(
    stage: Stage, editor: Tab
) -> None:
    editor.click("[data-edit=drop-all]")
    editor.until("!document.querySelector('[data-edit=drop-all]')")
    choose(editor, "zones quay-2")
    editor.fill("#edit-capacity", "210")
    editor.press("Enter")
    is_checked(editor)
    theirs = file_of(stage)
    other = httpx.put(
        f"{stage.centre.url}{PLAN}",
        headers={"If-Match": theirs.headers["ETag"], **stage.centre.key_header()},
        content=theirs.text.replace("The harbour", "Our harbour"),
        timeout=20,
    )
    assert other.status_code == 200, other.text
    editor.fill("#edit-reason", "Er past meer op.")
    editor.click("[data-edit=save]:not([disabled])")
    editor.wait(".meanwhile")
    assert "The harbour → Our harbour" in editor.text(".meanwhile")
    assert file_of(stage).text == theirs.text.replace("The harbour", "Our harbour")
    editor.click("[data-edit=theirs]")
    editor.until("!document.querySelector('.meanwhile')")
    editor.click(".editor-item[data-of='zones quay-2']")
    assert editor.evaluate("document.querySelector('#edit-capacity').value") == "200"
    # And back to how it was, as an older version that is taken as a start.
    editor.click("[data-edit=versions]")
    editor.click("[data-edit=take][data-of='1']")
    editor.until("document.querySelector('.editor-ended') !== null")
    assert "zone-2" in editor.text(".editor-ended"), "whose history ends is told before"
    is_checked(editor)
    save(editor, "Terug naar hoe het was.")
    assert file_of(stage).text.rstrip() == OTHER.rstrip()


def test_texts_of_others_are_text_here_too(stage: Stage, editor: Tab) -> None:
    editor.goto(f"{stage.url}/editor?site={SITE}")
    editor.wait(".editor-item[data-of='zones deck']", within_s=30)
    assert as_shown(ZONE_NAME) in editor.text(".editor-item[data-of='zones deck']")
    assert TURNED not in editor.evaluate("document.querySelector('.editor-side').textContent")
    is_checked(editor)
    assert editor.evaluate("window.hurt ?? null") is None
    assert editor.count("img, iframe, object, main script, [onerror], a[href^='javascript:']") == 0
    assert editor.count("[style]") == 0
    log = editor.log()
    assert (log.errors, log.violations) == ((), ())


@pytest.mark.parametrize(
    ("size", "scheme", "language"), [(SIZE, "dark", "en"), (PHONE, "light", "nl")]
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    stage: Stage, editor: Tab, size: tuple[int, int], scheme: Scheme, language: str
) -> None:
    editor.look(size, scheme)
    editor.evaluate(f"localStorage.setItem('language', '{language}')")
    headers = editor.goto(stage.url + EDITOR)["headers"]
    assert headers["content-security-policy"] == POLICY
    editor.wait(".editor-item[data-of='zones quay-2']", within_s=30)
    is_checked(editor)
    assert editor.axe() == []
    choose(editor, "zones quay-2")
    assert editor.axe() == []
    editor.look((320, 640), scheme)
    assert editor.evaluate("document.documentElement.scrollWidth") <= 320
    editor.evaluate("localStorage.setItem('language', 'nl')")
    editor.look(SIZE, "light")


def test_a_new_site_is_begun_at_a_place_on_earth(stage: Stage, editor: Tab) -> None:
    editor.goto(f"{stage.url}/editor?new")
    editor.wait("[data-edit=begin]", within_s=30)
    for name, value in {"site": "yard", "name": "Werf", "lon": "4.2779", "lat": "52.1112"}.items():
        editor.fill(f"[data-field='new.{name}']", value)
    editor.click("[data-edit=begin]")
    editor.wait("[data-edit=add][data-of=zones]")
    assert editor.count(".ground-map-boulevard") > 0, "there our own ground is drawn"
    editor.click("[data-edit=add][data-of=zones]")
    is_checked(editor)
    assert "Gebied: nieuw" in editor.text(".editor-changes")
    refused = editor.evaluate(
        "fetch('/v1/sites/yard/plan/check', {method: 'POST', body: '{}'}).then((one) => one.status)"
    )
    assert refused == 403, "a change without the page's own token is nobody's"
    editor.click("[data-edit=drop-all]")


def test_who_may_not_draw_is_told_so(stage: Stage) -> None:
    tab = stage.browser.open("looks", SIZE)
    stage.enter(tab, stage.guest("looks-1", "officer"), EDITOR)
    tab.wait("[data-refused]")
    assert "Wie wel: installateur, beheerder" in tab.text("[data-refused]")
    assert tab.count(".pages a[href^='/editor']") == 0
    assert not any("/assets/editor" in one for one in tab.log().requests)
    tab.close()
