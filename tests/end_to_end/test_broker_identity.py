# SPDX-License-Identifier: Apache-2.0
"""A box that attacks the broker as itself, as another and as no one.

Over real TLS, against the shipped config and access list.

Every refusal has its control: the same step, by who may do it, succeeds. Not being heard is proven
by a later message that is.
"""

import shutil
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from development.fakes.messages import BOOT, STREAM
from edge_agent.process_settings import UplinkSettings
from edge_agent.processes.uplink import Uplink
from edge_agent.store.layout import NOTES_FILE
from edge_agent.store.outbox import Outbox, Waiting
from edge_agent.uplink.tls import client_context
from fusion_service.identity import lifetimes
from fusion_service.identity.ca import holders
from fusion_service.identity.ca.certificates import Purpose, Validity, leaf
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre
from tests.fusion_service.identity.secure_broker import (
    HOST,
    A,
    B,
    Identities,
    Peer,
    SecureBroker,
    anonymous,
    context,
    enter,
    files,
    now,
    until,
)  # fmt: skip
from wire_contract.codec import ENVELOPE_BYTES_MAX, encode
from wire_contract.messages.acknowledgement import AcknowledgementV1
from wire_contract.topics import CENTRE_STATE, Channel, DeviceTopic

A_REPORT, A_STATE, A_ACK = (
    DeviceTopic(*A, channel).text for channel in (Channel.REPORT, Channel.STATE, Channel.ACK)
)
B_REPORT, B_STATE, B_ACK = (
    DeviceTopic(*B, channel).text for channel in (Channel.REPORT, Channel.STATE, Channel.ACK)
)
A_CHECKPOINT = A_REPORT.removesuffix("report") + "checkpoint"
REFUSED = "Not authorized"


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path / "identities")


@pytest.fixture
def broker(identities: Identities) -> Iterator[SecureBroker]:
    with SecureBroker(identities) as running:
        yield running


@pytest.fixture
def centre(identities: Identities, broker: SecureBroker) -> Iterator[Peer]:
    """The centre's identity, hearing all that it may."""
    with Peer(broker.port, context(identities.client("fusion"))) as peer:
        peer.hear("pc/v1/#")
        yield peer


@pytest.fixture
def a(identities: Identities) -> ssl.SSLContext:
    return context(identities.device(*A))


@pytest.fixture
def b(identities: Identities) -> ssl.SSLContext:
    return context(identities.device(*B))


def refused(
    broker: SecureBroker,
    tls: ssl.SSLContext,
    topic: str,
    *,
    protocol: int = mqtt.MQTTv5,
    user: str | None = None,
    retain: bool = False,
) -> str:
    """Publish what may not be published.

    Return what the broker answered before it ended the connection, as it does then.
    """
    with Peer(broker.port, tls, protocol=protocol, user=user) as attacker:
        answer = attacker.say(topic, b"forged", retain=retain)
        until(lambda: attacker.losses == 1, "the end of the connection")
    return answer


# --- what a box may say


@pytest.mark.parametrize("protocol", [mqtt.MQTTv5, mqtt.MQTTv311])
def test_a_box_is_heard_on_its_own_topics(
    broker: SecureBroker, centre: Peer, a: ssl.SSLContext, protocol: int
) -> None:
    with Peer(broker.port, a, protocol=protocol) as box:
        for channel in ("report", "meta", "state", "checkpoint"):
            topic = A_REPORT.removesuffix("report") + channel
            assert box.say(topic, channel.encode()) == "Success"
            centre.wait_for(topic, channel.encode())


@pytest.mark.parametrize(
    "topic",
    [A_REPORT, A_STATE, A_CHECKPOINT, A_ACK, B_ACK, CENTRE_STATE, "pc/v1/beach/report", "else"],
)
def test_a_box_is_not_heard_on_another_topic(
    broker: SecureBroker, centre: Peer, b: ssl.SSLContext, topic: str
) -> None:
    assert refused(broker, b, topic) == REFUSED
    assert refused(broker, b, topic, retain=True) == REFUSED
    with Peer(broker.port, b) as box:
        assert box.say(B_REPORT, b"own") == "Success"
    centre.wait_for(B_REPORT, b"own")
    assert centre.heard == [(B_REPORT, b"own")]


