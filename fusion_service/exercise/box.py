# SPDX-License-Identifier: Apache-2.0
"""The boxes of a scripted exercise: they count drawn people and sign real reports."""

from random import Random

from fusion_service.exercise.counted import EPSILON_THOUSANDTHS, Counting
from fusion_service.exercise.crowd import Minute
from fusion_service.exercise.scenario import MINUTE_S, Inject, InjectKind
from fusion_service.exercise.sender import (
    CHECKPOINT_MINUTES,
    COUNT_MAX,
    MODEL,
    RELEASE_S,
    SOFTWARE,
    Sender,
)
from fusion_service.ingest.examined import Received
from fusion_service.registry.site import Placement, Site
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
from wire_contract.topics import Channel

_RULE = Rule(RuleName.DISCRETE_LAPLACE, (EPSILON_THOUSANDTHS,))


class SyntheticBox:
    """One device: what it counts, and what it signs and sends."""

    def __init__(self, site: Site, placement: Placement, config: str, chance: Random) -> None:
        self.site, self.device = site.id, placement.device
        self._placement, self._config = placement, config
        self._sender = Sender(site.id, placement.device, chance)
        self._release_s = chance.randint(*RELEASE_S)
        self._counting = Counting(site, placement, chance)

    @property
    def public_key(self) -> bytes:
        """The key under which it is enrolled, 32 bytes."""
        return self._sender.public_key

    def start(self, at_s: int) -> list[Received]:
        """Return what it says of itself as it starts."""
        self._sender.append(self._meta(), Channel.META)
        return self._sender.send(at_s * 1000)

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
        report = self._report(minute.start_s, int(code), lines, zones)
        self._sender.append(report, Channel.REPORT)
        if minute.start_s // MINUTE_S % CHECKPOINT_MINUTES == 0:
            self._sender.append_checkpoint()
        return [] if InjectKind.UPLINK_FAILS in kinds else self._sender.send(at_s * 1000)

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
            stream=self._sender.stream,
            sequence=self._sender.next_sequence(),
            boot=self._sender.boot,
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
            stream=self._sender.stream,
            sequence=self._sender.next_sequence(),
            boot=self._sender.boot,
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
