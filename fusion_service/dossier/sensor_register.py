# SPDX-License-Identifier: Apache-2.0
"""The entry for the sensor register, in the fields of SensRNet.

Keys are those of the registry node's own model (device, sensors, datastreams, observation goals);
what only the list of definitions has is written the same way. Both are named in docs/DOSSIER.md.
"""

from fusion_service.dossier.dossier import Dossier
from fusion_service.dossier.sensors import Sensor
from fusion_service.dossier.words.gaps import Tree, gap
from fusion_service.dossier.words.kinds import KINDS, TECHNOLOGIES, Kind, kind_of_source
from fusion_service.dossier.words.wording import rule_sentence
from fusion_service.registry.site import Counter, CountSource, Placement, Position, Site

_CAMERAS = {Kind.CAMERA, Kind.NETWORK_CAMERA, Kind.CAMERA_UNSAID}
_COUNT: Tree = {"name": "aantal mensen", "symbol": "{#}", "definition": "https://ucum.org/ucum"}
"""A number of things, in the Unified Code for Units of Measure."""
_UNKNOWN_LENGTH = gap("om de hoeveel seconden")


def sensor_register(dossier: Dossier) -> Tree:
    """Return the whole entry: devices with their sensors and datastreams, goals, organisations."""
    site = dossier.site
    devices = [_box(site, one) for one in dossier.sensors]
    devices += [_source(site, one) for one in site.sources]
    return {
        "standard": "SensRNet",
        "site": site.id,
        "devices": devices,
        "observationGoals": [_goal(dossier, name) for name in dossier.controllers],
        "organisations": [_organisation(dossier, name) for name in dossier.controllers],
    }


def _box(site: Site, one: Sensor) -> Tree:
    words, paper = KINDS[one.kind], one.paper
    place = gap("een omschrijving van de plaats") if paper is None else paper.place
    height = None if one.placement is None else one.placement.height_m
    goal = _goal_id(None if paper is None else paper.controller)
    page = gap("het adres van de publiekspagina") if paper is None else paper.page_url
    active = one.live is not None and one.row is not None and one.row.lost_ms is None
    name = f"{site.id}/{one.device}"
    counted = () if one.live is None else (*one.live.lines, *one.live.zones)
    drawn = () if one.placement is None else one.placement.counters
    ids = counted or tuple(str(each.line or each.zone) for each in drawn)
    streams: list[Tree] = [
        _stream(f"{name}/{each}", name, active=active, documentation=page, goal=goal)
        | {
            "observedProperty": _property(one, each),
            "observationArea": _area(site, one.placement, each),
            "dataFrequency": gap("om de hoeveel seconden")
            if one.live is None
            else one.live.length_s,
            "dataQuality": (
                gap("hoe nauwkeurig") if one.live is None else rule_sentence(one.live.rule)
            ),
            "containsPersonalInfoData": gap(
                "of de getallen tot een persoon te herleiden zijn; weeg dat in de DPIA, met de "
                "kwaliteit hiernaast"
            ),
        }
        for each in ids
    ]
    return _device(name, words.name, one.kind, place, one.position, height) | {
        "organisation": _organisation_id(None if paper is None else paper.controller),
        "sensors": [
            {
                "id": name,
                "name": words.name,
                "description": words.processed,
                "type": words.sensor,
                "manufacturer": gap("de fabrikant van de sensor"),
                "supplier": gap("de leverancier van de sensor"),
                "isActive": active,
                "documentation": page,
            }
        ],
        "datastreams": streams,
    }


def _source(site: Site, source: CountSource) -> Tree:
    kind = kind_of_source(source)
    words, name = KINDS[kind], f"{site.id}/{source.id}"
    technology = TECHNOLOGIES[source.technology]
    page = gap("het adres van de publiekspagina")
    streams: list[Tree] = [
        _stream(f"{name}/{each.line or each.zone}", name, active=True, documentation=page, goal="")
        | {
            "isActive": gap("of deze bron in gebruik is"),
            "observedProperty": _what(each.line is not None),
            "observationArea": _area(site, source.placement, str(each.line or each.zone)),
            "dataFrequency": _UNKNOWN_LENGTH,
            "dataQuality": gap("hoe nauwkeurig; niet getekend en niet getoetst"),
            "containsPersonalInfoData": gap("of de getallen tot een persoon te herleiden zijn"),
            "observationGoalIds": [gap("met welk doel de eigenaar meet")],
        }
        for each in source.counters
    ]
    return _device(name, words.name, kind, source.provenance, source.position, None) | {
        "organisation": (
            gap("de organisatie achter deze bron")
            if source.privacy is None
            else source.privacy.controller
        ),
        "sensors": [
            {
                "id": name,
                "name": words.name,
                "description": f"{technology}: {words.processed}. {source.licence}",
                "type": technology,
                "manufacturer": gap("de fabrikant van de sensor"),
                "supplier": gap("de leverancier van de sensor"),
                "isActive": gap("of deze bron in gebruik is"),
                "documentation": page,
            }
        ],
        "datastreams": streams,
    }


