# SPDX-License-Identifier: Apache-2.0
"""The only place of the centre that holds the broker's socket.

Rule 1: the broker is acknowledged by hand, after the commit. Rule 2: an acknowledgement belongs to
the connection its message came by; message ids begin anew with each connection, so one that waited
across a reconnect is dropped and the broker sends again.

At the bound of the inbox the network thread waits: nothing is read from the socket, and the broker
keeps the rest.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from fusion_service.config import BrokerConfig
from fusion_service.ingest.examined import Received
from fusion_service.ingest.inbox import Delivery, WaitingRoom
from fusion_service.ingest.mqtt.box_certificates import BoxCertificates
from fusion_service.ingest.mqtt.fast_client import PlainReader
from fusion_service.ingest.mqtt.for_others import ForOthers
from fusion_service.ingest.mqtt.limits import (
    CONNECT_TIMEOUT_S,
    IN_FLIGHT_MAX,
    KEEPALIVE_S,
    OUTGOING_MAX,
    PACKET_BYTES_MAX,
    PACKET_BYTES_WANTED,
    RECEIVE_MAXIMUM,
    RECONNECT_S,
    SOURCES_WAITING_MAX,
    STOP_WAIT_S,
)
from fusion_service.ingest.mqtt.link import BrokerLink, LinkState
from fusion_service.ingest.mqtt.other_centres import OtherCentres
from fusion_service.ingest.mqtt.own_certificate import OwnCertificate, password_in
from fusion_service.ingest.mqtt.source_messages import SourceMessages
from fusion_service.ingest.mqtt.trouble import TROUBLE_MS, Flapping, Trouble
from wire_contract.codec import encode
from wire_contract.messages.acknowledgement import Answer
from wire_contract.messages.state import VERSION, Link, State
from wire_contract.programs.broker_reasons import comes_again, in_words
from wire_contract.programs.shipped import shipped
from wire_contract.topics import CENTRE_STATE, EVERY_SOURCE, Channel, DeviceTopic, every_device

CHANNELS = (Channel.REPORT, Channel.META, Channel.CHECKPOINT, Channel.STATE)
_COMPARE = f"compare {shipped('firmware_configs/broker/acl')}"
log = logging.getLogger(__name__)


class Subscriber:
    """A persistent MQTT 5 session: bounded inbox in, acknowledgements out.

    It has more than ten attributes: each callback of the one connection is the concern of one of
    them, and those that are somebody else's lie in rooms of their own beside this module.
    """

    def __init__(
        self, config: BrokerConfig, *, boot: str, inbox_max: int, now_ms: Callable[[], int]
    ) -> None:
        self._config = config
        self._boot = boot
        self._inbox_max = inbox_max
        self._now_ms = now_ms
        self._inbox = WaitingRoom(inbox_max)
        self._lock = threading.Lock()
        self._generation = 0
        self._for_others = ForOthers()
        self._asked_besides: set[int | None] = set()
        self._kept_mid: int | None = None
        """The subscription to what the broker keeps of our own acknowledgements, while it lasts."""
        self._returned = False
        self._others = OtherCentres(boot)
        self.box_certificates = BoxCertificates()
        """Until when each box's certificate is good, as far as the broker lets the centre read
        it."""
        self._trouble = Trouble(now_ms)
        self.source_messages = SourceMessages(self._trouble)
        self._flapping = Flapping(self._trouble, now_ms, config.client_id)
        self._link = BrokerLink(LinkState.CONNECTING, "", now_ms())
        self._client = self._new_client()

    @property
    def link(self) -> BrokerLink:
        """How the centre stands with the broker now."""
        return self._link

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong although the centre may be connected, each with its remedy.

        Empty where nothing is.
        """
        return self._trouble.sentences()

    @property
    def connection(self) -> int:
        """Which connection this is: another number after each loss and each beginning."""
        return self._generation

    @property
    def depth(self) -> int:
        """How many messages wait in the inbox."""
        return len(self._inbox)

    def start(self) -> None:
        """Begin to connect, and keep at it.

        Returns at once: a broker that is down is a state, not an error.
        """
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho types most of itself, not this
        properties.SessionExpiryInterval = self._config.session_expiry_s
        properties.ReceiveMaximum = self._inbox_max + SOURCES_WAITING_MAX
        properties.MaximumPacketSize = PACKET_BYTES_MAX
        address = (self._config.host, self._config.port)
        self._client.connect_async(
            *address, keepalive=KEEPALIVE_S, clean_start=False, properties=properties
        )
        self._client.loop_start()

    def next_batch(
        self, count_max: int, *, first_wait_s: float, batch_wait_s: float
    ) -> list[Delivery]:
        """Return up to `count_max` messages: waits for the first, then a little for more.

        Empty where none came.
        """
        return self._inbox.next_batch(
            count_max, first_wait_s=first_wait_s, batch_wait_s=batch_wait_s
        )

    def alone(self) -> AbstractContextManager[None]:
        """Read nothing from the broker for as long as a batch is worked on.

        See `WaitingRoom.alone`.
        """
        return self._inbox.alone()

    def publish(self, topic: DeviceTopic, acknowledgement: Answer) -> None:
        """Tell a box what was disposed of, retained.

        Without a connection nothing is kept: the broker sends again, and so do we.
        """
        if self._link.state is LinkState.CONNECTED:
            sent = self._client.publish(topic.text, encode(acknowledgement), qos=1, retain=True)
            if sent.rc == mqtt.MQTT_ERR_QUEUE_SIZE:
                waits = f"{OUTGOING_MAX} acknowledgements wait for the broker, so some are dropped"
                self._trouble.tell(
                    "queue", f"{waits} and boxes send again; see its load", for_ms=TROUBLE_MS
                )

    def returned(self) -> bool:
        """Say, once, that the connection is a new one and what the broker kept has been heard."""
        if not self._returned:
            return False
        self._returned = False
        return True

    @property
    def room(self) -> int:
        """How many acknowledgements more may be told at once."""
        return max(0, OUTGOING_MAX // 2 - self._client.waiting)

    def show(self, topic: str, payload: bytes) -> bool:
        """Publish for others, retained; return whether it was sent.

        The first message asks whether we may, and the others wait for the answer.
        """
        if self._link.state is not LinkState.CONNECTED or not self._for_others.may_publish():
            return False
        asks = self._for_others.is_asking
        sent = self._client.publish(topic, payload, qos=int(asks), retain=True)
        if asks and sent.rc == mqtt.MQTT_ERR_SUCCESS:
            self._for_others.note_asked(sent)
        return sent.rc == mqtt.MQTT_ERR_SUCCESS

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge messages to the broker, those of earlier connections excepted."""
        with self._lock:
            for delivery in deliveries:
                if delivery.generation == self._generation:
                    self._client.ack(delivery.mid, delivery.qos)

    def refuse_more(self) -> None:
        """Take no more into the inbox.

        What comes now is not acknowledged, so the broker keeps it for the next run.
        """
        self._inbox.close()
        self.source_messages.close()

    def stop(self) -> None:
        """Say that the centre is offline, and leave; the broker keeps the session."""
        self.refuse_more()
        if self._link.state is LinkState.CONNECTED:
            try:
                self._publish_state(Link.OFFLINE).wait_for_publish(STOP_WAIT_S)
            except (RuntimeError, ValueError) as error:
                # The broker went first, as when a machine shuts down that has both. Boxes
                # keep what is not acknowledged.
                log.warning("could not say offline to the broker: %s", error)
        self._client.disconnect()
        self._client.loop_stop()

    def _new_client(self) -> PlainReader:
        client = PlainReader(self._hear, self._config.client_id)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.reconnect_delay_set(*RECONNECT_S)
        client.max_queued_messages_set(OUTGOING_MAX)
        client.will_set(CENTRE_STATE, self._state(Link.OFFLINE), qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.message_callback_add(CENTRE_STATE, self._on_centre_state)
        client.message_callback_add(every_device(Channel.ACK), self._on_acknowledgement)
        client.message_callback_add(
            every_device(Channel.CERTIFICATE),
            lambda _c, _u, one: self.box_certificates.hear(one.topic, bytes(one.payload)),
        )
        if self._config.ca is not None:
            own = OwnCertificate(self._config)
            client.tls_set_context(own.context)
            client.on_pre_connect = lambda _client, _userdata: own.renew()
        if self._config.user is not None and self._config.password_file is not None:
            client.username_pw_set(self._config.user, password_in(self._config.password_file))
        return client

    def _state(self, link: Link) -> bytes:
        return encode(State(v=VERSION, boot=self._boot, link=link))

    def _publish_state(self, link: Link) -> mqtt.MQTTMessageInfo:
        return self._client.publish(CENTRE_STATE, self._state(link), qos=1, retain=True)

    def _forget_connection(self) -> None:
        with self._lock:
            self._generation += 1

    def _move(self, state: LinkState, detail: str) -> None:
        if (self._link.state, self._link.detail) != (state, detail):
            self._link = BrokerLink(state, detail, self._now_ms())
            log.info("broker %s at %s:%d %s", state, self._config.host, self._config.port, detail)

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: object,
        _flags: object,
        reason: ReasonCode,
        properties: object,
    ) -> None:
        self._forget_connection()
        self._others.forget()
        self._tell_others()
        if reason.is_failure:
            self._move(LinkState.REFUSED, in_words(str(reason), client_id=self._config.client_id))
            return
        bytes_max = getattr(properties, "MaximumPacketSize", PACKET_BYTES_MAX)
        small = (
            f"the broker takes packets of at most {bytes_max} bytes, wanted {PACKET_BYTES_WANTED}"
        )
        remedy = "raise max_packet_size in its configuration"
        self._trouble.tell("size", f"{small}; {remedy}" if bytes_max < PACKET_BYTES_WANTED else "")
        self._client.allow_in_flight(
            min(IN_FLIGHT_MAX, getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM))
        )
        client.subscribe([(every_device(channel), SubscribeOptions(qos=1)) for channel in CHANNELS])
        # By itself, so that a broker that does not let us read it refuses nothing else; not
        # acknowledged by hand.
        client.subscribe(CENTRE_STATE, options=SubscribeOptions(qos=0))
        # What we acknowledged before, as the broker kept it: more than a store holds that was lost.
        self._kept_mid = client.subscribe(
            every_device(Channel.ACK), options=SubscribeOptions(qos=0)
        )[1]
        self._asked_besides = {
            client.subscribe(topic, options=SubscribeOptions(qos=qos))[1]
            for topic, qos in ((every_device(Channel.CERTIFICATE), 0), (EVERY_SOURCE, 1))
        }
        self._move(LinkState.CONNECTED, "")
        self._publish_state(Link.ONLINE)

    def _on_connect_fail(self, _client: mqtt.Client, _userdata: object) -> None:
        why = self._client.connect_fault or "no answer"
        is_tls = "certificate" in why.lower()
        ask = "is broker.ca the authority of its certificate?" if is_tls else "is it running?"
        again = f"trying again every {RECONNECT_S[0]} to {RECONNECT_S[1]} s"
        self._move(LinkState.CONNECTING, f"{why}; {ask} {again}")

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        self._forget_connection()
        words = in_words(str(reason), client_id=self._config.client_id)
        if comes_again(str(reason)):
            self._trouble.tell("ended", words, for_ms=TROUBLE_MS)
        if self._link.state is LinkState.CONNECTED and not self._inbox.closed:
            self._move(LinkState.CONNECTING, words)
            self._flapping.note_end()

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _userdata: object,
        mid: int,
        reasons: list[ReasonCode],
        _properties: object,
    ) -> None:
        if mid == self._kept_mid:
            # By now the broker has sent what it kept; what we say now need not come back to us.
            self._kept_mid, self._returned = None, True
            self._client.unsubscribe(every_device(Channel.ACK))
            unseen = (
                f"the broker does not let the centre read {every_device(Channel.ACK)}, so a loss "
                "of its store goes unseen"
            )
            self._trouble.tell("kept", f"{unseen}; {_COMPARE}" if reasons[0].is_failure else "")
            return
        if mid in self._asked_besides:
            return  # where one is refused, nothing of the boxes hangs on it but days that are shown
        if len(reasons) == 1:  # the centre's own word; only whether others are noticed hangs on it
            unheard = (
                f"the broker does not let the centre read {CENTRE_STATE}, so another centre on it "
                "would go unnoticed"
            )
            self._trouble.tell("deaf", f"{unheard}; {_COMPARE}" if reasons[0].is_failure else "")
            return
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self._move(
                LinkState.REFUSED,
                f"subscription: {refused[0]}; let {self._config.client_id} read in the broker's "
                "ACL",
            )

    def _on_publish(
        self,
        _client: mqtt.Client,
        _userdata: object,
        mid: int,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if not reason.is_failure:
            return
        if not self._for_others.note_refused(mid):
            words = in_words(str(reason), client_id=self._config.client_id)
            self._trouble.tell(
                "refused",
                f"the broker refuses an acknowledgement or the centre's state: {words}",
                for_ms=TROUBLE_MS,
            )

    def _on_centre_state(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        """Answer what another centre says of the centre.

        So that boxes never hold for one that is here.
        """
        again = self._others.hear(
            bytes(message.payload), retained=message.retain, now_ms=self._now_ms()
        )
        self._tell_others()
        if again and not self._inbox.closed:
            self._publish_state(Link.ONLINE)

    def _on_acknowledgement(
        self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        """Have the store compare what it acknowledged before; what we say now is passed over."""
        if message.retain:
            kept = Received(message.topic, bytes(message.payload), self._now_ms(), retained=True)
            self._inbox.put(Delivery(kept, message.mid, message.qos, self._generation))

    def _tell_others(self) -> None:
        others = ", ".join(self._others.alive)
        both = "both acknowledge, and boxes then delete what only one of them may have"
        remedy = "end the other, or give it a broker of its own"
        sentence = f"another centre is on this broker (run {others}): {both}; {remedy}"
        self._trouble.tell("other", sentence if others else "")

    def _hear(self, topic: str, payload: bytes, mid: int, qos: int) -> None:
        delivery = Delivery(Received(topic, payload, self._now_ms()), mid, qos, self._generation)
        if not self.source_messages.are_for(topic):
            self._inbox.put(delivery)
        elif not self.source_messages.bring(delivery):
            self.settle([delivery])
