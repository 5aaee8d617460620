# SPDX-License-Identifier: Apache-2.0
"""What was learnt goes through a restart; what cannot be read begins anew and never raises."""

import json

import pytest

from fusion_service.estimate.fusion import Fusion
from fusion_service.estimate.observation import Observation
from fusion_service.estimate.sensors import sensors_of
from tests.fusion_service.estimate.sites import START_S, direct, fusion_of, line, site_of, window

SITE = site_of(("y", "z"), (direct("d", "y"), direct("e", "z")))


def learnt() -> Fusion:
    """Return fusion that has seen an hour."""
    fusion = fusion_of(SITE)
    for minute in range(60):
        start_s = START_S + 60 * minute
        said = [window(f"{one}/zone/a", start_s, 40.0 + minute % 3) for one in ("d", "e")]
        fusion.advance(start_s + 60, said)
    return fusion


def test_remembered_again_it_is_the_same() -> None:
    kept = learnt().memory()
    assert json.loads(fusion_of(SITE, kept).memory())["zones"] == json.loads(kept)["zones"]


def test_of_another_version_of_the_site_what_fits_is_kept() -> None:
    other = site_of(("z", "new"), (direct("e", "z"), direct("f", "new")))
    again = fusion_of(other, learnt().memory())
    assert again.zones["z"].usual.times_seen(10.5) > 0.9
    assert again.zones["new"].usual.times_seen(10.5) == 0.0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"version":9}',
        b'{"version":1}',
        b'{"version":1,"at_s":1,"activity":0.1,"zones":{"z":7},"sensors":{"e/zone/a":[]}}',
        b'{"version":1,"at_s":1,"activity":NaN,"zones":{},"sensors":{}}',
        b'{"version":1,"at_s":1,"activity":1e999,"zones":{},"sensors":{}}',
        b'{"version":1,"at_s":1,"activity":0.1,"zones":{"z":{"rate":[true,1]}},"sensors":{}}',
    ],
)
def test_what_cannot_be_read_begins_anew(content: bytes) -> None:
    fusion = fusion_of(SITE, content)
    found = fusion.advance(START_S + 60, [window("d/zone/a", START_S, 40.0)])
    assert [one.zone for one in found] == ["y", "z"]


def test_fusion_that_goes_on_after_a_restart_says_what_it_would_have_said_without() -> None:
    site = site_of(
        ("y", "z"),
        (direct("d", "y"), line("in", "gate"), line("on", "way")),
        (("gate", None, "z"), ("way", "y", "z")),
    )
    fusion = fusion_of(site)

    def said(minute: int) -> list[Observation]:
        start_s = START_S + 60 * minute
        lines = [window(f"{one}/line/a", start_s, 9.0 + minute % 4) for one in ("in", "on")]
        return [window("d/zone/a", start_s, 40.0 + minute % 3), *lines]

    for minute in range(60):
        fusion.advance(START_S + 60 * minute + 60, said(minute))
    at_s = START_S + 3600
    again = Fusion(site, sensors_of(site), fusion.memory(), from_s=at_s)
    for minute in range(60, 75):
        end_s = START_S + 60 * minute + 60
        without, after = fusion.advance(end_s, said(minute)), again.advance(end_s, said(minute))
        for one, other in zip(without, after, strict=True):
            assert other.people == pytest.approx(one.people, rel=1e-4)
            assert other.high_95 == pytest.approx(one.high_95, rel=1e-4)
            assert (other.basis, other.condition) == (one.basis, one.condition)
            assert [each.condition for each in other.contributions] == [
                each.condition for each in one.contributions
            ]


def test_how_things_stood_is_good_for_its_own_moment_alone() -> None:
    kept = learnt().memory()
    later = Fusion(SITE, sensors_of(SITE), kept, from_s=START_S + 7200)
    assert later.zones["y"].at_s is None
    assert Fusion(SITE, sensors_of(SITE), kept, from_s=START_S + 3600).zones["y"].at_s is not None
