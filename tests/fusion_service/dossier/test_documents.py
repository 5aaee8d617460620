# SPDX-License-Identifier: Apache-2.0
"""The files of a dossier: no sentence contradicts a level, both registers are whole."""

import hashlib
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fusion_service.dossier.algorithm_register import EMPTY, LENGTHS
from fusion_service.dossier.words.gaps import GAP
from fusion_service.dossier.words.wording import WEAK, level_sentence
from tests.fusion_service.dossier.site import CAMERA, DRAWN, NETWORK, WIFI, LiveBox, files_of, made
from wire_contract.messages.meta import Source
from wire_contract.messages.report import Level
from wire_contract.programs.box_paper import Pictures

DEVICE = "id name description category connectivity locationDetails location"
SENSOR = "id name description type manufacturer supplier isActive documentation"
STREAM = (
    "id sensorId name description theme unitOfMeasurement observedProperty observationArea "
    "dataFrequency dataQuality isActive isPublic isOpenData containsPersonalInfoData isReusable "
    "documentation dataLink observationGoalIds"
)
GOAL = "id name description legalGround legalGroundLink"
ORGANISATION = "id name organisationCode website contactDetails"
ALGORITHM = (
    "name description_short organization category status begin_date end_date contact_email website "
    "publication_category url goal proportionality human_intervention risks lawful_basis "
    "lawful_basis_grouping process_index_url impacttoetsen_grouping impacttoetsen source_data "
    "source_data_grouping methods_and_models provider publiccode lang standard_version source_id "
    "tags lars"
)
"""Every field of the publicatiestandaard 1.0, as its schema names them."""
NOT_SENT = (
    "worden niet bewaard en niet verstuurd",
    "vastzit",
    "zit vast aan een kast",
)
"""What a camera would deny that sends its pictures over a network."""
CABLE = ("over een netwerkkabel", "netwerkcamera telt", "aanvoerproces")


