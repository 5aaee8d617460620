# SPDX-License-Identifier: Apache-2.0
"""Disclosed windows as they wait, for tests of what becomes of them."""

import json

from development.fakes.messages import BOOT
from edge_agent.disclosure.window import DisclosedWindow, Provenance
from edge_agent.store.pending_window import PendingWindow
from wire_contract.codec import canonical, decode, encode
from wire_contract.messages.report import (
    Clock,
    Health,
    ImageQuality,
    Level,
    LineCount,
    Rule,
    RuleName,
    ZoneCount,
)

LENGTH_S = 60
BEGIN_S = 1_750_032_000  # 00:00 UTC of a day
LAPLACE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))
FINE = ImageQuality(code=0, observed=3, rate=2, difficulty=1)
HEALTH = Health(temperature=1, disk=1, outbox=1, link=3)


def line(
    entered: int | None = 3, left: int | None = 2, *, name: str = "north", reach: int = 3
) -> LineCount:
    ends = [(None, None) if one is None else (one - reach, one + reach) for one in (entered, left)]
    return LineCount(name, entered, left, *ends[0], *ends[1])


def zone(
    mean: int | None = 12, peak: int | None = 17, *, speed: int = 3, reach: int = 3
) -> ZoneCount:
    ends = [(None, None) if one is None else (one - reach, one + reach) for one in (mean, peak)]
    return ZoneCount("sand", mean, peak, speed, 2, *ends[0], *ends[1])


def waiting(
    number: int,
    *counts: LineCount | ZoneCount,
    run: int = 1,
    quality: str = "synchronised",
    image_quality: ImageQuality = FINE,
    rule: Rule = LAPLACE,
    length_s: int = LENGTH_S,
) -> PendingWindow:
    """Return the window that begins `number` window lengths after midnight."""
    body = DisclosedWindow(
        provenance=Provenance(BOOT, "c" * 64, Level.STANDARD, Clock.LIVE, rule),
        image_quality=image_quality,
        health=HEALTH,
        lines=tuple(one for one in counts if isinstance(one, LineCount)),
        zones=tuple(one for one in counts if isinstance(one, ZoneCount)),
    )
    begin_s = number * length_s
    return PendingWindow(
        number + 1, run, BOOT, quality, 100.0 + begin_s, BEGIN_S + begin_s, length_s, encode(body)
    )


def as_version_1(body: bytes) -> bytes:
    """Return a disclosed window as a box stored it that spoke version 1 of the wire."""
    value = json.loads(body)
    value["eye"] = value.pop("image_quality")
    value["zones"] = [
        {key.replace("peak", "most"): part for key, part in one.items()} for one in value["zones"]
    ]
    return canonical(value)


def inside(window: PendingWindow) -> DisclosedWindow:
    return decode(DisclosedWindow, window.body)
