# SPDX-License-Identifier: Apache-2.0
"""What a box is said to count with follows from what it says itself."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.dossier.papers import Fault
from fusion_service.dossier.words.kinds import KINDS, Kind
from fusion_service.dossier.words.wording import level_sentence
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.dossier.site import DRAWN, LiveBox, files_of, made
from tests.fusion_service.dossier.test_documents import told
from tests.fusion_service.keeping import keep
from wire_contract.messages.meta import Source
from wire_contract.messages.report import Clock, Level, Rule, RuleName
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


RADAR = DRAWN.replace('id = "planned"', 'id = "planned"\ntechnology = "radar"')


@pytest.mark.parametrize(
    ("technology", "kind"),
    [
        ("camera", Kind.PLANNED_CAMERA),
        ("thermal", Kind.PLANNED_THERMAL),
        ("radar", Kind.PLANNED_RADAR),
        ("beam", Kind.PLANNED_BEAM),
    ],
)
def test_a_place_that_is_drawn_for_a_technique_has_papers_before_its_box_speaks(
    tmp_path: Path, technology: str, kind: Kind
) -> None:
    drawn = RADAR.replace('"radar"\ncounters', f'"{technology}"\ncounters')
    dossier = made(tmp_path, LiveBox("camera"), drawn=drawn)
    assert {one.device: one.kind for one in dossier.sensors}["planned"] is kind
    files = files_of(dossier)
    said = told(files["borden.html"])
    assert KINDS[kind].title in said
    assert "Er wordt hier nu nog niet geteld." in said
    # No level was measured there, and nothing is said of what a camera does not do.
    (planned,) = re.findall(
        rf'<section id="bord-{kind}".*?</section>', files["borden.html"], re.DOTALL
    )
    assert not any(level_sentence(level) in told(planned) for level in Level)
    assert "beeld" not in told(planned)
    assert dossier.findings == ()


@pytest.mark.parametrize(
    ("source", "is_other"),
    [(Source.RADAR, False), (Source.COUNTER, False), (Source.CAMERA, True), (Source.BEAM, True)],
)
def test_a_box_that_counts_with_something_else_than_is_drawn_is_named(
    tmp_path: Path, source: Source, *, is_other: bool
) -> None:
    box = LiveBox("planned", Level.NETWORK_COUNTER, source=source)
    dossier = made(tmp_path, box, files={}, drawn=RADAR)
    named = [one for one in dossier.findings if one.fault is Fault.DRAWN]
    assert [one.device for one in named] == (["planned"] if is_other else [])
    # What it says itself goes before what is drawn.
    kind = {one.device: one.kind for one in dossier.sensors}["planned"]
    assert kind not in {Kind.PLANNED_RADAR, Kind.UNHEARD}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"level": Level.STANDARD}, None),
        ({"level": Level.PROCESS}, Fault.CONTRADICTS),
        ({"config": "c" * 64}, Fault.OLD),
        ({"rule": Rule(RuleName.EXACT, ())}, Fault.CONTRADICTS),
    ],
)
def test_a_report_after_the_meta_has_the_last_word(
    tmp_path: Path, change: dict[str, object], fault: Fault | None
) -> None:
    box = LiveBox("camera")
    made(tmp_path, box)
    same = {"config": box.config, "level": box.level, "rule": box.meta().rule}
    report = replace(box.box.report(2), **(same | change))  # type: ignore[arg-type]  # fields of it
    with Writer(tmp_path / "fusion.sqlite", size_mib_max=64, dead_letters_max=10) as writer:
        known = writer.registry().find("beach", "camera")
        assert known is not None
        keep(writer, known.id, report)
    dossier = made(tmp_path, files={"camera": box.file()})
    live = dossier.sensors[0].live
    assert live is not None
    assert (live.level, live.config, live.rule) == (report.level, report.config, report.rule)
    assert [one.fault for one in dossier.findings] == ([] if fault is None else [fault])


def test_a_test_site_is_one_by_the_word_of_the_box_alone(tmp_path: Path) -> None:
    box = LiveBox("camera")
    paper = box.file(replace(box.paper(), test_site=1))
    assert not made(tmp_path, box).sensors[0].is_test
    assert made(tmp_path, files={"camera": paper}).sensors[0].is_test
