# SPDX-License-Identifier: Apache-2.0
"""The shipped access list lets a witness follow a box, and do nothing else.

Real TLS, a real broker, the real program.
"""

import base64
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from development.testbed.box import make_keys
from development.testbed.program import Program
from tests.edge_agent.evidence.test_witness import Box
from tests.fusion_service.identity.secure_broker import (
    A,
    Identities,
    Peer,
    SecureBroker,
    context,
    files,
    until,
)
from wire_contract.topics import Channel, DeviceTopic

PROGRAM = Path(sys.executable).with_name("edge-agent")
TOPICS = {channel: DeviceTopic(*A, channel).text for channel in Channel}


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path / "identities")


@pytest.fixture
def broker(identities: Identities) -> Iterator[SecureBroker]:
    with SecureBroker(identities) as running:
        yield running


def started(folder: Path, broker: SecureBroker, identity: Path, box: Box) -> Program:
    make_keys(folder / "keys")
    (folder / "signing.pub").write_bytes(base64.b64encode(box.public.raw) + b"\n")
    ca, certificate, key = files(identity)
    command = [
        "witness",
        "/".join(A),
        "--public-key",
        folder / "signing.pub",
        "--key",
        folder / "keys" / "signing.key",
    ]
    command += [
        "--name",
        "second.example/w1",
        "--store",
        folder / "seen",
        "--port",
        str(broker.port),
    ]
    command += ["--ca", ca, "--certificate", certificate, "--tls-key", key]
    running = Program([PROGRAM, *command], folder / "witness.log")
    running.start()
    return running


def test_a_witness_follows_a_box_with_the_shipped_access_list(
    tmp_path: Path, identities: Identities, broker: SecureBroker
) -> None:
    box, identity = Box(), identities.client("witness")
    witness = started(tmp_path, broker, identity, box)
    try:
        until(
            lambda: "as 'witness'" in broker.log or " as witness " in broker.log,
            "the witness to come in",
        )
        with Peer(broker.port, context(identities.device(*A))) as peer:
            sworn = tmp_path / "seen" / f"{box.stream}.checkpoint"
            for envelope in box.log(3):
                assert peer.say(TOPICS[Channel.REPORT], envelope) == "Success"
            assert peer.say(TOPICS[Channel.CHECKPOINT], box.checkpoint(), retain=True) == "Success"
            until(sworn.exists, f"a co-signature; {(tmp_path / 'witness.log').read_text()[-500:]}")
            assert b"second.example/w1" in sworn.read_bytes()
    finally:
        assert witness.stop() == 0


def test_a_witness_says_nothing_and_hears_nothing_that_is_for_a_box(
    identities: Identities, broker: SecureBroker
) -> None:
    with (
        Peer(broker.port, context(identities.client("fusion"))) as centre,
        Peer(broker.port, context(identities.client("renewal"))) as renewal,
        Peer(broker.port, context(identities.device(*A))) as box,
        Peer(broker.port, context(identities.client("witness"))) as witness,
    ):
        witness.hear("pc/v1/#")
        centre.hear("pc/v1/#")
        assert centre.say(TOPICS[Channel.ACK], b"for the box") == "Success"
        assert renewal.say(TOPICS[Channel.CERTIFICATE], b"for the box") == "Success"
        assert box.say(TOPICS[Channel.STATE], b"of the connection") == "Success"
        for channel in (Channel.REPORT, Channel.META, Channel.CHECKPOINT):
            assert box.say(TOPICS[channel], b"signed") == "Success"
        witness.wait_for(TOPICS[Channel.CHECKPOINT], b"signed")
        heard = {topic for topic, _ in witness.heard}
        assert heard == {
            TOPICS[channel] for channel in (Channel.REPORT, Channel.META, Channel.CHECKPOINT)
        }
        # The broker ends the connection of who publishes what is refused, so each try has its own.
        for channel in (Channel.REPORT, Channel.ACK, Channel.CERTIFICATE, Channel.STATE):
            with Peer(broker.port, context(identities.folder / "witness")) as one:
                assert one.say(TOPICS[channel], b"by the witness") == "Not authorized"
        assert box.say(TOPICS[Channel.REPORT], b"fence") == "Success"
        centre.wait_for(TOPICS[Channel.REPORT], b"fence")
        assert b"by the witness" not in {payload for _, payload in centre.heard}
