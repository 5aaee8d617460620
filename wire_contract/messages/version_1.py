# SPDX-License-Identifier: Apache-2.0
"""Version 1 of the wire, as boxes in the field speak it.

Read for ever, and written only in answer to one of them.

It said `eye` for `image_quality` and `most` for `peak`. Each message of a box becomes the value of
today, so that nothing behind the reading knows of two versions. Rule: nothing here changes; a
golden file holds it.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar

from wire_contract.codec import canonical, decode
from wire_contract.messages import report as now
from wire_contract.messages.meta import (
    RELEASE,
    Capacity,
    LineMeta,
    Meta,
    PrivacyLoss,
    Source,
    ZoneMeta,
)
from wire_contract.messages.report import (
    LINES_MAX,
    NAME,
    RELEASED,
    SEQUENCE,
    SHA256,
    UNIX_S,
    UUID,
    WINDOW_S,
    ZONES_MAX,
)
from wire_contract.vocabulary import AtMost, Choice, Integer, Key, Message

VERSION = 1
_V = Integer(VERSION, VERSION)
_COUNT_MAX = Integer(1, 65_535)
_NAMES = {"eye": "image_quality", "most": "peak", "most_low": "peak_low", "most_high": "peak_high"}
M = TypeVar("M", bound=Message)


class LevelV1(StrEnum):
    """The confinement levels that version 1 knew."""

    FULL = "full"
    STANDARD = "standard"
    NETWORK_CAMERA = "network-camera"
    REDUCED = "reduced"
    PROCESS = "process"
    UNCONFINED = "unconfined"


@dataclass(frozen=True, slots=True)
class ZoneCountV1(Message):
    """Released occupancy of one zone, under the keys of version 1."""

    id: Annotated[str, NAME]
    mean: Annotated[int | None, RELEASED]
    peak: Annotated[int | None, RELEASED, Key("most")]
    speed: Annotated[int, now.FIVE_CLASSES]
    standing: Annotated[int, now.FIVE_CLASSES]
    mean_low: Annotated[int | None, RELEASED] = None
    mean_high: Annotated[int | None, RELEASED] = None
    peak_low: Annotated[int | None, RELEASED, Key("most_low")] = None
    peak_high: Annotated[int | None, RELEASED, Key("most_high")] = None

    def current(self) -> now.ZoneCount:
        """Return it as today's."""
        ends = (self.mean_low, self.mean_high, self.peak_low, self.peak_high)
        return now.ZoneCount(self.id, self.mean, self.peak, self.speed, self.standing, *ends)


@dataclass(frozen=True, slots=True)
class ReportV1(Message):
    """What one window let out of a box of version 1."""

    v: Annotated[int, _V]
    site: Annotated[str, NAME]
    device: Annotated[str, NAME]
    stream: Annotated[str, UUID]
    sequence: Annotated[int, SEQUENCE]
    boot: Annotated[str, UUID]
    start_s: Annotated[int, UNIX_S, Key("start")]
    length_s: Annotated[int, WINDOW_S, Key("length")]
    clock: Annotated[now.Clock, Choice(now.Clock)]
    clock_quality: Annotated[now.ClockQuality, Choice(now.ClockQuality)]
    config: Annotated[str, SHA256]
    level: Annotated[LevelV1, Choice(LevelV1)]
    rule: now.Rule
    image_quality: Annotated[now.ImageQuality, Key("eye")]
    health: now.Health
    lines: Annotated[tuple[now.LineCount, ...], AtMost(LINES_MAX)]
    zones: Annotated[tuple[ZoneCountV1, ...], AtMost(ZONES_MAX)]

    def current(self) -> now.Report:
        """Return it as today's."""
        return now.Report(
            v=now.VERSION,
            site=self.site,
            device=self.device,
            stream=self.stream,
            sequence=self.sequence,
            boot=self.boot,
            start_s=self.start_s,
            length_s=self.length_s,
            clock=self.clock,
            clock_quality=self.clock_quality,
            config=self.config,
            level=now.Level(self.level),
            rule=self.rule,
            image_quality=self.image_quality,
            health=self.health,
            lines=self.lines,
            zones=tuple(zone.current() for zone in self.zones),
        )


@dataclass(frozen=True, slots=True)
class LineMetaV1(Message):
    """A configured line, the most crossings a window can say each way, and what a tally said of it.

    Null without one.
    """

    id: Annotated[str, NAME]
    count_max: Annotated[int, _COUNT_MAX]
    bias_permille: Annotated[int | None, Integer(-900, 3000), Key("bias")] = None
    spread_permille: Annotated[int | None, Integer(1, 1000), Key("spread")] = None


@dataclass(frozen=True, slots=True)
class ZoneMetaV1(Message):
    """A configured zone and the most people a window can say."""

    id: Annotated[str, NAME]
    count_max: Annotated[int, _COUNT_MAX]


@dataclass(frozen=True, slots=True)
class CapacityV1(Message):
    """The most a lying sensor could say in one window, in thousandths of a bit.

    By its records, and by the health classes.
    """

    records_millibits: Annotated[int, Integer(0, 10**9)]
    health_millibits: Annotated[int, Integer(0, 10**9)]


@dataclass(frozen=True, slots=True)
class MetaV1(Message):
    """The meta message of a box of version 1."""

    v: Annotated[int, _V]
    site: Annotated[str, NAME]
    device: Annotated[str, NAME]
    stream: Annotated[str, UUID]
    sequence: Annotated[int, SEQUENCE]
    boot: Annotated[str, UUID]
    software: Annotated[str, RELEASE]
    model: Annotated[str, NAME]
    model_sha256: Annotated[str, SHA256]
    config: Annotated[str, SHA256]
    level: Annotated[LevelV1, Choice(LevelV1)]
    clock: Annotated[now.Clock, Choice(now.Clock)]
    length_s: Annotated[int, WINDOW_S, Key("length")]
    rule: now.Rule
    capacity: CapacityV1
    lines: Annotated[tuple[LineMetaV1, ...], AtMost(LINES_MAX)]
    zones: Annotated[tuple[ZoneMetaV1, ...], AtMost(ZONES_MAX)]

    def current(self) -> Meta:
        """Return it as today's message.

        What version 1 did not say is null, and every line and zone of it had a camera.
        """
        return Meta(
            v=now.VERSION,
            site=self.site,
            device=self.device,
            stream=self.stream,
            sequence=self.sequence,
            boot=self.boot,
            software=self.software,
            model=self.model,
            model_sha256=self.model_sha256,
            config=self.config,
            level=now.Level(self.level),
            clock=self.clock,
            length_s=self.length_s,
            rule=self.rule,
            capacity=Capacity(self.capacity.records_millibits, self.capacity.health_millibits),
            privacy_loss=PrivacyLoss(),
            lines=tuple(
                LineMeta(
                    one.id, one.count_max, Source.CAMERA, one.bias_permille, one.spread_permille
                )
                for one in self.lines
            ),
            zones=tuple(ZoneMeta(one.id, one.count_max, Source.CAMERA) for one in self.zones),
        )


def read_stored(kind: type[M], body: bytes) -> M:
    """Read what a box stored of a window.

    Under today's names or, from before an upgrade, under those of version 1. Raises DecodeError.
    """
    if not body.startswith(b'{"eye":'):
        return decode(kind, body)
    value = {_NAMES.get(key, key): part for key, part in json.loads(body).items()}
    value["zones"] = [
        {_NAMES.get(key, key): part for key, part in zone.items()} for zone in value["zones"]
    ]
    return decode(kind, canonical(value))
