# SPDX-License-Identifier: Apache-2.0
"""A certificate is renewed over the broker, with nobody's hand on the box; a lost box is put out.

Real TLS, real commands.
"""

import base64
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge_agent.processes.uplink import Uplink
from edge_agent.uplink.certificates import RENEWED
from edge_agent.uplink.renewal import SHOW_WITHIN_S
from fusion_service.identity import lifetimes
from fusion_service.identity.ca.authority import Authority
from fusion_service.identity.ca.holders import Current
from tests.end_to_end.real_box import RealBox, command, while_turning
from tests.fusion_service.centre import Centre
from tests.fusion_service.identity.secure_broker import (
    HOST,
    A,
    B,
    Identities,
    SecureBroker,
    context,
    enter,
    files,
    now,
)
from tests.patience import patient
from wire_contract.codec import encode
from wire_contract.messages.enrolment import Renewal
from wire_contract.topics import Channel, DeviceTopic

NAME = "/".join(A)
NEARLY_OVER_S = patient(18.0)


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path / "identities")


@pytest.fixture
def broker(identities: Identities) -> Iterator[SecureBroker]:
    with SecureBroker(identities) as running:
        yield running


@pytest.fixture
def centre(tmp_path: Path, identities: Identities, broker: SecureBroker) -> Iterator[Centre]:
    trusted, certificate, key = files(identities.client("fusion"))
    tls = f'ca = "{trusted}"\ncertificate = "{certificate}"\nkey = "{key}"'
    with Centre(tmp_path / "centre", broker.port, broker=tls) as service:
        yield service


def days_left(centre: Centre) -> int | None:
    """Return the days left of the box's certificate as the centre says, None where it has none."""
    certificate = centre.get(f"/v1/devices/{NAME}")["certificate"]
    return None if certificate is None else int(certificate["days_left"])


def renew(identities: Identities, broker: SecureBroker) -> dict[str, list[str]]:
    told: dict[str, list[str]] = json.loads(
        command("renew", "--ca", identities.ca, "--broker", f"{HOST}:{broker.port}", "--json")
    )
    return told


# --- renewal


def test_a_box_comes_in_with_its_renewed_certificate_before_the_old_one_is_over(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Centre
) -> None:
    old = identities.device(
        *A, at=now() - timedelta(days=lifetimes.DEVICE_DAYS) + timedelta(seconds=NEARLY_OVER_S)
    )
    over_at_s = time.monotonic() + NEARLY_OVER_S
    box = RealBox(tmp_path / "box", old, broker.port)
    centre.enrol(box.signer)
    box.delivers()
    assert renew(identities, broker) == {"renewed": [NAME], "good": [], "over": [], "revoked": []}
    box.turn_until(lambda: box.shows in RENEWED)
    assert days_left(centre) == lifetimes.DEVICE_DAYS - 1
    before = box.uplink.connection.publisher
    box.turn_until(
        lambda: box.uplink.connection.publisher is not before and box.connected,
        later_s=SHOW_WITHIN_S,
    )
    box.delivers()
    # A second run finds nothing due, and hands out the same again: a broker that lost its memory
    # has it again.
    assert renew(identities, broker) == {"renewed": [], "good": [NAME], "over": [], "revoked": []}
    time.sleep(max(0.0, over_at_s + 1.0 - time.monotonic()))
    assert "expired" in enter(broker.port, context(old))
    broker.restart()
    box.delivers()
    box.uplink.close()
    # After a restart of the process it is what the box keeps that lets it in.
    box.uplink = Uplink(box.settings)
    assert box.shows in RENEWED
    box.delivers()
    box.uplink.close()


def test_a_certificate_that_another_authority_made_for_this_key_costs_a_moment_and_no_report(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Centre
) -> None:
    enrolled = identities.device(*A)
    box = RealBox(tmp_path / "box", enrolled, broker.port)
    centre.enrol(box.signer)
    box.delivers()
    current = Current(
        *A, x509.load_pem_x509_certificate((enrolled / "device.pem").read_bytes()), revoked=False
    )
    forged = (
        Authority(Identities(tmp_path / "rogue").ca)
        .renew(current, days=90, now=now())
        .public_bytes(Encoding.DER)
    )
    assert box.uplink.connection._renewal._certificates is not None
    assert box.uplink.connection._renewal._certificates.accept(forged)
    broker.restart()
    box.delivers()
    assert box.shows == "device.pem"
    assert "lets nobody in" in box.uplink._notes._known["certificate"]
    box.uplink.close()