def test_under_version_3_the_attacker_is_told_nothing_and_still_not_heard(
    broker: SecureBroker, centre: Peer, b: ssl.SSLContext
) -> None:
    # 3.1.1 has no word for it: the broker says success and drops. Only the centre's own
    # acknowledgement means that one was heard.
    assert refused(broker, b, A_REPORT, protocol=mqtt.MQTTv311) == "Success"
    with Peer(broker.port, b, protocol=mqtt.MQTTv311) as box:
        box.say(B_REPORT, b"own")
    centre.wait_for(B_REPORT, b"own")
    assert centre.heard == [(B_REPORT, b"own")]


def test_a_last_will_on_anothers_topic_is_not_delivered(
    broker: SecureBroker, centre: Peer, b: ssl.SSLContext
) -> None:
    Peer(broker.port, b, will=(A_STATE, b"forged will")).vanish()
    Peer(broker.port, b, will=(B_STATE, b"own will")).vanish()
    centre.wait_for(B_STATE, b"own will")
    assert centre.heard == [(B_STATE, b"own will")]


def test_the_name_in_a_packet_counts_for_nothing(
    broker: SecureBroker, centre: Peer, b: ssl.SSLContext
) -> None:
    for user in ("beach/pier-1", "fusion"):
        assert {refused(broker, b, A_REPORT, user=user), refused(broker, b, A_ACK, user=user)} == {
            REFUSED
        }
        with Peer(broker.port, b, user=user) as box:
            assert box.say(B_REPORT, b"own") == "Success"
    until(lambda: len(centre.heard) == 2, "both times that B spoke as itself")
    assert set(centre.heard) == {(B_REPORT, b"own")}


# --- what a box may hear


@pytest.mark.parametrize(
    "filter_",
    [
        "#",
        "pc/v1/#",
        "+/v1/+/+/+",
        "pc/v1/beach/+/report",
        A_REPORT,
        A_ACK,
        f"$share/thief/{A_REPORT}",
        "$share/thief/#",
        "$SYS/#",
    ],
)
def test_a_box_hears_its_own_acknowledgement_and_nothing_else(
    broker: SecureBroker, centre: Peer, a: ssl.SSLContext, b: ssl.SSLContext, filter_: str
) -> None:
    with Peer(broker.port, a) as box, Peer(broker.port, b) as thief:
        thief.hear(filter_, B_ACK)
        assert box.say(A_REPORT, b"of A") == "Success"
        box.say(A_STATE, b"kept", retain=True)
        assert centre.say(A_ACK, b"to A", retain=True) == "Success"
        assert centre.say(B_ACK, b"to B") == "Success"
        centre.wait_for(A_REPORT, b"of A")
        thief.wait_for(B_ACK, b"to B")
        assert set(thief.heard) == {(B_ACK, b"to B")}


def test_every_box_hears_whether_the_centre_is_there(
    broker: SecureBroker, centre: Peer, a: ssl.SSLContext
) -> None:
    with Peer(broker.port, a) as box:
        box.hear(CENTRE_STATE)
        assert centre.say(CENTRE_STATE, b"online", retain=True) == "Success"
        box.wait_for(CENTRE_STATE, b"online")


def test_who_watches_the_broker_hears_its_figures_and_no_box(
    identities: Identities, broker: SecureBroker, centre: Peer, a: ssl.SSLContext
) -> None:
    watcher = context(identities.client("monitor"))
    assert refused(broker, watcher, A_ACK) == REFUSED
    with Peer(broker.port, watcher) as monitor, Peer(broker.port, a) as box:
        monitor.hear("pc/v1/#")
        box.say(A_REPORT, b"of A", retain=True)
        centre.wait_for(A_REPORT, b"of A")
        monitor.hear("#", "$SYS/#")
        until(lambda: bool(monitor.heard), "the broker's figures")
        assert {topic.partition("/")[0] for topic, _ in monitor.heard} == {"$SYS"}