def told(html: str) -> str:
    """Return the words of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def all_words(files: Any) -> str:
    return " ".join([told(files["dossier.html"]), told(files["borden.html"])])


BOXES = [
    LiveBox("camera", Level.FULL),
    LiveBox("camera", Level.STANDARD),
    LiveBox("camera", Level.NETWORK_CAMERA, Pictures.NETWORK),
    LiveBox("camera", Level.NETWORK_COUNTER, source=Source.RADAR),
    LiveBox("camera", Level.REDUCED),
    LiveBox("camera", Level.PROCESS),
    LiveBox("camera", Level.PROCESS, Pictures.NETWORK),
    LiveBox("camera", Level.PROCESS, Pictures.FILE),
    LiveBox("camera", Level.UNCONFINED),
]


@pytest.mark.parametrize("with_paper", [True, False])
@pytest.mark.parametrize("box", BOXES)
def test_each_sentence_follows_from_kind_and_level_and_none_contradicts_them(
    tmp_path: Path, *, box: LiveBox, with_paper: bool
) -> None:
    files = files_of(made(tmp_path, box, files=None if with_paper else {}))
    said = all_words(files)
    # What the kernel holds: the sentence of this level and of no other.
    held = {level for level in Level if level_sentence(level) in said}
    assert held == {box.level}
    weak = box.level in {Level.REDUCED, Level.PROCESS, Level.UNCONFINED}
    assert (WEAK in said) is weak
    # What becomes of pictures: only of an attached camera that they go nowhere.
    is_camera = box.source is Source.CAMERA
    attached = with_paper and is_camera and box.pictures is Pictures.ATTACHED
    assert [sentence in said for sentence in NOT_SENT] == [attached] * len(NOT_SENT)
    networked = is_camera and (
        box.level is Level.NETWORK_CAMERA or (with_paper and box.pictures is Pictures.NETWORK)
    )
    assert (CABLE[0] in said) is networked
    assert ("Hier telt een netwerkcamera mensen" in said) is networked
    filmed = with_paper and box.pictures is Pictures.FILE
    assert ("Er staat geen camera open" in said) is filmed
    assert ("de kast meldt geen camera" in said) is not is_camera
    assert ("Hier telt een camera mensen" in said) is (is_camera and not networked and not filmed)


def test_a_site_with_several_kinds_has_a_sign_for_each(tmp_path: Path) -> None:
    files = files_of(made(tmp_path, CAMERA, NETWORK, drawn=DRAWN + WIFI))
    titles = re.findall(r"<h2>([^<]+)</h2>", files["borden.html"])
    assert titles == [
        "Hier telt een camera mensen",
        "Hier telt een netwerkcamera mensen",
        "Hier worden mensen geteld",
        "Hier telt iemand anders mensen: radar",
        "Hier worden apparaten van mensen gevolgd: wifi",
        "Hier schatten mensen hoe druk het is",
    ]
    signs = dict(zip(titles, files["borden.html"].split("<section ")[1:], strict=True))
    camera, network, radar = (told(signs[titles[place]]) for place in (0, 1, 3))
    assert "netwerkkabel" not in camera
    assert "niet verstuurd" not in network
    assert "camera" not in radar
    assert "beeld" not in radar
    assert "Hotel BV" in told(signs[titles[4]])
    algorithms = json.loads(files["algoritmeregister.json"])["algorithms"]
    assert all("volgt apparaten" in one["goal"] for one in algorithms if GAP not in one["goal"])


def test_the_sensor_register_has_every_field_of_sensrnet(tmp_path: Path) -> None:
    files = files_of(made(tmp_path, CAMERA, NETWORK))
    register = json.loads(files["sensorregister.json"])
    names = [one["id"] for one in register["devices"]]
    assert names == [
        "beach/camera",
        "beach/network",
        "beach/planned",
        "beach/mast",
        "beach/steward-1",
    ]
    for one in register["devices"]:
        assert set(DEVICE.split()) <= one.keys()
        assert all(set(SENSOR.split()) == sensor.keys() for sensor in one["sensors"])
        assert one["datastreams"]
        assert all(set(STREAM.split()) == stream.keys() for stream in one["datastreams"])
        assert list(values_of(one, None)) == []
    assert all(set(GOAL.split()) == one.keys() for one in register["observationGoals"])
    assert all(set(ORGANISATION.split()) == one.keys() for one in register["organisations"])
    camera = register["devices"][0]
    assert camera["location"]["coordinates"] == [4.2805, 52.1105, 4.5]
    assert camera["organisation"] == "Gemeente Voorbeeld"
    assert {one["observationArea"]["type"] for one in camera["datastreams"]} == {
        "Polygon",
        "LineString",
    }
    assert [one["dataFrequency"] for one in camera["datastreams"]] == [60, 60]
    assert register["devices"][3]["sensors"][0]["type"] == "radar"


def values_of(tree: Any, wanted: object) -> Any:
    """Yield every leaf that is just this value."""
    if isinstance(tree, dict):
        for value in tree.values():
            yield from values_of(value, wanted)
    elif isinstance(tree, list):
        for value in tree:
            yield from values_of(value, wanted)
    elif tree is wanted:
        yield tree


def test_the_algorithm_register_has_every_field_of_the_standard(tmp_path: Path) -> None:
    files = files_of(made(tmp_path, CAMERA, NETWORK))
    entries = json.loads(files["algoritmeregister.json"])["algorithms"]
    assert [one["organization"].startswith(GAP) for one in entries] == [False, True]
    for one in entries:
        assert one.keys() == set(ALGORITHM.split())
        assert {key for key, value in one.items() if value is None} == set(EMPTY)
        told = {key: one[key] for key in LENGTHS if GAP not in one[key]}
        assert all(len(text) <= LENGTHS[key] for key, text in told.items())
    entry = entries[0]
    assert (entry["status"], entry["lang"], entry["standard_version"]) == (
        "In gebruik",
        "nld",
        "1.0",
    )
    assert "b" * 64 in entry["methods_and_models"]
    assert "Politie, Strandpaviljoens" in entry["human_intervention"]
    assert "Gegevens van buiten: weer (KNMI)." in entry["source_data"]
    assert entry["lawful_basis"] == "AVG artikel 6, lid 1, onder e"
    assert entry["proportionality"].startswith(GAP)


def test_hashes_are_those_of_the_live_boxes(tmp_path: Path) -> None:
    files = files_of(made(tmp_path, CAMERA, NETWORK))
    boxes = {one["device"]: one for one in json.loads(files["dossier.json"])["boxes"]}
    for box in (CAMERA, NETWORK):
        meta = box.meta()
        said = boxes[box.device]
        assert said["config_sha256"] == meta.config
        assert (said["model"], said["model_sha256"]) == (meta.model, meta.model_sha256)
        assert said["level"] == meta.level
        assert said["paper_sha256"] == hashlib.sha256(box.file()).hexdigest()
        assert {meta.config, said["paper_sha256"]} <= set(told(files["dossier.html"]).split())
    assert boxes["planned"]["config_sha256"] is None


def test_what_nobody_said_is_named_and_never_invented(tmp_path: Path) -> None:
    files = files_of(made(tmp_path, CAMERA, files={}))
    said = all_words(files)
    assert "Gemeente Voorbeeld" not in said
    found = json.loads(files["dossier.json"])
    assert [one["fault"] for one in found["findings"]] == ["ontbreekt"]
    places = {one["where"] for one in found["gaps"]}
    assert "sensorregister.devices[0].sensors[0].manufacturer" in places
    assert "algoritmeregister.algorithms[0].organization" in places
    assert "eigenaren" in places
    assert f" {len(found['gaps'])} feiten ontbreken nog" in said


def test_periods_are_those_of_the_boxes_and_of_the_centre(tmp_path: Path) -> None:
    said = told(files_of(made(tmp_path, CAMERA, NETWORK))["dossier.html"])
    for period in (
        "hooguit 3 s nadat die het laatst gezien is",
        "14 dagen nadat de centrale ze heeft, hooguit 20000",
        "1095 dagen",
        "400 dagen",
        "401 dagen",
        "61 dagen",
        "90 dagen",
        "365 dagen",
        "de laatste 10 MiB",
    ):
        assert period in said
    assert "Bureau Drukte" in said


class Page(HTMLParser):
    """Whether a page is closed, and what it would fetch or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open += [] if tag == "meta" else [tag]
        self.fetched += [tag] if tag in {"script", "link", "img", "iframe", "form"} else []
        self.fetched += [
            str(value)
            for name, value in attrs
            if name in {"src", "href"} and not str(value).startswith("#")
        ]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["dossier.html", "borden.html"])
def test_a_page_is_one_file_that_runs_and_fetches_nothing(tmp_path: Path, name: str) -> None:
    drawn = DRAWN.replace("mast 3", "<script>alert(1)</script> & co")
    text = files_of(made(tmp_path, CAMERA, drawn=drawn))[name]
    page = Page(text)
    assert (page.open, page.fetched) == ([], [])
    assert "&lt;script&gt;" in text
