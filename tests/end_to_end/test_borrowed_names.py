# SPDX-License-Identifier: Apache-2.0
"""An old report, an old boot, an old certificate, another box's name in each layer.

Refused and shown, over real TLS.

Layers from the outside in: certificate, topic, signature, payload. Each row's control is the honest
report before and after it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from development.fakes.messages import STREAM
from development.testbed.verbs import run_verb
from fusion_service.identity import lifetimes
from fusion_service.identity.ca import holders
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre
from tests.fusion_service.identity.secure_broker import (
    A,
    B,
    Identities,
    Peer,
    SecureBroker,
    context,
    enter,
    files,
    now,
    until,
)
from wire_contract.codec import encode
from wire_contract.messages.checkpoint import Checkpoint, Head, sign_checkpoint
from wire_contract.messages.state import Link, State
from wire_contract.topics import Channel, DeviceTopic

OTHER_STREAM = "00000000-0000-4000-8000-00000000000b"
NOT_AUTHORIZED = "Not authorized"


@dataclass
class Scene:
    """Two enrolled boxes with a report each, and a third with a certificate nobody enrolled."""

    identities: Identities
    broker: SecureBroker
    centre: Centre
    a: Box
    b: Box
    stranger: Box

    def say(self, box: Box, topic: str, payload: bytes) -> str:
        """Publish with a box's certificate; return what the broker says."""
        with Peer(
            self.broker.port, context(self.identities.folder / f"{box.site}.{box.device}")
        ) as peer:
            return peer.say(topic, payload)

    def honest(self, box: Box, sequence: int) -> None:
        """The control: the box's own next report is taken."""
        assert self.say(box, box.topic(), box.envelope(sequence)) == "Success"
        until(lambda: self.centre.upto(box) == sequence, f"report {sequence} of {box.device}")

    def dead_letters(self) -> list[dict[str, object]]:
        said = run_verb("store", "dead-letters", "--config", self.centre.config, "--json")
        found: list[dict[str, object]] = json.loads(said)
        return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("borrowed")
    identities = Identities(folder / "identities")
    trusted, certificate, key = files(identities.client("fusion"))
    tls = f'ca = "{trusted}"\ncertificate = "{certificate}"\nkey = "{key}"'
    with (
        SecureBroker(identities) as broker,
        Centre(folder / "centre", broker.port, broker=tls) as centre,
    ):
        boxes = Box(*A, stream=STREAM), Box(*B, stream=OTHER_STREAM), Box("beach", "pier-3")
        made = Scene(identities, broker, centre, *boxes)
        for box in boxes:
            identities.device(box.site, box.device)
        for box in boxes[:2]:
            centre.enrol(box)
            made.honest(box, 1)
        yield made


def checkpoint(signer: Box, *, says: Box) -> bytes:
    """Return a head that one box signs and that names another."""
    head = Head(signer.stream, 1, bytes(32))
    public = signer.key.public_key().public_bytes_raw()
    return sign_checkpoint(Checkpoint(says.site, says.device, head, None), public, signer.key.sign)


