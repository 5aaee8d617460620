# SPDX-License-Identifier: Apache-2.0
"""The map at other times: what is expected, and what was a week before, at a site that has both."""

import time
from collections.abc import Iterator

import pytest

from development.testbed.browser import Tab
from fusion_service.estimate.observation import Basis, ZoneCondition, ZoneEstimate
from fusion_service.store.estimates import EstimateRow
from fusion_service.store.forecast.kept import ZONE, Made, Said
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S, packed
from fusion_service.store.sqlite.estimates import EstimateFile
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from tests.dashboard.map.conftest import READY, press
from tests.dashboard.stage import STORE_MIB, Stage

SITE, QUAY = "harbour", "quay-2"
"""Nobody counts there: what it shows is what this file has kept."""
NOW, WEEK_AGO, EXPECTED = 40.0, 20.0, 60.0
WEEK_S = 7 * 86_400
WEEK = "Een week eerder: 20 (15 \u2013 25)"
LABEL = f".map-label[data-zone={QUAY}]"


def estimate(at_s: int, people: float) -> EstimateRow:
    ends = {f"low_{share}": people - 5 for share in (50, 80, 95)}
    ends |= {f"high_{share}": people + 5 for share in (50, 80, 95)}
    return EstimateRow(
        SITE,
        at_s * 1_000,
        ZoneEstimate(
            zone=QUAY,
            at_s=at_s,
            people=people,
            density=people / 9_000,
            trend=0.0,
            basis=Basis.COUNTED,
            condition=ZoneCondition.FINE,
            contributions=(),
            **ends,
        ),
    )


@pytest.fixture(scope="module", name="known")
def _known(stage: Stage, opened: Tab) -> Tab:
    """Keep all of it, and return the tab that looks at it."""
    now_s = int(time.time()) // 60 * 60
    rows = [estimate(now_s - WEEK_S - 60 * minute, WEEK_AGO) for minute in range(-10, 10)]
    with EstimateFile(stage.centre.store, size_mib_max=STORE_MIB) as file:
        file.keep([*rows, estimate(now_s, NOW)], in_place=True)
    with ForecastFile(stage.centre.store, size_mib_max=STORE_MIB) as file:
        for step_s, number in ((QUARTER_S, 4), (HOUR_S, 48)):
            # Of the step to come: what the centre has said of this one would stay as it is.
            origin_s = now_s // step_s * step_s + step_s
            made = Made(SITE, step_s, origin_s, now_s * 1_000, None)
            four = [EXPECTED - 10, EXPECTED, EXPECTED + 20, EXPECTED]
            file.keep_made(made, [Said(f"{ZONE}{QUAY}", by_ratio=True, said=packed(four * number))])
    return opened


@pytest.fixture(name="tab")
def _tab(stage: Stage, known: Tab) -> Iterator[Tab]:
    known.goto(f"{stage.url}/map?site={SITE}")
    known.wait(READY, within_s=60)
    known.until(f"document.querySelector('{LABEL}') !== null")
    yield known
    # Others begin where they are: at the site that is counted in.
    known.goto(f"{stage.url}/")


def test_a_week_before_stands_beside_a_number_and_around_its_column(tab: Tab) -> None:
    tab.wait(".map-worst .map-week")
    assert tab.text(".map-week") == WEEK
    assert tab.evaluate("document.querySelector('[data-map=beside]').ariaPressed") == "false"
    press(tab, "w")
    tab.wait("[data-map=beside][aria-pressed=true]")
    tab.click(f".map-list button[data-zone={QUAY}]")
    assert tab.text(".map-facts .map-week") == WEEK


def test_the_slider_goes_on_to_what_is_expected_and_says_that_it_is(tab: Tab) -> None:
    slider = "document.querySelector('#map-when')"
    tab.until(f"Number({slider}.max) > 24 * 60", within_s=60)
    tab.evaluate(
        f"(() => {{ {slider}.value = '120'; "
        f"{slider}.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"
    )
    tab.wait(".map-view[data-tense=forecast]")
    assert tab.text(".map-tense") == "Verwacht"
    assert tab.text(f"{LABEL} .map-people") == "60"
    assert tab.text(f"{LABEL} .map-doubt") == "verwacht"
    assert tab.text(".map-worst h2").lower() == "naar verwachting het ergst"
    # What is not known of later is not shown of it.
    assert tab.text(".map-worst .map-week") == "Een week eerder: daarvan is niets bekend"
    tab.click("button[data-map=now]")
    tab.wait(".map-view[data-tense=now]")
