# SPDX-License-Identifier: Apache-2.0
"""A window after disclosure: what it says, on which terms, and what is known of its time. Pure."""

from dataclasses import dataclass
from typing import Annotated

from wire_contract.messages import report as wire
from wire_contract.vocabulary import Choice, Message, Most


@dataclass(frozen=True, slots=True)
class Terms(Message):
    """Under which settings a window was disclosed.

    They stay with it, however much later it is signed.
    """

    boot: Annotated[str, wire.UUID]
    config: Annotated[str, wire.SHA256]
    level: Annotated[wire.Level, Choice(wire.Level)]
    clock: Annotated[wire.Clock, Choice(wire.Clock)]
    rule: wire.Rule


@dataclass(frozen=True, slots=True)
class Origin:
    """Who speaks, and on which terms now: what is the same in every report of one run."""

    site: str
    device: str
    stream: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class DisclosedWindow(Message):
    """One window after disclosure: all of it that will ever be stored or sent."""

    terms: Terms
    image_quality: wire.ImageQuality
    health: wire.Health
    lines: Annotated[tuple[wire.LineCount, ...], Most(wire.LINES_MAX)]
    zones: Annotated[tuple[wire.ZoneCount, ...], Most(wire.ZONES_MAX)]


@dataclass(frozen=True, slots=True)
class PendingWindow:
    """One disclosed window and what is known of its time.

    id is drawn at random and follows the window into the ledger, so that no window is signed twice;
    run is that of the gate. start_s is UTC as believed at closing, quality the word on it;
    start_monotonic_s with boot can date it better later. drawn_ms and drawn_run name its noise:
    when it began, None where it stands for several windows, and which run drew it, None where that
    was before runs were in the name.
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
