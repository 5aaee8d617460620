# SPDX-License-Identifier: Apache-2.0
"""The boxes of a site, as an exercise has them, on a real broker and by the clock on the wall.

The same people and the same boxes go to two centres. At one, nothing is wrong: it says what would
have been. What reaches the other is the same bytes, but of boxes that were pulled, and of the one
that lies. Nothing is sent again: what is lost on the way stays lost, and is seen.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from development.testbed.program import HOST
from fusion_service.exercise.box import SyntheticBox
from fusion_service.exercise.crowd import Crowd, Minute
from fusion_service.exercise.scenario import MINUTE_S, Inject, InjectKind, Scenario
from fusion_service.ingest.examined import Received
from fusion_service.registry.site import Placement
from wire_contract.codec import decode, split
from wire_contract.messages.report import Report
from wire_contract.topics import Channel, DeviceTopic

LIE = 2.5
CONFIG = "0" * 64
PUBLISH_S = 30.0
IN_FLIGHT_MAX = 500
FOREVER_S = 2**40


@dataclass(slots=True)
class Signed:
    """What was handed to a broker: each report once, and the sum of what its lines say."""

    reports: set[tuple[str, int]] = field(default_factory=set)
    crossings: int = 0

    def note(self, message: Received) -> None:
        """Note a message that a broker has taken."""
        if not message.topic.endswith(f"/{Channel.REPORT}"):
            return
        report = decode(Report, split(message.payload)[0])
        self.reports.add((report.stream, report.sequence))
        self.crossings += sum((one.in_count or 0) + (one.out_count or 0) for one in report.lines)


class Line:
    """A connection to one broker, over which all boxes of a site speak."""

    def __init__(self, port: int) -> None:
        self.signed = Signed()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.max_inflight_messages_set(IN_FLIGHT_MAX)
        self._client.max_queued_messages_set(0)  # no bound
        self._client.connect(HOST, port)
        self._client.loop_start()

    def send(self, messages: Sequence[Received]) -> None:
        """Publish, and return once the broker has every one."""
        handed = [(one, self._client.publish(one.topic, one.payload, qos=1)) for one in messages]
        for message, published in handed:
            published.wait_for_publish(PUBLISH_S)
            if not published.is_published():
                raise TimeoutError(f"{message.topic}: the broker did not take it")
            self.signed.note(message)

    def close(self) -> None:
        """End the connection."""
        self._client.disconnect()
        self._client.loop_stop()


@dataclass(frozen=True, slots=True)
class Both:
    """One message: as it is where nothing is wrong, and as it is of a box that lies."""

    device: str
    at_s: float
    honest: Received
    faulted: Received


class Signers:
    """A site's boxes and the people whom they count, minute by minute.

    liar: the device that says LIE times what is there, from liar_from_s on. first_hour: the local
    hour at which the people begin to come, whatever the clock on the wall says.
    """

    def __init__(
        self, scenario: Scenario, *, seed: int, liar: str, liar_from_s: int, first_hour: float
    ) -> None:
        self._scenario, self._seed, self._first_hour = scenario, seed, first_hour
        self._lie = Inject(
            InjectKind.COUNTER_LIES, liar_from_s, FOREVER_S, devices=(liar,), factor=LIE
        )
        self._crowd = Crowd(scenario.site, scenario.profiles, self._chance("people"))
        self.boxes = [self._box(one) for one in scenario.site.placements]
        self._liar = next(self._box(one) for one in scenario.site.placements if one.device == liar)
        self._began_s: int | None = None

    def start(self, at_s: int) -> Iterator[Both]:
        """Yield what every box says of itself as it starts."""
        for box in self.boxes:
            other = self._liar if box.device == self._liar.device else None
            yield from _pairs(box, box.start(at_s), None if other is None else other.start(at_s))

    def minute(self, start_s: int) -> tuple[Minute, list[Both]]:
        """Let a minute pass. Return what was true of it, and what is sent, by when."""
        if self._began_s is None:
            self._began_s = start_s
        hour = self._first_hour + (start_s - self._began_s) / 3600.0
        minute = self._crowd.advance(start_s, hour % 24.0, ())
        lies = (self._lie,) if self._lie.holds(start_s) else ()
        sent: list[Both] = []
        for box in self.boxes:
            other = None
            if box.device == self._liar.device:
                other = self._liar.report(minute, lies)
            sent += _pairs(box, box.report(minute, ()), other)
        return minute, sorted(sent, key=lambda one: one.at_s)

    def _box(self, placement: Placement) -> SyntheticBox:
        return SyntheticBox(self._scenario.site, placement, CONFIG, self._chance(placement.device))

    def _chance(self, name: str) -> Random:
        return Random(f"{self._seed} {name}")  # noqa: S311 - drawn again alike; it hides nobody


def _pairs(box: SyntheticBox, honest: list[Received], faulted: list[Received] | None) -> list[Both]:
    other = honest if faulted is None else faulted
    return [
        Both(box.device, one.received_ms / 1000.0, one, its)
        for one, its in zip(honest, other, strict=True)
    ]


def device_of(topic: str) -> str:
    """Return the device that a topic is of."""
    return DeviceTopic.parse(topic).device


def sleep_until(at_s: float) -> None:
    """Wait for a moment of the clock on the wall."""
    time.sleep(max(0.0, at_s - time.time()))


def minute_of(at_s: float) -> int:
    """Return when the minute of a moment began."""
    return int(at_s) // MINUTE_S * MINUTE_S
