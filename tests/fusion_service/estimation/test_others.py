# SPDX-License-Identifier: Apache-2.0
"""Counters of others in the estimates: a steward alone, a revision, and nobody's box."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fusion_service.estimate.observation import ZoneEstimate
from fusion_service.estimation.drawn_sites import DrawnSites
from fusion_service.estimation.loop import Estimation
from fusion_service.store.sources import SourceCount
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.sources import SourceFile

START_S = 1_800_000_000
DRAWN = """
id = "beach"

[[zones]]
id = "square"
polygon = [[4.280, 52.110], [4.282, 52.110], [4.282, 52.111], [4.280, 52.111]]
capacity = 2000

[[sources]]
id = "steward-a"
kind = "person"
technology = "person"
provenance = "Stewards of the organiser"
licence = "Agreement with the organiser"
[[sources.counters]]
zone = "square"
at_zone = "square"
share = 1.0
"""


class Beach:
    """A site that only a steward looks at, and a clock that the test sets."""

    def __init__(self, path: Path, opened: ExitStack) -> None:
        self.now_s = START_S
        self.sources = opened.enter_context(SourceFile(path, size_mib_max=64))
        self.sources.add("beach", "steward-a", b"k" * 32, 1)
        plans = SqliteSitePlans(path, size_mib_max=64)
        plans.keep("beach", DRAWN, now_ms=1)
        keeper = opened.enter_context(EstimateFile(path, size_mib_max=64))
        self.picture = EstimateReader(path)
        self.estimation = Estimation(
            keeper,
            DrawnSites(plans),
            others=self.sources,
            now_ms=lambda: self.now_s * 1000,
        )

    def say(self, start_s: int, people: float) -> None:
        count = SourceCount("square", start_s, 60, people=people, low=people / 2, high=people * 2)
        self.sources.keep("beach", "steward-a", [count], self.now_s * 1000)

    def estimate(self) -> ZoneEstimate:
        self.estimation.turn()
        (row,) = self.picture.latest("beach")
        return row.estimate


@pytest.fixture(name="beach")
def _beach(tmp_path: Path) -> Iterator[Beach]:
    with ExitStack() as opened:
        yield Beach(tmp_path / "fusion.sqlite", opened)


def test_what_a_steward_sees_is_in_the_estimate_and_named(beach: Beach) -> None:
    before = beach.estimate()
    for minute in range(10):
        beach.say(START_S + 60 * minute, 900.0)
        beach.now_s = START_S + 60 * minute + 70
        after = beach.estimate()
    assert abs(after.people - 900.0) < abs(before.people - 900.0)
    assert 450.0 < after.people < 1_350.0
    assert [one.sensor for one in after.contributions] == ["steward-a/zone/square"]


def test_what_was_said_before_a_start_is_taken_in_by_it(beach: Beach) -> None:
    for minute in range(10):
        beach.say(START_S + 60 * minute, 900.0)
    beach.now_s = START_S + 610
    assert 450.0 < beach.estimate().people < 1_350.0
