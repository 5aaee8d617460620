# SPDX-License-Identifier: Apache-2.0
"""A box as the centre sees it: a real Ed25519 key that signs real reports."""

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire_contract.codec import encode, seal
from wire_contract.messages.meta import Capacity, LineMeta, Meta, PrivacyLoss, Source, ZoneMeta
from wire_contract.messages.report import (
    VERSION,
    Clock,
    ClockQuality,
    Health,
    ImageQuality,
    Level,
    LineCount,
    Report,
    Rule,
    RuleName,
    ZoneCount,
)
from wire_contract.topics import Channel, DeviceTopic
from wire_contract.vocabulary import Message

START_S = 1_800_000_000
"""A multiple of 60."""
CONFIG = hashlib.sha256(b"config").hexdigest()
RULE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))


def ends(
    count: int | None, *, below: int = 2, above: int | None = 4
) -> tuple[int | None, int | None]:
    """Return the interval of a count as a box would send it.

    None of a withheld one, no high end of a lower bound.
    """
    return (
        (None, None) if count is None else (count - below, None if above is None else count + above)
    )


def line(
    name: str = "door",
    in_count: int | None = 1,
    out_count: int | None = 2,
    *,
    below: int = 2,
    above: int | None = 4,
) -> LineCount:
    around = [
        end for count in (in_count, out_count) for end in ends(count, below=below, above=above)
    ]
    return LineCount(name, in_count, out_count, *around)


def zone(
    name: str = "square", mean: int | None = 10, peak: int | None = 12, *, above: int | None = 4
) -> ZoneCount:
    return ZoneCount(name, mean, peak, 3, 1, *ends(mean, above=above), *ends(peak, above=above))


@dataclass
class Box:
    """One device with its key, its boot and its stream."""

    site: str = "beach"
    device: str = "pier-1"
    stream: str = field(default_factory=lambda: str(uuid.uuid4()))
    boot: str = field(default_factory=lambda: str(uuid.uuid4()))
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def write_public_key(self, folder: Path) -> Path:
        path = folder / f"{self.site}-{self.device}.pub"
        path.write_bytes(base64.b64encode(self.public_key) + b"\n")
        return path

    def topic(self, channel: Channel = Channel.REPORT) -> str:
        return DeviceTopic(self.site, self.device, channel).text

    def report(  # noqa: PLR0913 - a report has as many parts as it has
        self,
        sequence: int,
        *,
        start_s: int | None = None,
        length_s: int = 60,
        level: Level = Level.FULL,
        clock: Clock = Clock.LIVE,
        observed: int = 3,
        code: int = 0,
        lines: tuple[LineCount, ...] = (line(),),
        zones: tuple[ZoneCount, ...] = (zone(),),
    ) -> Report:
        return Report(
            v=VERSION,
            site=self.site,
            device=self.device,
            stream=self.stream,
            sequence=sequence,
            boot=self.boot,
            start_s=START_S + 60 * sequence if start_s is None else start_s,
            length_s=length_s,
            clock=clock,
            clock_quality=ClockQuality.SYNCHRONISED,
            config=CONFIG,
            level=level,
            rule=RULE,
            image_quality=ImageQuality(int(code), observed, 3, 1),
            health=Health(1, 1, 1, 1),
            lines=lines,
            zones=zones,
        )

    def meta(self, sequence: int, *, software: str = "0.1.0", level: Level = Level.FULL) -> Meta:
        return Meta(
            v=VERSION,
            site=self.site,
            device=self.device,
            stream=self.stream,
            sequence=sequence,
            boot=self.boot,
            software=software,
            model="tiny-person",
            model_sha256=CONFIG,
            config=CONFIG,
            level=level,
            clock=Clock.LIVE,
            length_s=60,
            rule=RULE,
            capacity=Capacity(64_000, 6_000),
            privacy_loss=PrivacyLoss(),
            lines=(LineMeta("door", 255, Source.CAMERA),),
            zones=(ZoneMeta("square", 255, Source.CAMERA),),
        )

    def seal(self, message: Message, channel: Channel = Channel.REPORT) -> bytes:
        return self.seal_bytes(encode(message), channel)

    def seal_bytes(self, payload: bytes, channel: Channel = Channel.REPORT) -> bytes:
        return seal(channel, payload, self.key.sign)

    def envelope(self, sequence: int) -> bytes:
        return self.seal(self.report(sequence))
