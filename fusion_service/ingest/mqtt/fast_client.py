# SPDX-License-Identifier: Apache-2.0
"""paho's MQTT 5 client, at what a centre hears.

Two places in which paho is made for a few messages a second.

paho makes the tables of all 27 properties anew for each message that comes, and a lock to wait for
its delivery: together half of what it takes to read one. Nothing that boxes send has properties.
All else of the protocol stays with paho, and so does a message that is not of the plainest form.

And paho sends 20 messages at most before the broker has taken the first, whatever the broker
allows. What the broker answers comes behind all the reports that are under way, so a batch's
acknowledgements to a hundred boxes would take five times as long as those.
"""

from collections.abc import Callable

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

_QOS, _QOS_1 = 0x06, 0x02
_NO_PROPERTIES = b"\0"

Hear = Callable[[str, bytes, int, int], None]
"""Takes the topic, the payload, the message id and the QoS."""


class PlainReader(mqtt.Client):
    """A client that is acknowledged by hand and tells `hear` of every message."""

    def __init__(self, hear: Hear, client_id: str) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5, manual_ack=True
        )
        self._hear = hear
        self.connect_fault = ""
        """Why the last try to connect came to nothing; paho tells only that it did."""
        self.on_message = lambda _client, _userdata, message: hear(
            _topic(message), bytes(message.payload), message.mid, message.qos
        )

    def reconnect(self) -> MQTTErrorCode:
        """Open the connection, and keep what the system says where it cannot be opened."""
        try:
            return super().reconnect()
        except OSError as error:
            self.connect_fault = f"{error.strerror or error}"
            raise

    def allow_in_flight(self, number: int) -> None:
        """Send so many messages before the first is taken.

        Paho lets that be said only before it knows what the broker allows.
        """
        self._max_inflight_messages = number

    @property
    def waiting(self) -> int:
        """How many messages of ours the broker has not taken yet."""
        return len(self._out_messages)

    def _handle_publish(self) -> MQTTErrorCode:
        """Take a PUBLISH apart: MQTT 5, section 3.3.

        It takes the place of a method that paho does not promise. Where paho should rename it,
        paho's own takes over and all is as before, only slower; a test says so.
        """
        packet = self._in_packet["packet"]
        topic_end = 2 + int.from_bytes(packet[:2], "big")
        start = topic_end + 3  # after the message id and the length of the properties
        if (
            self._in_packet["command"] & _QOS != _QOS_1
            or packet[start - 1 : start] != _NO_PROPERTIES
        ):
            return super()._handle_publish()
        topic, mid = (
            packet[2:topic_end].decode("utf-8", "replace"),
            int.from_bytes(packet[topic_end : start - 1], "big"),
        )
        self._hear(topic, bytes(packet[start:]), mid, 1)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def _topic(message: mqtt.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return ""  # A broker must not deliver this; where one does, admission finds no topic in it.
