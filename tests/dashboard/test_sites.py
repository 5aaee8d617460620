# SPDX-License-Identifier: Apache-2.0
"""Where there are several sites, somebody chooses one, and stays there."""

from pathlib import Path

from tests.dashboard.keyboard import go_to
from tests.dashboard.stage import SITE, Stage

OTHER = """format = 1
id = "harbour"
name = "The harbour"
time_zone = "Europe/Amsterdam"
[[zones]]
id = "quay-2"
name = "Second quay"
polygon = [[4.26, 52.1], [4.262, 52.1], [4.262, 52.101], [4.26, 52.101]]
capacity = 200
"""
HARBOUR = "document.querySelector('h1').textContent.includes('The harbour')"


def test_a_site_is_chosen_by_keys_kept_and_not_offered_to_whom_it_is_not_for(
    stage: Stage, tmp_path: Path
) -> None:
    (tmp_path / "harbour.toml").write_text(OTHER, "utf-8")
    stage.centre.draw(tmp_path / "harbour.toml")
    tab = stage.browser.open("sites")
    stage.enter(tab, stage.guest("of-both", "operator"), f"/?site={SITE}")
    tab.wait("nav.sites")
    assert tab.text("nav.sites [aria-current]") == SITE
    go_to(tab, "harbour")
    tab.press("Enter")
    tab.until(HARBOUR)
    assert tab.text("nav.sites [aria-current]") == "harbour"
    assert tab.evaluate("location.search") == "?site=harbour"
    tab.goto(f"{stage.url}/alarms")
    tab.wait(".alarms")
    tab.until(HARBOUR)
    assert tab.count(".alarm") == 0, "those of the other site are not of this one"
    tab.goto(f"{stage.url}/zones/quay-2")
    tab.wait("#zone-title")
    assert tab.text("#zone-title") == "Second quay"
    assert tab.axe() == []
    tab.close()
    one = stage.browser.open("one-site")
    stage.enter(one, stage.guest("of-one", "operator", SITE))
    one.wait("table.zones")
    assert one.count("nav.sites") == 0
    one.close()
