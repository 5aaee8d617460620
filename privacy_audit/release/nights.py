# SPDX-License-Identifier: Apache-2.0
"""Quiet nights with one person or none, as they were and as the gate's disclosure let them out."""

import hashlib
import json
import random
import time
from dataclasses import dataclass
from typing import Any

from edge_agent.channel import Kind
from edge_agent.config.schema import Config
from edge_agent.disclosure.gate import Gate
from edge_agent.disclosure.window import Provenance, Sender
from privacy_audit.oracles.records import Source, Values
from privacy_audit.release import side_channel
from wire_contract.messages.report import Clock, Health, Level, Rule, RuleName

SEED = 20_261_124
NIGHTS, SIDE_NIGHTS, WINDOWS = 2_000, 1_000, 6
_STREAM, _BOOT = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
_RUN = "0" * 31 + "3"
_QUALITY_AWAY, _QUALITY_THERE = (0, 3, 2, 0), (0, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Night:
    """One night as it was and as it was released.

    at: the window in which somebody may have been. place: which way they went.
    """

    present: bool
    at: int
    place: int
    released: tuple[dict[str, Any], ...]
    features: side_channel.Features
    exact: side_channel.Features


def nights(
    config: Config, source: Source, *, count: int, seed: int, exact: bool = False
) -> list[Night]:
    """Let one person or none cross a line, or stand in a zone for one window, each night.

    exact: let the numbers out as they are, for the control.
    """
    rng = random.Random(seed)  # noqa: S311 - seeded, so that every audit sees the same nights
    gate, health = _gate(config, exact=exact), Health(temperature=1, disk=1, outbox=1, link=1)
    found = []
    for night in range(count):
        present, at, place = rng.random() < 0.5, rng.randrange(WINDOWS), rng.randrange(2)  # noqa: PLR2004 - a fair coin
        windows = []
        features: side_channel.Features = {}
        for window in range(WINDOWS):
            there = present and window == at
            said = records_of(config, source if there else None, place)
            started_ns = time.perf_counter_ns()
            body = gate.disclose(
                said,
                at_ms=(night * WINDOWS + window) * config.window.length_s * 1000,
                health=health,
            )
            took_ns = time.perf_counter_ns() - started_ns
            windows.append(json.loads(body))
            if window == at:
                features = side_channel.of_window(windows[-1], len(body)) | {"time": took_ns}
        plain = {"difficulty": 1 if present else 0}
        found.append(Night(present, at, place, tuple(windows), features, plain))
    return found


def _gate(config: Config, *, exact: bool) -> Gate:
    rule = (
        Rule(RuleName.EXACT, ())
        if exact
        else Rule(config.disclosure.rule, config.disclosure.parameters())
    )
    provenance = Provenance(
        boot=_BOOT, config=config.sha256(), level=Level.PROCESS, clock=Clock.LIVE,
        rule=rule,
    )  # fmt: skip
    return Gate(
        Sender(config.site, config.device, _STREAM, provenance),
        schema=config.record_schema(),
        line_ids=tuple(line.id for line in config.lines),
        zone_ids=tuple(zone.id for zone in config.zones),
        noise_key=hashlib.sha256(b"the nights of the audit").digest(),
        run=_RUN,
        class_epsilon=config.disclosure.class_epsilon_thousandths(),
    )


def records_of(config: Config, source: Source | None, place: int) -> dict[tuple[Kind, int], Values]:
    """Return a window's records: nobody, or one person at `source`.

    On a line `place` says which way.
    """
    said: dict[tuple[Kind, int], Values] = {
        (Kind.LINE, index): (0, 0, 0, 0) for index in range(len(config.lines))
    }
    said |= {(Kind.ZONE, index): (0, 0, 0, 0) for index in range(len(config.zones))}
    said[Kind.IMAGE_QUALITY, 0] = _QUALITY_THERE if source else _QUALITY_AWAY
    if source:
        kind, index = Kind(source[0]), source[1]
        said[kind, index] = (1, 1, 3, 2) if kind is Kind.ZONE else (1 - place, place, 0, 0)
    return said
