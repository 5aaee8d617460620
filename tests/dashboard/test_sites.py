# SPDX-License-Identifier: Apache-2.0
"""Where there are several sites, somebody chooses one, and stays there."""

from development.testbed.browser import Tab
from tests.dashboard.keyboard import go_to
from tests.dashboard.stage import SITE, Stage

HARBOUR = "document.querySelector('h1').textContent.includes('The harbour')"


def test_a_site_is_chosen_by_keys_and_kept_until_another_is(stage: Stage, officer: Tab) -> None:
    officer.goto(f"{stage.url}/?site={SITE}")
    officer.wait("nav.sites")
    assert officer.text("nav.sites [aria-current]") == SITE
    go_to(officer, "harbour")
    officer.press("Enter")
    officer.until(HARBOUR)
    assert officer.text("nav.sites [aria-current]") == "harbour"
    assert officer.evaluate("location.search") == "?site=harbour"
    officer.goto(f"{stage.url}/alarms")
    officer.wait(".alarms")
    officer.until(HARBOUR)
    assert officer.count(".alarm") == 0, "those of the other site are not of this one"
    officer.goto(f"{stage.url}/zones/quay-2")
    officer.wait("#zone-title")
    assert officer.text("#zone-title") == "Second quay"
    officer.goto(f"{stage.url}/?site={SITE}")
    officer.wait("tr[data-zone=deck]")
