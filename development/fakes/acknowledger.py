# SPDX-License-Identifier: Apache-2.0
"""The centre's side of the link, reduced to hearing and acknowledging, over a real broker."""

import threading
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from wire_contract.codec import encode
from wire_contract.messages.acknowledgement import Acknowledgement
from wire_contract.messages.report import VERSION
from wire_contract.topics import Channel, DeviceTopic

STORE = "5a3c7f2e-0d1b-4c6a-8e9f-1b2c3d4e5f60"


class Acknowledger:
    """Hear everything under pc/v1, in order; say `acknowledge` when told to."""

    def __init__(self, host: str, port: int) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._news = threading.Condition()
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="centre")
        self._client.on_connect = lambda client, *_: client.subscribe("pc/v1/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect(host, port)
        self._client.loop_start()
        assert self._subscribed.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # They refer to us and we to them: without the ring the client goes at once, and closes its
        # sockets.
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None

    def acknowledge(self, site: str, device: str, stream: str, upto: int) -> None:
        message = Acknowledgement(
            VERSION, stream, upto, rejected=0, root=None, store=STORE, held=upto
        )
        self.say(DeviceTopic(site, device, Channel.ACK).text, encode(message))

    def say(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1, retain=True).wait_for_publish(10)

    def on(self, channel: Channel) -> list[bytes]:
        """Return the payloads heard on one channel, in order."""
        return [payload for topic, payload in self.heard if topic.endswith(f"/{channel}")]

    def wait_for(self, channel: Channel, count: int, timeout_s: float = 10.0) -> list[bytes]:
        """Return what was heard on a channel once it is `count` or more."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.on(channel)) >= count, timeout_s), (
                self.heard
            )
        return self.on(channel)

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        with self._news:
            self.heard.append((message.topic, bytes(message.payload)))
            self._news.notify_all()
