# SPDX-License-Identifier: Apache-2.0
"""The large site of the benchmark is a site like any other."""

from development.bench.picture.__main__ import at_share
from development.bench.picture.large_site import site_file
from fusion_service.registry.site_file.reading import read_site


def test_every_zone_is_looked_at_by_as_many_boxes() -> None:
    site = read_site(site_file("bench", zones=50, devices=150).encode())
    assert len(site.zones) == 50
    looked_at = [one.counters[0].at_zone for one in site.placements]
    assert {looked_at.count(zone.id) for zone in site.zones} == {3}


def test_a_share_of_nothing_is_nothing() -> None:
    assert at_share([], 0.95) is None
    assert at_share([float(n) for n in range(101)], 0.95) == 95.0
