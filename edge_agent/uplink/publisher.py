# SPDX-License-Identifier: Apache-2.0
"""One connection to the broker: publish what is waiting, hear what the centre has committed.

A connection lives from `connect` to the first trouble and is then thrown away; nothing is queued in
it, because the outbox is the only queue. A PUBACK means nothing here: only the centre's
acknowledgement lets a row go. One that refuses (MQTT 5 only) is trouble.
"""

import base64
import math
import ssl
from collections import deque
from typing import NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.errors import LinkError
from wire_contract.codec import decode, encode
from wire_contract.errors import ContractError
from wire_contract.messages.acknowledgement import Answer, read_acknowledgement
from wire_contract.messages.enrolment import Renewal
from wire_contract.messages.state import VERSION, Link, State
from wire_contract.programs.broker_reasons import in_words
from wire_contract.topics import CENTRE_STATE, TO_A_BOX, Channel, DeviceTopic

KEEPALIVE_S = 30
CONNECT_TIMEOUT_S = 10.0
ACKNOWLEDGEMENTS_MAX = 64
"""Acknowledgements kept unread; each covers all before it, so the oldest may go."""
RENEWALS_MAX = 4
"""Certificates and signed configs listened to in one connection, the same again not counted: each
run of the authority repeats them, and a connection may last for months. Whoever sends more does not
wear out the card."""
HEAD_BYTES = 256
"""What an envelope's packet has besides: its topic and a few numbers."""
NOT_AUTHORIZED = "Not authorized"
_LOST = in_words("Unspecified error", client_id="")
_FULL = "too much waits to be sent on this connection; a new one is opened"
RETAINED = frozenset({Channel.META, Channel.CHECKPOINT})


class HeardAnswer(NamedTuple):
    """What the centre said; retained: to an earlier connection, and kept by the broker."""

    answer: Answer
    retained: bool


