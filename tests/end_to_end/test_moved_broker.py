# SPDX-License-Identifier: Apache-2.0
"""A signed config leads a box to another broker, and a false one nowhere.

Two real brokers, real TLS, a centre that moves.
"""

import base64
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.backoff import TRY_BROKER
from edge_agent.processes.admit_broker import AdmissionPlaces
from edge_agent.processes.uplink import Uplink
from edge_agent.uplink.broker_files import ADMITTED, SIGNED, read_admitted
from edge_agent.uplink.route import SPREAD_S, TRIAL_S, Address
from fusion_service.identity.ca.holders import config_signer
from fusion_service.operations import broker_move
from tests.end_to_end.real_box import RealBox, as_program, command
from tests.end_to_end.test_devices import centre_of
from tests.fusion_service.centre import Centre
from tests.fusion_service.identity.secure_broker import (
    HOST,
    A,
    Identities,
    Peer,
    SecureBroker,
    context,
    files,
    now,
)
from wire_contract.codec import encode
from wire_contract.messages.enrolment import Renewal
from wire_contract.messages.signed_config import VERSION, SignedConfig
from wire_contract.topics import Channel, DeviceTopic

TOPIC = DeviceTopic(*A, Channel.CERTIFICATE).text
NAME = "/".join(A)


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path / "identities")


@pytest.fixture
def old(identities: Identities) -> Iterator[SecureBroker]:
    with SecureBroker(identities) as running:
        yield running


@pytest.fixture
def new(identities: Identities) -> Iterator[SecureBroker]:
    with SecureBroker(identities) as running:
        yield running


class Admitted:
    """A box whose signed configs are admitted by the real program, as under a supervisor."""

    def __init__(self, folder: Path, identities: Identities, broker: SecureBroker) -> None:
        identity = identities.device(*A)
        self.box = RealBox(folder / "box", identity, broker.port)
        self.store = folder / "store"
        self.store.mkdir()
        outbox, ca = str(self.box.folder), str(files(identity)[0])
        self.places = AdmissionPlaces(*A, str(self.store), outbox, ca, HOST, broker.port)

    @property
    def address(self) -> Address:
        return self.box.uplink.connection._moves.address

    @property
    def note(self) -> str:
        return self.box.uplink._notes._known.get("broker", "")

    def hears(self) -> str:
        """Turn until a signed config is written down; return what its admission said."""
        signed = self.box.folder / SIGNED
        before = signed.read_bytes() if signed.exists() else b""
        self.box.turn_until(lambda: signed.exists() and signed.read_bytes() not in (b"", before))
        return self.admit()

    def admit(self) -> str:
        program = [
            sys.executable,
            "-I",
            "-m",
            "edge_agent.processes.admit_broker",
            self.places.text,
        ]
        done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def restart(self) -> None:
        self.box.uplink.close()
        self.box.uplink = Uplink(self.box.settings)


def move_centre(centre: Centre, broker: SecureBroker) -> None:
    assert centre.stop() == 0
    centre._tables = re.sub(r"(?<=\[broker\]\nport = )\d+", str(broker.port), centre._tables)
    centre.configure("")
    centre.start()


def move(identities: Identities, old: SecureBroker, new: SecureBroker, *more: object) -> str:
    where = (f"{HOST}:{new.port}", "--broker", f"{HOST}:{old.port}", "--ca", identities.ca)
    return command("move-broker", *where, *more)


def test_a_box_follows_its_centre_and_loses_nothing(
    tmp_path: Path, identities: Identities, old: SecureBroker, new: SecureBroker
) -> None:
    one = Admitted(tmp_path, identities, old)
    box = one.box
    with centre_of(tmp_path, identities, old) as centre:
        centre.enrol(box.signer)
        box.delivers()
        assert "1 boxes told by config" in move(identities, old, new)
        assert f"the broker is at {HOST}:{new.port} from now on" in one.hears()
        # The centre is still at the old one: the box looks, finds nobody, and goes back, at most
        # TRIAL_S later.
        box.turn_until(lambda: box.uplink.connection._moves._route.offered is not None)
        box.turn_until(lambda: one.address.port == new.port, later_s=SPREAD_S)
        box.sign()
        box.turn_until(lambda: box.connected)
        box.turn_until(lambda: one.address.port == old.port, later_s=TRIAL_S)
        assert "the centre is not there" in one.note
        box.turn_until(lambda: box.outbox.depth() == 0)
        # Now it moves too; it says `offline` when it leaves, and the box has no link to lose any
        # more.
        move_centre(centre, new)
        box.sign()
        box.turn_until(lambda: one.address.port == new.port, later_s=TRY_BROKER.base_s)
        box.turn_until(lambda: box.outbox.depth() == 0, within_s=40.0)
        assert one.note == ""
        box.delivers()
        assert centre.upto(box.signer) == 4
        assert centre.get(f"/v1/devices/{NAME}")["reports"] == 4
        # What is kept outlives the process, and the old broker too.
        old.stop()
        one.restart()
        assert one.address == Address(HOST, new.port)
        box.delivers()
        assert centre.get(f"/v1/devices/{NAME}")["reports"] == 5
        # A number that was taken is no news, and a config file that was changed by hand is newer
        # than it.
        assert one.admit() == ""
        box.uplink.close()
        other = Uplink(replace(box.settings, port=new.port + 1))
        assert other.connection._moves.address.port == new.port + 1
        other.close()


