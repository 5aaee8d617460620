# SPDX-License-Identifier: Apache-2.0
"""The files of a dossier: one page, the signs, both registers and what was found, as JSON."""

import json
from collections.abc import Iterator, Mapping

from fusion_service.dossier.answers.applying import Answered
from fusion_service.dossier.contents import ALGORITHMS, REGISTERS, SENSORS, Contents
from fusion_service.dossier.dossier import Dossier
from fusion_service.dossier.words.gaps import GAP, Tree, gaps_in, missing_in
from fusion_service.pages.section import Block, Document, Items, Section, Table

SUMMARY = "dossier.json"
Gaps = list[tuple[str, str]]


def pages_of(dossier: Dossier, answered: Answered) -> Mapping[str, Document]:
    """Return what is for people, by the name of its files without their endings."""
    contents = answered.contents
    gaps = _gaps(contents)
    made = f"{dossier.made:%Y-%m-%d %H:%M %Z}"
    sections = (
        *contents.annex,
        *(_flat(name, tree) for name, tree in contents.registers.items()),
        _given(answered),
        Section("ontbreekt", "Nog in te vullen", (_list(gaps),)),
    )
    name = dossier.site.name
    told = f"Gemaakt op {made}; één blad per bord."
    return {
        "dossier": Document(f"Dossier {name}", _intro(dossier, made, gaps), sections, marker=GAP),
        "borden": Document(f"Borden {name}", told, contents.signs, marker=GAP, is_large=True),
    }


def registers_of(dossier: Dossier, answered: Answered) -> Mapping[str, str]:
    """Return what is for machines, as JSON, by the name of its file."""
    registers = answered.contents.registers
    return {
        f"{SENSORS}.json": _json(registers[SENSORS]),
        f"{ALGORITHMS}.json": _json(registers[ALGORITHMS]),
        SUMMARY: _json(_summary(dossier, answered, _gaps(answered.contents))),
    }


def _gaps(contents: Contents) -> Gaps:
    return [
        *(
            (f"{name}.{path}", what)
            for name, tree in contents.registers.items()
            for path, what in gaps_in(tree)
        ),
        *(
            (one.id, what)
            for one in (*contents.annex, *contents.signs)
            for block in one.blocks
            for text in _texts(block)
            for what in missing_in(text)
        ),
    ]


def _intro(dossier: Dossier, made: str, gaps: Gaps) -> str:
    return (
        f"Gemaakt op {made} uit het sitebestand (versie {dossier.version}), de instellingen van de "
        "centrale, wat de kasten zelf het laatst meldden, hun getekende papieren en de antwoorden "
        "van de organisatie. "
        + (
            f"Papieren die ontbreken of niet kloppen: {len(dossier.findings)}; zie de toets. "
            if dossier.findings
            else "Alle papieren kloppen met de kasten. "
        )
        + f"{len(gaps)} feiten ontbreken nog; ze staan in geel."
    )


def _summary(dossier: Dossier, answered: Answered, gaps: Gaps) -> Tree:
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
        "answers": [
            {"question": what, "where": place or None, "answer": str(value)}
            for what, place, value in answered.taken.each()
        ],
        "refused": [
            {"question": what, "where": place or None, "why": why}
            for (what, place), why in answered.refused.items()
        ],
        "gaps": [{"where": where, "missing": what} for where, what in gaps],
    }


def _given(answered: Answered) -> Section:
    """Return what people answered, so that a reader tells it from what the software knows."""
    taken = tuple(
        (what, place or "overal", str(value)) for what, place, value in answered.taken.each()
    )
    blocks: list[Block] = [
        Table(("vraag", "waar", "antwoord van de organisatie"), taken)
        if taken
        else "De organisatie heeft nog niets ingevuld."
    ]
    if answered.refused:
        rows = ((what, place or "overal", why) for (what, place), why in answered.refused.items())
        blocks.append(Table(("vraag", "waar", "geweigerd, omdat"), tuple(rows)))
    return Section("antwoorden", "Antwoorden van de organisatie", tuple(blocks))


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, str):
        yield block
    elif isinstance(block, Items):
        yield from block.texts
    else:
        for row in block.rows:
            yield from row


def _list(gaps: Gaps) -> Block:
    """Return each thing that is missing once, with how often and where first."""
    places: dict[str, list[str]] = {}
    for where, what in gaps:
        places.setdefault(what, []).append(where)
    rows = tuple((what, str(len(found)), found[0]) for what, found in places.items())
    headings = ("wat", "hoe vaak", "waar het eerst; alle plaatsen in dossier.json")
    return Table(headings, rows) if rows else "Er ontbreekt niets."


def _flat(name: str, tree: Tree) -> Section:
    """Return a register as rows of field and value, as its JSON has them."""
    rows = tuple((path, text) for path, text in _leaves(tree, ""))
    return Section(
        name, REGISTERS[name], (f"Voor machines: {name}.json.", Table(("veld", "waarde"), rows))
    )


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
