# SPDX-License-Identifier: Apache-2.0
"""What a map that stays open lives through: a centre that restarts, a picture that is lost."""

from development.testbed.browser import Tab
from tests.dashboard.map.conftest import READY, press
from tests.dashboard.stage import Stage

LOSE = """
(() => {
  const canvas = document.querySelector('%s');
  canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
})()
"""
COLUMNS = ".map-canvas canvas:not(.maplibregl-canvas)"
GROUND = ".map-canvas .maplibregl-canvas"
PLACES = "[...document.querySelectorAll('.map-place')].map((one) => one.style.transform).join()"
"""Where names lie on the ground: no number moves them."""
DECK = "document.querySelector('.map-label[data-zone=deck]')"


def test_a_restart_of_the_centre_heals_and_the_map_stays_where_it_was(
    stage: Stage, tab: Tab
) -> None:
    loaded = tab.evaluate("performance.timeOrigin")
    press(tab, "+")
    tab.evaluate("new Promise((done) => setTimeout(done, 1500))")
    before = tab.evaluate(PLACES)
    assert "translate" in before
    stage.centre.stop()
    tab.wait(".map-view[data-lost=yes]")
    stage.centre.start()
    tab.wait(".map-view[data-lost=no]", within_s=60)
    tab.wait(".link.is-live", within_s=60)
    stage.centre.wait_until_connected()
    assert tab.evaluate("performance.timeOrigin") == loaded, "no reload"
    assert tab.evaluate(PLACES) == before
    log = tab.log()
    assert (log.errors, log.violations) == ((), ())


def test_a_picture_that_is_taken_away_is_drawn_anew_and_the_second_time_is_the_table(
    stage: Stage,
) -> None:
    tab = stage.browser.open("lost", (600, 500))
    stage.enter(tab, stage.guest("duty-lost", "viewer"), "/map?site=beach")
    tab.wait(READY, within_s=60)
    tab.evaluate("document.querySelector('.map-canvas canvas').dataset.first = 'yes'")
    tab.evaluate(LOSE % GROUND)
    tab.until("document.querySelector('.map-canvas canvas[data-first]') === null")
    tab.wait(READY, within_s=60)
    assert tab.count(".map-canvas canvas") == 2
    tab.until(f"{DECK} !== null && !{DECK}.hidden")
    tab.evaluate(LOSE % COLUMNS)
    tab.wait("[data-lack='map.lost']")
    assert tab.count("table.zones tr[data-zone]") == 2
    assert tab.log().errors == ()
    tab.close()
