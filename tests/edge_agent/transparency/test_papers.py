# SPDX-License-Identifier: Apache-2.0
"""The papers about a box: all from the config, nothing without a purpose, and readable."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.config.schema import Config, load
from edge_agent.config.site_rules import capacity_bits_per_minute
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.errors import ConfigError
from edge_agent.transparency.facts import gather
from edge_agent.transparency.page import qr_svg
from edge_agent.transparency.papers import write_papers
from wire_contract.messages.report import Level

CLONE = Path(__file__).parents[3]
EXAMPLE = CLONE / "firmware_configs" / "examples" / "vtest.toml"
URL = "https://sensors.example.org/demo/vtest"
PURPOSE = {
    "controller": "The <municipality> & Co",
    "purpose": "To see how full the boulevard is",
    "legal_basis": "GDPR 6(1)(e)",
    "dpia_reference": "DPIA of a test",
    "contact": "privacy@example.org",
    "end_date": "2027-10-31",
    "place": "Boulevard, pier 1",
    "page_url": URL,
}
VOID = {"meta", "link", "br"}


def config_with(tmp_path: Path, purpose: dict[str, str], more: str = "") -> Config:
    path = tmp_path / "box.toml"
    rows = "".join(
        f"{name} = {value}\n" if name == "end_date" else f'{name} = "{value}"\n'
        for name, value in purpose.items()
    )
    path.write_text(EXAMPLE.read_text() + (f"[purpose]\n{rows}" if purpose else "") + more)
    return load(path, ("disclosure.rule=discrete_laplace", "disclosure.epsilon=0.5"))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_with(tmp_path, PURPOSE)


@pytest.fixture
def papers(config: Config, tmp_path: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in write_papers(config, tmp_path / "out")}


def test_without_a_purpose_there_is_no_entry(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="purpose: missing"):
        write_papers(config_with(tmp_path, {}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("left_out", ["place", "page_url"])
def test_without_a_place_or_a_page_there_is_no_entry(tmp_path: Path, left_out: str) -> None:
    some = {name: value for name, value in PURPOSE.items() if name != left_out}
    with pytest.raises(ConfigError, match=f"purpose.{left_out}: missing"):
        write_papers(config_with(tmp_path, some), tmp_path / "out")


def test_the_entry_says_what_the_config_says(config: Config, papers: dict[str, str]) -> None:
    entry = json.loads(papers["register.json"])
    assert {entry[name] for name in ("controller", "purpose", "legal_basis", "contact")} == {
        PURPOSE[name] for name in ("controller", "purpose", "legal_basis", "contact")
    }
    assert entry["config_sha256"] == config.sha256()
    assert [line["name"] for line in entry["measures"]["lines"]] == [
        line.id for line in config.lines
    ]
    assert entry["disclosure"] == {"rule": "discrete_laplace", "epsilon": 0.5}
    assert entry["location"] == {"place": "Boulevard, pier 1", "latitude": None, "longitude": None}
    assert all(value in papers["register.txt"] for value in PURPOSE.values())


def test_the_annex_computes_its_figures(config: Config, papers: dict[str, str]) -> None:
    annex = papers["dpia-annex.md"]
    assert f"At most {capacity_bits_per_minute(config):.1f} bits a minute" in annex
    assert f"at most {TrackerSettings().lost_max_s:g} seconds after" in annex
    assert "the last 20,000, 2.3 days of them" in annex
    assert "epsilon 0.5" in annex
    assert "processing of personal data" in annex
    seconds = dict(gather(config).capacity())
    assert seconds["a number plate (28 bits)"] == pytest.approx(28 * seconds["one bit"])


@pytest.mark.parametrize("rule", ["random_rounding", "suppress_below", "buckets", "exact"])
def test_a_rule_that_is_no_differential_privacy_is_not_called_so(tmp_path: Path, rule: str) -> None:
    config = load(
        config_with(tmp_path, PURPOSE) and tmp_path / "box.toml", (f"disclosure.rule={rule}",)
    )
    annex = dict(zip(("j", "t", "annex"), write_papers(config, tmp_path / rule), strict=False))[
        "annex"
    ].read_text("utf-8")
    assert "epsilon" not in annex.split("## What the numbers hide")[1].split("##")[0]
    assert ("not differential privacy" in annex) is (rule != "exact")


class Page(HTMLParser):
    """What stands in a page: its elements, whether they are closed, what it would fetch or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.languages: list[str] = []
        self.fetched: list[str] = []
        self.headings: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open += [] if tag in VOID else [tag]
        given = dict(attrs)
        if tag == "section":
            self.languages.append(str(given.get("lang")))
        if tag in {"h1", "h2"}:
            self.headings.append(tag)
        self.fetched += [tag] if tag in {"script", "link", "img", "iframe", "form"} else []
        self.fetched += [
            str(value) for name, value in attrs if name in {"src", "onclick", "onload"} and value
        ]
        if tag == "a":
            self.fetched += [] if str(given["href"]).startswith("#") else [str(given["href"])]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_one_file_in_two_languages_that_runs_and_fetches_nothing(
    papers: dict[str, str],
) -> None:
    page = Page(papers["index.html"])
    assert page.open == []
    assert page.languages == ["nl", "en"]
    assert page.fetched == []
    assert page.headings == 2 * ["h1", "h2", "h2", "h2", "h2"]
    assert "The &lt;municipality&gt; &amp; Co" in papers["index.html"]
    assert "<municipality>" not in papers["index.html"]


