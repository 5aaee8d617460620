# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from fusion_service.sources.observations import observations_of_sources
from fusion_service.store.sources import SourceCount, SourceCountRow
from tests.fusion_service.exercise.small_site import SITE
from tests.fusion_service.sources.shapes import PERSON_TABLE, XOVIS_TABLE, source
from wire_contract.quality import Validity

DRAWN = replace(SITE, sources=(source(PERSON_TABLE), source(XOVIS_TABLE)))


def row(name: str, count: SourceCount, site: str = "beach") -> SourceCountRow:
    return SourceCountRow(1, site, name, count, 0, 0)


def test_a_persons_estimate_keeps_its_own_interval() -> None:
    count = SourceCount("pier", 600, 60, people=100.0, low=50.0, high=200.0)
    (seen,) = observations_of_sources([row("steward-a", count)], DRAWN)
    assert (seen.sensor, seen.count, seen.low, seen.high) == (
        "steward-a/zone/pier",
        100.0,
        50.0,
        200.0,
    )
    assert (seen.net, seen.validity) == (None, Validity.COUNTED)


def test_a_line_is_in_and_out_together_with_their_difference() -> None:
    count = SourceCount("line-0", 600, 60, entered=40.0, gone=10.0)
    (seen,) = observations_of_sources([row("arcade-xovis", count)], DRAWN)
    assert (seen.sensor, seen.count, seen.net) == ("arcade-xovis/line/line-0", 50.0, 30.0)
    assert seen.low is not None
    assert seen.high is not None
    assert (seen.high - seen.low) / 2 == pytest.approx(1.2816 * 10.0)


def test_nobody_is_sure_that_nobody_is_there() -> None:
    count = SourceCount("hall", 600, 60, people=0.0)
    (seen,) = observations_of_sources([row("arcade-xovis", count)], DRAWN)
    assert seen.high is not None
    assert seen.high > 1.0


def test_what_the_drawing_does_not_know_is_left_out() -> None:
    count = SourceCount("gone", 600, 60, people=3.0)
    rows = [row("steward-a", count), row("nobody", count), row("steward-a", count, "other")]
    assert observations_of_sources(rows, DRAWN) == []
