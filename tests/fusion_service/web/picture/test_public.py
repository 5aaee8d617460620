# SPDX-License-Identifier: Apache-2.0
"""What anybody may know: late, and coarse."""

from pathlib import Path

from fusion_service.web.picture.sources import PublicRules
from tests.fusion_service.web.picture.drawn import AT_S, Drawn, estimate
from tests.fusion_service.web.test_api import ask


def test_the_public_gets_nothing_unless_the_config_says_so(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path)
    with drawn.file:
        assert ask(drawn.app, "/v1/public/scheveningen").status_code == 404


def test_the_public_gets_numbers_that_are_late_and_coarse(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path, public=PublicRules(delay_s=600, round_to=50))
    zone = drawn.zones[0]
    with drawn.file:
        assert drawn.get("/v1/public/scheveningen")["zones"] == []
        drawn.know(1_000, [estimate(zone, AT_S + 60 * n, 100.0 + n) for n in range(31)])
        drawn.live.refresh("scheveningen")
        (shown,) = drawn.get("/v1/public/scheveningen")["zones"]
        assert shown["zone"] == zone
        assert shown["at"] == "2026-06-21T12:20:00Z", "ten minutes before the newest"
        assert (shown["minimum"], shown["maximum"]) == (50, 150), "of 96 to 144"
        assert set(shown) == {"zone", "name", "at", "level", "minimum", "maximum"}
        headers = ask(drawn.app, "/v1/public/scheveningen").headers
        assert (headers["Access-Control-Allow-Origin"], headers["Cache-Control"]) == (
            "*",
            "max-age=60",
        )


def test_numbers_that_are_long_gone_are_not_shown(tmp_path: Path) -> None:
    drawn = Drawn(tmp_path, public=PublicRules(delay_s=600, round_to=50))
    old, fresh = drawn.zones[:2]
    with drawn.file:
        drawn.know(1_000, [estimate(old, AT_S - 7_200), estimate(fresh, AT_S - 660)])
        drawn.know(2_000, [estimate(fresh, AT_S)])
        assert [one["zone"] for one in drawn.get("/v1/public/scheveningen")["zones"]] == [fresh]
