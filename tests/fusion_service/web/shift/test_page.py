# SPDX-License-Identifier: Apache-2.0
"""The situation report: one page whatever happens, with every value escaped, in two languages."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from fusion_service.estimate.levels import Evidence, propose
from fusion_service.estimate.routes import RouteLevel
from fusion_service.ledger.access_log import Retention, Text
from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.registry.site import EmergencyRoute, Level, Measure, Site
from fusion_service.shift.causes import Cause, Kind
from fusion_service.shift.outlook import Basis, DayAhead
from fusion_service.shift.situation import LOG_MAX, ZONES_MAX, Known, situation_of
from fusion_service.shift.state import Alarm, Decided, SiteShift
from fusion_service.web.shift.page import POLICY, STYLE, html_of, page_of
from fusion_service.web.shift.pdf import pdf_of
from fusion_service.web.shift.words import EN, NL, ReportWords
from tests.fusion_service.estimate.sites import START_S, zone_of
from tests.fusion_service.web.picture.drawn import estimate

LONG = "<script>alert(1)</script> " + "a comment that goes on and on " * 15
NAMES = tuple(f"zone-with-a-long-name-{number}" for number in range(40))


def entry(number: int, deed: Deed) -> ShiftEntry:
    texts = (Text("comment", b"", b"", LONG),)
    detail = (("level", 2),)
    return ShiftEntry(
        number, START_S * 1000, "s", "p", deed, "police", NAMES[0], None, detail,
        Retention.ALARM, b"", texts,
    )  # fmt: skip


def known(*, is_full: bool) -> Known:
    """Return a site of which everything is known and full, or nothing."""
    zones = tuple(replace(zone_of(name), name=f"The {name}") for name in NAMES)
    routes = tuple(EmergencyRoute(f"r{n}", f"Route <{n}>", (), 4.0) for n in range(9))
    measures = tuple(
        Measure(level, f"{n} {LONG}"[:400], "police", ()) for n in range(4) for level in Level
    )
    site = Site("s", "Site & <more>", "Europe/Amsterdam", zones, (), routes, (), measures)
    shift = SiteShift("s")
    if not is_full:
        return Known(site, START_S * 1000, shift, {}, (), {}, (), ())
    for number, name in enumerate(NAMES, 1):
        cause = Cause(Kind.LEVEL, name, Level.RED)
        shift.open[number] = Alarm(number, "s", cause, START_S * 1000, START_S * 1000, number)
        shift.declared[name] = Decided(Level.RED, 0, number)
    boxes = tuple(f"box-{n:02}" for n in range(40))
    shift.raised_ms.append(START_S * 1000)
    shift.open[99] = Alarm(99, "s", Cause(Kind.BOXES, "box-00", members=boxes), 1, 1, 99)
    estimates = {name: estimate(name, START_S, 900.0) for name in NAMES}
    proposals = {zone.id: propose(None, zone, Evidence(estimates[zone.id])) for zone in zones}
    levels = tuple(
        RouteLevel(one.id, Level.RED, Level.RED, NAMES[0], 2.0, 80.0, 100.0, 4000.0, 50.0)
        for one in routes
    )
    day = date(2026, 7, 19)
    days = tuple(
        DayAhead(name, day + timedelta(days=n), Basis.WEEKDAYS, 900.0, 800.0, 999.0, Level.RED, 4)
        for n in range(7)
        for name in NAMES
    )
    log = tuple(entry(number, Deed.DECLARED) for number in range(50))
    return Known(site, START_S * 1000, shift, proposals, levels, estimates, log, days)


@pytest.mark.parametrize("is_full", [True, False])
@pytest.mark.parametrize("words", [NL, EN], ids=["nl", "en"])
def test_whatever_happens_it_is_one_page(words: ReportWords, *, is_full: bool) -> None:
    pdf = pdf_of(page_of(situation_of(known(is_full=is_full)), words, "hot-sunday"))
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1


def test_every_value_is_escaped_and_the_only_style_is_the_one_that_the_policy_names() -> None:
    text = html_of(page_of(situation_of(known(is_full=True)), NL, "<b>day</b>"))
    assert "<script" not in text
    assert "<b>" not in text
    assert "Site &amp; &lt;more&gt;" in text
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style == STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in POLICY


def test_what_does_not_fit_is_counted_and_the_worst_stands_first() -> None:
    found = situation_of(known(is_full=True))
    assert (len(found.zones), len(found.log), found.left_off) == (ZONES_MAX, LOG_MAX, 543)
    assert found.alarms[0].cause.level is Level.RED
    page = page_of(found, EN, None)
    assert page.notes[:2] == (
        "543 rows do not fit on this page.",
        "Alarms: 1 in ten minutes, 1 in eight hours.",
    )
    assert page.level == "Declared level: red"


def test_of_what_nobody_knows_it_says_so() -> None:
    text = html_of(page_of(situation_of(known(is_full=False)), NL, None))
    assert "Afgekondigd niveau: groen" in text
    assert "<p>niets</p>" in text
