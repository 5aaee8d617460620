# SPDX-License-Identifier: Apache-2.0
"""Renew the boxes' certificates over the broker, have it read new files, and put a lost box out.

Runs beside the authority.

Nobody asks for a renewal: the authority knows which certificate ends when, and hands the box
another for the key that it has, as a retained message that is no secret and of use to that box
alone. Each run hands out all that are good, so that a broker that lost its memory has them again;
those of revoked boxes are taken back.
"""

import base64
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from fusion_service.errors import BrokerError, IdentityError
from fusion_service.identity.ca import files, hand_out, holders
from fusion_service.identity.ca.authority import Authority
from fusion_service.identity.ca.holders import Current
from fusion_service.identity.ca.issuers import ROOT_CERTIFICATE
from wire_contract.codec import encode
from wire_contract.messages.enrolment import VERSION, Renewal
from wire_contract.programs.shipped import shipped
from wire_contract.topics import Channel, DeviceTopic

NAME = "renewal"
"""As whom this program comes in; the broker's access list lets it write certificates and hear
nothing."""
ANSWER_WAIT_S = 20.0
IN_FLIGHT_MAX = 100
RELOAD_WAIT_S = 1.0
STAYS_OUT_S = 4.0
"""A box tries to come back within two seconds; one that has not come in so much time does not get
in."""
PUT_OUT_TRIES = 5
SHOWN_WAIT_S, LOOK_WAIT_S, LOOK_EVERY_S = 10.0, 5.0, 0.2
"""How long a broker may take to show a new certificate; how long one look may; how often it is
looked at."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a run came to: boxes whose certificate is new, still good, over or revoked.

    Those whose certificate is over must be enrolled again.
    """

    renewed: tuple[str, ...]
    good: tuple[str, ...]
    over: tuple[str, ...]
    revoked: tuple[str, ...]


def renew(directory: Path, broker: BrokerAddress, *, days: int, now: datetime) -> Renewed:
    """Renew what is due, and hand out every certificate that is good.

    Raises IdentityError or BrokerError.

    A certificate is in the authority's folder before it is sent, so a run that was cut short is
    finished by the next one.
    """
    authority_ = Authority(directory)
    handed: dict[str, bytes] = {}
    told: dict[str, list[str]] = {"renewed": [], "good": [], "over": [], "revoked": []}
    for one in authority_.current():
        state, payload = _treat(authority_, one, days=days, now=now)
        told[state].append(f"{one.site}/{one.name}")
        if payload is not None:
            handed[DeviceTopic(one.site, one.name, Channel.CERTIFICATE).text] = payload
    publish_as(NAME, directory, broker, handed, now=now)
    return Renewed(**{state: tuple(names) for state, names in told.items()})


def publish_as(
    name: str,
    directory: Path,
    broker: BrokerAddress,
    messages: Mapping[str, bytes],
    *,
    now: datetime,
) -> None:
    """Publish retained messages by topic, as a program of the centre of this name.

    Raises BrokerError where one is refused.
    """
    with (
        Authority(directory).passing(holders.client(name), now=now) as own,
        _connected(directory, broker, own) as link,
    ):
        link.hand_out(messages, name)


def look_in(directory: Path, broker: BrokerAddress, *, now: datetime) -> None:
    """Come in and leave again.

    Raises BrokerError where no broker of this authority is there, or it lets nobody in.
    """
    with (
        Authority(directory).passing(holders.client(NAME), now=now) as own,
        _connected(directory, broker, own),
    ):
        pass


def repeat(hours: float) -> Iterator[None]:
    """Come back at once, and then every so many hours until a signal comes."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    yield
    while not stop.wait(hours * 3600.0):
        yield


def install_list(directory: Path, target: Path, broker_pid: Path) -> None:
    """Put the revocation list in the place of the broker's, and have the broker read it.

    Owner and mode stay the same.

    Raises IdentityError where either cannot be done.
    """
    listed = directory / hand_out.REVOCATION_LIST
    try:
        files.replace_as_it_was(target, listed.read_bytes())
    except OSError as error:
        by_hand = f"copy {listed} there and reload the broker by hand"
        raise IdentityError(f"{target}: {error}; {by_hand}") from error
    reload_broker(broker_pid)
    time.sleep(RELOAD_WAIT_S)


def reload_broker(broker_pid: Path) -> None:
    """Have the broker read its files again: no connection ends by it.

    Raises IdentityError where it cannot be told.
    """
    try:
        os.kill(int(broker_pid.read_text("ascii")), signal.SIGHUP)
    except (OSError, ValueError, OverflowError) as error:
        raise IdentityError(
            f"{broker_pid}: {error}; name the broker's pid_file, or reload the broker by hand"
        ) from error


def wait_until_shown(host: str, port: int, certificate: x509.Certificate) -> None:
    """Wait until a server shows this certificate.

    Raises BrokerError where it does not, in good time.
    """
    wanted, deadline_s = files.fingerprint(certificate), time.monotonic() + SHOWN_WAIT_S
    while True:
        shown, why = _shown(host, port)
        if shown == wanted:
            return
        if time.monotonic() > deadline_s:
            seen = why or "still shows another certificate"
            remedy = "may it read the new one? see its log, and restart it"
            raise BrokerError(f"broker {host}:{port}: {seen}; {remedy}")
        time.sleep(LOOK_EVERY_S)


def put_out(directory: Path, broker: BrokerAddress, *, site: str, name: str, now: datetime) -> bool:
    """End the connection of a box that was revoked; say whether it stayed out.

    Comes in as that box, with a certificate of its own that is good for minutes: the broker has one
    connection a name, and ends the older one. Whoever is then let in again by the broker, with the
    revoked certificate, would end ours: that is how it is seen. Raises BrokerError where the broker
    cannot be reached.
    """
    authority_ = Authority(directory)
    for _ in range(PUT_OUT_TRIES):
        with (
            authority_.passing(holders.device(site, name), now=now) as own,
            _connected(directory, broker, own) as link,
        ):
            if not link.lost.wait(STAYS_OUT_S):
                return True
    return False


def _shown(host: str, port: int) -> tuple[str | None, str]:
    """Return the fingerprint of what a server shows; it is compared and not trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), LOOK_WAIT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            der = secure.getpeercert(binary_form=True)
    except OSError as error:
        return None, str(error)
    return (files.fingerprint(x509.load_der_x509_certificate(der)) if der else None), ""


