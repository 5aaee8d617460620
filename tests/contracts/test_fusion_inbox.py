# SPDX-License-Identifier: Apache-2.0
"""What the intake relies on, held by the real subscriber and by the one in memory alike."""

import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from fusion_service.config import BrokerConfig
from fusion_service.ingest.inbox import Delivery
from fusion_service.ingest.intake import Inbox
from fusion_service.ingest.mqtt.link import LinkState
from fusion_service.ingest.mqtt.subscriber import Subscriber
from tests.broker import Broker
from tests.fusion_service.centre import until
from tests.fusion_service.memory_inbox import MemoryInbox
from tests.fusion_service.wire import Wire
from wire_contract.codec import decode
from wire_contract.messages.acknowledgement import Acknowledgement, Answer
from wire_contract.messages.state import Link, State
from wire_contract.topics import CENTRE_STATE, Channel, DeviceTopic

REPORT = "pc/v1/beach/pier-1/report"
ACK = DeviceTopic("beach", "pier-1", Channel.ACK)
STREAM = str(uuid.uuid4())


class Side(Protocol):
    """An inbox and the world before it."""

    inbox: Inbox

    def send(self, payload: bytes) -> None: ...

    def reconnect(self) -> None: ...

    def published(self) -> Answer | None: ...


class MemorySide:
    def __init__(self) -> None:
        self.inbox = self._memory = MemoryInbox()

    def send(self, payload: bytes) -> None:
        self._memory.send(REPORT, payload)

    def reconnect(self) -> None:
        self._memory.reconnect()

    def published(self) -> Answer | None:
        return self._memory.published.get(ACK.text)


class BrokerSide:
    def __init__(self, subscriber: Subscriber, broker: Broker, wire: Wire) -> None:
        self.inbox = self._subscriber = subscriber
        self._broker, self._wire = broker, wire

    def send(self, payload: bytes) -> None:
        self._wire.send(REPORT, payload)

    def reconnect(self) -> None:
        # What the centre's side of a cut cable looks like: the socket is gone, and nobody said so.
        # Settlements under way would be lost with it, which is allowed, but not what these tests
        # are about.
        until(lambda: not self._subscriber._client.want_write(), "the settlements to leave")
        time.sleep(0.1)
        since_ms = self._subscriber.link.since_ms
        socket = self._subscriber._client.socket()
        assert socket is not None
        socket.shutdown(2)
        until(
            lambda: self._subscriber.link.since_ms > since_ms and connected(self._subscriber),
            "the reconnect",
        )

    def published(self) -> Answer | None:
        return self._wire.acknowledgement(ACK.text)


def connected(subscriber: Subscriber) -> bool:
    return subscriber.link.state is LinkState.CONNECTED


def subscriber_of(broker: Broker) -> Subscriber:
    config = BrokerConfig(port=broker.port)
    return Subscriber(
        config, boot=str(uuid.uuid4()), inbox_max=50, now_ms=lambda: time.time_ns() // 1_000_000
    )


@pytest.fixture(params=["memory", "broker"])
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    if request.param == "memory":
        yield MemorySide()
        return
    with ExitStack() as stack:
        broker = stack.enter_context(Broker(tmp_path / "broker"))
        subscriber = subscriber_of(broker)
        stack.callback(subscriber.stop)
        subscriber.start()
        wire = stack.enter_context(Wire(broker.port))
        # Connected is not subscribed: what is sent before that the broker keeps for nobody.
        until(lambda: connected(subscriber) and subscriber._returned, "the subscriber")
        yield BrokerSide(subscriber, broker, wire)


def take(side: Side, number: int) -> list[Delivery]:
    taken: list[Delivery] = []
    until(
        lambda: (
            bool(taken.extend(side.inbox.next_batch(number, first_wait_s=0.1, batch_wait_s=0.0)))
            or len(taken) >= number
        ),
        "messages",
    )
    return taken


def payloads(deliveries: list[Delivery]) -> list[bytes]:
    return [delivery.received.payload for delivery in deliveries]


def test_messages_come_in_the_order_in_which_they_were_sent(side: Side) -> None:
    for number in range(5):
        side.send(b"%d" % number)
    taken = take(side, 5)
    assert payloads(taken) == [b"0", b"1", b"2", b"3", b"4"]
    assert {delivery.received.topic for delivery in taken} == {REPORT}


def test_nothing_comes_where_nothing_was_sent(side: Side) -> None:
    assert side.inbox.next_batch(5, first_wait_s=0.05, batch_wait_s=0.0) == []


def test_a_batch_is_no_larger_than_asked(side: Side) -> None:
    for number in range(5):
        side.send(b"%d" % number)
    assert len(side.inbox.next_batch(3, first_wait_s=5.0, batch_wait_s=0.5)) == 3


def test_what_was_not_settled_comes_again_after_a_reconnect(side: Side) -> None:
    for number in range(5):
        side.send(b"%d" % number)
    taken = take(side, 5)
    side.inbox.settle(taken[:2])
    side.reconnect()
    assert payloads(take(side, 3)) == [b"2", b"3", b"4"]
    assert side.inbox.next_batch(5, first_wait_s=0.3, batch_wait_s=0.0) == []


def test_a_settlement_from_before_a_reconnect_settles_nothing_after_it(side: Side) -> None:
    side.send(b"first")
    side.send(b"second")
    before = take(side, 2)
    side.reconnect()
    assert payloads(take(side, 2)) == [b"first", b"second"]
    side.inbox.settle(before)  # the same message ids may stand for other messages by now
    side.reconnect()
    assert payloads(take(side, 2)) == [b"first", b"second"]


def test_an_acknowledgement_reaches_the_box(side: Side) -> None:
    acknowledgement = Acknowledgement(2, STREAM, 7, 1, None, STREAM, 9)
    side.inbox.publish(ACK, acknowledgement)
    until(lambda: side.published() == acknowledgement, "the acknowledgement")


def test_the_centre_says_when_it_is_there_and_when_it_goes(broker: Broker) -> None:
    subscriber = subscriber_of(broker)
    subscriber.start()
    with Wire(broker.port, listen=CENTRE_STATE) as wire:
        until(lambda: CENTRE_STATE in wire.heard, "online")
        subscriber.stop()
        until(lambda: len(wire.heard[CENTRE_STATE]) > 1, "offline")
    states = [decode(State, payload) for payload in wire.heard[CENTRE_STATE]]
    assert [state.link for state in states] == [Link.ONLINE, Link.OFFLINE]
    assert states[0].boot == states[1].boot


def test_at_the_bound_the_broker_keeps_the_rest_and_loses_none(broker: Broker) -> None:
    subscriber = subscriber_of(broker)
    subscriber.start()
    with Wire(broker.port) as wire:
        until(lambda: connected(subscriber), "the subscriber")
        for number in range(130):
            wire.send(REPORT, b"%d" % number, wait=number == 129)
        until(lambda: subscriber.depth == 50, "the inbox to fill")
        received: list[bytes] = []
        while len(received) < 130:
            taken = subscriber.next_batch(20, first_wait_s=5.0, batch_wait_s=0.0)
            assert taken
            assert subscriber.depth <= 50
            subscriber.settle(taken)
            received.extend(payloads(taken))
    subscriber.stop()
    assert received == [b"%d" % number for number in range(130)]
