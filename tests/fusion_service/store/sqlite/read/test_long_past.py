# SPDX-License-Identifier: Apache-2.0
"""A season is read as it is known now, and what somebody saw beside what was known then."""

from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.estimate.observation import Basis
from fusion_service.store.estimates import EstimateRow, LookRow, NumberRow
from fusion_service.store.sources import SourceCount
from fusion_service.store.sqlite.estimates import EstimateFile
from fusion_service.store.sqlite.read.long_past import LongPastFile
from fusion_service.store.sqlite.sources import SourceFile
from tests.fusion_service.season.made_season import number

AT_S = 1_780_000_000


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "fusion.sqlite"
    usual = replace(number("deck", AT_S + 60, 90.0), basis=Basis.USUAL)
    with EstimateFile(path, size_mib_max=64) as file:
        for at_s, people, known_s in ((AT_S, 100.0, AT_S), (AT_S, 200.0, AT_S + 900)):
            row = EstimateRow("beach", known_s * 1000, number("deck", at_s, people))
            file.keep([row], in_place=False)
        others = [
            EstimateRow("beach", 0, usual),
            EstimateRow("beach", 0, number("pier", AT_S, 1.0)),
        ]
        file.keep(others, in_place=False)
    return path


def test_a_number_is_the_one_that_is_known_now(path: Path) -> None:
    past = LongPastFile(path)
    assert list(past.numbers("beach", "deck", from_s=AT_S, to_s=AT_S + 61)) == [
        NumberRow(AT_S, 200.0, 160.0, 240.0, is_counted=True),
        NumberRow(AT_S + 60, 90.0, 72.0, 108.0, is_counted=False),
    ]
    assert list(past.numbers("beach", "deck", from_s=AT_S + 60, to_s=AT_S + 60)) == []


@pytest.mark.parametrize(
    ("at_s", "received_s", "interval"),
    [
        (AT_S + 10, AT_S + 20, (80.0, 120.0)),  # not by what became known after it came
        (AT_S + 10, AT_S + 1_000, (160.0, 240.0)),
        (AT_S - 10, AT_S + 20, (None, None)),  # nothing was estimated before
        (AT_S + 361, AT_S + 400, (None, None)),  # nor within five minutes
    ],
)
def test_a_look_stands_beside_the_estimate_that_did_not_know_of_it(
    path: Path, at_s: int, received_s: int, interval: tuple[float | None, float | None]
) -> None:
    with SourceFile(path, size_mib_max=64) as others:
        others.add("beach", "steward", b"k" * 32, 0)
        said = [
            SourceCount("all", at_s, 60, people=110.0),
            SourceCount("gate", at_s, 60, people=1.0),
        ]
        others.keep("beach", "steward", said, received_s * 1000)
    places = {("steward", "all"): "deck", ("nobody", "all"): "deck"}
    past = LongPastFile(path)
    found = past.looks("beach", places, from_s=AT_S - 100, to_s=AT_S + 1_000)
    assert found == [LookRow("deck", at_s, 110.0, *interval)]
    assert past.looks("beach", places, from_s=at_s + 1, to_s=AT_S + 1_000) == []
