# SPDX-License-Identifier: Apache-2.0
"""What the dossier knows of one box: where it is drawn, what it last said, which paper agrees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fusion_service.dossier.words.kinds import Kind
from fusion_service.registry.site import Placement, Position, Site
from fusion_service.registry.source import Technology
from fusion_service.store.rows import DeviceRow
from wire_contract.messages.meta import PrivacyLoss, Source
from wire_contract.messages.report import Clock, Level, Rule, RuleName
from wire_contract.programs.box_paper import DEGREES, Paper, Pictures

HELD = frozenset({Level.FULL, Level.STANDARD, Level.NETWORK_CAMERA, Level.NETWORK_COUNTER})
"""The levels that a box in the street must have one of."""
_BY_SOURCE = {
    Source.THERMAL: Kind.THERMAL,
    Source.RADAR: Kind.RADAR,
    Source.BEAM: Kind.BEAM,
    Source.COUNTER: Kind.COUNTER,
}
_PLANNED = {
    Technology.CAMERA: Kind.PLANNED_CAMERA,
    Technology.THERMAL: Kind.PLANNED_THERMAL,
    Technology.RADAR: Kind.PLANNED_RADAR,
    Technology.BEAM: Kind.PLANNED_BEAM,
}
_HEARD = {
    Technology.CAMERA: {Source.CAMERA},
    Technology.THERMAL: {Source.THERMAL, Source.COUNTER},
    Technology.RADAR: {Source.RADAR, Source.COUNTER},
    Technology.BEAM: {Source.BEAM, Source.COUNTER},
}
"""What a box may say that stands where a technique is drawn; a counter tells no technique."""
_BY_PICTURES = {
    Pictures.ATTACHED: Kind.CAMERA,
    Pictures.NETWORK: Kind.NETWORK_CAMERA,
    Pictures.FILE: Kind.FILE,
}


@dataclass(frozen=True, slots=True)
class Live:
    """What a box last said of itself, by its newest message: its meta, or a report after it.

    meta_config is the meta's own: another than `config` where reports go on under a config of which
    no meta came.
    """

    level: Level
    config: str
    meta_config: str
    model: str
    model_sha256: str
    software: str
    rule: Rule
    length_s: int
    lines: tuple[str, ...]
    zones: tuple[str, ...]
    sources: frozenset[Source]
    is_replay: bool
    capacity_millibits: int
    privacy_loss: PrivacyLoss


@dataclass(frozen=True, slots=True)
class Sensor:
    """One box, or a place that is drawn for one.

    paper: the one that agrees with the live box; paper_sha256 is of its file.
    """

    device: str
    row: DeviceRow | None
    live: Live | None
    placement: Placement | None
    paper: Paper | None
    paper_sha256: str | None
    kind: Kind

    @property
    def is_test(self) -> bool:
        """Whether it is of a test site, by the centre's word or by its paper's."""
        enrolled = self.row is not None and self.row.test_site
        return enrolled or (self.paper is not None and bool(self.paper.test_site))

    @property
    def position(self) -> Position | None:
        """Where it stands: as drawn, else as its paper says."""
        if self.placement is not None and self.placement.position is not None:
            return self.placement.position
        paper = self.paper
        if paper is None or paper.longitude is None or paper.latitude is None:
            return None
        return paper.longitude / DEGREES, paper.latitude / DEGREES

    @property
    def drawn_otherwise(self) -> str:
        """How what the site's file draws here differs from what the box says; empty if it does not.

        The box has the last word.
        """
        drawn = None if self.placement is None else self.placement.technology
        if drawn is None or self.live is None or not self.live.sources:
            return ""
        if self.live.sources <= _HEARD.get(drawn, self.live.sources):
            return ""
        heard = ", ".join(sorted(self.live.sources))
        return f"het sitebestand tekent {drawn}, de kast meldt {heard}"

    @property
    def is_held(self) -> bool:
        """Whether its live level is one that a box in the street must have."""
        return self.live is not None and self.live.level in HELD


def live_of(row: DeviceRow) -> Live | None:
    """Return what a device last said; None where no meta of it came."""
    meta, window = row.meta, row.last_window
    if meta is None:
        return None
    after = window is not None and (window.stream == meta.stream, window.sequence) > (
        True,
        meta.sequence,
    )
    level, config, rule = meta.level, meta.config, meta.rule
    if window is not None and after:
        level, config = Level(window.level), window.config_sha256
        rule = Rule(RuleName(window.rule), window.rule_parameters)
    return Live(
        level=level,
        config=config,
        meta_config=meta.config,
        model=meta.model,
        model_sha256=meta.model_sha256,
        software=meta.software,
        rule=rule,
        length_s=meta.length_s,
        lines=tuple(line.id for line in meta.lines),
        zones=tuple(zone.id for zone in meta.zones),
        sources=frozenset(
            [*(line.source for line in meta.lines), *(zone.source for zone in meta.zones)]
        ),
        is_replay=meta.clock is Clock.REPLAY,
        capacity_millibits=meta.capacity.records_millibits + meta.capacity.health_millibits,
        privacy_loss=meta.privacy_loss,
    )


def sensors_of(
    site: Site, rows: Iterable[DeviceRow], papers: Mapping[str, tuple[Paper, str]]
) -> tuple[Sensor, ...]:
    """Return every box that is enrolled at a site or drawn there, by name; none that is retired.

    papers: by device, each with the SHA-256 of its file.
    """
    known = {row.device: row for row in rows}
    named = {source.id for source in site.sources}
    drawn = {one.device: one for one in site.placements if one.device not in named}
    found = []
    for device in sorted(known.keys() | drawn.keys()):
        row = known.get(device)
        if row is not None and row.retired_ms is not None:
            continue
        live = None if row is None else live_of(row)
        paper, sha256 = papers.get(device, (None, None))
        placement = drawn.get(device)
        kind = kind_of(live, paper)
        if kind is Kind.UNHEARD and placement is not None and placement.technology is not None:
            kind = _PLANNED.get(placement.technology, kind)
        found.append(Sensor(device, row, live, placement, paper, sha256, kind))
    return tuple(found)


def kind_of(live: Live | None, paper: Paper | None) -> Kind:
    """Return what a box counts with, as it says itself and as its paper says.

    What it said weighs more: a level alone tells a network camera from an attached one, except
    where little is held.
    """
    if live is None:
        return Kind.UNHEARD
    if Source.CAMERA not in live.sources and live.sources:
        return _BY_SOURCE[min(live.sources)]
    if paper is not None:
        return _BY_PICTURES[paper.pictures]
    if live.is_replay:
        return Kind.FILE
    if live.level is Level.NETWORK_CAMERA:
        return Kind.NETWORK_CAMERA
    return Kind.CAMERA_UNSAID