def _treat(
    authority_: Authority, one: Current, *, days: int, now: datetime
) -> tuple[str, bytes | None]:
    """Return what is to be said of a box, and what is to stand retained for it.

    B"" takes back what stood there.
    """
    if one.revoked:
        return "revoked", b""
    if one.is_over(now):
        return "over", None
    due = one.is_due(now)
    certificate = authority_.renew(one, days=days, now=now) if due else one.certificate
    der = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")
    return "renewed" if due else "good", encode(Renewal(VERSION, der))


class _Link:
    """One connection to the broker, MQTT 5, so that what it refuses it says."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.lost = threading.Event()
        self._answered = threading.Event()
        self._refused: str | None = None
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=NAME,
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
        )
        self.client.tls_set_context(tls)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_publish = self._on_publish

    def open(self, broker: BrokerAddress) -> None:
        where = f"broker {broker.host}:{broker.port}"
        try:
            self.client.connect(broker.host, broker.port, clean_start=True)
        except (OSError, ValueError) as error:
            raise BrokerError(
                f"{where}: {error}; is it running there, with a certificate of this authority for "
                "that host?"
            ) from error
        self.client.loop_start()
        if not self._answered.wait(ANSWER_WAIT_S) or self._refused is not None:
            remedy = (
                "does it have ca.pem and crl.pem as they are now? run fusion-service ca "
                "renew-servers"
            )
            raise BrokerError(f"{where}: {self._refused or 'does not answer'}; {remedy}")

    def hand_out(self, handed: Mapping[str, bytes], name: str) -> None:
        """Publish each, retained, and wait until the broker has taken all.

        Raises BrokerError where it refuses one.
        """
        topics = iter(handed.items())
        while batch := [pair for _, pair in zip(range(IN_FLIGHT_MAX), topics, strict=False)]:
            for sent in [
                self.client.publish(topic, payload, qos=1, retain=True) for topic, payload in batch
            ]:
                if sent.rc is MQTTErrorCode.MQTT_ERR_SUCCESS:
                    sent.wait_for_publish(ANSWER_WAIT_S)
                if self._refused is not None or not sent.is_published():
                    raise BrokerError(
                        f"certificates: the broker refuses them: {self._refused or 'no answer'}; "
                        f"let {name} write {_writes(batch)} in its access list, as "
                        f"{shipped('firmware_configs/broker/acl')} does"
                    )

    def _on_connect(
        self,
        _client: object,
        _user: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if reason.is_failure:
            self._refused = f"refused the connection: {reason}"
        self._answered.set()

    def _on_disconnect(
        self,
        _client: object,
        _user: object,
        _flags: object,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if not self._answered.is_set():
            self._refused = f"ends the connection: {reason}"
            self._answered.set()
        self.lost.set()

    def _on_publish(
        self, _client: object, _user: object, _mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            self._refused = str(reason)


def _writes(batch: Iterable[tuple[str, bytes]]) -> str:
    """Return what an access list has to name: each kind of topic once."""
    return ", ".join(
        sorted(
            {
                "/".join([*topic.split("/")[:2], "+", "+", *topic.split("/")[4:]])
                for topic, _ in batch
            }
        )
    )


@contextmanager
def _connected(directory: Path, broker: BrokerAddress, own: tuple[Path, Path]) -> Iterator[_Link]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.load_verify_locations(directory / ROOT_CERTIFICATE)
    tls.load_cert_chain(*own)
    link = _Link(tls)
    try:
        link.open(broker)
        yield link
    finally:
        link.client.disconnect()
        link.client.loop_stop()
