# SPDX-License-Identifier: Apache-2.0
"""Against a real broker: what is read in short must be what paho would have read."""

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fusion_service.config import BrokerConfig
from fusion_service.ingest.mqtt.fast_client import PlainReader
from fusion_service.ingest.mqtt.limits import IN_FLIGHT_MAX
from fusion_service.ingest.mqtt.link import LinkState
from fusion_service.ingest.mqtt.subscriber import Subscriber
from tests.broker import Broker
from tests.fusion_service.centre import until

TOPIC = "pc/v1/beach/pier-1/report"
Message = tuple[str, bytes, int, int]


class Pair:
    """A reader, and a client that sends to it."""

    def __init__(self, port: int) -> None:
        self.heard: list[Message] = []
        self.by_paho = 0
        self._came = threading.Semaphore(0)
        self._ready = threading.Event()
        self.reader = PlainReader(self._hear, "reader")
        slow_way = self.reader.on_message

        def count(client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
            self.by_paho += 1
            slow_way(client, userdata, message)

        self.reader.on_message = count
        self.reader.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.reader.on_subscribe = lambda *_: self._ready.set()
        self.sender = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        for client in (self.reader, self.sender):
            client.connect("127.0.0.1", port)
            client.loop_start()
        assert self._ready.wait(5.0)

    def send(
        self,
        payload: bytes,
        *,
        topic: str = TOPIC,
        qos: int = 1,
        properties: Properties | None = None,
    ) -> Message:
        self.sender.publish(topic, payload, qos=qos, properties=properties)
        assert self._came.acquire(timeout=5.0)
        return self.heard[-1]

    def close(self) -> None:
        for client in (self.sender, self.reader):
            client.disconnect()
            client.loop_stop()
            # the pair that wakes paho's loop: else left to whoever collects the garbage
            client._reset_sockets()

    def _hear(self, *message: *Message) -> None:
        self.heard.append(message)
        self._came.release()


@pytest.fixture
def pair(broker: Broker) -> Iterator[Pair]:
    pair = Pair(broker.port)
    yield pair
    pair.close()


@pytest.mark.parametrize(
    "payload", [b"", b"\0", b"x" * 100, b"x" * 300, b"\xff\n" * 8_000]
)  # lengths of one to three bytes
def test_a_plain_message_is_read_without_paho(pair: Pair, payload: bytes) -> None:
    assert pair.send(payload) == (TOPIC, payload, 1, 1)
    assert pair.send(payload, topic="düne") == ("düne", payload, 2, 1)
    assert pair.by_paho == 0, "paho calls another method for a PUBLISH now: see plain_reading.py"


def test_a_message_with_properties_is_left_to_paho(pair: Pair) -> None:
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = ("a", "b")
    assert pair.send(b"one", properties=properties) == (TOPIC, b"one", 1, 1)
    assert pair.send(b"two") == (TOPIC, b"two", 2, 1)
    assert pair.by_paho == 1


def test_a_message_without_acknowledgement_is_left_to_paho(pair: Pair) -> None:
    assert pair.send(b"one", qos=0) == (TOPIC, b"one", 0, 0)
    assert pair.by_paho == 1


@pytest.mark.parametrize("packet", [b"", b"\0", b"\0\x05ab", b"\0\x01a\0", b"\0\x01a\0\x01"])
def test_a_message_cut_short_is_refused_by_paho_and_not_heard(packet: bytes) -> None:
    heard: list[Message] = []
    reader = PlainReader(lambda *message: heard.append(message), "reader")
    reader._in_packet["command"], reader._in_packet["packet"] = 0x32, bytearray(packet)
    with pytest.raises(MalformedPacket):
        reader._handle_publish()
    assert heard == []


@pytest.mark.parametrize(
    ("broker_allows", "sent_at_once"),
    [
        (None, 20),  # What mosquitto allows unasked.
        (7, 7),
        (2000, IN_FLIGHT_MAX),  # The shipped broker.
    ],
)
def test_as_much_is_sent_at_once_as_the_broker_allows(
    tmp_path: Path, broker_allows: int | None, sent_at_once: int
) -> None:
    lines = () if broker_allows is None else (f"max_inflight_messages {broker_allows}",)
    with Broker(tmp_path, lines=lines) as broker:
        subscriber = Subscriber(
            BrokerConfig(port=broker.port), boot=str(uuid.uuid4()), inbox_max=10, now_ms=lambda: 0
        )
        subscriber.start()
        until(lambda: subscriber.link.state is LinkState.CONNECTED, "the subscriber")
        assert subscriber._client.max_inflight_messages == sent_at_once
        subscriber.stop()
        subscriber._client._reset_sockets()  # as above