def test_the_centre_answers_boxes_and_speaks_for_none(
    identities: Identities, broker: SecureBroker, a: ssl.SSLContext
) -> None:
    fusion = context(identities.client("fusion"))
    assert refused(broker, fusion, A_REPORT, retain=True) == REFUSED
    with Peer(broker.port, fusion) as centre, Peer(broker.port, a) as box:
        box.hear(A_ACK)
        assert centre.say(A_ACK, b"to A") == "Success"
        box.wait_for(A_ACK, b"to A")
        centre.hear("pc/v1/#")
        box.say(A_REPORT, b"of A", retain=True)
        centre.wait_for(A_REPORT, b"of A")
        assert (A_REPORT, b"forged") not in centre.heard


# --- who comes in


def test_no_one_takes_over_anothers_session(
    broker: SecureBroker, centre: Peer, a: ssl.SSLContext, b: ssl.SSLContext
) -> None:
    with Peer(broker.port, a, client_id="beach/pier-1") as box:
        for stolen in ("beach/pier-1", "beach.pier-1", "fusion"):
            with Peer(broker.port, b, client_id=stolen) as attacker:
                assert attacker.say(B_REPORT, b"own") == "Success"
        assert box.say(A_REPORT, b"still there") == "Success"
        assert (box.losses, centre.losses) == (0, 0)
        # The control: the same holder once more does take over, so that a box that lost its link
        # gets its session back.
        with Peer(broker.port, a, client_id="else"):
            until(lambda: box.losses == 1, "the end of the older connection")


def test_only_a_certificate_of_this_authority_for_this_purpose_opens_the_door(
    tmp_path: Path, identities: Identities, broker: SecureBroker, a: ssl.SSLContext
) -> None:
    rogue = Identities(tmp_path / "rogue").device(*A)
    expired = identities.device(
        *A, at=now() - timedelta(days=lifetimes.DEVICE_DAYS, minutes=1), out="expired"
    )
    early = identities.device(*A, at=now() + timedelta(days=1), out="early")
    server = tmp_path / "server"
    identities.authority.issue(holders.broker("localhost", [HOST]), out=server, days=1, now=now())
    ca = identities.ca / "ca.pem"
    assert enter(broker.port, a) == "welcome"
    assert "required" in enter(broker.port, anonymous(ca)).lower()
    assert "unknown ca" in enter(broker.port, context(rogue, ca=ca))
    assert "unsupported certificate" in enter(broker.port, context(server))
    assert "expired" in enter(broker.port, context(expired))
    assert "bad certificate" in enter(broker.port, context(early))
    assert enter(broker.port, a) == "welcome"


