# SPDX-License-Identifier: Apache-2.0
"""A drawn site with boxes, their papers and sources of others, for tests of its dossier."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from fusion_service.dossier.answers.answers_file import Answers
from fusion_service.dossier.answers.applying import answered
from fusion_service.dossier.contents import contents_of
from fusion_service.dossier.documents import pages_of, registers_of
from fusion_service.dossier.dossier import Dossier, Kept, Operator, collect
from fusion_service.pages.page import page
from fusion_service.registry.site_file.reading import read_site
from fusion_service.store.site_plans import SitePlan
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box
from tests.fusion_service.keeping import keep
from tests.wire_contract.programs.test_box_paper import PAPER
from wire_contract.messages.meta import LineMeta, Meta, PrivacyLoss, Source, ZoneMeta
from wire_contract.messages.report import Clock, Level
from wire_contract.programs.box_paper import Paper, Pictures, seal_paper

NO_ANSWERS = Answers()
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
OPERATOR = Operator(
    contact_name="Bureau Drukte",
    contact_email="drukte@voorbeeld.example",
    kept=Kept(
        report_days=1_095,
        estimate_days=400,
        context_days=401,
        forecast_days=61,
        dead_letter_days=90,
        text_days=(("use", 90), ("change", 1_095), ("alarm", 365)),
        security_log_bytes=10 * 2**20,
    ),
    is_public=False,
    is_on_broker=False,
    tells_a_program=False,
    tells_by_mail=False,
    feeds=("knmi",),
)
DRAWN = """
id = "beach"
name = "Strand"

[[zones]]
id = "square"
polygon = [[4.280, 52.110], [4.282, 52.110], [4.282, 52.111], [4.280, 52.111]]

[[links]]
id = "way-in"
to = "square"
path = [[4.279, 52.1105], [4.280, 52.1105]]

[[devices]]
id = "camera"
position = [4.2805, 52.1105]
height_m = 4.5
counters = [{ zone = "square", at_zone = "square" }, { line = "door", at_link = "way-in" }]

[[devices]]
id = "network"
position = [4.2810, 52.1105]
counters = [{ zone = "square", at_zone = "square" }]

[[devices]]
id = "planned"
counters = [{ zone = "all", at_zone = "square" }]

[[sources]]
id = "mast"
kind = "json"
technology = "radar"
provenance = "De strandpaviljoens, mast 3"
licence = "Afspraak van 2026-05-01"
position = [4.2815, 52.1105]
counters = [{ zone = "all", at_zone = "square" }]
mapping = { time = "at", length_s = 60, people = "people" }

[[sources]]
id = "steward-1"
kind = "person"
technology = "person"
provenance = "De stewards van de strandpaviljoens"
licence = "Afspraak van 2026-05-01"
counters = [{ zone = "all", at_zone = "square" }]

[[measures]]
level = "yellow"
text = "Stewards sturen"
organisation = "Strandpaviljoens"

[[measures]]
level = "orange"
text = "Toegang sluiten"
organisation = "Politie"

[[measures]]
level = "red"
text = "Strand ontruimen"
organisation = "Politie"
"""
WIFI = """
[[sources]]
id = "wifi"
kind = "json"
technology = "wifi"
provenance = "Een hotel"
licence = "Afspraak van 2026-05-01"
privacy = { method = "Telt adressen", controller = "Hotel BV", legal_ground = "Toestemming" }
counters = [{ zone = "all", at_zone = "square" }]
mapping = { time = "at", length_s = 60, people = "people" }
"""


@dataclass
class LiveBox:
    """A box as it speaks, and the paper that it would sign."""

    device: str
    level: Level = Level.STANDARD
    pictures: Pictures = Pictures.ATTACHED
    source: Source = Source.CAMERA
    clock: Clock = Clock.LIVE
    box: Box = field(init=False)

    def __post_init__(self) -> None:
        self.box = Box(site="beach", device=self.device)

    @property
    def config(self) -> str:
        """Return a hash of its own."""
        return f"{self.device.encode().hex():0<64}"

    def meta(self, sequence: int = 1) -> Meta:
        return replace(
            self.box.meta(sequence, level=self.level),
            config=self.config,
            model="person-ssdlite",
            model_sha256="b" * 64,
            clock=self.clock,
            privacy_loss=PrivacyLoss(60, 6_200, 960_000),
            lines=(LineMeta("door", 255, self.source),),
            zones=(ZoneMeta("square", 255, self.source),),
        )

    def paper(self) -> Paper:
        level = self.level
        return replace(
            PAPER,
            device=self.device,
            config=self.config,
            pictures=self.pictures,
            level=level,
            level_min=level,
        )

    def file(self, paper: Paper | None = None) -> bytes:
        return seal_paper(paper or self.paper(), self.box.key.sign)


CAMERA = LiveBox("camera")
NETWORK = LiveBox("network", Level.NETWORK_CAMERA, Pictures.NETWORK)


def files_of(dossier: Dossier, answers: Answers = NO_ANSWERS) -> dict[str, str]:
    """Return the papers of a site that are text, by name; PDF is read in tests of its own."""
    found = answered(dossier, contents_of(dossier), answers)
    pages = pages_of(dossier, found).items()
    return {f"{name}.html": page(one) for name, one in pages} | registers_of(dossier, found)


def made(
    folder: Path,
    *boxes: LiveBox,
    files: Mapping[str, bytes] | None = None,
    drawn: str = DRAWN,
) -> Dossier:
    """Commit what boxes say to a store, and collect its site; with all papers unless `files`."""
    path = folder / "fusion.sqlite"
    with Writer(path, size_mib_max=64, dead_letters_max=10) as writer:
        for one in boxes:
            key = one.box.public_key
            writer.add_device("beach", one.device, key, test_site=False, added_ms=0)
            known = writer.registry().find("beach", one.device)
            assert known is not None
            keep(writer, known.id, one.meta())
    given = {f"{one.device}.paper": one.file() for one in boxes} if files is None else files
    reader = Reader(path)
    return collect(
        read_site(drawn.encode()),
        SitePlan("beach", 3, drawn, 0),
        rows=reader.devices(after=("beach", ""), limit=100),
        registry=reader.registry(),
        files=given,
        operator=OPERATOR,
        now=NOW,
    )
