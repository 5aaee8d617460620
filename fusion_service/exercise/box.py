# SPDX-License-Identifier: Apache-2.0
"""The boxes of an exercise: real keys that sign real reports, with a ledger over them.

What a box writes is what the wire's contract lets a box write, so the centre cannot tell.
"""

import uuid
from collections import deque
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fusion_service.exercise.counted import EPSILON_THOUSANDTHS, Counting
from fusion_service.exercise.crowd import Minute
from fusion_service.exercise.scenario import MINUTE_S, Inject, InjectKind
from fusion_service.ingest.examined import Received
from fusion_service.registry.site import Placement, Site
from wire_contract.codec import encode, seal
from wire_contract.merkle import EMPTY, leaf_hash
from wire_contract.messages.checkpoint import Checkpoint, Head, sign_checkpoint
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
from wire_contract.quality import QualityCode
from wire_contract.topics import Channel, DeviceTopic
from wire_contract.vocabulary import Message

CHECKPOINT_MINUTES = 15
RELEASE_S = (2, 18)
"""A box sends a window so long after its end: each its own, as the offset of a real one."""
WAITING_MAX = 100_000
"""Messages that a box keeps while its link is down; a week of minutes is a tenth of it."""
COUNT_MAX = 65_535
SOFTWARE, MODEL = "0.1", "exercise"
_RULE = Rule(RuleName.DISCRETE_LAPLACE, (EPSILON_THOUSANDTHS,))


class Ledger:
    """What one device signs, one entry after the other, and the tree over them."""

    def __init__(self, chance: Random) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        self.stream, self.boot = (
            str(uuid.UUID(bytes=chance.randbytes(16), version=4)) for _ in range(2)
        )
        self._tree, self._sequence = EMPTY, 0

    @property
    def public_key(self) -> bytes:
        """The key under which the device is enrolled, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def next_sequence(self) -> int:
        """Return the number of the next entry."""
        self._sequence += 1
        return self._sequence

    def append(self, message: Message, channel: Channel) -> bytes:
        """Sign an entry; return it as it travels."""
        envelope = seal(channel, encode(message), self._key.sign)
        self._tree = self._tree.append(leaf_hash(envelope))
        return envelope

    def checkpoint(self, site: str, device: str) -> bytes:
        """Sign how far it is; return it as it travels."""
        head = Head(self.stream, self._sequence, self._tree.root)
        checkpoint = Checkpoint(site, device, head, None)
        return sign_checkpoint(checkpoint, self.public_key, self._key.sign)


class SyntheticBox:
    """One device: its ledger, what it counts, and what waits for its link."""

    def __init__(self, site: Site, placement: Placement, config: str, chance: Random) -> None:
        self.site, self.device = site.id, placement.device
        self._placement, self._config = placement, config
        self._ledger = Ledger(chance)
        self._release_s = chance.randint(*RELEASE_S)
        self._counting = Counting(site, placement, chance)
        self._waiting: deque[tuple[Channel, bytes]] = deque(maxlen=WAITING_MAX)

    @property
    def public_key(self) -> bytes:
        """The key under which it is enrolled, 32 bytes."""
        return self._ledger.public_key

    def start(self, at_s: int) -> list[Received]:
        """Return what it says of itself as it starts."""
        self._append(self._meta(), Channel.META)
        return self._sent(at_s)

    def report(self, minute: Minute, injects: tuple[Inject, ...]) -> list[Received]:
        """Count a minute and return what is sent after it, with when it comes in.

        Of the injects only those that name this box matter to it.
        """
        mine = tuple(inject for inject in injects if self.device in inject.devices)
        kinds = {inject.kind for inject in mine}
        at_s = minute.start_s + MINUTE_S + self._release_s
        if InjectKind.BOXES_FAIL in kinds:
            return []
        lines, zones = self._counting.count(minute, mine)
        dark = InjectKind.CAMERA_DARK in kinds
        code = QualityCode.DARK if dark else QualityCode.FINE
        self._append(self._report(minute.start_s, int(code), lines, zones), Channel.REPORT)
        if minute.start_s // MINUTE_S % CHECKPOINT_MINUTES == 0:
            self._waiting.append(
                (Channel.CHECKPOINT, self._ledger.checkpoint(self.site, self.device))
            )
        return [] if InjectKind.UPLINK_FAILS in kinds else self._sent(at_s)

    def _sent(self, at_s: int) -> list[Received]:
        sent = [
            Received(DeviceTopic(self.site, self.device, channel).text, envelope, at_s * 1000)
            for channel, envelope in self._waiting
        ]
        self._waiting.clear()
        return sent

    def _append(self, message: Message, channel: Channel) -> None:
        self._waiting.append((channel, self._ledger.append(message, channel)))

    def _report(
        self,
        start_s: int,
        code: int,
        lines: tuple[LineCount, ...],
        zones: tuple[ZoneCount, ...],
    ) -> Report:
        return Report(
            v=VERSION,
            site=self.site,
            device=self.device,
            stream=self._ledger.stream,
            sequence=self._ledger.next_sequence(),
            boot=self._ledger.boot,
            start_s=start_s,
            length_s=MINUTE_S,
            clock=Clock.LIVE,
            clock_quality=ClockQuality.SYNCHRONISED,
            config=self._config,
            level=Level.STANDARD,
            rule=_RULE,
            image_quality=ImageQuality(code=code, observed=3, rate=2, difficulty=1),
            health=Health(temperature=1, disk=1, outbox=1, link=1),
            lines=lines,
            zones=zones,
        )

    def _meta(self) -> Meta:
        counters = self._placement.counters
        lines = [counter.line for counter in counters if counter.line is not None]
        zones = [counter.zone for counter in counters if counter.zone is not None]
        return Meta(
            v=VERSION,
            site=self.site,
            device=self.device,
            stream=self._ledger.stream,
            sequence=self._ledger.next_sequence(),
            boot=self._ledger.boot,
            software=SOFTWARE,
            model=MODEL,
            model_sha256="0" * 64,
            config=self._config,
            level=Level.STANDARD,
            clock=Clock.LIVE,
            length_s=MINUTE_S,
            rule=_RULE,
            capacity=Capacity(records_millibits=0, health_millibits=0),
            privacy_loss=PrivacyLoss(),
            lines=tuple(LineMeta(line, COUNT_MAX, Source.CAMERA) for line in lines),
            zones=tuple(ZoneMeta(zone, COUNT_MAX, Source.CAMERA) for zone in zones),
        )
