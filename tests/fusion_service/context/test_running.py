# SPDX-License-Identifier: Apache-2.0
"""Feeds at a running centre: one that answers, one that is away, one that drips."""

import time
from pathlib import Path

from development.testbed.program import free_port
from tests.fusion_service.centre import ReadyCentre
from tests.fusion_service.context.feed_server import FeedServer
from tests.fusion_service.web.test_context import FAIR

DRAWN = Path(__file__).parents[3] / "firmware_configs/sites/scheveningen.toml"


def test_a_centre_asks_its_feeds_serves_what_they_say_and_ends_at_once(
    tmp_path: Path, server: FeedServer
) -> None:
    server.say("/fair.ics", FAIR)
    server.say("/drips.ics", FAIR, drip_s=0.05)
    tables = "\n".join(
        f'[context.{name}]\nkind = "ical"\nurl = "{server.url}/{name}.ics"'
        for name in ("fair", "gone", "drips")
    )
    centre = ReadyCentre(tmp_path / "centre", free_port(), store=tables)
    centre.draw(DRAWN)
    with centre:
        until_s = time.monotonic() + 20
        found: dict[str, str] = {}
        while time.monotonic() < until_s and (
            found.get("fair") != "fine" or found.get("gone") != "degraded"
        ):
            page = centre.get("/v1/context")
            found = {one["feed"]: one["condition"] for one in page["items"]}
            time.sleep(0.05)
        assert (found["fair"], found["gone"]) == ("fine", "degraded")
        assert found["drips"] != "degraded"
        health = centre.health()
        assert health is not None
        assert health["store"]["detail"] == ""  # a feed that is away is no fault of the centre
        assert 'fusion_feeds{condition="degraded"} 1.0' in centre.text("/metrics")
        # Its shift hears of the one that is away, and of none that only had no turn yet.
        alarms: list[dict[str, str]] = []
        while time.monotonic() < until_s and "feed down" not in {one["kind"] for one in alarms}:
            alarms = centre.get("/v1/sites/scheveningen/alarms")["alarms"]
            time.sleep(0.05)
        assert [one["about"] for one in alarms if one["kind"] == "feed down"] == ["gone"]
        while len(server.asked) < 3 and time.monotonic() < until_s:
            time.sleep(0.05)
        begun_s = time.monotonic()
        assert centre.stop() == 0
        assert time.monotonic() - begun_s < 5
        assert "feed gone is degraded: it answers 404" in centre.log.read_text()
        assert "feed drips" not in centre.log.read_text()
