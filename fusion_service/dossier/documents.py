# SPDX-License-Identifier: Apache-2.0
"""The files of a dossier: one page, the signs, both registers and what was found, as JSON."""

import json
from collections.abc import Iterator, Mapping

from fusion_service.dossier.algorithm_register import algorithm_register
from fusion_service.dossier.annex import annex
from fusion_service.dossier.dossier import Dossier
from fusion_service.dossier.sensor_register import sensor_register
from fusion_service.dossier.signs import signs
from fusion_service.dossier.words.gaps import GAP, Tree, gaps_in
from fusion_service.pages.page import page
from fusion_service.pages.section import Block, Document, Items, Section, Table

SENSORS, ALGORITHMS, SUMMARY = "sensorregister.json", "algoritmeregister.json", "dossier.json"


def documents(dossier: Dossier) -> Mapping[str, str]:
    """Return the text of each file by its name."""
    sensors, algorithms = sensor_register(dossier), algorithm_register(dossier)
    sheets, said = signs(dossier), annex(dossier)
    registers: dict[str, Tree] = {"sensorregister": sensors, "algoritmeregister": algorithms}
    gaps = [
        *(
            (f"{name}.{path}", what)
            for name, tree in registers.items()
            for path, what in gaps_in(tree)
        ),
        *((one.id, what) for one in (*said, *sheets) for what in _missing(one)),
    ]
    made = f"{dossier.made:%Y-%m-%d %H:%M %Z}"
    intro = (
        f"Gemaakt op {made} uit het sitebestand (versie {dossier.version}), de config van de "
        "centrale, wat de kasten zelf het laatst meldden en hun getekende papieren. "
        + (
            f"Papieren die ontbreken of niet kloppen: {len(dossier.findings)}; zie de toets. "
            if dossier.findings
            else "Alle papieren kloppen met de kasten. "
        )
        + f"{len(gaps)} feiten ontbreken nog; ze staan in geel."
    )
    sections = (
        *said,
        *(_flat(name, tree) for name, tree in registers.items()),
        Section("ontbreekt", "Nog in te vullen", (_list(gaps),)),
    )
    name = dossier.site.name
    return {
        "dossier.html": page(Document(f"Dossier {name}", intro, sections, marker=GAP)),
        "borden.html": page(
            Document(f"Borden {name}", f"Gemaakt op {made}; één blad per bord.", sheets, marker=GAP)
        ),
        SENSORS: _json(sensors),
        ALGORITHMS: _json(algorithms),
        SUMMARY: _json(_summary(dossier, gaps)),
    }


def _summary(dossier: Dossier, gaps: list[tuple[str, str]]) -> Tree:
    return {
        "site": dossier.site.id,
        "version": dossier.version,
        "site_sha256": dossier.plan_sha256,
        "made": dossier.made.isoformat(timespec="seconds"),
        "boxes": [
            {
                "device": one.device,
                "kind": str(one.kind),
                "level": None if one.live is None else str(one.live.level),
                "config_sha256": None if one.live is None else one.live.config,
                "model": None if one.live is None else one.live.model,
                "model_sha256": None if one.live is None else one.live.model_sha256,
                "paper_sha256": one.paper_sha256,
            }
            for one in dossier.sensors
        ],
        "findings": [
            {"device": one.device, "file": one.file, "fault": str(one.fault), "detail": one.detail}
            for one in dossier.findings
        ],
        "gaps": [{"where": where, "missing": what} for where, what in gaps],
    }


def _missing(section: Section) -> Iterator[str]:
    for block in section.blocks:
        for text in _texts(block):
            if GAP in text:
                yield text.partition(GAP)[2]


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, str):
        yield block
    elif isinstance(block, Items):
        yield from block.texts
    else:
        for row in block.rows:
            yield from row


def _list(gaps: list[tuple[str, str]]) -> Block:
    """Return each thing that is missing once, with how often and where first."""
    places: dict[str, list[str]] = {}
    for where, what in gaps:
        places.setdefault(what, []).append(where)
    rows = tuple((what, str(len(found)), found[0]) for what, found in places.items())
    headings = ("wat", "hoe vaak", "waar het eerst; alle plaatsen in dossier.json")
    return Table(headings, rows) if rows else "Er ontbreekt niets."


def _flat(name: str, tree: Tree) -> Section:
    """Return a register as rows of field and value, as its JSON has them."""
    title = {"sensorregister": "Sensorregister (SensRNet)"}.get(name, "Algoritmeregister 1.0")
    rows = tuple((path, text) for path, text in _leaves(tree, ""))
    return Section(name, title, (f"Voor machines: {name}.json.", Table(("veld", "waarde"), rows)))


def _leaves(tree: Tree, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "observationArea" and isinstance(value, dict):
                yield f"{path}.{key}", f"{value['type']}, zie het JSON-bestand"
            else:
                yield from _leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from _leaves(value, f"{path}[{place}]")
    elif tree is None:
        yield path, "(leeg)"
    elif isinstance(tree, bool):
        yield path, "ja" if tree else "nee"
    else:
        yield path, str(tree)


def _json(tree: Tree) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