def _device(
    name: str,
    description: str,
    kind: Kind,
    place: str,
    position: Position | None,
    height_m: float | None,
) -> dict[str, Tree]:
    height: Tree = gap("de hoogte, meter") if height_m is None else height_m
    longitude, latitude = position or (gap("lengtegraad"), gap("breedtegraad"))
    return {
        "id": name,
        "name": name,
        "description": description,
        "category": "Camera" if kind in _CAMERAS else "Sensor",
        "connectivity": gap("hoe het apparaat aan het netwerk hangt"),
        "locationDetails": {
            "name": name,
            "description": place,
            "baseObjectId": gap("de BGT-code van het object waaraan het hangt"),
        },
        "location": {"type": "Point", "coordinates": [longitude, latitude, height]},
        "historicalLocation": gap("de vorige plaats en tot wanneer, als die er was"),
    }


def _stream(
    name: str, sensor: str, *, active: bool, documentation: str, goal: str
) -> dict[str, Tree]:
    return {
        "id": name,
        "sensorId": sensor,
        "name": name,
        "description": "getallen per venster; geen beelden, geen kenmerken van mensen",
        "theme": [gap("het thema volgens de TOP-lijst")],
        "unitOfMeasurement": _COUNT,
        "isActive": active,
        "isPublic": gap("of deze beschrijving openbaar is"),
        "isOpenData": False,
        "isReusable": gap("of de getallen voor andere doelen gebruikt mogen worden"),
        "documentation": documentation,
        "dataLink": gap("het adres van de centrale"),
        "observationGoalIds": [goal],
    }


def _property(one: Sensor, counted: str) -> str:
    drawn = () if one.placement is None else one.placement.counters
    lines = {each.line for each in drawn} if one.live is None else set(one.live.lines)
    return _what(counted in lines)


def _what(is_line: bool) -> str:  # noqa: FBT001 - one of two sentences
    if is_line:
        return "mensen die een lijn overgaan, per richting"
    return "mensen in een zone, gemiddeld en op het hoogtepunt van een venster"


def _area(site: Site, placement: Placement | None, counted: str) -> Tree:
    """Return the part of the site that a line or zone looks at, as GeoJSON."""
    counters = () if placement is None else placement.counters
    counter = next((one for one in counters if counted in {one.line, one.zone}), None)
    if counter is None:
        return gap("welk deel van de locatie dit waarneemt; het sitebestand tekent het niet")
    return _drawn(site, counter)


def _drawn(site: Site, counter: Counter) -> Tree:
    if counter.at_zone is not None:
        ring = site.zone(counter.at_zone).polygon
        corners: list[Tree] = [[*corner] for corner in (*ring, ring[0])]
        return {"type": "Polygon", "coordinates": [corners]}
    link = next(one for one in site.links if one.id == counter.at_link)
    return {"type": "LineString", "coordinates": [[*point] for point in link.path]}


def _goal(dossier: Dossier, controller: str | None) -> Tree:
    papers = [one.paper for one in dossier.of(controller) if one.paper is not None]
    purposes = sorted({paper.purpose for paper in papers})
    grounds = sorted({paper.legal_basis for paper in papers})
    return {
        "id": _goal_id(controller),
        "name": "mensen tellen",
        "description": "; ".join(purposes) or gap("het doel van de waarneming"),
        "legalGround": "; ".join(grounds) or gap("de wettelijke grondslag"),
        "legalGroundLink": gap("een verwijzing naar de regelgeving van de grondslag"),
    }


def _organisation(dossier: Dossier, controller: str | None) -> Tree:
    papers = [one.paper for one in dossier.of(controller) if one.paper is not None]
    contacts = sorted({paper.contact for paper in papers})
    return {
        "id": _organisation_id(controller),
        "name": controller or gap("wie verantwoordelijk is"),
        "organisationCode": gap("het organisatie-identificatienummer (OIN)"),
        "website": gap("de website van de organisatie"),
        "contactDetails": {
            "name": controller or gap("wie verantwoordelijk is"),
            "email": "; ".join(contacts) or gap("een adres voor vragen"),
            "phone": gap("een telefoonnummer"),
        },
    }


def _organisation_id(controller: str | None) -> str:
    return controller or gap("wie verantwoordelijk is")


def _goal_id(controller: str | None) -> str:
    return f"mensen tellen: {controller}" if controller else gap("het doel van de waarneming")
