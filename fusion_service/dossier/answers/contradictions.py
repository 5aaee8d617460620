# SPDX-License-Identifier: Apache-2.0
"""Refuse an answer that a box, its paper, the config or a live level denies. Pure.

It knows what such answers usually claim, no more: whoever signs the papers reads them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fusion_service.dossier.answers.forms import Value
from fusion_service.dossier.dossier import Dossier
from fusion_service.dossier.sensors import Sensor
from fusion_service.dossier.words.gaps import GAP
from fusion_service.dossier.words.kinds import Kind
from wire_contract.messages.report import Level, RuleName

CAMERAS = frozenset({Kind.CAMERA, Kind.NETWORK_CAMERA, Kind.CAMERA_UNSAID, Kind.FILE})
_SENT = r"(?:verstuur|verzend|verzond|doorgeg|doorgest|verla(?:at|ten)|gestuurd|opgesl|bewaar)"
_NO_PICTURES = re.compile(
    rf"\bgeen (?:camera|beeld|opname)|\bzonder (?:camera|beeld)|"
    rf"\bbeeld\w*\b[^.]{{0,80}}\b(?:niet|nooit|nergens)\b[^.]{{0,40}}{_SENT}|"
    rf"{_SENT}\w*\b[^.]{{0,40}}\b(?:geen|nooit)\b[^.]{{0,20}}\bbeeld"
)
_NO_PERSONS = re.compile(r"\bgeen (?:\w+ van )?persoonsgegevens|\bniet onder de avg\b")
_PRIVACY = re.compile(r"differenti(?:e|ë)le privacy|differential privacy")
_FOLLOWS = re.compile(
    r"\b(?:niemand|geen (?:apparaat|apparaten|telefoons?))\b[^.]{0,40}\bgevolgd|"
    r"\bvolg(?:t|en|d)\b[^.]{0,30}\b(?:niemand|geen apparaten)"
)
_LEVEL = re.compile(
    r"niveau\W{1,3}("
    + "|".join(re.escape(one) for one in sorted(Level, key=len, reverse=True))
    + ")"
)


@dataclass(frozen=True, slots=True)
class _About:
    """What an answer is about: some boxes, and the kinds of all sources that it speaks for."""

    boxes: tuple[Sensor, ...]
    kinds: frozenset[Kind]


def denied(dossier: Dossier, what: str, place: str, value: Value) -> str:
    """Return why an answer cannot be, in Dutch; empty where nothing known denies it."""
    about = _about(dossier, place)
    if isinstance(value, bool):
        return next(_of_truth(about, what, is_so=value), "")
    texts = value if isinstance(value, list) else [str(value)]
    return next((why for text in texts for why in _of_text(about, text.casefold())), "")


def _about(dossier: Dossier, place: str) -> _About:
    """Return the boxes that a place names; all of them where it names none."""
    named = tuple(
        one
        for one in dossier.sensors
        if re.search(rf"[\[/,: ]{re.escape(one.device)}[\],/ ]", place)
    )
    if named:
        return _About(named, frozenset(one.kind for one in named))
    return _About(dossier.sensors, frozenset(kind for kind, _, _ in dossier.kinds()))


def _of_text(about: _About, text: str) -> Iterator[str]:
    if GAP.strip() in text:
        yield "een antwoord is geen gat"
    if re.search(r"\b(?:geen|zonder) (?:camera|beeld)", text) and about.kinds & CAMERAS:
        yield "er telt een camera"
    if _NO_PICTURES.search(text) and about.kinds & {Kind.NETWORK_CAMERA, Kind.CAMERA_UNSAID}:
        yield "een camera stuurt beelden over een kabel, of niemand zei hoe zij aangesloten is"
    if _NO_PICTURES.search(text) and Kind.FILE in about.kinds:
        yield "er is een videobestand, en dat is bewaard"
    if _NO_PERSONS.search(text) and about.kinds & CAMERAS:
        yield "ook een beeld van enkele milliseconden is verwerking van persoonsgegevens"
    if _FOLLOWS.search(text) and Kind.FOLLOWS_DEVICES in about.kinds:
        yield "een bron van een ander volgt apparaten"
    rules = {one.live.rule.name for one in about.boxes if one.live is not None}
    if _PRIVACY.search(text) and rules and RuleName.DISCRETE_LAPLACE not in rules:
        yield f"geen kast heeft zo'n regel; gemeld: {', '.join(sorted(rules))}"
    levels = {one.live.level for one in about.boxes if one.live is not None}
    for said in _LEVEL.findall(text):
        if Level(said) not in levels:
            told = ", ".join(sorted(levels)) or "niets, want nog geen kast is gehoord"
            yield f"niveau `{said}` meldt geen kast; gemeld: {told}"


def _of_truth(about: _About, what: str, *, is_so: bool) -> Iterator[str]:
    rules = {one.live.rule.name for one in about.boxes if one.live is not None}
    if what.startswith("of de getallen tot een persoon") and not is_so and RuleName.EXACT in rules:
        yield "een kast met regel `exact` geeft getallen zoals ze zijn"