ROWS: dict[str, tuple[Callable[[Scene], tuple[Box, str, bytes]], str, str]] = {
    # What is sent: with whose certificate, on which topic, which bytes. What the broker says. What
    # the centre counts.
    "an old report, again": (
        lambda s: (s.a, s.a.topic(), s.a.envelope(1)),
        "Success",
        "report duplicate",
    ),
    "an old report's number with other content, of an old boot": (
        lambda s: (
            s.a,
            s.a.topic(),
            replace(s.a, boot=OTHER_STREAM).seal(s.a.report(1, start_s=60)),
        ),
        "Success",
        "report unusable",
    ),
    "another's report on its topic": (
        lambda s: (s.b, s.a.topic(), s.a.envelope(2)),
        NOT_AUTHORIZED,
        "",
    ),
    "another's state": (
        lambda s: (s.b, s.a.topic(Channel.STATE), encode(State(1, s.b.boot, Link.OFFLINE))),
        NOT_AUTHORIZED,
        "",
    ),
    "another's acknowledgement": (
        lambda s: (s.b, s.a.topic(Channel.ACK), b"{}"),
        NOT_AUTHORIZED,
        "",
    ),
    "another's certificate message": (
        lambda s: (s.b, s.a.topic(Channel.CERTIFICATE), b"{}"),
        NOT_AUTHORIZED,
        "",
    ),
    "one's own certificate message": (
        lambda s: (s.b, s.b.topic(Channel.CERTIFICATE), b"{}"),
        NOT_AUTHORIZED,
        "",
    ),
    "another's report on one's own topic": (
        lambda s: (s.b, s.b.topic(), s.a.envelope(1)),
        "Success",
        "report forged",
    ),
    "another's signature under one's own name": (
        lambda s: (s.b, s.b.topic(), s.a.seal(s.b.report(2))),
        "Success",
        "report forged",
    ),
    "another's name under one's own signature": (
        lambda s: (s.b, s.b.topic(), s.b.seal(replace(s.b.report(2), device=A[1]))),
        "Success",
        "report unusable",
    ),
    "another site's name under one's own signature": (
        lambda s: (s.b, s.b.topic(), s.b.seal(replace(s.b.report(3), site="harbour"))),
        "Success",
        "report unusable",
    ),
    "another's stream under one's own signature": (
        lambda s: (s.b, s.b.topic(), s.b.seal(replace(s.b.report(1), stream=STREAM))),
        "Success",
        "report accepted",
    ),
    "a report where a meta belongs": (
        lambda s: (s.b, s.b.topic(Channel.META), s.b.envelope(1)),
        "Success",
        "meta forged",
    ),
    "another's name in a meta": (
        lambda s: (
            s.b,
            s.b.topic(Channel.META),
            s.b.seal(replace(s.b.meta(9), device=A[1]), Channel.META),
        ),
        "Success",
        "meta unusable",
    ),
    "another's name in a checkpoint": (
        lambda s: (s.b, s.b.topic(Channel.CHECKPOINT), checkpoint(s.b, says=s.a)),
        "Success",
        "checkpoint unusable",
    ),
    "another's checkpoint": (
        lambda s: (s.b, s.b.topic(Channel.CHECKPOINT), checkpoint(s.a, says=s.a)),
        "Success",
        "checkpoint forged",
    ),
    "a good certificate that the centre never enrolled": (
        lambda s: (s.stranger, s.stranger.topic(), s.stranger.envelope(1)),
        "Success",
        "report unknown-device",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_it_is_refused_and_shown(scene: Scene, row: str) -> None:
    made, answer, counted = ROWS[row]
    box, topic, payload = made(scene)
    before, kept = scene.centre.outcomes(), len(scene.dead_letters())
    windows = {
        name: scene.centre.get(f"/v1/devices/beach/{name}")["reports"]
        for name in ("pier-1", "pier-2")
    }
    assert scene.say(box, topic, payload) == answer
    if counted:
        channel, outcome = counted.split()
        until(
            lambda: (
                scene.centre.outcomes().get((channel, outcome), 0)
                > before.get((channel, outcome), 0)
            ),
            f"{row}: {counted}",
        )
    else:
        # Not being heard is proven by a later message that is.
        scene.honest(scene.b, scene.centre.upto(scene.b) + 1)
        windows["pier-2"] += 1
        changed = {
            key for key, total in scene.centre.outcomes().items() if total != before.get(key, 0)
        }
        assert changed <= {("report", "accepted"), ("report", "duplicate")}
    if counted.split()[-1:] in (["forged"], ["unusable"], ["unknown-device"]):
        letters = scene.dead_letters()
        assert len(letters) == kept + 1
        assert letters[0]["reason"] == counted.split()[-1]
        assert letters[0]["detail"]
    # A stream belongs to who signs it: the same name under another device is another stream, and
    # moves nothing of the first.
    windows["pier-2"] += counted == "report accepted"
    assert {
        name: scene.centre.get(f"/v1/devices/beach/{name}")["reports"] for name in windows
    } == windows


@pytest.mark.parametrize("certificate", ["over", "not yet", "revoked", "of another authority"])
def test_an_old_or_foreign_certificate_opens_no_door_and_the_brokers_log_says_so(
    tmp_path: Path, scene: Scene, certificate: str
) -> None:
    good = scene.identities.folder / "beach.pier-1"
    assert enter(scene.broker.port, context(good)) == "welcome"
    before = _refusals(scene.broker.log)
    issued = {
        "over": -timedelta(days=lifetimes.DEVICE_DAYS, minutes=1),
        "not yet": timedelta(days=2),
    }
    out = f"{certificate.replace(' ', '-')}-pier-2"
    if certificate == "of another authority":
        held = context(Identities(tmp_path / "rogue").device(*B), ca=scene.identities.ca / "ca.pem")
    else:
        held = context(
            scene.identities.device(*B, at=now() + issued.get(certificate, timedelta()), out=out)
        )
    if certificate == "revoked":
        assert enter(scene.broker.port, held) == "welcome"
        scene.identities.authority.revoke(holders.device(*B), now=now())
        scene.broker.copy_revocation_list()
        scene.broker.reload()
    assert "welcome" not in enter(scene.broker.port, held)
    # The broker tells the client first, and writes its own line after that.
    until(
        lambda: _refusals(scene.broker.log) > before,
        f"the broker's line; its log ends with {scene.broker.log[-800:]}",
    )


def _refusals(log: str) -> int:
    return log.count("SSL routines") + log.count("OpenSSL Error")


def test_every_topic_of_a_box_is_in_the_table() -> None:
    said = {DeviceTopic(*A, channel).text for channel in Channel}
    assert len(said) == len(Channel) == 6, "a new channel needs its rows above"
