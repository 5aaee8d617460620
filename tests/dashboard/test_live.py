# SPDX-License-Identifier: Apache-2.0
"""What an officer sees while time goes on: new numbers, ages, a cut line, a restart, a session."""

import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from development.testbed.browser import Tab
from tests.dashboard.stage import SITE, Stage, log_in

DECK = "tr[data-zone=deck]"
SEEN_S = 5.0
AGE_S = 5.0


def shown_age_s(tab: Tab) -> int:
    parts = re.findall(r"(\d+) (min|s)", tab.text(f"{DECK} .age"))
    return sum(int(count) * {"min": 60, "s": 1}[unit] for count, unit in parts)


def is_live(tab: Tab) -> None:
    tab.wait(".link.is-live")


def number(tab: Tab) -> int:
    return int(tab.text(f"{DECK} .number").replace(".", ""))


def see_a_change(stage: Stage, tab: Tab, people: int) -> None:
    """Send another count, and hold the page to showing it in time and with its age."""
    before = number(tab)
    end_s = stage.feed.count(people)
    begun_s = time.monotonic()
    tab.until(
        f"document.querySelector('{DECK} .number').textContent !== '{before}'", within_s=SEEN_S
    )
    assert time.monotonic() - begun_s < SEEN_S
    tab.until(f"Number(document.querySelector('{DECK} .age').dataset.age) >= {end_s * 1000}")
    time.sleep(1.1)  # the page counts on each second
    assert abs(shown_age_s(tab) - (time.time() - end_s)) < AGE_S


def test_a_new_count_is_seen_within_five_seconds_and_its_age_is_right(
    stage: Stage, officer: Tab
) -> None:
    is_live(officer)
    see_a_change(stage, officer, 50)
    shown = stage.people()
    assert abs(number(officer) - shown) < 5, shown


def test_the_clock_is_the_centres_in_the_sites_own_time_zone(officer: Tab) -> None:
    here = datetime.now(ZoneInfo("Europe/Amsterdam"))
    hour, minute, second = map(int, officer.text(".clock time").split(":"))
    shown_s, now_s = (hour * 60 + minute) * 60 + second, (here.hour * 60 + here.minute) * 60
    assert abs((shown_s - now_s - here.second + 43_200) % 86_400 - 43_200) <= 2


def test_what_is_broken_is_told_with_its_box_and_since_when(stage: Stage, officer: Tab) -> None:
    # Of the second box nothing ever came: it is silent, or not known yet; the first one counts.
    told = officer.text(".broken")
    assert "pier-1" not in told
    zones = stage.centre.get(f"/v1/sites/{SITE}/latest")["zones"]
    conditions = {
        one["sensor"].split("/")[0]: one["condition"]
        for zone in zones
        for one in zone["contributions"]
    }
    assert ("pier-2" in told) == (conditions.get("pier-2") == "silent"), conditions


def test_a_line_that_is_cut_is_told_ages_go_on_and_the_page_heals_itself(
    stage: Stage, officer: Tab
) -> None:
    is_live(officer)
    loaded = officer.evaluate("performance.timeOrigin")
    before_s = shown_age_s(officer)
    stage.relay.hold()
    held_s = time.monotonic()
    officer.wait(".link.is-lost", within_s=20)
    told = officer.text("main .lost")
    assert re.search(r"sinds \d\d:\d\d:\d\d \(\d+ s\)", told), told
    assert officer.text("#alarm")
    assert officer.text(f"{DECK} .badge") == "Niet actueel"
    assert shown_age_s(officer) - before_s >= time.monotonic() - held_s - 3
    stage.relay.release()
    is_live(officer)
    assert officer.count("main .lost") == 0
    see_a_change(stage, officer, 80)
    assert officer.evaluate("performance.timeOrigin") == loaded, "no reload"


def test_a_restart_of_the_centre_heals_without_a_reload(stage: Stage, officer: Tab) -> None:
    is_live(officer)
    loaded = officer.evaluate("performance.timeOrigin")
    stage.centre.stop()
    officer.wait(".link.is-lost", within_s=20)
    stage.centre.start()
    is_live(officer)
    stage.centre.wait_until_connected()
    see_a_change(stage, officer, 250)
    assert "Oranje" in officer.text(f"{DECK} .level")
    officer.until("document.querySelector('#told').textContent.endsWith('nu Oranje')")
    assert officer.evaluate("performance.timeOrigin") == loaded, "no reload"


def test_a_session_that_ends_asks_for_a_log_in_and_comes_back_where_it_was(stage: Stage) -> None:
    guest = stage.guest("duty-2", "operator")
    tab = stage.browser.open("ended")
    stage.enter(tab, guest, f"/boxes?site={SITE}")
    tab.wait("table.list")
    renewed = stage.reset(guest)
    stage.relay.drop()
    tab.wait("form[data-do=log-in]")
    assert tab.text(".note").startswith("Uw sessie is voorbij")
    assert tab.count("table.list") == 0
    log_in(tab, renewed)
    tab.wait("table.list")
    tab.close()
