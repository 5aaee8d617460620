# SPDX-License-Identifier: Apache-2.0
"""A plain MQTT client for tests: sends what a box sends, and hears what a box hears."""

import threading
from typing import Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from wire_contract.messages.acknowledgement import Answer, read_acknowledgement

WAIT_S = 60.0


class Wire:
    """Connected while the `with` lasts."""

    def __init__(self, port: int, listen: str = "pc/v1/+/+/ack") -> None:
        self.heard: dict[str, list[bytes]] = {}
        self._listen = listen
        self._ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        self._client.max_inflight_messages_set(1000)
        self._client.on_message = self._on_message
        self._client.on_connect = lambda client, *_: client.subscribe(self._listen, qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        assert self._ready.wait(WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._client._reset_sockets()  # it closes its loopback pair nowhere else

    def send(self, topic: str, payload: bytes, *, retain: bool = False, wait: bool = True) -> None:
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if wait:
            info.wait_for_publish(WAIT_S)
            assert info.is_published()

    def acknowledgement(self, topic: str) -> Answer | None:
        heard = self.heard.get(topic)
        return read_acknowledgement(heard[-1]) if heard else None

    def _on_message(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        self.heard.setdefault(message.topic, []).append(bytes(message.payload))