def test_only_tls_1_3_is_spoken(broker: SecureBroker, a: ssl.SSLContext) -> None:
    assert enter(broker.port, a) == "welcome"
    a.minimum_version, a.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    assert "protocol version" in enter(broker.port, a)
    with socket.create_connection((HOST, broker.port), 5) as plain:
        plain.sendall(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x1e\x00\x05probe")
        plain.settimeout(5)
        answer = b""
        with suppress(ConnectionResetError):
            answer = plain.recv(4)
        assert answer[:1] != b"\x20"


def test_a_revoked_box_is_refused_from_the_reload_on_and_cut_off_by_the_restart(
    identities: Identities, broker: SecureBroker, centre: Peer, a: ssl.SSLContext, b: ssl.SSLContext
) -> None:
    sessions: list[ssl.SSLSession] = []
    assert enter(broker.port, a, keep=sessions) == "welcome"
    assert enter(broker.port, a, session=sessions[0], keep=sessions) == "welcome again"
    box = Peer(broker.port, a)
    assert identities.authority.revoke(holders.device(*A), now=now()) == 1
    broker.copy_revocation_list()
    broker.reload()
    assert "revoked" in enter(broker.port, context(identities.folder / "beach.pier-1"))
    assert "welcome" not in enter(broker.port, a, session=sessions[-1])
    # A connection that stands is not looked at again: that is why the operator restarts.
    assert box.say(A_REPORT, b"still connected") == "Success"
    centre.wait_for(A_REPORT, b"still connected")
    broker.restart()
    until(lambda: box.losses == 1, "the end of the connection")
    assert "revoked" in enter(broker.port, context(identities.folder / "beach.pier-1"))
    assert enter(broker.port, b) == "welcome"
    # A new certificate for the same box is good again.
    assert enter(broker.port, context(identities.device(*A, out="again"))) == "welcome"


def test_a_name_with_a_wildcard_forged_by_whoever_has_the_roots_key_is_refused_on_every_topic(
    identities: Identities, broker: SecureBroker, centre: Peer, b: ssl.SSLContext
) -> None:
    for number, name in enumerate(("weird+#", "beach/+", "+/+", "#")):
        forged = forge(identities, name, identities.folder / f"forged-{number}")
        with Peer(broker.port, context(forged)) as attacker:
            attacker.hear("#")
            with Peer(broker.port, b) as box:
                assert box.say(B_REPORT, name.encode()) == "Success"
            centre.wait_for(B_REPORT, name.encode())
            assert attacker.heard == []
        own = f"pc/v1/{name.replace('+', 'x').replace('#', 'x')}/report"
        assert {refused(broker, context(forged), topic) for topic in (A_REPORT, own)} == {REFUSED}
    assert {topic for topic, _ in centre.heard} == {B_REPORT}


def forge(identities: Identities, name: str, folder: Path) -> Path:
    """Sign a name that `device issue` would refuse."""
    key, issuer = (
        ec.generate_private_key(ec.SECP256R1()),
        identities.authority.issuers.signer(now()),
    )
    certificate = leaf(
        issuer,
        key.public_key(),
        common_name=name,
        purpose=Purpose.CLIENT,
        hosts=(),
        serial=x509.random_serial_number(),
        validity=Validity.of(now=now(), days=1),
    )
    folder.mkdir()
    (folder / "forged.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "forged.key").write_bytes(key.private_bytes(*form))
    shutil.copy(identities.ca / "ca.pem", folder)
    return folder


@pytest.mark.filterwarnings(
    "ignore:unclosed <ssl.SSLSocket:ResourceWarning"
)  # paho drops the socket of a lost connection
@pytest.mark.parametrize("protocol", [mqtt.MQTTv5, mqtt.MQTTv311])
def test_a_packet_over_the_limit_ends_its_sender_and_is_not_delivered(
    broker: SecureBroker, centre: Peer, a: ssl.SSLContext, protocol: int
) -> None:
    largest = b"x" * ENVELOPE_BYTES_MAX
    with Peer(broker.port, a, protocol=protocol) as box:
        assert box.say(A_REPORT, largest) == "Success"
        centre.wait_for(A_REPORT, largest)
        box.send(A_REPORT, b"y" * 8192)
        until(lambda: box.losses > 0, "the end of the connection")
    assert centre.losses == 0
    with Peer(broker.port, a, protocol=protocol) as box:
        assert box.say(A_REPORT, b"small") == "Success"
    centre.wait_for(A_REPORT, b"small")
    assert [payload[:5] for _, payload in centre.heard] == [b"xxxxx", b"small"]


@pytest.mark.parametrize(("holder", "believed"), [("broker", True), ("beach.pier-2", False)])
def test_a_box_cannot_pose_as_the_broker(
    identities: Identities, holder: str, *, believed: bool
) -> None:
    box, posing = identities.device(*A), identities.folder / holder
    identities.device(*B)
    identities.authority.issue(
        holders.broker("localhost", [HOST]), out=identities.folder / "broker", days=1, now=now()
    )
    # The issuing certificate is public: a box that poses shows it too.
    chain = identities.authority.issuers.chain(
        x509.load_pem_x509_certificate(files(posing)[1].read_bytes())
    )
    files(posing)[1].write_bytes(chain)
    trusted, certificate, key = map(str, files(box))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*files(posing)[1:])
    client = client_context(ca_path=trusted, certificate_path=certificate, key_path=key)
    if not believed:
        client.check_hostname = (
            False  # so that it is the purpose, and not the missing host, that speaks
        )
    theirs, ours = socket.socketpair()

    def pose() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    posing_thread = threading.Thread(target=pose)
    posing_thread.start()
    try:
        client.wrap_socket(ours, server_hostname=HOST).close()
        outcome = "believed"
    except ssl.SSLCertVerificationError as error:
        outcome = error.verify_message
        ours.close()
    posing_thread.join()
    assert outcome == ("believed" if believed else "unsuitable certificate purpose")


# --- the whole way


def uplink_settings(folder: Path, identity: Path, port: int, protocol: str) -> UplinkSettings:
    trusted, certificate, key = map(str, files(identity))
    return UplinkSettings(
        site=A[0],
        device=A[1],
        boot=BOOT,
        outbox_path=str(folder / "outbox.db"),
        outbox_bytes_max=2**20,
        drain_s=5.0,
        host=HOST,
        port=port,
        protocol=protocol,
        ca_path=trusted,
        certificate_path=certificate,
        key_path=key,
    )


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_the_uplink_delivers_over_this_broker_and_hears_the_answer(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Peer, protocol: str
) -> None:
    outbox = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
    for sequence in (1, 2):
        outbox.insert([Waiting(STREAM, sequence, Channel.REPORT, b"report %d" % sequence)])
    uplink = Uplink(uplink_settings(tmp_path, identities.device(*A), broker.port, protocol))
    turn_until(uplink, lambda: len(centre.heard) >= 3)
    assert sorted(centre.heard[1:]) == [(A_REPORT, b"report 1"), (A_REPORT, b"report 2")]
    assert centre.heard[0][0] == A_STATE
    assert (
        centre.say(
            A_ACK, encode(AcknowledgementV1(v=1, stream=STREAM, upto=2, rejected=0)), retain=True
        )
        == "Success"
    )
    turn_until(uplink, lambda: outbox.depth() == 0)
    uplink.close()


@pytest.mark.parametrize(
    ("protocol", "told"),
    [("5", "refuses what this box publishes"), ("3.1.1", "MQTT 3.1.1 does not say")],
)
def test_a_box_of_another_name_keeps_its_reports_and_is_told_why(
    tmp_path: Path,
    identities: Identities,
    broker: SecureBroker,
    centre: Peer,
    protocol: str,
    told: str,
) -> None:
    outbox = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
    outbox.insert([Waiting(STREAM, 1, Channel.REPORT, b"report 1")])
    settings = uplink_settings(tmp_path, identities.device(*A), broker.port, protocol)
    uplink = Uplink(replace(settings, device=B[1]))
    turn_until(uplink, lambda: told in " ".join(notes(tmp_path).values()), within_s=60)
    assert "beach/pier-2" in " ".join(notes(tmp_path).values())
    assert (outbox.depth(), centre.heard) == (1, [])
    uplink.close()


def test_the_service_and_an_uplink_meet_over_this_broker(
    tmp_path: Path, identities: Identities, broker: SecureBroker
) -> None:
    trusted, certificate, key = files(identities.client("fusion"))
    tls = f'ca = "{trusted}"\ncertificate = "{certificate}"\nkey = "{key}"'
    with Centre(tmp_path / "centre", broker.port, broker=tls) as service:
        signer = Box(*A, stream=STREAM)
        service.enrol(signer)
        outbox = Outbox(tmp_path / "outbox.db", bytes_max=2**20)
        for sequence in range(1, 4):
            outbox.insert([Waiting(STREAM, sequence, Channel.REPORT, signer.envelope(sequence))])
        uplink = Uplink(uplink_settings(tmp_path, identities.device(*A), broker.port, "5"))
        turn_until(uplink, lambda: outbox.depth() == 0)
        uplink.close()
        assert service.upto(signer) == 3
        assert service.outcomes()["report", "accepted"] == 3
        assert service.stop() == 0


def notes(folder: Path) -> dict[str, str]:
    """Return what the uplink has noted for whoever looks after the box."""
    with closing(sqlite3.connect(folder / NOTES_FILE)) as file:
        return dict(file.execute("SELECT subject, text FROM note").fetchall())


def turn_until(uplink: Uplink, done: Callable[[], bool], *, within_s: float = 15) -> None:
    deadline_s = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline_s, "the uplink did not get there in time"
        uplink.turn(time.monotonic())