def test_what_is_for_another_key_is_not_taken_and_noted(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Centre
) -> None:
    box = RealBox(tmp_path / "box", identities.device(*A), broker.port)
    centre.enrol(box.signer)
    box.delivers()
    # One that ends no later than the box's own is not even looked at, and these two may end in the
    # same second.
    later = identities.device(*B, at=now() + timedelta(minutes=1))
    other = x509.load_pem_x509_certificate((later / "device.pem").read_bytes())
    der = base64.b64encode(other.public_bytes(Encoding.DER)).decode("ascii")
    topic = DeviceTopic(*A, Channel.CERTIFICATE).text
    from tests.fusion_service.identity.secure_broker import Peer  # noqa: PLC0415 - only here

    with Peer(broker.port, context(identities.client("renewal"))) as peer:
        assert peer.say(topic, encode(Renewal(1, der)), retain=True) == "Success"
    box.turn_until(lambda: "certificate" in box.uplink._notes._known)
    assert "not for this box's key" in box.uplink._notes._known["certificate"]
    assert box.shows == "device.pem"
    box.delivers()
    box.uplink.close()


def test_who_is_over_is_named_and_enrolled_anew(
    identities: Identities, broker: SecureBroker
) -> None:
    identities.device(*A, at=now() - timedelta(days=lifetimes.DEVICE_DAYS, seconds=1))
    identities.device(*B)
    told = command("renew", "--ca", identities.ca, "--broker", f"{HOST}:{broker.port}")
    assert "0 renewed, 1 still good, 0 revoked, 1 over" in told
    assert f"enrol-token {NAME}" in told


def test_a_broker_that_is_away_is_told_and_the_next_run_hands_out_what_this_one_made(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Centre
) -> None:
    box = RealBox(
        tmp_path / "box", identities.device(*A, at=now() - timedelta(days=25)), broker.port
    )
    centre.enrol(box.signer)
    box.delivers()
    away = command("renew", "--ca", identities.ca, "--broker", f"{HOST}:1", code=1)
    assert "is it running there" in away
    assert renew(identities, broker)["good"] == [NAME]
    box.turn_until(lambda: box.shows in RENEWED)
    box.uplink.close()


# --- a lost box


def lose(identities: Identities, centre: Centre, *more: object) -> str:
    return command("device", "lost", NAME, "--config", centre.config, "--ca", identities.ca, *more)


def own_folder(broker: SecureBroker) -> tuple[object, ...]:
    return "--crl", broker.folder / "crl.pem", "--broker-pid", broker.folder / "mosquitto.pid"


def test_one_command_puts_a_lost_box_out_and_what_it_sends_is_refused_and_shown(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Centre
) -> None:
    box = RealBox(tmp_path / "box", identities.device(*A), broker.port)
    other = identities.device(*B)
    centre.enrol(box.signer)
    box.delivers()
    assert "lets it in no more" in while_turning(
        box, lambda: lose(identities, centre, *own_folder(broker))
    )
    assert "revoked" in enter(broker.port, context(identities.folder / "beach.pier-1"))
    assert enter(broker.port, context(other)) == "welcome"
    box.sign()
    for _ in range(20):
        box.uplink.turn(time.monotonic())
    assert not box.connected
    assert box.outbox.depth() == 1
    device = centre.get("/v1/devices/beach/pier-1")
    assert device["lost_at"]
    assert device["reports"] == 1
    assert renew(identities, broker)["revoked"] == [NAME]
    assert days_left(centre) is None
    box.uplink.close()


def test_until_the_broker_knows_the_centre_refuses_what_a_lost_box_sends(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Centre
) -> None:
    box = RealBox(tmp_path / "box", identities.device(*A), broker.port)
    centre.enrol(box.signer)
    box.delivers()
    assert "until then it lets this box in" in lose(identities, centre)
    box.sign()
    box.turn_until(lambda: centre.outcomes().get(("report", "lost-device"), 0) > 0)
    assert box.outbox.depth() == 1, "not acknowledged"
    assert centre.upto(box.signer) == 1
    letters = json.loads(command("store", "dead-letters", "--config", centre.config, "--json"))
    assert [(letter["reason"], letter["device"], letter["channel"]) for letter in letters] == [
        ("lost-device", "pier-1", "report")
    ]
    status = centre.status()
    assert status["devices"]["items"][0]["lost_at"] is not None
    # Found again it is as before: what waited is taken.
    command("device", "found", NAME, "--config", centre.config)
    box.uplink.close()
    box.uplink = Uplink(box.settings)
    box.turn_until(lambda: box.outbox.depth() == 0)
    box.uplink.close()


def test_a_box_that_nobody_knows_cannot_be_lost(identities: Identities, centre: Centre) -> None:
    told = command(
        "device", "lost", "beach/else", "--config", centre.config, "--ca", identities.ca, code=1
    )
    assert "is not enrolled here" in told
    assert identities.authority.current() == []
