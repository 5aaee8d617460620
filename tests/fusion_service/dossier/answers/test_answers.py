# SPDX-License-Identifier: Apache-2.0
"""Answers of people go into the papers, unless a box, the config or the form denies them."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fusion_service.dossier.answers.answers_file import Answers, open_places, read_answers, written
from fusion_service.dossier.answers.applying import Answered, answered
from fusion_service.dossier.answers.forms import Value, form_of
from fusion_service.dossier.answers.questions import BY_A_BOX, questions_of
from fusion_service.dossier.contents import contents_of
from fusion_service.dossier.dossier import Dossier
from fusion_service.dossier.words.gaps import GAP, gaps_in
from fusion_service.errors import SiteError
from tests.fusion_service.dossier.site import (
    CAMERA,
    DRAWN,
    NETWORK,
    NO_ANSWERS,
    WIFI,
    LiveBox,
    files_of,
    made,
)
from tests.fusion_service.dossier.test_documents import told
from wire_contract.messages.report import Level, Rule, RuleName
from wire_contract.programs.box_paper import Pictures

MAKER = "de fabrikant van de sensor"
WEIGHED = "de afweging van voor- en nadelen, en de andere wegen"
TRACED = "of de getallen tot een persoon te herleiden zijn"
CATEGORY = "Hoog-risico AI-systeem, Impactvolle algoritmes of Overige algoritmes"
NOTHING: dict[tuple[str, str], str] = {}


def found(dossier: Dossier, answers: Answers = NO_ANSWERS) -> Answered:
    return answered(dossier, contents_of(dossier), answers)


def refused(dossier: Dossier, what: str, value: Value, place: str = "") -> str:
    """Return why an answer is refused; empty where it is taken."""
    answers = Answers({}, {(what, place): value}) if place else Answers({what: value})
    return found(dossier, answers).refused.get((what, place), "")


@pytest.fixture(name="dossier", scope="module")
def _dossier(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    return made(tmp_path_factory.mktemp("site"), CAMERA, NETWORK, drawn=DRAWN + WIFI)


def filled_everywhere(dossier: Dossier) -> Answers:
    """Answer every question in the form that it wants."""
    said = "2026-05 2027-10-31 https://www.voorbeeld.example/x privacy@voorbeeld.example"
    samples: tuple[Value, ...] = (
        *(True, 4, *said.split()),
        *("1234567890" * 2, "070 123 45 67", "Overige algoritmes"),
    )
    answers: dict[str, Value] = {}
    for one in questions_of(contents_of(dossier)):
        form = form_of(one.what)
        if form.holds("een woord"):
            answers[one.what] = "een woord"
        else:
            answers[one.what] = next(each for each in samples if form.holds(each))
    return Answers(answers)


def test_the_file_asks_every_open_question_once_and_says_what_it_is_for(dossier: Dossier) -> None:
    text = written("beach", found(dossier).questions, NO_ANSWERS, NOTHING)
    asked: list[dict[str, Any]] = tomllib.loads(text)["vragen"]
    whats = [one["vraag"] for one in asked]
    assert len(whats) == len(set(whats)) > 40
    files = json.loads(files_of(dossier)["dossier.json"])
    assert set(whats) == {one["missing"] for one in files["gaps"]} - BY_A_BOX
    assert all(one["antwoord"] == "" and one["plaatsen"] for one in asked)
    assert "# voor: Sensorregister (SensRNet), veld manufacturer" in text
    assert "# voor: Algoritmeregister 1.0, veld proportionality" in text
    assert read_answers(text.encode(), "x", "beach") == NO_ANSWERS


def test_answers_go_into_every_paper_and_a_place_goes_before_everywhere(dossier: Dossier) -> None:
    place = "sensorregister.devices[beach/network].sensors[beach/network].manufacturer"
    answers = Answers({MAKER: "Maker A", TRACED: False}, {(MAKER, place): "Maker B"})
    files = files_of(dossier, answers)
    devices = json.loads(files["sensorregister.json"])["devices"]
    makers = [one["sensors"][0]["manufacturer"] for one in devices]
    assert makers == ["Maker A", "Maker B", *["Maker A"] * 4]
    # A truth is one in the register too, and only where it was asked in these words.
    assert devices[3]["datastreams"][0]["containsPersonalInfoData"] is False
    assert GAP in devices[0]["datastreams"][0]["containsPersonalInfoData"]
    page = told(files["dossier.html"])
    assert f"{MAKER} {place} Maker B" in page
    summary = json.loads(files["dossier.json"])
    assert {one["missing"] for one in summary["gaps"]}.isdisjoint({MAKER, TRACED})
    assert {"question": MAKER, "where": place, "answer": "Maker B"} in summary["answers"]


def test_once_all_is_answered_only_what_a_box_must_say_is_open(dossier: Dossier) -> None:
    answers = filled_everywhere(dossier)
    done = found(dossier, answers)
    assert done.refused == {}
    left = {what for tree in done.contents.registers.values() for _, what in gaps_in(tree)}
    assert left <= BY_A_BOX
    assert not any(open_places(one, answers, NOTHING) for one in done.questions)
    files = files_of(dossier, answers)
    algorithm = json.loads(files["algoritmeregister.json"])["algorithms"][0]
    assert algorithm["publication_category"] == "Overige algoritmes"
    assert algorithm["category"] == ["een woord"]
    height = json.loads(files["sensorregister.json"])["devices"][1]["location"]["coordinates"][2]
    assert height == 4


def test_the_file_is_written_again_with_open_questions_first_and_nothing_lost(
    dossier: Dossier,
) -> None:
    gone = {("iets van vroeger", "ergens"): "was zo"}
    answers = Answers({MAKER: "Maker A", "lengtegraad": "ver weg"}, gone)
    done = found(dossier, answers)
    text = written("beach", done.questions, done.given, done.refused)
    assert read_answers(text.encode(), "x", "beach") == answers
    heads = [line for line in text.splitlines() if line.startswith("# ---")]
    assert [one.partition(":")[0] for one in heads] == [
        "# --- Nog open",
        "# --- Beantwoord",
        "# --- Wordt niet meer gevraagd",
    ]
    assert text.index("lengtegraad") < text.index(MAKER) < text.index("iets van vroeger")
    assert '# GEWEIGERD: verwacht een getal van -180 tot 180\nantwoord = "ver weg"' in text
    assert written("beach", done.questions, done.given, done.refused) == text


@pytest.mark.parametrize(
    ("what", "value", "why"),
    [
        ("jaar en maand van ingebruikname, als 2026-05", "mei 2026", "verwacht jaar en maand"),
        (CATEGORY, "Anders", "een van: Hoog-risico AI-systeem"),
        (TRACED, "nee", "true of false"),
        ("een verwijzing naar het verwerkingsregister", "zie intranet", "https://"),
        ("het organisatie-identificatienummer (OIN)", "123", "twintig cijfers"),
        (WEIGHED, "x" * 2501, "2501 tekens passen niet in 2500 (proportionality)"),
        ("wat hier gemeten wordt", "mensen", "dat zegt de kast zelf"),
        (WEIGHED, f"{GAP}later", "een antwoord is geen gat"),
        (WEIGHED, "Er zijn geen camera's.", "er telt een camera"),
        (WEIGHED, "Beelden worden nooit doorgestuurd.", "over een kabel"),
        (WEIGHED, "De kast verstuurt nooit een beeld.", "over een kabel"),
        (WEIGHED, "Er worden geen persoonsgegevens verwerkt.", "verwerking van persoonsgegevens"),
        (WEIGHED, "Er wordt niemand gevolgd.", "volgt apparaten"),
        (WEIGHED, "De kasten draaien op niveau `full`.", "niveau `full` meldt geen kast"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_stays_open(
    dossier: Dossier, what: str, value: Value, why: str
) -> None:
    assert why in refused(dossier, what, value)
    files = files_of(dossier, Answers({what: value}))
    assert json.loads(files["dossier.json"])["refused"][0]["question"] == what
    if what == WEIGHED:
        assert str(value) not in files["algoritmeregister.json"]


@pytest.mark.parametrize(
    "value",
    [
        "Tellen met camera's is nodig, omdat stewards niet overal kunnen staan.",
        "De kasten draaien op niveau `standard` en niveau `network-camera`.",
        "Getallen worden niet doorgegeven aan de politie.",
    ],
)
def test_what_nothing_denies_is_taken(dossier: Dossier, value: str) -> None:
    assert refused(dossier, WEIGHED, value) == ""


def test_an_answer_that_is_refused_at_its_place_stays_out_of_it(dossier: Dossier) -> None:
    place = "algoritmeregister.algorithms[Gemeente Voorbeeld].proportionality"
    said = "Beelden worden nooit doorgestuurd."
    files = files_of(dossier, Answers({}, {(WEIGHED, place): said}))
    assert said not in files["algoritmeregister.json"]
    assert said not in files["dossier.html"]


def test_what_may_be_said_follows_the_box_that_a_place_names(dossier: Dossier) -> None:
    sent = "Beelden worden niet verstuurd."
    for device, is_refused in (("camera", False), ("network", True)):
        place = f"sensorregister.devices[beach/{device}].connectivity"
        why = refused(dossier, "hoe het apparaat aan het netwerk hangt", sent, place)
        assert bool(why) is is_refused


def test_a_box_that_has_spoken_since_goes_before_an_answer(tmp_path: Path) -> None:
    who, mail = "wie verantwoordelijk is", "een adres voor vragen"
    place = "sensorregister.devices[beach/camera].organisation"
    asked = (mail, "eigenaren[camera].vragen")
    answers = Answers({}, {(who, place): "Gemeente Elders", asked: "x@y.nl"})
    # Without a paper somebody may say who answers for it; with one the paper does.
    dossier = made(tmp_path, CAMERA, files={})
    assert found(dossier, answers).refused == {}
    with_paper = replace(dossier, sensors=made(tmp_path, files={"c": CAMERA.file()}).sensors)
    why = found(with_paper, answers).refused
    assert set(why) == {(who, place), asked}
    assert "hier staat al 'Gemeente Voorbeeld'" in why[who, place]
    same = Answers({}, {(who, place): "Gemeente Voorbeeld"})
    assert found(with_paper, same).refused == {}


def test_numbers_that_go_out_as_they_are_can_be_traced(tmp_path: Path) -> None:
    box = LiveBox("camera", Level.PROCESS, Pictures.ATTACHED)
    dossier = made(tmp_path, box)
    live = dossier.sensors[0].live
    assert live is not None
    exact = replace(dossier.sensors[0], live=replace(live, rule=Rule(RuleName.EXACT, ())))
    open_now = replace(dossier, sensors=(exact, *dossier.sensors[1:]))
    what = f"{TRACED}; weeg dat in de DPIA, met de kwaliteit hiernaast"
    assert "zoals ze zijn" in refused(open_now, what, value=False)
    assert refused(open_now, what, value=True) == ""
    assert refused(dossier, what, value=False) == ""
    assert "geen kast heeft zo'n regel" in refused(
        open_now, WEIGHED, "Er is differentiële privacy."
    )


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"format = 1\nsite = 'elsewhere'\n", "wanted format 1 of 'beach'"),
        (b"format = 2\nsite = 'beach'\n", "got format 2"),
        (b"format = 1\nsite = 'beach'\nvragen = 3\n", "vragen[1]"),
        (b"format = 1\nsite = 'beach'\n[[vragen]]\nvraag = 'x'\nantwoord = {a = 1}\n", "got dict"),
        (b"format = 1\nsite = 'beach'\n[[vragen]]\nvraag = 'x'\nplaatsen = 1\n", "`plaatsen`"),
        (b"\xff", "correct it"),
        (b"a = ", "correct it"),
        (b"#" * (1024 * 1024 + 1), "wanted at most"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_line(raw: bytes, said: str) -> None:
    with pytest.raises(SiteError, match=r"answers\.toml") as error:
        read_answers(raw, "answers.toml", "beach")
    assert said in str(error.value)
    assert "\n" not in str(error.value)