class Mailbox:
    """What was heard in a connection and not read yet. Each kind is bounded."""

    def __init__(self, *, acknowledgements: str, renewals: str) -> None:
        """The topics of this box that the centre speaks on."""
        self._acknowledgements_topic, self._renewals_topic = acknowledgements, renewals
        self._acknowledgements: deque[HeardAnswer] = deque(maxlen=ACKNOWLEDGEMENTS_MAX)
        self._certificates: deque[bytes] = deque(maxlen=1)
        self._configs: deque[bytes] = deque(maxlen=1)
        self._renewals: set[bytes] = set()
        self.centre: Link | None = None
        """What the centre says of itself; None where nobody has said anything."""

    def acknowledgements(self) -> tuple[HeardAnswer, ...]:
        """Return what the centre has said since the last call, in order."""
        heard = tuple(self._acknowledgements)
        self._acknowledgements.clear()
        return heard

    def certificate(self) -> bytes | None:
        """Return the renewed certificate (DER) that was heard last since the last call, if any."""
        return self._certificates.pop() if self._certificates else None

    def signed_config(self) -> bytes | None:
        """Return the signed config that was heard last since the last call, if any.

        As it came, and unbelieved.
        """
        return self._configs.pop() if self._configs else None

    def keep(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """Keep what was heard.

        What cannot be read is as if it had not come: a row stays and is sent again.
        """
        try:
            if topic == self._acknowledgements_topic:
                self._acknowledgements.append(
                    HeardAnswer(read_acknowledgement(payload), retained=retained)
                )
            elif topic == CENTRE_STATE:
                self.centre = decode(State, payload).link
            elif topic == self._renewals_topic and self._is_heard(payload):
                # Two kinds of message: an envelope has a line feed, which no JSON of ours has.
                if b"\n" in payload:
                    self._configs.append(payload)
                else:
                    self._certificates.append(
                        base64.b64decode(decode(Renewal, payload).certificate)
                    )
        except (ContractError, ValueError):
            return

    def _is_heard(self, payload: bytes) -> bool:
        """Say whether a message is kept.

        Each once, and no more than a few, but those that say again what was said before.
        """
        if payload in self._renewals or len(self._renewals) >= RENEWALS_MAX:
            return False
        self._renewals.add(payload)
        return True


class Publisher:
    """A connection, driven by the thread that calls `turn`."""

    def __init__(
        self, *, site: str, device: str, boot: str, protocol: str, tls: ssl.SSLContext | None
    ) -> None:
        self._names, self._boot = (site, device), boot
        self.mailbox = Mailbox(
            acknowledgements=self._topic(Channel.ACK), renewals=self._topic(Channel.CERTIFICATE)
        )
        self._under_way: dict[int, str] = {}
        self._greeting: int | None = None
        self._trouble: str | None = None
        self._packet_bytes_max = math.inf
        self.welcomed = False
        """The broker has let us in, with the certificate that we show."""
        self.connected = False
        """It has answered all that we said first, and with that sent what is retained for us."""
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{site}.{device}",
            protocol=MQTTv5 if protocol == "5" else MQTTv311,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(1000)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.will_set(self._topic(Channel.STATE), self._state(Link.OFFLINE), qos=1, retain=True)
        if tls is not None:
            client.tls_set_context(tls)
        self._client = client

    def connect(self, host: str, port: int) -> None:
        """Open the connection; `turn` completes it. Raises LinkError naming the broker."""
        try:
            self._client.connect(host, port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise LinkError(
                f"broker {host}:{port}: {error}; is it running, and is broker.host right?"
            ) from error

    def turn(self, timeout_s: float) -> None:
        """Move bytes for up to `timeout_s`.

        Raises LinkError once the connection is of no more use.
        """
        result = self._client.loop(timeout_s)
        if self._trouble is not None or result is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise LinkError(f"broker: {self._trouble or _LOST}")

    def publish(self, channel: Channel, envelope: bytes) -> None:
        """Hand one envelope to the broker. Raises LinkError where the connection is gone."""
        if len(envelope) + HEAD_BYTES > self._packet_bytes_max:
            small = f"takes packets of at most {self._packet_bytes_max:g} bytes"
            need = f"{channel} of {len(envelope)} bytes"
            raise LinkError(
                f"broker: {small}, wanted room for a {need}; raise max_packet_size in its "
                "configuration"
            )
        sent = self._client.publish(
            self._topic(channel), envelope, qos=1, retain=channel in RETAINED
        )
        if sent.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise LinkError(
                f"broker: {_FULL if sent.rc is MQTTErrorCode.MQTT_ERR_QUEUE_SIZE else _LOST}"
            )
        self._under_way[sent.mid] = channel

    def close(self) -> None:
        """Say offline and end the connection, as far as it still goes."""
        if self.connected:
            self._client.publish(
                self._topic(Channel.STATE), self._state(Link.OFFLINE), qos=1, retain=True
            )
            self._client.loop(0.2)
        self._client.disconnect()
        self.drop()

    def drop(self) -> None:
        """Let go of its descriptors at once: else they stay open until Python looks for cycles."""
        self._client._reset_sockets()  # noqa: SLF001 - the library closes its loopback pair nowhere else

    def _topic(self, channel: Channel) -> str:
        return DeviceTopic(*self._names, channel).text

    def _state(self, link: Link) -> bytes:
        return encode(State(v=VERSION, boot=self._boot, link=link))

    def _on_connect(
        self,
        client: Client,
        _user: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._trouble = f"refused the connection: {self._in_words(reason)}"
            return
        self._packet_bytes_max = getattr(properties, "MaximumPacketSize", math.inf)
        self.welcomed = True
        client.subscribe(
            [
                (topic, 1)
                for topic in (CENTRE_STATE, *(self._topic(channel) for channel in sorted(TO_A_BOX)))
            ]
        )
        # After the subscription, so that its answer comes after what was retained for us.
        self._greeting = client.publish(
            self._topic(Channel.STATE), self._state(Link.ONLINE), qos=1, retain=True
        ).mid

    def _on_disconnect(
        self,
        _client: Client,
        _user: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.connected = False
        self._trouble = self._trouble or f"disconnected: {self._in_words(reason)}"

    def _in_words(self, reason: ReasonCode) -> str:
        return in_words(str(reason), client_id=".".join(self._names))

    def _on_publish(
        self,
        _client: Client,
        _user: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        channel = self._under_way.pop(mid, Channel.STATE)
        if mid == self._greeting:
            self._greeting, self.connected = None, True
        if reason.is_failure and str(reason) != NOT_AUTHORIZED:
            self._trouble = f"refuses what this box publishes: {self._in_words(reason)}"
        elif reason.is_failure:
            self._trouble = (
                f"refuses what this box publishes on {self._topic(Channel(channel))}: {reason}; is "
                f"the certificate that of {'/'.join(self._names)}, and does the broker's "
                "access list let it?"
            )

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        self.mailbox.keep(message.topic, bytes(message.payload), retained=message.retain)