def signed(
    identities: Identities,
    box: tuple[str, str],
    port: int,
    serial: int,
    *,
    begins: timedelta = timedelta(),
) -> bytes:
    """Sign a config as the authority of these identities does."""
    at = now() + begins
    signer, issuer = identities.authority.sign_once(config_signer(serial), days=1, now=at)
    der = broker_move._text
    ends_s = int((at + timedelta(days=1)).timestamp())
    config = SignedConfig(
        VERSION,
        *box,
        serial,
        HOST,
        port,
        int(at.timestamp()),
        ends_s,
        der(signer.certificate),
        issuer and der(issuer),
    )
    return broker_move._sealed(config, signer)


def test_a_lying_a_late_a_replayed_and_an_older_config_are_refused_by_name_and_change_nothing(
    tmp_path: Path, identities: Identities, old: SecureBroker, new: SecureBroker
) -> None:
    one = Admitted(tmp_path, identities, old)
    box, rogue = one.box, Identities(tmp_path / "rogue")
    serial = int(time.time())
    good = signed(identities, A, old.port, serial)
    with (
        centre_of(tmp_path, identities, old) as centre,
        Peer(old.port, context(identities.client("renewal"))) as peer,
    ):
        centre.enrol(box.signer)
        box.delivers()
        assert peer.say(TOPIC, good, retain=True) == "Success"
        assert "signed config" in one.hears()
        cases = [
            ("by nobody whom this box's root has made", signed(rogue, A, new.port, serial + 1)),
            (
                "is out of date",
                signed(identities, A, new.port, serial + 2, begins=timedelta(days=-2)),
            ),
            (
                "not to be taken yet",
                signed(identities, A, new.port, serial + 3, begins=timedelta(hours=2)),
            ),
            ("is for another box", signed(identities, ("beach", "pier-2"), new.port, serial + 4)),
            (
                "is older than the one that was taken last",
                signed(identities, A, new.port, serial - 1),
            ),
            ("has the number of one that was taken", signed(identities, A, new.port, serial)),
            (
                "is not signed by the certificate that it shows",
                good.replace(str(old.port).encode(), str(new.port).encode()),
            ),
        ]
        for name, envelope in cases:
            one.restart()  # a connection listens to a few only
            assert peer.say(TOPIC, envelope, retain=True) in ("Success", "No matching subscribers")
            assert name in one.hears()
            box.turn_until(lambda name=name: name in one.note)  # type: ignore[misc]  # a default binds
            assert "it goes on with" in one.note
            box.delivers()
            assert (one.address.port, read_admitted(one.store / ADMITTED).serial) == (
                old.port,
                serial,
            )
        # What the uplink itself may write changes nothing of the number that was taken.
        (box.folder / ADMITTED).write_text('{"serial": 1}')
        (box.folder / SIGNED).write_bytes(signed(identities, A, new.port, serial - 5))
        assert "is older than the one that was taken last" in one.admit()
        assert read_admitted(box.folder / ADMITTED).serial == serial
        assert centre.get(f"/v1/devices/{NAME}")["reports"] == len(cases) + 1
        box.uplink.close()


def test_a_renewed_certificate_and_a_config_are_both_heard_however_often_they_are_handed_out(
    tmp_path: Path, identities: Identities, old: SecureBroker, new: SecureBroker
) -> None:
    one = Admitted(tmp_path, identities, old)
    with centre_of(tmp_path, identities, old) as centre:
        centre.enrol(one.box.signer)
        one.box.delivers()
        der = base64.b64encode(b"\x30" * 20).decode("ascii")
        with Peer(old.port, context(identities.client("renewal"))) as peer:
            for _ in range(6):  # a run a day, in a connection that lasts
                assert peer.say(TOPIC, encode(Renewal(1, der)), retain=True) == "Success"
        move(identities, old, new)
        assert "from now on" in one.hears()
        told = command("renew", "--ca", identities.ca, "--broker", f"{HOST}:{old.port}")
        assert "1 still good" in told
        kept = broker_move.in_force(identities.ca, now())
        assert list(kept) == [TOPIC]
        assert broker_move.in_force(identities.ca, now() + timedelta(days=15)) == {}
        one.box.uplink.close()


def test_nobody_is_sent_where_no_broker_of_this_authority_is(
    identities: Identities, old: SecureBroker, tmp_path: Path
) -> None:
    identities.device(*A)
    where = ("--broker", f"{HOST}:{old.port}", "--ca", identities.ca)
    assert "is it running there" in command("move-broker", f"{HOST}:1", *where, code=1)
    with SecureBroker(Identities(tmp_path / "rogue")) as strange:
        assert "certificate" in as_program("move-broker", f"{HOST}:{strange.port}", *where, code=1)
    assert "has no certificate" in command(
        "move-broker", f"{HOST}:{old.port}", "beach/else", *where, code=1
    )
    assert "wanted HOST:PORT" in command("move-broker", "nowhere", *where, code=2)
    assert not (identities.ca / "configs").exists()
    told = command("move-broker", f"{HOST}:1", *where, "--unseen", "--json")
    assert '"told": ["beach/pier-1"]' in told


def test_a_link_in_the_place_of_a_file_is_not_followed(
    tmp_path: Path, identities: Identities, old: SecureBroker
) -> None:
    one = Admitted(tmp_path, identities, old)
    secret = tmp_path / "secret"
    secret.write_text("kept")
    (one.box.folder / SIGNED).symlink_to(secret)
    (one.box.folder / ADMITTED).symlink_to(secret)
    assert one.admit() == ""
    (one.box.folder / SIGNED).unlink()
    (one.box.folder / SIGNED).write_bytes(signed(identities, A, old.port, 7))
    assert "signed config 7" in one.admit()
    assert secret.read_text() == "kept"
    admitted = read_admitted(one.box.folder / ADMITTED)
    assert (admitted.serial, admitted.host, admitted.port) == (7, HOST, old.port)
    one.box.uplink.close()
