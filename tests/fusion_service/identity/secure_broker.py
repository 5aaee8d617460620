# SPDX-License-Identifier: Apache-2.0
"""The launcher's broker with the shipped config, and clients to try it with.

Rule: a refusal is judged by what others heard, not by what the attacker was told.
"""

import select
import socket
import ssl
import struct
import threading
from contextlib import suppress
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from development.testbed.broker import ShippedBroker as SecureBroker
from development.testbed.identities import Identities, anonymous, context, files, now
from development.testbed.program import HOST, WAIT_S, until

__all__ = [
    "HOST",
    "WAIT_S",
    "A",
    "B",
    "Identities",
    "Peer",
    "SecureBroker",
    "anonymous",
    "context",
    "enter",
    "files",
    "now",
    "until",
]
A, B = ("beach", "pier-1"), ("beach", "pier-2")


class Peer:
    """A client over TLS that remembers what it heard and what it was told."""

    def __init__(
        self,
        port: int,
        tls: ssl.SSLContext,
        *,
        protocol: int = mqtt.MQTTv5,
        client_id: str = "",
        user: str | None = None,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.losses = 0
        self._told: dict[int, str] = {}
        self._granted = threading.Event()
        self._entered = threading.Event()
        # A lost connection stays lost, so that a test sees it.
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=protocol,
            reconnect_on_failure=False,
        )
        self._client.tls_set_context(tls)
        self._client.on_connect = lambda *_: self._entered.set()
        self._client.on_subscribe = lambda *_: self._granted.set()
        self._client.on_message = lambda _c, _u, message: self.heard.append(
            (message.topic, bytes(message.payload))
        )
        self._client.on_publish = self._on_publish
        self._client.on_disconnect = self._on_disconnect
        if user is not None:
            self._client.username_pw_set(user, "any")
        if will is not None:
            self._client.will_set(*will, qos=1)
        self._client.connect(HOST, port)
        self._client.loop_start()
        assert self._entered.wait(WAIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._client._reset_sockets()  # it closes its loopback pair nowhere else

    def hear(self, *filters: str) -> None:
        """Subscribe; returns once the broker has answered."""
        for each in filters:
            self._granted.clear()
            self._client.subscribe(each, qos=1)
            assert self._granted.wait(WAIT_S)

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> str:
        """Publish; return what the broker's PUBACK says."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        until(lambda: sent.mid in self._told, f"the answer to {topic}")
        return self._told.pop(sent.mid)

    def send(self, topic: str, payload: bytes) -> None:
        """Publish without waiting for an answer."""
        self._client.publish(topic, payload, qos=1)

    def wait_for(self, topic: str, payload: bytes) -> None:
        until(lambda: (topic, payload) in self.heard, f"{payload!r} on {topic}; heard {self.heard}")

    def vanish(self) -> None:
        """End the connection as a power cut would."""
        connection = self._client.socket()
        assert connection is not None
        self._client.loop_stop()
        connection.close()
        self._client._reset_sockets(sockpair_only=True)

    def _on_publish(
        self, _client: Any, _user: Any, mid: int, reason: Any, _properties: Any
    ) -> None:
        self._told[mid] = str(reason)

    def _on_disconnect(self, *_: Any) -> None:
        self.losses += 1


def enter(
    port: int,
    tls: ssl.SSLContext,
    *,
    session: ssl.SSLSession | None = None,
    keep: list[ssl.SSLSession] | None = None,
) -> str:
    """Try to come in, and say `welcome`, `welcome again` (by a TLS session of before) or why not.

    In TLS 1.3 a client learns that its certificate is refused only after the handshake, so this
    waits for the CONNACK. `keep` takes the TLS session for a later try.
    """
    connect = b"\x00\x04MQTT\x04\x02\x00\x1e" + struct.pack("!H", 5) + b"probe"
    try:
        with (
            socket.create_connection((HOST, port), WAIT_S) as plain,
            tls.wrap_socket(plain, server_hostname=HOST, session=session) as secure,
        ):
            if secure.version() == "TLSv1.3":
                _read_first_word(secure)
            secure.sendall(bytes([0x10, len(connect)]) + connect)
            answer = secure.recv(4)
            if keep is not None and secure.session is not None:
                keep.append(secure.session)
            if answer != b"\x20\x02\x00\x00":
                return f"answer {answer!r}"
            return "welcome again" if secure.session_reused else "welcome"
    except (ssl.SSLError, ConnectionError) as error:
        return str(error)


def _read_first_word(secure: ssl.SSLSocket) -> None:
    """Read what a server says after the handshake.

    Tickets to whom it accepts, an alert to whom not.

    Whoever writes first may find the connection gone, and the reason with it.
    """
    assert select.select([secure], [], [], WAIT_S)[0]
    secure.settimeout(0)
    with suppress(ssl.SSLWantReadError):
        secure.recv(1)
    secure.settimeout(WAIT_S)
