# SPDX-License-Identifier: Apache-2.0
"""A window after disclosure: its numbers, the settings it was disclosed under, its time. Pure."""

from dataclasses import dataclass
from typing import Annotated

from wire_contract.messages import report as wire
from wire_contract.vocabulary import AtMost, Choice, Key, Message


@dataclass(frozen=True, slots=True)
class Provenance(Message):
    """The settings under which a window was disclosed.

    They stay with the window, however much later it is signed.
    """

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


@dataclass(frozen=True, slots=True)
class PendingWindow:
    """One disclosed window, as bytes, and what is known of its time.

    id: drawn at random; it follows the window into the ledger, so that none is signed twice.
    run: a number of the gate's own. quality: how far start_s (UTC, as believed at closing) can be
    trusted. start_monotonic_s and boot can date the window better later. drawn_ms and drawn_run
    name its noise: the start, None where it stands for several windows, and the run that drew it,
    None where that was before runs were part of the name.
    """

    id: int
    run: int
    boot: str
    quality: str
    start_monotonic_s: float
    start_s: int
    length_s: int
    body: bytes
    drawn_ms: int | None = None
    drawn_run: str | None = None
