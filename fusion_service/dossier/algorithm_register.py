# SPDX-License-Identifier: Apache-2.0
"""The entries for the Algoritmeregister, by its publicatiestandaard 1.0: one an organisation.

Keys and lengths are those of the standard's own schema. Sources: docs/DOSSIER.md. Weighing is not
the software's to do: what only the organisation can say is a gap.
"""

from collections import Counter

from fusion_service.dossier.dossier import Dossier
from fusion_service.dossier.sensors import Sensor
from fusion_service.dossier.words.gaps import Tree, gap, is_gap, limited
from fusion_service.dossier.words.kinds import FEEDS, KINDS, TECHNOLOGIES, Kind
from fusion_service.dossier.words.wording import WEAK, rule_sentence
from wire_contract.programs.box_paper import Paper

STANDARD_VERSION = "1.0"
LENGTHS = {
    "name": 100,
    "description_short": 350,
    "organization": 100,
    "begin_date": 7,
    "contact_email": 500,
    "website": 500,
    "goal": 2_500,
    "proportionality": 2_500,
    "human_intervention": 2_500,
    "risks": 2_500,
    "lawful_basis": 2_500,
    "process_index_url": 500,
    "impacttoetsen": 2_500,
    "source_data": 2_500,
    "methods_and_models": 5_000,
    "provider": 200,
    "publiccode": 500,
    "source_id": 100,
    "tags": 2_500,
}
"""Characters that a text of the standard may have."""
CATEGORIES = ("Hoog-risico AI-systeem", "Impactvolle algoritmes", "Overige algoritmes")
"""What `publication_category` may be."""
EMPTY = ("end_date", "url", "lars")
"""Keys that stay empty: of an algorithm in use, of a register of one's own, and the register's."""


def algorithm_register(dossier: Dossier) -> Tree:
    """Return an entry for each organisation that answers for boxes, and one where none is named."""
    return {
        "standard": f"Algoritmeregister, publicatiestandaard {STANDARD_VERSION}",
        "site": dossier.site.id,
        "algorithms": [_entry(dossier, name) for name in dossier.controllers],
    }


def _entry(dossier: Dossier, controller: str | None) -> Tree:
    sensors = dossier.of(controller)
    papers = [one.paper for one in sensors if one.paper is not None]
    entry = _general(dossier, controller, sensors, papers) | _accounted(dossier, sensors, papers)
    entry |= _technical(dossier, sensors)
    for key, length in LENGTHS.items():
        value = entry[key]
        entry[key] = limited(value, length) if isinstance(value, str) else value
    return entry


def _general(
    dossier: Dossier, controller: str | None, sensors: tuple[Sensor, ...], papers: list[Paper]
) -> dict[str, Tree]:
    pages = sorted({paper.page_url for paper in papers})
    contacts = sorted({paper.contact for paper in papers})
    at_work = any(one.live is not None and not one.is_test for one in sensors)
    return {
        "name": f"Mensen tellen: {dossier.site.name}",
        "description_short": (
            "Dit algoritme telt hoeveel mensen er ergens zijn of langskomen en schat daarmee hoe "
            f"druk het is per gebied. {_recognised(dossier)}"
        ),
        "organization": controller or gap("wie verantwoordelijk is"),
        "category": [gap("het thema, hooguit drie van de TOP-lijst")],
        "status": "In gebruik" if at_work else "In ontwikkeling",
        "begin_date": gap("jaar en maand van ingebruikname, als 2026-05"),
        "end_date": None,
        "contact_email": "; ".join(contacts) or gap("een adres voor vragen"),
        "website": pages[0] if len(pages) == 1 else gap("één publiekspagina van deze organisatie"),
        "publication_category": gap(
            "Hoog-risico AI-systeem, Impactvolle algoritmes of Overige algoritmes"
        ),
        "url": None,
        "lang": "nld",
        "standard_version": STANDARD_VERSION,
        "source_id": dossier.site.id,
        "tags": "mensen tellen, drukte, sensoren, openbare ruimte",
        "lars": None,
    }


def _accounted(
    dossier: Dossier, sensors: tuple[Sensor, ...], papers: list[Paper]
) -> dict[str, Tree]:
    purposes = " ".join(dict.fromkeys(f"{paper.purpose}." for paper in papers))
    grounds = "; ".join(dict.fromkeys(paper.legal_basis for paper in papers))
    assessments = "; ".join(dict.fromkeys(paper.dpia_reference for paper in papers))
    return {
        "goal": (
            f"{purposes} {_recognised(dossier)} Over een enkel mens besluit het systeem niets."
            if purposes
            else gap("het doel, en hoe burgers ermee in aanraking komen")
        ),
        "proportionality": gap("de afweging van voor- en nadelen, en de andere wegen"),
        "human_intervention": _intervention(dossier),
        "risks": _risks(dossier, sensors),
        "lawful_basis": grounds or gap("de wettelijke grondslag"),
        "lawful_basis_grouping": [
            {
                "title": grounds or gap("de wettelijke grondslag"),
                "link": gap("een verwijzing naar de regelgeving van de grondslag"),
            }
        ],
        "process_index_url": gap("een verwijzing naar het verwerkingsregister"),
        "impacttoetsen_grouping": [
            {
                "title": "Data Protection Impact Assessment (DPIA)",
                "link": gap("een verwijzing naar de DPIA, als die openbaar is"),
            }
        ],
        "impacttoetsen": (
            f"DPIA: {assessments}" if assessments else gap("welke impacttoetsen gedaan zijn")
        ),
    }


