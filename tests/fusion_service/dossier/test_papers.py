# SPDX-License-Identifier: Apache-2.0
"""Every paper that is not what its live box says is named, and speaks for nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from fusion_service.dossier.papers import Fault, judge_papers
from fusion_service.dossier.sensors import live_of
from fusion_service.registry.registry import Device, FormerKey, Registry, public_key
from fusion_service.store.sqlite.reader import Reader
from tests.fusion_service.box import Box
from tests.fusion_service.dossier.site import CAMERA, NETWORK, LiveBox, made
from wire_contract.messages.meta import Source
from wire_contract.messages.report import Clock, Level, Rule, RuleName
from wire_contract.programs.box_paper import Paper, Pictures, seal_paper

BOTH = {"camera": CAMERA.file(), "network": NETWORK.file()}


def faults(folder: Path, files: dict[str, bytes], *boxes: LiveBox) -> list[tuple[str, str, Fault]]:
    dossier = made(folder, *(boxes or (CAMERA, NETWORK)), files=files)
    named = [(one.device, one.file, one.fault) for one in dossier.findings]
    wrong = {device for device, _, fault in named if fault is not Fault.OTHER}
    assert {one.device for one in dossier.sensors if one.paper is None} >= wrong & {"camera"}
    return named


def test_papers_that_agree_with_their_boxes_have_no_finding(tmp_path: Path) -> None:
    dossier = made(tmp_path, CAMERA, NETWORK)
    assert dossier.findings == ()
    papers = {one.device: one.paper for one in dossier.sensors}
    assert papers == {"camera": CAMERA.paper(), "network": NETWORK.paper(), "planned": None}


def test_a_paper_that_is_missing_is_named(tmp_path: Path) -> None:
    found = faults(tmp_path, {"network": BOTH["network"]})
    assert found == [("camera", "", Fault.MISSING)]


def test_a_paper_that_was_tampered_with_is_named(tmp_path: Path) -> None:
    forged = BOTH["camera"].replace(b"Gemeente Voorbeeld", b"Gemeente Ander")
    found = faults(tmp_path, BOTH | {"camera": forged})
    assert found == [("camera", "camera", Fault.FORGED)]


@pytest.mark.parametrize("raw", [b"", b"{}", BOTH["camera"][:-10], b"\xff" * 100])
def test_what_is_no_paper_is_named_by_its_file(tmp_path: Path, raw: bytes) -> None:
    found = faults(tmp_path, BOTH | {"notes.txt": raw})
    assert found == [("", "notes.txt", Fault.UNREADABLE)]


def test_a_paper_that_another_box_signed_is_named_with_its_signer(tmp_path: Path) -> None:
    swapped = seal_paper(CAMERA.paper(), NETWORK.box.key.sign)
    dossier = made(tmp_path, CAMERA, NETWORK, files=BOTH | {"camera": swapped})
    assert [one.fault for one in dossier.findings] == [Fault.OTHER]
    assert "getekend door beach/network" in dossier.findings[0].detail


@pytest.mark.parametrize(
    "change", [{"site": "pier"}, {"device": "nobody"}, {"site": "pier", "device": "nobody"}]
)
def test_a_paper_of_another_place_is_named(tmp_path: Path, change: dict[str, str]) -> None:
    paper = replace(CAMERA.paper(), **change)  # type: ignore[arg-type]  # texts, each by its name
    found = faults(tmp_path, BOTH | {"stray": CAMERA.file(paper)})
    assert found == [("", "stray", Fault.OTHER)]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda paper: replace(paper, config="c" * 64), Fault.OLD),
        (lambda paper: replace(paper, software="0.0.9"), Fault.OLD),
        (lambda paper: replace(paper, end_date="2026-11-29"), Fault.OLD),
        (lambda paper: replace(paper, model_sha256="c" * 64), Fault.CONTRADICTS),
        (lambda paper: replace(paper, model="yolox-s"), Fault.CONTRADICTS),
        (lambda paper: replace(paper, rule=Rule(RuleName.EXACT, ())), Fault.CONTRADICTS),
        (
            lambda paper: replace(paper, rule=Rule(RuleName.DISCRETE_LAPLACE, (500,))),
            Fault.CONTRADICTS,
        ),
        (lambda paper: replace(paper, length_s=10), Fault.CONTRADICTS),
        (lambda paper: replace(paper, lines=("other",)), Fault.CONTRADICTS),
        (lambda paper: replace(paper, zones=()), Fault.CONTRADICTS),
        (lambda paper: replace(paper, level=Level.FULL), Fault.CONTRADICTS),
        (lambda paper: replace(paper, pictures=Pictures.NETWORK), Fault.CONTRADICTS),
    ],
)
def test_a_paper_that_says_another_thing_than_the_box_is_named(
    tmp_path: Path, change: Callable[[Paper], Paper], fault: Fault
) -> None:
    found = faults(tmp_path, BOTH | {"camera": CAMERA.file(change(CAMERA.paper()))})
    assert found == [("camera", "camera", fault)]


@pytest.mark.parametrize(
    "box",
    [
        LiveBox("camera", Level.PROCESS, Pictures.ATTACHED),
        LiveBox("camera", Level.NETWORK_CAMERA, Pictures.ATTACHED),
        LiveBox("camera", Level.STANDARD, Pictures.NETWORK),
        LiveBox("camera", source=Source.RADAR),
        LiveBox("camera", clock=Clock.REPLAY),
    ],
)
def test_a_box_that_runs_otherwise_than_its_paper_says_is_named(
    tmp_path: Path, box: LiveBox
) -> None:
    paper = replace(box.paper(), level=Level.STANDARD)
    if box.pictures is Pictures.NETWORK:
        paper = replace(paper, level=Level.NETWORK_CAMERA)
    found = faults(tmp_path, {"camera": box.file(paper)}, box)
    assert {fault for _, _, fault in found} == {Fault.CONTRADICTS}


@pytest.mark.parametrize("level", [Level.FULL, Level.STANDARD])
def test_a_box_that_holds_more_than_its_paper_promises_agrees(tmp_path: Path, level: Level) -> None:
    box = LiveBox("camera", level)
    paper = replace(box.paper(), level=Level.STANDARD)
    assert faults(tmp_path, {"camera": box.file(paper)}, box) == []


def test_of_two_papers_the_later_speaks(tmp_path: Path) -> None:
    earlier = CAMERA.file(replace(CAMERA.paper(), made_s=1, config="c" * 64))
    dossier = made(tmp_path, CAMERA, NETWORK, files=BOTH | {"a": earlier})
    assert [(one.file, one.fault) for one in dossier.findings] == [("a", Fault.OLD)]
    assert dossier.sensors[0].paper == CAMERA.paper()


def test_a_paper_of_a_box_that_has_said_nothing_cannot_be_tested(tmp_path: Path) -> None:
    made(tmp_path, CAMERA)
    registry = Reader(tmp_path / "fusion.sqlite").registry()
    judged = judge_papers(
        {"camera": CAMERA.file()},
        site="beach",
        registry=registry,
        live={"camera": None},
        today=date(2026, 11, 30),
    )
    assert [one.fault for one in judged.findings] == [Fault.UNHEARD]
    assert judged.papers == {}


def test_a_paper_signed_with_a_key_of_before_is_old(tmp_path: Path) -> None:
    made(tmp_path, CAMERA)
    row = Reader(tmp_path / "fusion.sqlite").device("beach", "camera")
    assert row is not None
    new = Box(site="beach", device="camera")
    former = FormerKey(1, public_key(CAMERA.box.public_key), 0, refused=False)
    device = Device(1, "beach", "camera", public_key(new.public_key), False, former_keys=(former,))  # noqa: FBT003 - the field's place
    judged = judge_papers(
        {"camera": CAMERA.file()},
        site="beach",
        registry=Registry.of([device]),
        live={"camera": live_of(row)},
        today=date(2026, 11, 30),
    )
    assert [(one.device, one.fault) for one in judged.findings] == [("camera", Fault.OLD)]
