# SPDX-License-Identifier: Apache-2.0
"""A client of the broker that remembers what it heard, and bare attempts to come in.

A refusal is judged by what others heard.
"""

import socket
import ssl
import struct
import threading
from contextlib import suppress
from typing import Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.errors import LinkError
from privacy_audit.target.box import until
from privacy_audit.target.broker import HOST

WAIT_S = 10.0
ANSWER_S = 60.0
"""An attempt to come in that gets no answer counts as refused, so a slow broker must have the time
for one."""
HEARD_MAX = 10_000
_ACCEPTED = b"\x20\x02\x00\x00"


class BrokerPeer:
    """One client over TLS. A lost connection stays lost, so that it is seen.

    Raises LinkError where it is not let in.
    """

    def __init__(
        self,
        port: int,
        tls: ssl.SSLContext,
        *,
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        client_id: str = "",
        user: str | None = None,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.lost = threading.Event()
        self._entered, self._granted = threading.Event(), threading.Event()
        self._answered = threading.Event()
        self._client = self._made(tls, protocol, client_id)
        if user is not None:
            self._client.username_pw_set(user, "any")
        if will is not None:
            self._client.will_set(*will, qos=1)
        try:
            self._client.connect(HOST, port)
        except OSError as error:
            self._let_go()
            raise LinkError(f"broker: did not let a client in: {error}") from error
        self._client.loop_start()
        self._wait(self._entered)
        if not self._entered.is_set() or self.lost.is_set():
            self._client.loop_stop()
            self._let_go()
            raise LinkError("broker: did not let a client in")

    def _made(self, tls: ssl.SSLContext, protocol: MQTTProtocolVersion, client_id: str) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=protocol,
            reconnect_on_failure=False,
        )
        client.tls_set_context(tls)
        client.on_connect = self._on_connect
        client.on_subscribe = lambda *_: self._granted.set()
        client.on_message = self._on_message
        client.on_publish = lambda *_: self._answered.set()
        client.on_disconnect = self._on_disconnect
        return client

    def _wait(self, event: threading.Event) -> None:
        """Wait for the broker's answer, or for the connection to end."""
        until(lambda: event.is_set() or self.lost.is_set(), within_s=WAIT_S, every_s=0.005)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._let_go()

    def hear(self, *filters: str) -> None:
        """Subscribe; return once the broker has answered or has ended the connection."""
        for each in filters:
            self._granted.clear()
            self._client.subscribe(each, qos=1)
            self._wait(self._granted)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish; return once the broker has answered or has ended the connection.

        What is said later is heard later.
        """
        self._answered.clear()
        self._client.publish(topic, payload, qos=1, retain=retain)
        self._wait(self._answered)

    def has_heard(self, topic: str, payload: bytes) -> bool:
        """Wait for a message; say whether it came in time."""
        return until(lambda: (topic, payload) in self.heard, within_s=WAIT_S, every_s=0.005)

    def vanish(self) -> None:
        """End the connection as a power cut would, so that the last will is due."""
        connection = self._client.socket()
        self._client.loop_stop()
        if connection is not None:
            connection.close()
        self._let_go()

    def _let_go(self) -> None:
        """Break the circle through the callbacks, so that the client ends with its last user."""
        client = self._client
        client.on_connect = client.on_subscribe = client.on_message = client.on_publish = (
            client.on_disconnect
        ) = None

    def _on_connect(
        self,
        _client: Client,
        _user: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        (self.lost if reason.is_failure else self._entered).set()

    def _on_disconnect(
        self,
        _client: Client,
        _user: object,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.lost.set()

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        if len(self.heard) < HEARD_MAX:
            self.heard.append((message.topic, bytes(message.payload)))


def say_once(port: int, tls: ssl.SSLContext, topic: str, payload: bytes) -> None:
    """Publish one message on a connection of its own, which a broker may end over it.

    Return once the broker has ended it.

    By then it has judged what was said, and delivered it or not. Source: MQTT 3.1.1, quality of
    service 0.
    """
    hello = b"\x00\x04MQTT\x04\x02\x00\x1e\x00\x00"
    said = struct.pack("!H", len(topic)) + topic.encode() + payload
    with (
        suppress(OSError),
        socket.create_connection((HOST, port), WAIT_S) as plain,
        tls.wrap_socket(plain, server_hostname=HOST) as connection,
    ):
        connection.sendall(
            bytes([0x10, len(hello)]) + hello + bytes([0x30, len(said)]) + said + b"\xe0\x00"
        )
        while connection.recv(64):
            pass


def comes_in(port: int, tls: ssl.SSLContext | None) -> bool:
    """Say whether the broker answers an MQTT CONNECT with its welcome.

    With tls None it tries without encryption.

    In TLS 1.3 a client learns that its certificate is refused only after the handshake, so the
    answer to the CONNECT decides.
    """
    hello = b"\x00\x04MQTT\x04\x02\x00\x1e" + struct.pack("!H", 5) + b"probe"
    with (
        suppress(OSError),
        socket.create_connection((HOST, port), ANSWER_S) as plain,
        plain if tls is None else tls.wrap_socket(plain, server_hostname=HOST) as connection,
    ):
        connection.sendall(bytes([0x10, len(hello)]) + hello)
        return connection.recv(4) == _ACCEPTED
    return False
