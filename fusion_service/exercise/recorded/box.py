# SPDX-License-Identifier: Apache-2.0
"""The boxes of a recorded exercise: what was counted, signed anew under a key of the exercise.

Rule 1: counts, intervals, codes and lengths are those of the recording but where an inject says
otherwise; times are moved. Rule 2: a window comes in when it came in, moved likewise, so that what
was late is late again.
"""

import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from fusion_service.exercise.counted import DARK_SEEN, RELEASED_MAX
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
from fusion_service.store.rows import LineRow, WindowRow, ZoneRow
from wire_contract.messages.meta import Capacity, LineMeta, Meta, PrivacyLoss, Source, ZoneMeta
from wire_contract.messages.report import (
    VERSION,
    Clock,
    ClockQuality,
    Level,
    LineCount,
    Report,
    Rule,
    RuleName,
    ZoneCount,
)
from wire_contract.quality import QualityCode
from wire_contract.topics import Channel


class RecordedBox:
    """One device: what is left of its recording, and what it was stuck at."""

    def __init__(
        self,
        site: str,
        device: str,
        windows: Sequence[WindowRow],
        *,
        moved_s: int,
        injects: Callable[[], Sequence[Inject]],
        chance: Random,
    ) -> None:
        """windows: in the order of their commit. moved_s: how far their times are moved.

        injects: what happens at any time, as it stands when it is asked.
        """
        self._sender = Sender(site, device, chance)
        self._release_ms = chance.randint(*RELEASE_S) * 1000
        self._chance = chance
        self._moved_s = moved_s
        self._injects = injects
        self._meta = _meta(self._sender, windows)
        moved = (self._moved(window) for window in windows)
        self._left = deque(sorted(moved, key=lambda window: window.received_ms))
        self._boots: dict[str | None, str] = {}
        self._stuck: WindowRow | None = None

    @property
    def site(self) -> str:
        """The site of which it is."""
        return self._sender.site

    @property
    def device(self) -> str:
        """The name under which it is enrolled."""
        return self._sender.device

    @property
    def public_key(self) -> bytes:
        """The key under which it is enrolled, 32 bytes."""
        return self._sender.public_key

    def start(self, at_s: int) -> list[Received]:
        """Return what it says of itself as it starts; nothing where nothing of it was recorded."""
        if self._meta is not None:
            self._sender.append(self._meta, Channel.META)
        return self._sender.send(at_s * 1000)

    def report(self, start_s: int, until_ms: int) -> list[Received]:
        """Return what comes in by a time, with when it does. start_s: the running minute's."""
        cut = any(
            one.kind is InjectKind.UPLINK_FAILS and one.holds(start_s) for one in self._mine()
        )
        sent: list[Received] = []
        while self._left and self._left[0].received_ms <= until_ms:
            window = self._left.popleft()
            changed = self._changed(window)
            if changed is None:
                continue
            self._sender.append(self._report(changed), Channel.REPORT)
            if window.start_s // MINUTE_S % CHECKPOINT_MINUTES == 0:
                self._sender.append_checkpoint()
            sent += [] if cut else self._sender.send(window.received_ms)
        if self._sender.waits and not cut:
            sent += self._sender.send((start_s + MINUTE_S) * 1000 + self._release_ms)
        return sent

    def _mine(self) -> list[Inject]:
        """Return what happens to this box at any time."""
        return [one for one in self._injects() if self.device in one.devices]

    def _moved(self, window: WindowRow) -> WindowRow:
        received_ms = window.received_ms
        if window.clock == Clock.REPLAY:  # of a file, which came in whenever it was replayed
            received_ms = (window.start_s + window.length_s) * 1000 + self._release_ms
        return replace(
            window,
            start_s=window.start_s + self._moved_s,
            received_ms=received_ms + self._moved_s * 1000,
        )

    def _changed(self, window: WindowRow) -> WindowRow | None:
        """Return a window as the injects have it; None where the box says nothing."""
        mine = [one for one in self._mine() if one.holds(window.start_s)]
        kinds = {one.kind for one in mine}
        if InjectKind.BOXES_FAIL in kinds:
            return None
        for inject in mine:
            if inject.kind is InjectKind.COUNTER_LIES:
                window = _scaled(window, inject.factor)
        if InjectKind.CAMERA_DARK in kinds:
            window = _dark(_scaled(window, DARK_SEEN))
        if InjectKind.COUNTER_STUCK not in kinds:
            self._stuck = None
            return window
        self._stuck = self._stuck or window
        return replace(window, lines=self._stuck.lines, zones=self._stuck.zones)

    def _boot(self, recorded: str | None) -> str:
        """Return what stands for a boot of the recording, so that two of them stay two."""
        if recorded not in self._boots:
            drawn = uuid.UUID(bytes=self._chance.randbytes(16), version=4)
            self._boots[recorded] = str(drawn) if self._boots else self._sender.boot
        return self._boots[recorded]

    def _report(self, window: WindowRow) -> Report:
        return Report(
            v=VERSION,
            site=self.site,
            device=self.device,
            stream=self._sender.stream,
            sequence=self._sender.next_sequence(),
            boot=self._boot(window.boot),
            start_s=window.start_s,
            length_s=window.length_s,
            clock=Clock.LIVE,
            clock_quality=ClockQuality(window.clock_quality),
            config=window.config_sha256,
            level=Level.STANDARD,
            rule=_rule(window),
            image_quality=window.image_quality,
            health=window.health,
            lines=tuple(
                LineCount(
                    one.line,
                    one.in_count,
                    one.out_count,
                    one.in_low,
                    one.in_high,
                    one.out_low,
                    one.out_high,
                )
                for one in window.lines
            ),
            zones=tuple(
                ZoneCount(
                    one.zone,
                    one.mean,
                    one.peak,
                    one.speed,
                    one.standing,
                    one.mean_low,
                    one.mean_high,
                    one.peak_low,
                    one.peak_high,
                )
                for one in window.zones
            ),
        )


