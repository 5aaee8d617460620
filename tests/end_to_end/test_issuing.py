# SPDX-License-Identifier: Apache-2.0
"""The root goes offline: fleets move to an issuing certificate, and servers renew.

Real TLS, a real broker, a real centre, real commands. Boxes trust the root and nothing else
throughout.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from edge_agent.uplink.certificates import RENEWED
from edge_agent.uplink.renewal import SHOW_WITHIN_S
from fusion_service.identity import lifetimes
from fusion_service.identity.ca import authority, files, holders, revocation
from tests.end_to_end.real_box import RealBox, command, while_delivering, while_turning
from tests.fusion_service.centre import Centre
from tests.fusion_service.identity.old_authority import make_old
from tests.fusion_service.identity.secure_broker import (
    HOST,
    A,
    B,
    Identities,
    Peer,
    SecureBroker,
    context,
    enter,
    now,
)
from tests.fusion_service.identity.secure_broker import files as holder_files
from tests.patience import patient

NAME = "/".join(A)
LATEST_S = 10.0
"""No window may be later than this."""
NEARLY_OVER_S = patient(15.0)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as kept:
        yield kept


def centre_of(stack: ExitStack, folder: Path, broker: SecureBroker, identity: Path) -> Centre:
    trusted, certificate, key = holder_files(identity)
    tls = f'ca = "{trusted}"\ncertificate = "{certificate}"\nkey = "{key}"'
    return stack.enter_context(Centre(folder, broker.port, broker=tls))


def renew_servers(identities: Identities, broker: SecureBroker, *more: Path) -> str:
    """Renew the broker's certificate, and others, as a timer does.

    The broker is looked at before this returns.
    """
    return command(
        "ca", "renew-servers", broker.folder / "broker.pem", *more, "--ca", identities.ca,
        "--broker-pid", broker.pid_file, "--broker", f"{HOST}:{broker.port}",
    )  # fmt: skip


def renew(identities: Identities, broker: SecureBroker, *, code: int = 0) -> str:
    return command(
        "renew", "--ca", identities.ca, "--broker", f"{HOST}:{broker.port}", "--json", code=code
    )


def test_a_fleet_of_before_moves_to_the_chain_with_no_hand_on_any_box_and_no_window_late(
    tmp_path: Path, stack: ExitStack
) -> None:
    identities = Identities(tmp_path / "identities", make=make_old)
    broker = stack.enter_context(SecureBroker(identities))
    fusion = identities.client("fusion", days=90)
    centre = centre_of(stack, tmp_path / "centre", broker, fusion)
    box = RealBox(tmp_path / "box", identities.device(*A), broker.port)
    bystander = stack.enter_context(Peer(broker.port, context(identities.device(*B))))
    centre.enrol(box.signer)
    box.delivers()
    old_root = (box.folder.parent / "identities" / ".".join(A) / "ca.pem").read_bytes()

    command("ca", "issuing", "--ca", identities.ca)
    (identities.ca / "ca.key").rename(tmp_path / "root.key")

    # A broker that does not know the issuing certificate: no box is handed one by it.
    assert "run fusion-service ca renew-servers" in renew(identities, broker, code=1)
    box.delivers()
    assert box.shows == "device.pem"

    told, longest_s = while_delivering(
        box, lambda: renew_servers(identities, broker, fusion / "fusion.pem")
    )
    assert "broker renewed" in told
    assert "fusion renewed" in told
    sys.stderr.write(
        f"longest from signed to acknowledged while both were renewed: {longest_s:.2f} s\n"
    )
    assert longest_s < patient(LATEST_S)
    assert bystander.losses == 0, "a reload ends no connection"

    # The run that was refused has made them; this one hands them out.
    assert json.loads(renew(identities, broker))["good"] == [NAME, "/".join(B)]
    box.turn_until(lambda: box.shows in RENEWED)
    before = box.uplink.connection.publisher
    box.turn_until(
        lambda: box.uplink.connection.publisher is not before and box.connected,
        later_s=SHOW_WITHIN_S,
    )
    broker.restart()
    box.delivers()
    assert "comes in with the certificate that is now in" in centre.log.read_text()
    assert {one["name"] for one in centre.get("/v1/health")["certificates"]} == {
        "centre", "broker", "issuing", "root",
    }  # fmt: skip
    shown = files.read_certificate(box.uplink.connection._renewal._certificates.shown)  # type: ignore[union-attr]
    assert (
        identities.authority.issuers.made(shown)
        == identities.authority.issuers.issuing[0].certificate
    )
    assert Path(box.settings.ca_path or "").read_bytes() == old_root, (
        "what the box trusts was never touched"
    )

    # What the root signed itself only the root takes back: the command says so, and is finished
    # with its key.
    lost = ("device", "lost", NAME, "--config", centre.config, "--ca", identities.ca)
    lost += ("--crl", broker.folder / "crl.pem", "--broker-pid", broker.pid_file)
    assert "signed by the root, whose key is not here" in while_turning(
        box, lambda: command(*lost, code=1)
    )
    (tmp_path / "root.key").rename(identities.ca / "ca.key")
    command("device", "revoke", NAME, "--ca", identities.ca)
    renew_servers(identities, broker)
    assert "revoked" in enter(broker.port, context(identities.folder / ".".join(A)))
    box.uplink.close()


@pytest.mark.campaign
def test_the_centre_comes_in_with_its_renewed_certificate_once_the_old_one_is_over(
    tmp_path: Path, stack: ExitStack
) -> None:
    identities = Identities(tmp_path / "identities")
    broker = stack.enter_context(SecureBroker(identities))
    begun = now() - timedelta(days=lifetimes.CLIENT_DAYS) + timedelta(seconds=NEARLY_OVER_S)
    over_at_s = time.monotonic() + NEARLY_OVER_S
    fusion = identities.client("fusion", at=begun, days=lifetimes.CLIENT_DAYS)
    shutil.copytree(fusion, tmp_path / "old")
    centre = centre_of(stack, tmp_path / "centre", broker, fusion)
    box = RealBox(tmp_path / "box", identities.device(*A), broker.port)
    centre.enrol(box.signer)
    box.delivers()
    days = {one["name"]: one["days_left"] for one in centre.status()["health"]["certificates"]}
    assert days == {"centre": 0, "broker": 0, "issuing": lifetimes.ISSUING_DAYS - 1, "root": 364}
    shown = " ".join(command("status", "--config", str(centre.config)).split())
    assert "certificate of the centre: 0 days left" in shown
    assert "run fusion-service ca renew-servers" in shown
    renew_servers(identities, broker, fusion / "fusion.pem")
    time.sleep(max(0.0, over_at_s + 1.0 - time.monotonic()))
    assert "expired" in enter(broker.port, context(tmp_path / "old"))
    broker.restart()
    box.delivers()
    assert "comes in with the certificate that is now in" in centre.log.read_text()
    days = {one["name"]: one["days_left"] for one in centre.get("/v1/health")["certificates"]}
    assert days["centre"] == lifetimes.CLIENT_DAYS - 1
    box.uplink.close()


@pytest.mark.parametrize("make", [authority.make, make_old])
def test_boxes_of_two_issuing_certificates_come_in_and_each_can_be_revoked(
    tmp_path: Path, stack: ExitStack, make: object
) -> None:
    identities = Identities(tmp_path / "identities", make=make)  # type: ignore[arg-type]
    if make is make_old:
        identities.authority.add_issuing(days=365, now=now())
    broker = stack.enter_context(SecureBroker(identities))
    first = identities.device(*A)
    assert enter(broker.port, context(first)) == "welcome"
    identities.authority.add_issuing(days=365, now=now() + timedelta(minutes=1))
    second = identities.device(*B)
    assert "unknown ca" in enter(broker.port, context(second)).lower()
    renew_servers(identities, broker)
    assert (enter(broker.port, context(first)), enter(broker.port, context(second))) == (
        "welcome",
        "welcome",
    )
    for box, other, stays in ((A, B, second), (B, A, first)):
        identities.authority.revoke(holders.device(*box), now=now())
        renew_servers(identities, broker)
        assert "revoked" in enter(broker.port, context(identities.folder / ".".join(box)))
        if box == A:
            assert enter(broker.port, context(stays)) == "welcome", other


def lists_of_root(identities: Identities) -> x509.CertificateRevocationList:
    root = identities.authority.issuers.root
    return revocation.read(identities.ca / "crl.pem")[revocation.key_of(root)]


def test_a_stolen_issuing_certificate_is_taken_out_of_the_broker(
    tmp_path: Path, stack: ExitStack
) -> None:
    identities = Identities(tmp_path / "identities")
    broker = stack.enter_context(SecureBroker(identities))
    thief = identities.device(*A)
    stolen = identities.authority.issuers.issuing[0].certificate
    with (thief / "device.pem").open("ab") as shown:
        shown.write(files.pem(stolen))  # a thief sends along what the broker no longer knows
    assert enter(broker.port, context(thief)) == "welcome"
    command("ca", "issuing", "--ca", identities.ca, "--withdraw")
    assert stolen.serial_number in {each.serial_number for each in lists_of_root(identities)}
    told = command(
        "ca", "renew-servers", broker.folder / "broker.pem", "--ca", identities.ca, code=1
    )
    assert "was not made by" in told, (
        "what the stolen one signed is not renewed, the thief might hold its key"
    )
    fresh = identities.folder / "fresh"
    identities.authority.issue(holders.broker("localhost", [HOST]), out=fresh, days=1, now=now())
    for path in fresh.iterdir():
        (broker.folder / path.name).write_bytes(path.read_bytes())
    broker.restart()
    assert "welcome" not in enter(broker.port, context(thief))
    assert enter(broker.port, context(identities.device(*B))) == "welcome"


@pytest.mark.campaign
def test_a_broker_that_shows_another_certificate_after_the_reload_is_told(
    tmp_path: Path, stack: ExitStack
) -> None:
    identities = Identities(tmp_path / "identities")
    broker = stack.enter_context(SecureBroker(identities))
    (tmp_path / "none.pid").write_text("none")
    elsewhere = tmp_path / "elsewhere"
    identities.authority.issue(
        holders.broker("localhost", [HOST]),
        out=elsewhere,
        days=1,
        now=now() - timedelta(hours=23),
    )
    told = command(
        "ca", "renew-servers", elsewhere / "broker.pem", "--ca", identities.ca,
        "--broker-pid", broker.pid_file, "--broker", f"{HOST}:{broker.port}", code=1,
    )  # fmt: skip
    assert "still shows another certificate" in told
    refused = (
        "ca",
        "renew-servers",
        elsewhere / "broker.pem",
        "--ca",
        identities.ca,
        "--broker-pid",
        tmp_path / "none.pid",
    )
    identities.authority.add_issuing(days=365, now=now() + timedelta(minutes=1))
    assert "name the broker's pid_file" in command(*refused, code=1)
