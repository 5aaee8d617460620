# SPDX-License-Identifier: Apache-2.0
"""The map over the shipped exercise: how soon it is there, for whom, and what it keeps."""

import gzip
import statistics
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from development.set_up.page import BUILT
from development.testbed.browser import DESKTOP, PHONE, WALL, Browser, Scheme, Tab
from development.testbed.exercise import Exercise
from development.testbed.guests import Guest, let_in

READY = "[data-ready=yes]"
ROW = "table.zones tr[data-zone]"
SLOW_S = 120.0
"""A machine that does other things as well takes so long to draw a map."""
TIMES = 3
LOOKS: tuple[tuple[str, tuple[int, int], Scheme], ...] = (
    ("/map", DESKTOP, "light"),
    ("/map", DESKTOP, "dark"),
    ("/map", PHONE, "light"),
    ("/map", PHONE, "dark"),
    ("/wall/map", WALL, "dark"),
)
WARM_UP_S = 60.0
LOOK_S = 15.0
MOVE_EVERY = 4
"""Every so many looks somebody moves the map, looks at a zone and at another time."""


@dataclass(frozen=True, slots=True)
class FirstLook:
    """How soon the page is useful, ms, the median of a few; and what is wrong with it."""

    table_ms: float
    map_ms: float
    axe_violations: int
    foreign_requests: int


def script_kb() -> float:
    """Return how many kB of scripts the page has in all, packed, without the map's worker."""
    sizes = [len(gzip.compress(path.read_bytes())) for path in (BUILT / "assets").glob("*.js")]
    return round(sum(sizes) / 1_000, 1)


def enter(tab: Tab, url: str, guest: Guest) -> None:
    """Log in as somebody would, and wait for the table."""
    tab.goto(url)
    tab.wait("#field-login", within_s=SLOW_S)
    tab.fill("#field-login", guest.login)
    tab.fill("#field-password", guest.password)
    tab.fill("#field-code", guest.codes[0])
    tab.press("Enter")
    tab.wait(ROW, within_s=SLOW_S)


def first_look(browser: Browser, exercise: Exercise) -> FirstLook:
    """Open the table and the map a few times, on each kind of screen."""
    tab = browser.open("first look", locale="en-GB")
    enter(tab, exercise.url, let_in(exercise.config, "first", "officer", language="en"))
    table_ms = [_until_ms(tab, exercise.url + "/", ROW) for _ in range(TIMES)]
    map_ms = [_until_ms(tab, exercise.url + "/map", READY) for _ in range(TIMES)]
    violations = 0
    for path, size, scheme in LOOKS:
        tab.look(size, scheme)
        tab.goto(exercise.url + path)
        tab.wait(READY, within_s=SLOW_S)
        violations += len(tab.axe())
    requests = tab.log().requests
    own = urlsplit(exercise.url).netloc
    foreign = [one for one in requests if urlsplit(one).netloc not in {own, ""}]
    tab.close()
    return FirstLook(
        statistics.median(table_ms), statistics.median(map_ms), violations, len(foreign)
    )


def soak(browser: Browser, exercise: Exercise, *, minutes: float) -> float:
    """Leave the map open while time goes on; return by how much its heap grew, %."""
    tab = browser.open("soak", locale="en-GB")
    enter(tab, exercise.url, let_in(exercise.config, "soak", "officer", language="en"))
    tab.goto(exercise.url + "/map")
    tab.wait(READY, within_s=SLOW_S)
    _use(tab, min(WARM_UP_S, minutes * 20))
    before = _heap(tab)
    _use(tab, minutes * 60)
    after = _heap(tab)
    tab.close()
    return round((after / before - 1) * 100, 2)


def _until_ms(tab: Tab, url: str, selector: str) -> float:
    tab.goto("about:blank")
    begun_s = time.monotonic()
    tab.goto(url)
    tab.wait(selector, within_s=SLOW_S)
    return round((time.monotonic() - begun_s) * 1_000, 1)


def _use(tab: Tab, seconds: float) -> None:
    """Let time pass, and now and then do what somebody at the desk does."""
    until_s, look = time.monotonic() + seconds, 0
    while time.monotonic() < until_s:
        time.sleep(min(LOOK_S, max(0.0, until_s - time.monotonic())))
        look += 1
        if look % MOVE_EVERY == 0:
            tab.click("button[data-map=home]")
            tab.click(".map-list button")
            tab.evaluate(SLIDE % -(30 + look))
            time.sleep(2)
            tab.click("button[data-map=now]")
            tab.click(".map-facts button[data-map=select]")


SLIDE = (
    "(() => { const slider = document.querySelector('#map-when'); slider.value = '%d'; "
    "slider.dispatchEvent(new Event('input', { bubbles: true })); })()"
)


def _heap(tab: Tab) -> float:
    """Return what the page keeps, bytes, after all that nobody needs is gone."""
    found: list[float] = []
    for _ in range(3):
        # Twice: what leaves the page's own half lets go of scripts only then.
        for _ in range(2):
            tab.devtools("HeapProfiler.collectGarbage")
        time.sleep(1)
        found.append(tab.devtools("Runtime.getHeapUsage")["usedSize"])
    return min(found)
