# SPDX-License-Identifier: Apache-2.0
"""The map in a real browser: what it shows, how it is used, and what it does where it cannot be."""

from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from development.testbed.browser import PHONE, Scheme, Tab
from fusion_service.web.page.routes import POLICY
from tests.dashboard.map.conftest import READY, SIZE, press
from tests.dashboard.stage import SITE, SITE_NAME, TURNED, ZONE_NAME, Stage
from tests.dashboard.test_texts_of_others import as_shown

MAP = f"/map?site={SITE}"
DECK = ".map-label[data-zone=deck]"
LOST_S = 5.0
LEVELS = {"green": (27, 115, 64), "yellow": (255, 216, 74), "orange": (255, 154, 61)}
NEAR = 40
"""A column's sides are a little darker than its top."""


def column_px(tab: Tab, folder: Path, level: str) -> int:
    """Return of how many pixels the map alone is in the colour of a level, labels aside."""
    tab.evaluate("document.querySelector('.map-labels').hidden = true")
    tab.screenshot(folder / "map.png")
    tab.evaluate("document.querySelector('.map-labels').hidden = false")
    left, top, right, bottom = tab.evaluate(
        "(({left, top, right, bottom}) => [left, top, right, bottom].map(Math.round))"
        "(document.querySelector('.map-canvas').getBoundingClientRect())"
    )
    seen = cv2.imread(str(folder / "map.png"))
    assert seen is not None
    pixels = seen[top + 8 : min(bottom, SIZE[1]) - 8, left + 70 : right - 8, ::-1].astype(int)
    return int((np.abs(pixels - np.array(LEVELS[level])).max(axis=-1) < NEAR).sum())


def place_of(tab: Tab, zone: str = "deck") -> str:
    found: str = tab.evaluate(
        f"document.querySelector('.map-label[data-zone={zone}]').style.transform"
    )
    return found


def test_the_table_comes_without_a_byte_of_the_map_and_the_map_with_all_of_it(
    stage: Stage,
) -> None:
    tab = stage.browser.open("first", SIZE)
    stage.enter(tab, stage.guest("duty-first", "viewer"))
    tab.wait("table.zones")
    before = tab.log().requests
    assert not any("/assets/map" in one for one in before)
    tab.click(".pages a[href^='/map']")
    tab.wait(READY, within_s=60)
    asked = [urlsplit(one) for one in tab.log().requests]
    assert any(one.path.startswith("/assets/maplibre-gl-worker") for one in asked)
    assert {one.netloc for one in asked} == {urlsplit(stage.url).netloc}
    assert {one.scheme for one in asked} == {"http"}, "no blob, no data"
    log = tab.log()
    assert (log.errors, log.violations) == ((), ())
    # Whoever may not look at boxes is told so, and nothing is refused behind their back.
    assert not any(one.path == "/v1/devices" for one in asked)
    tab.close()


def test_each_zone_stands_on_the_map_with_its_level_its_number_and_its_name(tab: Tab) -> None:
    table = tab.text(".map-list [data-zone=deck]")
    letter, number = tab.text(f"{DECK} .map-letter"), tab.text(f"{DECK} .map-people")
    assert letter in {"Gr", "Ge", "Or", "Ro"}
    assert number in table
    assert tab.count(".map-list button[data-zone]") == tab.count(".map-label")


def test_a_new_count_moves_the_column(stage: Stage, tab: Tab, tmp_path: Path) -> None:
    stage.feed.count(30)
    tab.until(f"document.querySelector('{DECK} .map-letter').textContent === 'Gr'", within_s=30)
    green, yellow = (column_px(tab, tmp_path, level) for level in ("green", "yellow"))
    before = tab.text(f"{DECK} .map-people")
    for _ in range(3):
        stage.feed.count(130)
    tab.until(f"document.querySelector('{DECK} .map-people').textContent !== '{before}'")
    tab.until(f"document.querySelector('{DECK} .map-letter').textContent !== 'Gr'", within_s=40)
    level = {"Ge": "yellow", "Or": "orange"}[tab.text(f"{DECK} .map-letter")]
    tab.evaluate("new Promise((done) => setTimeout(done, 500))")
    assert green > 200, "there was a green column"
    assert column_px(tab, tmp_path, level) > yellow + 200, "and now there is another one"


def test_keys_move_it_and_go_from_zone_to_zone(tab: Tab) -> None:
    for key in ("ArrowLeft", "+", "Shift+ArrowRight"):
        before = place_of(tab, "quay")
        press(tab, key)
        tab.until(
            "document.querySelector('.map-label[data-zone=quay]').style.transform !== "
            f"'{before}' || document.querySelector('.map-label[data-zone=quay]').hidden"
        )
    press(tab, "Home")
    press(tab, ".")
    tab.wait(".map-facts")
    first = tab.evaluate("document.querySelector('.map-facts').dataset.zone")
    press(tab, ".")
    tab.until(f"document.querySelector('.map-facts').dataset.zone !== '{first}'")
    press(tab, "Escape")
    tab.wait(".map-list")
    press(tab, "2")
    tab.until("document.querySelector('.map-tilt').textContent === '3D'")
    press(tab, "3")
    tab.until("document.querySelector('.map-tilt').textContent === '2D'")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    # From the map on, each zone is one stop of the tab key.
    reached = set()
    for _ in range(16):
        tab.press("Tab")
        reached.add(tab.evaluate("document.activeElement.dataset.zone ?? ''"))
    assert {"deck", "quay"} <= reached


