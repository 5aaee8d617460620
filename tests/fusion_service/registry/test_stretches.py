# SPDX-License-Identifier: Apache-2.0
"""Where an emergency route runs, by the shipped site."""

from pathlib import Path

import pytest

from fusion_service.registry.geodesy import length_m
from fusion_service.registry.site_file.reading import read_site
from fusion_service.registry.stretches import is_inside, stretches_of
from wire_contract.programs.shipped import shipped

SITE = read_site(Path(shipped("firmware_configs/sites"), "scheveningen.toml").read_bytes())


def test_a_lane_along_the_boulevard_runs_through_its_zones_in_order() -> None:
    lane = SITE.emergency_routes[0]
    found = stretches_of(SITE, lane)
    drawn = [one.id for one in SITE.zones]
    assert [one.zone for one in found] == [
        zone for zone in drawn if zone in {f.zone for f in found}
    ]
    assert len(found) >= 6
    assert sum(one.length_m for one in found) == pytest.approx(length_m(lane.path), rel=0.1)


def test_what_lies_in_no_zone_is_no_stretch() -> None:
    assert not is_inside(SITE.zones[0].polygon, (4.0, 52.0))
