# SPDX-License-Identifier: Apache-2.0
"""A window after disclosure: its numbers, and the settings it was disclosed under. Pure."""

from dataclasses import dataclass
from typing import Annotated

from wire_contract.messages import report as wire
from wire_contract.vocabulary import AtMost, Choice, Key, Message


@dataclass(frozen=True, slots=True)
class Provenance(Message):
    """The settings that a window was disclosed under, however much later it is signed."""

    boot: Annotated[str, wire.UUID]
    config: Annotated[str, wire.SHA256]
    level: Annotated[wire.Level, Choice(wire.Level)]
    clock: Annotated[wire.Clock, Choice(wire.Clock)]
    rule: wire.Rule


@dataclass(frozen=True, slots=True)
class Sender:
    """The box and its present settings: what is the same in every report of one run."""

    site: str
    device: str
    stream: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class DisclosedWindow(Message):
    """One window after disclosure: all of it that will ever be stored or sent."""

    provenance: Annotated[Provenance, Key("terms")]
    image_quality: wire.ImageQuality
    health: wire.Health
    lines: Annotated[tuple[wire.LineCount, ...], AtMost(wire.LINES_MAX)]
    zones: Annotated[tuple[wire.ZoneCount, ...], AtMost(wire.ZONES_MAX)]