def _rule(window: WindowRow) -> Rule:
    return Rule(RuleName(window.rule), window.rule_parameters)


def _scaled(window: WindowRow, factor: float) -> WindowRow:
    """Return a window whose counts, with their intervals, are so many times as large."""

    def times(number: int | None) -> int | None:
        if number is None:
            return None
        return max(-RELEASED_MAX, min(RELEASED_MAX, round(number * factor)))

    lines = tuple(
        LineRow(
            one.line,
            times(one.in_count),
            times(one.out_count),
            times(one.in_low),
            times(one.in_high),
            times(one.out_low),
            times(one.out_high),
        )
        for one in window.lines
    )
    zones = tuple(
        replace(
            one,
            mean=times(one.mean),
            peak=times(one.peak),
            mean_low=times(one.mean_low),
            mean_high=times(one.mean_high),
            peak_low=times(one.peak_low),
            peak_high=times(one.peak_high),
        )
        for one in window.zones
    )
    return replace(window, lines=lines, zones=zones)


def _dark(window: WindowRow) -> WindowRow:
    """Return a window whose counts are lower bounds, as the box says of the dark."""
    quality = replace(window.image_quality, code=int(QualityCode.DARK))
    lines = tuple(replace(one, in_high=None, out_high=None) for one in window.lines)
    zones: tuple[ZoneRow, ...] = tuple(
        replace(one, mean_high=None, peak_high=None) for one in window.zones
    )
    return replace(window, image_quality=quality, lines=lines, zones=zones)


def _meta(sender: Sender, windows: Sequence[WindowRow]) -> Meta | None:
    """Return what a box says of itself, as its first window has it; None where it has none."""
    if not windows:
        return None
    first = windows[0]
    same = [window for window in windows if window.config_sha256 == first.config_sha256]
    lines = dict.fromkeys(line.line for window in same for line in window.lines)
    zones = dict.fromkeys(zone.zone for window in same for zone in window.zones)
    return Meta(
        v=VERSION,
        site=sender.site,
        device=sender.device,
        stream=sender.stream,
        sequence=sender.next_sequence(),
        boot=sender.boot,
        software=SOFTWARE,
        model=MODEL,
        model_sha256="0" * 64,
        config=first.config_sha256,
        level=Level.STANDARD,
        clock=Clock.LIVE,
        length_s=first.length_s,
        rule=_rule(first),
        capacity=Capacity(records_millibits=0, health_millibits=0),
        privacy_loss=PrivacyLoss(),
        lines=tuple(LineMeta(line, COUNT_MAX, Source.CAMERA) for line in lines),
        zones=tuple(ZoneMeta(zone, COUNT_MAX, Source.CAMERA) for zone in zones),
    )
