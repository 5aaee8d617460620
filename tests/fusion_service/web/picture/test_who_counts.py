# SPDX-License-Identifier: Apache-2.0
"""Nobody mistakes a counter of others for a box: the picture says whose word each number is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from fusion_service.estimate.observation import Contribution, SensorCondition
from tests.fusion_service.web.picture.drawn import SHIPPED, Drawn, estimate

SOURCE = """
[[sources]]
id = "{name}"
kind = "{kind}"
technology = "{technology}"
provenance = "Somebody"
licence = "Agreement of 2026-05-01"

[[sources.counters]]
zone = "all"
at_zone = "{zone}"
share = 1.0
"""
MAPPING = """
[sources.mapping]
time = "at"
length_s = 60
people = "people"
"""
DECLARED = """
[sources.privacy]
method = "Addresses are hashed with a salt of the day and truncated."
controller = "The municipality"
legal_ground = "Public task, article 6(1)(e)"
"""


def contributions(drawn: Drawn, *names: str) -> list[tuple[Any, Any]]:
    zone = drawn.zones[0]
    said = tuple(
        Contribution(name, 1 / len(names), 12, SensorCondition.FINE, None) for name in names
    )
    drawn.know(1_000, [replace(estimate(zone), contributions=said)])
    with drawn.file:
        at = {"from": "2026-06-21T12:00:00Z", "to": "2026-06-21T12:01:00Z"}
        latest = drawn.get("/v1/sites/scheveningen/latest")["zones"][0]
        series = drawn.get(f"/v1/sites/scheveningen/zones/{zone}/series", **at)["estimates"][0]
    assert latest["contributions"] == series["contributions"]
    return [(one["trust"], one["privacy_colour"]) for one in latest["contributions"]]


def test_a_contribution_says_whose_word_it_is_and_red_where_it_follows_people(
    tmp_path: Path,
) -> None:
    drawn = Drawn(tmp_path)
    zone, box = drawn.zones[0], drawn.site.placements[0].device
    tickets = SOURCE.format(name="car-park", kind="json", technology="tickets", zone=zone)
    wifi = SOURCE.format(name="wifi-count", kind="json", technology="wifi", zone=zone)
    person = SOURCE.format(name="steward-a", kind="person", technology="person", zone=zone)
    text = SHIPPED.read_text("utf-8") + tickets + MAPPING + wifi + MAPPING + DECLARED + person
    drawn.plans.keep("scheveningen", text, now_ms=2)
    found = contributions(
        drawn,
        f"{box}/zone/all",
        "car-park/zone/all",
        "wifi-count/zone/all",
        "steward-a/zone/all",
        "gone/zone/all",
    )
    assert found == [
        ("box", None),
        ("counter", "green"),
        ("counter", "red"),
        ("person", "green"),
        (None, None),
    ]