def test_the_code_leads_to_the_page() -> None:
    svg = qr_svg(URL, "a title")
    size = int(re.findall(r'viewBox="0 0 (\d+) ', svg)[0])
    # The drawing is rows of strokes, one module high: M x y, then h (draw) and m (move).
    modules = np.full((size, size), 255, np.uint8)
    scale = float(re.findall(r"scale\(([\d.]+)\)", svg)[0]) if "scale(" in svg else 1.0
    x, y = 0.0, 0.0
    for kind, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.findall(r' d="([^"]+)"', svg)[0]):
        values = [float(value) for value in numbers.split()]
        if kind == "h":
            row, left, right = (int(value * scale) for value in (y - 0.5, x, x + values[0]))
            modules[row : row + int(scale), left:right] = 0
            x += values[0]
        else:
            x, y = (values[0], values[1]) if kind == "M" else (x + values[0], y + values[1])
    picture = cv2.resize(modules, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert text == URL


# What is said of pictures, for each source and level.


CAMERAS = {
    "file": 'camera={source = "file", path = "a.avi"}',
    "v4l2": 'camera={source = "v4l2", path = "/dev/video0"}',
    "rtsp": 'camera={source = "rtsp", host = "192.0.2.20", port = 554}',
    "http": 'camera={source = "http", host = "192.0.2.20", port = 80, fps = 10.0}',
}
LEVELS = [level for level in Level if level is not Level.UNCONFINED]
NO_CABLE = ("network camera", "netwerkkabel", "cable", "kabel", "feeder")
NO_FILE = ("video file", "recorded before", "opgenomen", "de film", "the film")
NO_PICTURE_GOES = (
    "attached to the box",
    "neither stored nor sent",
    "not kept and not sent",
    "niet bewaard en niet verstuurd",
    '"sent": "none"',
    "there is a camera in it",
    "er zit een camera in",
)
"""What a camera would deny that sends its pictures over a network."""
SAID: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "file": (
        (
            "a video file",
            "recorded before",
            "No camera is open",
            "Er staat geen camera open",
            "U wordt hier nu niet geteld",
            "file played",
        ),
        (
            *NO_CABLE,
            "attached to the box",
            "looks at a public place",
            "camera open |",
            "there is a camera",
            '"stored": "none"',
            "never on disk",
            "the camera's own",
        ),
    ),
    "v4l2": (
        (
            "a camera attached to the box",
            "neither stored nor sent",
            "Pictures are not kept and not sent",
            "Er zit een camera in",
            "Beelden worden niet bewaard en niet verstuurd",
            '"sent": "none"',
            "| 1 | sensor process | pictures |",
        ),
        (*NO_CABLE, *NO_FILE),
    ),
    "rtsp": (
        (
            "network camera",
            "over a network cable that nobody at the box guards",
            "over een netwerkkabel",
            "pictures, by the camera to the box",
            "whoever holds the camera, its cable or a switch on the way",
            "| 1 | camera | pictures |",
            "| 2 | feeder process | pictures |",
            "wie bij de camera of de kabel kan komen, kan ze zien",
            "who can get at the camera or the cable can see them",
            "What a camera sends over its cable is no part of this bound",
        ),
        (*NO_PICTURE_GOES, *NO_FILE),
    ),
}
SAID["http"] = SAID["rtsp"]
WEAK = (
    "shielded less than a box in the street must be",
    "minder afgeschermd dan een kastje op straat moet zijn",
    "no paper can promise",
)
OWN_USER = "own user without privilege"


def read_back(tmp_path: Path, source: str, level: Level) -> str:
    """Write the papers of a box and return all of their words, the page's without its tags."""
    config = load(
        config_with(tmp_path, PURPOSE) and tmp_path / "box.toml",
        (CAMERAS[source], f"confinement.level_min={level}", "disclosure.rule=discrete_laplace"),
    )
    texts = [path.read_text("utf-8") for path in write_papers(config, tmp_path / "out")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", "\n".join(texts))))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("source", CAMERAS)
def test_each_sentence_follows_from_the_source_and_the_level_and_none_contradicts_them(
    tmp_path: Path, source: str, level: Level
) -> None:
    said = read_back(tmp_path, source, level)
    required, forbidden = SAID[source]
    assert [sentence for sentence in required if sentence not in said] == []
    assert [sentence for sentence in forbidden if sentence.lower() in said.lower()] == []
    weak = level in {Level.REDUCED, Level.PROCESS}
    assert [sentence in said for sentence in WEAK] == [weak] * len(WEAK)
    assert (OWN_USER in said) is not weak
    networked = source in {"rtsp", "http"}
    on_a_network = level in {Level.NETWORK_CAMERA, Level.NETWORK_COUNTER}
    reached = (
        Level.NETWORK_CAMERA
        if networked and not weak
        else Level.STANDARD
        if on_a_network
        else level
    )
    assert f"level {reached}: " in said
    assert f'"level": "{reached}"' in said
    begins = not (networked and level in {Level.FULL, Level.STANDARD})
    assert (
        f"The box begins only where the measured level is `{level}` or better" in said
    ) is begins
    assert ("so this one does not begin" in said) is not begins


def test_a_level_at_which_no_box_starts_has_no_papers(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"confinement.level_min: got unconfined"):
        read_back(tmp_path, "v4l2", Level.UNCONFINED)


def test_the_sentences_of_the_sources_are_different_wherever_the_sources_are(
    tmp_path: Path,
) -> None:
    pages = {}
    for source in ("file", "v4l2", "rtsp"):
        pages[source] = read_back(tmp_path, source, Level.NETWORK_CAMERA)
    assert len(set(pages.values())) == len(pages)
