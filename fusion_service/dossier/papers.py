# SPDX-License-Identifier: Apache-2.0
"""Judge the signed papers of boxes: whose each is, and whether the live box says the same."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fusion_service.dossier.sensors import Live
from fusion_service.registry.registry import Device, Registry
from wire_contract.errors import DecodeError
from wire_contract.messages.meta import Source
from wire_contract.messages.report import Level
from wire_contract.programs.box_paper import Paper, Pictures, SealedPaper, read_paper

_ORDER = list(Level)
_NEVER = {
    Pictures.NETWORK: {Level.FULL, Level.STANDARD, Level.NETWORK_COUNTER},
    Pictures.ATTACHED: {Level.NETWORK_CAMERA, Level.NETWORK_COUNTER},
    Pictures.FILE: {Level.NETWORK_CAMERA, Level.NETWORK_COUNTER},
}
"""Levels that a box with such pictures is never measured to have."""


class Fault(StrEnum):
    """What is wrong with a paper, or that there is none."""

    MISSING = "ontbreekt"
    UNREADABLE = "onleesbaar"
    FORGED = "handtekening klopt niet"
    OTHER = "van een andere kast"
    OLD = "verouderd"
    CONTRADICTS = "spreekt de kast tegen"
    UNHEARD = "niet te toetsen"
    DRAWN = "anders getekend"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, of which device, with which file. Either is empty where there is none."""

    device: str
    file: str
    fault: Fault
    detail: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Papers that agree with their live box, by device, and what is wrong with the others.

    Each has the SHA-256 of its file.
    """

    papers: Mapping[str, tuple[Paper, str]]
    findings: tuple[Finding, ...]


def judge_papers(
    files: Mapping[str, bytes],
    *,
    site: str,
    registry: Registry,
    live: Mapping[str, Live | None],
    today: date,
) -> Judged:
    """Judge files by name. live: of each device that is in use at the site, None of an unheard one.

    A paper that is not of the site's own boxes, or not what its box last said, speaks for nothing.
    """
    findings: list[Finding] = []
    authentic: dict[str, list[tuple[Paper, str]]] = {}
    for name in sorted(files):
        try:
            sealed = read_paper(files[name])
        except DecodeError as error:
            findings.append(Finding("", name, Fault.UNREADABLE, str(error)))
            continue
        found = _whose(sealed, name, site, registry, live)
        if found is None:
            authentic.setdefault(sealed.paper.device, []).append((sealed.paper, name))
        else:
            findings.append(found)
    papers: dict[str, tuple[Paper, str]] = {}
    for device, said in authentic.items():
        *earlier, (newest, name) = sorted(said, key=lambda one: (one[0].made_s, one[1]))
        findings += [
            Finding(device, older, Fault.OLD, f"{name} is een later papier van deze kast")
            for _, older in earlier
        ]
        wrong = list(_differences(newest, live[device], today))
        findings += [Finding(device, name, fault, detail) for fault, detail in wrong]
        if not wrong:
            papers[device] = newest, hashlib.sha256(files[name]).hexdigest()
    named = {one.device for one in findings} | papers.keys()
    findings += [
        Finding(device, "", Fault.MISSING, "er is geen papier van deze kast aangeleverd")
        for device in sorted(live.keys() - named)
    ]
    return Judged(papers, tuple(findings))


def _whose(
    sealed: SealedPaper,
    name: str,
    site: str,
    registry: Registry,
    live: Mapping[str, Live | None],
) -> Finding | None:
    """Return why a paper is not that of the box it names; None where it is."""
    paper = sealed.paper
    known = registry.find(paper.site, paper.device)
    if paper.site != site or known is None or paper.device not in live:
        what = f"noemt {paper.site}/{paper.device}, die hier niet in gebruik is"
        return Finding("", name, Fault.OTHER, what)
    if known.verify(sealed.signed, sealed.signature):
        return None
    if any(key.verify(sealed.signed, sealed.signature) for key in known.former_keys):
        what = "getekend met een sleutel die deze kast niet meer heeft"
        return Finding(paper.device, name, Fault.OLD, what)
    signer = _signer(sealed, registry)
    if signer is not None:
        what = f"getekend door {signer.site}/{signer.name}"
        return Finding(paper.device, name, Fault.OTHER, what)
    what = "veranderd na het tekenen, of niet door een bekende kast getekend"
    return Finding(paper.device, name, Fault.FORGED, what)


def _signer(sealed: SealedPaper, registry: Registry) -> Device | None:
    boxes = registry.devices.values()
    return next((one for one in boxes if one.verify(sealed.signed, sealed.signature)), None)


def _differences(paper: Paper, live: Live | None, today: date) -> Iterator[tuple[Fault, str]]:
    """Yield how a paper differs from what its box last said, in Dutch."""
    if live is None:
        yield Fault.UNHEARD, "de kast heeft zich nog niet gemeld"
        return
    if paper.end_date < today.isoformat():
        yield Fault.OLD, f"het doel liep tot en met {paper.end_date}"
    if paper.config != live.config:
        yield Fault.OLD, f"instellingen {paper.config}, de kast meldt {live.config}"
        return
    if live.meta_config != live.config:
        yield (
            Fault.CONTRADICTS,
            f"rapporten noemen instellingen {live.config}, {live.meta_config} begon",
        )
    if paper.software != live.software:
        yield Fault.OLD, f"software {paper.software}, de kast meldt {live.software}"
    pairs = (
        ("model", f"{paper.model} {paper.model_sha256}", f"{live.model} {live.model_sha256}"),
        ("regel", _rule(paper), _rule(live)),
        ("venster", f"{paper.length_s} s", f"{live.length_s} s"),
        ("lijnen", ", ".join(paper.lines), ", ".join(live.lines)),
        ("zones", ", ".join(paper.zones), ", ".join(live.zones)),
    )
    for what, ours, theirs in pairs:
        if ours != theirs:
            yield Fault.CONTRADICTS, f"{what} {ours}, de kast meldt {theirs}"
    for told in _contradictions(paper, live):
        yield Fault.CONTRADICTS, told


def _contradictions(paper: Paper, live: Live) -> Iterator[str]:
    """Yield how what a paper says of pictures and level is not what its box last said."""
    if not _level_fits(paper, live.level):
        yield f"niveau {paper.level} met beelden `{paper.pictures}`, de kast meldt {live.level}"
    if live.sources and Source.CAMERA not in live.sources:
        yield f"een camera, de kast meldt {', '.join(sorted(live.sources))}"
    if live.is_replay and paper.pictures is not Pictures.FILE:
        yield "een camera, de kast speelt een videobestand af"


def _level_fits(paper: Paper, level: Level) -> bool:
    """Say whether a box of this paper may be measured at a level: as the paper says, or better."""
    if level in _NEVER[paper.pictures]:
        return False
    return _ORDER.index(level) <= _ORDER.index(paper.level)


def _rule(said: Paper | Live) -> str:
    return " ".join([said.rule.name, *map(str, said.rule.parameters)])
