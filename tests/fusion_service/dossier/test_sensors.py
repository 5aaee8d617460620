# SPDX-License-Identifier: Apache-2.0
"""What a box is said to count with follows from what it says itself."""

from pathlib import Path

import pytest

from fusion_service.dossier.words.kinds import Kind
from tests.fusion_service.dossier.site import LiveBox, made
from wire_contract.messages.meta import Source
from wire_contract.messages.report import Clock, Level
from wire_contract.programs.box_paper import Pictures


@pytest.mark.parametrize(
    ("box", "with_paper", "without"),
    [
        (LiveBox("camera"), Kind.CAMERA, Kind.CAMERA_UNSAID),
        (LiveBox("camera", Level.PROCESS), Kind.CAMERA, Kind.CAMERA_UNSAID),
        (
            LiveBox("camera", Level.NETWORK_CAMERA, Pictures.NETWORK),
            Kind.NETWORK_CAMERA,
            Kind.NETWORK_CAMERA,
        ),
        (
            LiveBox("camera", Level.PROCESS, Pictures.NETWORK),
            Kind.NETWORK_CAMERA,
            Kind.CAMERA_UNSAID,
        ),
        (LiveBox("camera", Level.PROCESS, Pictures.FILE), Kind.FILE, Kind.CAMERA_UNSAID),
        (LiveBox("camera", Level.PROCESS, Pictures.FILE, clock=Clock.REPLAY), Kind.FILE, Kind.FILE),
        (LiveBox("camera", source=Source.RADAR), Kind.RADAR, Kind.RADAR),
        (LiveBox("camera", Level.NETWORK_COUNTER, source=Source.BEAM), Kind.BEAM, Kind.BEAM),
        (LiveBox("camera", source=Source.COUNTER), Kind.COUNTER, Kind.COUNTER),
        (LiveBox("camera", source=Source.THERMAL), Kind.THERMAL, Kind.THERMAL),
    ],
)
def test_a_kind_is_what_the_box_says_and_what_its_paper_adds(
    tmp_path: Path, box: LiveBox, with_paper: Kind, without: Kind
) -> None:
    assert made(tmp_path, box).sensors[0].kind is with_paper
    assert made(tmp_path, files={}).sensors[0].kind is without


def test_a_place_that_is_drawn_and_not_heard_counts_with_nothing_that_is_known(
    tmp_path: Path,
) -> None:
    sensors = {one.device: one for one in made(tmp_path, LiveBox("camera")).sensors}
    assert set(sensors) == {"camera", "network", "planned"}
    assert {sensors[name].kind for name in ("network", "planned")} == {Kind.UNHEARD}
    assert sensors["network"].position == (4.2810, 52.1105)
    assert sensors["planned"].position is None