def _recognised(dossier: Dossier) -> str:
    """Say whom the algorithm recognises; a source that follows devices is not passed over."""
    if any(kind is Kind.FOLLOWS_DEVICES for kind, _, _ in dossier.kinds()):
        return "De kasten herkennen niemand; een bron van een ander volgt apparaten van mensen."
    return "De kasten herkennen niemand."


def _intervention(dossier: Dossier) -> str:
    measures = dossier.site.measures
    named = sorted({one.organisation for one in measures})
    agreed = (
        f"Het sitebestand noemt {len(measures)} afgesproken maatregelen, uit te voeren door: "
        f"{', '.join(named)}."
        if measures
        else "Het sitebestand noemt geen maatregelen."
    )
    return (
        "Het systeem telt, schat en stelt per gebied een niveau voor; een mens met mandaat stelt "
        f"het vast, met een reden. {agreed} Elk getal staat er met een interval van 80 procent "
        "bij, en wat een sensor niet weet, staat er als niet bekend."
    )


def _risks(dossier: Dossier, sensors: tuple[Sensor, ...]) -> str:
    kinds = {one.kind for one in sensors} | {kind for kind, _, others in dossier.kinds() if others}
    said = [f"{risk}: {left}." for kind in sorted(kinds) for risk, left in KINDS[kind].risks]
    if any(one.live is not None and not one.is_held for one in sensors):
        said.append(WEAK)
    return " ".join(
        (
            (
                "Verkeerd tellen: waar drie of meer bronnen één gebied zien, wordt een bron die "
                "afwijkt gevonden en genoemd."
            ),
            "Herleiden tot een mens: zie de regel bij `source_data`.",
            *(text[0].upper() + text[1:] for text in said),
        )
    )


def _technical(dossier: Dossier, sensors: tuple[Sensor, ...]) -> dict[str, Tree]:
    live = [one.live for one in sensors if one.live is not None]
    models = sorted({(one.model, one.model_sha256) for one in live})
    rules = list(dict.fromkeys(rule_sentence(one.rule) for one in live))
    counted = Counter(one.kind for one in sensors)
    kinds = [
        f"{KINDS[kind].name} ({counted[kind]}): {KINDS[kind].processed}."
        for kind in Kind
        if counted[kind]
    ]
    others = sorted({TECHNOLOGIES[one.technology] for one in dossier.site.sources})
    told = [f"Bronnen van anderen leveren aantallen: {', '.join(others)}."] if others else []
    feeds = sorted({FEEDS.get(kind, kind) for kind in dossier.operator.feeds})
    told += [f"Gegevens van buiten: {', '.join(feeds)}."] if feeds else []
    nets = "; ".join(f"{name}, sha256 {sha256}" for name, sha256 in models)
    return {
        "source_data": (
            " ".join(sorted([*kinds, *told, *rules], key=is_gap))
            or gap("welke gegevens gebruikt worden")
        ),
        "source_data_grouping": [
            {
                "title": f"Sensorregister {dossier.site.id}",
                "link": gap("een verwijzing naar de inschrijving in het sensorregister"),
            }
        ],
        "methods_and_models": (
            "Invoer: wat de sensoren hierboven waarnemen. Werking: op elke kast met beelden zoekt "
            "een neuraal netwerk mensen per beeld; de kast volgt kaders enkele seconden en telt "
            "wie een lijn overgaat of in een zone is; per venster verlaat één getal per teller de "
            "kast, na de openbaarmakingsregel, getekend. De centrale voegt bronnen per gebied "
            "samen met een toestandsschatter (Kalman-filter). Uitvoer: een aantal per gebied met "
            "een interval van 80 procent. Het netwerk leert niet bij: zijn bestand ligt vast met "
            "de hash aan het einde. De centrale leert wat op welk uur gewoon is van eerdere "
            "aantallen, niet van mensen. Zij kan ook een voorspelling tot zeven dagen vooruit "
            "leren (LightGBM), uit dezelfde aantallen en uit gegevens van buiten die hierboven "
            "staan; een nieuwe versie gaat pas in als zij op de laatste weken beter was dan die "
            f"van daarvoor. Netwerken: {nets or gap('nog geen kast gehoord')}."
        ),
        "provider": gap("de leverancier, of `Intern ontwikkeld`"),
        "publiccode": gap("het adres van de broncode, als die openbaar is"),
    }