def test_a_zone_that_is_chosen_tells_all_about_itself(tab: Tab) -> None:
    tab.click(".map-list button[data-zone=deck]")
    told = tab.text(".map-facts")
    for words in ("Voorgesteld", "Afgekondigd", "80 van de 100 keer", "pier-1", "afscherming"):
        assert words in told, words
    href = tab.evaluate("document.querySelector('.map-facts a[href^=\"/zones/\"]').href")
    assert urlsplit(href).path == "/zones/deck"
    tab.click(".map-facts button[data-map=select]")
    tab.wait(".map-list")


def test_another_time_is_asked_for_told_and_left_again(tab: Tab) -> None:
    press(tab, "l")
    tab.evaluate(
        "(() => { const slider = document.querySelector('#map-when'); slider.value = '-10080'; "
        "slider.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    tab.wait(".map-view[data-tense=past]")
    assert tab.text(".map-tense") == "Zo was het"
    tab.until("!document.querySelector('.map-time').textContent.includes('wordt gevraagd')")
    # A week ago nobody had counted here: that is told, and nothing is made up.
    assert tab.text(".map-nothing") == "Van dit moment is niets bekend."
    assert tab.count(".map-label") == 0
    tab.click("button[data-map=then]")
    tab.until(
        "performance.getEntriesByType('resource').some((one) => one.name.includes('knownBy='))"
    )
    assert "Geen verwachting" in tab.text(".map-time")
    tab.click("button[data-map=now]")
    tab.wait(DECK)
    assert tab.text(".map-tense") == "Nu: actueel"


@pytest.mark.parametrize("path", [MAP, f"/wall/map?site={SITE}"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(stage: Stage, tab: Tab, path: str) -> None:
    looks: tuple[tuple[tuple[int, int], Scheme], ...] = ((SIZE, "light"), (PHONE, "dark"))
    for language, (size, scheme) in zip(("en", "nl"), looks, strict=True):
        tab.look(size, scheme)
        tab.evaluate(f"localStorage.setItem('language', '{language}')")
        headers = tab.goto(stage.url + path)["headers"]
        assert headers["content-security-policy"] == POLICY
        tab.wait(READY, within_s=60)
        assert tab.axe() == [], (scheme, size)
    tab.look((320, 640), "light")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    tab.look(SIZE, "light")


def test_texts_of_others_are_text_on_the_map_too(tab: Tab) -> None:
    assert as_shown(ZONE_NAME) in tab.text(".map-list [data-zone=deck]")
    assert as_shown(ZONE_NAME) in tab.text(f"{DECK} .map-name")
    label = tab.evaluate("document.querySelector('.map-canvas').getAttribute('aria-label')")
    assert as_shown(SITE_NAME) in label
    assert TURNED not in tab.evaluate("document.body.textContent") + label
    assert tab.evaluate("window.hurt ?? null") is None
    assert tab.count("img, iframe, object, main script, [onerror], a[href^='javascript:']") == 0
    log = tab.log()
    assert (log.errors, log.violations) == ((), ())


def test_a_cut_line_is_told_within_five_seconds_and_heals_itself(stage: Stage, tab: Tab) -> None:
    tab.wait(".link.is-live")
    loaded = tab.evaluate("performance.timeOrigin")
    stage.relay.hold()
    try:
        tab.wait(".map-view[data-lost=yes]", within_s=LOST_S)
        tab.wait(f"{DECK} .map-doubt.is-lost")
        assert tab.text(f"{DECK} .map-doubt.is-lost") == "Niet actueel"
        assert "Verbinding weg" in tab.text("main .lost")
    finally:
        stage.relay.release()
    tab.wait(".map-view[data-lost=no]")
    tab.wait(".link.is-live")
    assert tab.evaluate("performance.timeOrigin") == loaded, "no reload"


def test_without_webgl_it_says_so_and_is_the_table_at_once(stage: Stage) -> None:
    tab = stage.browser.open("flat", SIZE)
    stage.enter(tab, stage.guest("duty-flat", "viewer"))
    tab.wait("table.zones")
    tab.evaluate(
        "(() => { const own = HTMLCanvasElement.prototype.getContext; "
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) { "
        "return kind.startsWith('webgl') ? null : own.call(this, kind, ...more); }; })()"
    )
    tab.click(".pages a[href^='/map']")
    tab.wait("[data-lack='map.nowebgl']")
    assert tab.count("table.zones tr[data-zone]") == 2
    assert not any("/assets/map" in one for one in tab.log().requests)
    tab.close()


def test_a_map_that_cannot_be_loaded_is_the_table(stage: Stage) -> None:
    tab = stage.browser.open("cut off", SIZE)
    stage.enter(tab, stage.guest("duty-cut", "viewer"))
    tab.wait("table.zones")
    tab.go_offline(is_offline=True)
    tab.click(".pages a[href^='/map']")
    tab.wait("[data-lack='map.failed']")
    assert tab.count("table.zones tr[data-zone]") == 2
    tab.close()
