# SPDX-License-Identifier: Apache-2.0
"""The signs of a site: one sheet for each kind of source that is there, in Dutch."""

from fusion_service.dossier.dossier import Dossier
from fusion_service.dossier.sensors import Sensor
from fusion_service.dossier.words.gaps import gap
from fusion_service.dossier.words.kinds import KINDS, TECHNOLOGIES, Kind
from fusion_service.dossier.words.wording import WEAK
from fusion_service.pages.section import Block, Items, Section, Table
from fusion_service.registry.site import CountSource

_OF_OTHERS = {Kind.OTHERS, Kind.FOLLOWS_DEVICES}


def signs(dossier: Dossier) -> tuple[Section, ...]:
    """Return the signs; sources of others have one for each technique."""
    found = []
    for kind, boxes, others in dossier.kinds():
        if kind not in _OF_OTHERS:
            title = KINDS[kind].title
            found.append(_sign(dossier, kind, f"bord-{kind}", title, boxes, others))
            continue
        for technology in sorted({one.technology for one in others}):
            word = TECHNOLOGIES[technology]
            alike = tuple(one for one in others if one.technology is technology)
            title = f"{KINDS[kind].title}: {word}"
            found.append(_sign(dossier, kind, f"bord-{kind}-{technology}", title, (), alike))
    return tuple(found)


def _sign(
    dossier: Dossier,
    kind: Kind,
    name: str,
    title: str,
    boxes: tuple[Sensor, ...],
    others: tuple[CountSource, ...],
) -> Section:
    lines = list(KINDS[kind].sign)
    if any(one.live is not None and not one.is_held for one in boxes):
        lines.append(WEAK)
    if any(one.is_test for one in boxes):
        lines.append("Dit is een proefopstelling.")
    rows = [*(_who(one) for one in boxes), *(_whose(one) for one in others)]
    headings = ("sensor", "plaats", "verantwoordelijk", "doel", "grondslag", "vragen", "meer")
    blocks: tuple[Block, ...] = (
        dossier.site.name,
        Items(tuple(lines)),
        Table(headings, tuple(rows)),
    )
    return Section(name, title, blocks, on_a_page=True)


def _who(one: Sensor) -> tuple[str, ...]:
    paper = one.paper
    if paper is None:
        what = ("een omschrijving van de plaats", "wie verantwoordelijk is")
        why = ("het doel van de waarneming", "de wettelijke grondslag", "een adres voor vragen")
        return (one.device, *map(gap, (*what, *why, "het adres van de publiekspagina")))
    said = (paper.place, paper.controller, paper.purpose, paper.legal_basis)
    return (one.device, *said, paper.contact, paper.page_url)


def _whose(one: CountSource) -> tuple[str, ...]:
    controller = one.privacy.controller if one.privacy else gap("wie verantwoordelijk is")
    ground = one.privacy.legal_ground if one.privacy else gap("de wettelijke grondslag")
    asked = (gap("een adres voor vragen"), gap("het adres van de publiekspagina"))
    return (
        one.id,
        one.provenance,
        controller,
        gap("met welk doel de eigenaar meet"),
        ground,
        *asked,
    )
